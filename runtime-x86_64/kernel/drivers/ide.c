/* IDE: parallel ATA disks. PCI IDE Controller Specification 1.0; ATA/ATAPI-6 (d1410r3b), 9. The controller, and which
 * drives its channels have; requests are block/ide.c's. */
#include "block/ide.h"
#include "drivers/driver.h"
#include "irq/irq.h"

#define BAR_BUS_MASTER 4
#define NATIVE_MODE(channel) (1u << 2 * (channel))
#define PORTS 8
#define BM_PORTS 8

#define SPIN_UP_NS 10000000000u
#define IDENTIFY_NS 5000000000u

/* False: nothing there, or not a disk. */
static bool read_identity(struct ide_drive *d)
{
    struct ide_channel *c = d->channel;
    uint16_t words[ATA_IDENTIFY_WORDS];
    ide_select(d, 0);
    uint8_t status = inb(c->control);
    if (!status || status == NOTHING_THERE || !ide_wait_clear(c, ATA_BSY, SPIN_UP_NS))
        return false;
    outb(c->ports + STATUS_COMMAND, ATA_CMD_IDENTIFY);
    ata_delay(SELECT_NS);
    if (!inb(c->control) || !ide_wait_clear(c, ATA_BSY, IDENTIFY_NS))
        return false;
    status = inb(c->ports + STATUS_COMMAND);
    if (status & ATA_ERR || !(status & ATA_DRQ)) {
        if (inb(c->ports + LBA_MIDDLE) == ATAPI_MIDDLE && inb(c->ports + LBA_HIGH) == ATAPI_HIGH)
            log_info("IDE channel %u, drive %u: ATAPI drive, not used", c->number, d->number);
        return false;
    }
    insw(c->ports + DATA, words, ATA_IDENTIFY_WORDS);
    if (!ata_identify(&d->ata, words))
        return true;
    log_warn("IDE channel %u, drive %u: a disk without LBA, or with sectors of another size; not used", c->number,
             d->number);
    return false;
}

static bool find_drives(struct ide_channel *c)
{
    if (inb(c->ports + STATUS_COMMAND) == NOTHING_THERE)
        return false;
    outb(c->control, CONTROL_NO_INTERRUPTS);
    for (unsigned i = 0; i < ARRAY_LEN(c->drives); i++) {
        struct ide_drive *d = &c->drives[i];
        d->channel = c;
        d->number = i;
        d->present = read_identity(d);
    }
    return c->drives[0].present || c->drives[1].present;
}

/* What the bus master needs lies below 4 GiB. */
static void *low_pages(unsigned order)
{
    void *p = page_alloc(order);
    if (p && (virt_to_phys(p) + (PAGE_SIZE << order) - 1) >> 32) {
        page_free(p, order);
        return NULL;
    }
    return p;
}

static void prepare_memory(struct ide_channel *c)
{
    if (!c->bus_master)
        return;
    uint8_t status = inb(c->bus_master + BM_STATUS);
    c->capable = status & BM_DRIVES_CAPABLE;
    if (status & BM_SIMPLEX && c->number) {
        c->bus_master = 0;
        return;
    }
    bool wants_bounce = ata_memory_above_4g();
    c->table = low_pages(0);
    c->bounce = wants_bounce ? low_pages(BOUNCE_ORDER) : NULL;
    if (c->table && (c->bounce || !wants_bounce))
        return;
    log_warn("IDE channel %u: no memory below 4 GiB; used without a bus master, which is slow", c->number);
    c->bus_master = 0;
}

static int publish_drive(struct ide_drive *d)
{
    struct ide_channel *c = d->channel;
    struct block_device *b = &d->disk;
    ide_offer(d);
    int err = block_register(b, "sd");
    if (!err)
        log_info("%s: %s, IDE channel %u, drive %u, %s", b->name, d->ata.model, c->number, d->number,
                 c->bus_master && d->ata.dma ? "bus master" : "PIO");
    return err;
}

static int publish(struct ide_channel *c)
{
    inb(c->ports + STATUS_COMMAND);
    outb(c->control, 0);
    for (unsigned i = 0; i < ARRAY_LEN(c->drives); i++) {
        int err = c->drives[i].present ? publish_drive(&c->drives[i]) : 0;
        if (err)
            return err;
    }
    return 0;
}

/* --- The controller */

static bool has_ports(const struct pci_device *pci, unsigned bar, uint64_t count)
{
    return pci->bar[bar].io && pci->bar[bar].base && pci->bar[bar].size >= count;
}

/* Native mode: the ports are in the BARs; else where the PC/AT had them. */
static bool find_ports(struct ide_channel *c, const struct pci_device *pci, bool native)
{
    static const uint16_t legacy[2][2] = {{0x1f0, 0x3f6}, {0x170, 0x376}};
    unsigned bar = 2 * c->number;
    c->ports = native ? (uint16_t)pci->bar[bar].base : legacy[c->number][0];
    c->control = native ? (uint16_t)(pci->bar[bar + 1].base + 2) : legacy[c->number][1];
    if (has_ports(pci, BAR_BUS_MASTER, 2 * BM_PORTS))
        c->bus_master = (uint16_t)(pci->bar[BAR_BUS_MASTER].base + c->number * BM_PORTS);
    return !native || (has_ports(pci, bar, PORTS) && has_ports(pci, bar + 1, 4));
}

static struct ide_channel *open_channel(const struct pci_device *pci, unsigned number, bool native)
{
    struct ide_channel *c = kzalloc(sizeof *c);
    if (!c)
        return NULL;
    c->number = number;
    if (find_ports(c, pci, native) && find_drives(c)) {
        prepare_memory(c);
        return c;
    }
    kfree(c);
    return NULL;
}

/* Channels in native mode share the function's interrupt; the others have those of the PC/AT. */
static int probe(struct pci_device *pci)
{
    struct ide_channel *channels[2], *native[2];
    void (*const fns[2])(void *) = {ide_interrupt, ide_interrupt};
    unsigned native_count = 0;
    int err = 0;
    pci_enable(pci);
    for (unsigned i = 0; i < 2; i++) {
        bool is_native = pci->class_code & NATIVE_MODE(i);
        channels[i] = open_channel(pci, i, is_native);
        if (channels[i] && is_native)
            native[native_count++] = channels[i];
        else if (channels[i] && !err)
            err = irq_register_isa(14 + i, ide_interrupt, channels[i]);
    }
    if (!err && native_count) {
        int kind = pci_interrupts(pci, native_count, fns, (void *const *)native);
        err = kind < 0 ? kind : 0;
    }
    for (unsigned i = 0; i < 2 && !err; i++)
        if (channels[i])
            err = publish(channels[i]);
    return err;
}

DRIVER(ide) = {
    .name = "ide",
    .devices = "IDE controller (PCI class 0101), its ports of the PC/AT or native: disks sda, sdb…",
    .pci = (const struct pci_match[]){{0xffff, 0xffff, 0x010100, 0xffff00}, {0}},
    .probe_pci = probe,
};
