/* AHCI: SATA disks. Serial ATA AHCI 1.3.1; sections of it in brackets. The controller, and which of its ports have a
 * disk; requests are block/ahci.c's. */
#include "block/ahci.h"
#include "drivers/driver.h"
#include "time/time.h"

#define RESET_NS 1000000000u   /* [10.4.3] */
#define HANDOFF_NS 2000000000u /* [10.6.3] */
#define LINK_NS 20000000u      /* a link that nobody has brought up so far */
#define READY_NS 10000000000u  /* a disk that still spins up */
#define IDENTIFY_NS 5000000000u

static void free_port(struct ahci_port *p)
{
    if (p->memory)
        page_free(p->memory, 0);
    for (unsigned i = 0; i < ARRAY_LEN(p->tables) && p->tables[i]; i++)
        page_free(p->tables[i], 0);
    p->hba->ports[p->number] = NULL;
    kfree(p);
}

/* Starts the link [10.1.1] when somebody may be at its end; the page takes the device's first answer. */
static void open_port(struct ahci *h, unsigned number)
{
    struct ahci_port *p = kzalloc(sizeof *p);
    if (!p)
        return;
    p->hba = h;
    p->number = number;
    p->registers = h->registers + HBA_PORT0 + number * PORT_SIZE;
    h->ports[number] = p;
    p->memory = page_alloc_zeroed(0);
    p->tables[0] = page_alloc_zeroed(0);
    if (!p->memory || !p->tables[0] || !ahci_port_stop(p)) {
        log_warn("AHCI port %u: not used: %s", number, p->tables[0] ? "it does not stop" : "out of memory");
        free_port(p);
        return;
    }
    paddr_t list = virt_to_phys(p->memory->list), received = virt_to_phys(p->memory->received);
    ahci_set(p, PORT_INTERRUPT_ENABLE, 0);
    ahci_set(p, PORT_LIST, (uint32_t)list);
    ahci_set(p, PORT_LIST_HIGH, (uint32_t)(list >> 32));
    ahci_set(p, PORT_RECEIVED, (uint32_t)received);
    ahci_set(p, PORT_RECEIVED_HIGH, (uint32_t)(received >> 32));
    ahci_set(p, PORT_CONTROL, CONTROL_NO_POWER_SAVING);
    ahci_set(p, PORT_ERROR, UINT32_MAX);
    ahci_set(p, PORT_COMMAND,
             ahci_get(p, PORT_COMMAND) | COMMAND_RECEIVE | COMMAND_SPIN_UP | COMMAND_POWER | COMMAND_LINK_ACTIVE);
}

/* The command is issued into the first slot and waited for; its 512 bytes come to the shared page. */
static int identify(struct ahci_port *p)
{
    struct block_part part = {virt_to_phys(p->memory->identify), sizeof p->memory->identify};
    uint16_t words[ATA_IDENTIFY_WORDS];
    ahci_fill_slot(p, 0, &(struct ata_command){.command = ATA_CMD_IDENTIFY}, false, &part, 1);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    ahci_set(p, PORT_ISSUE, 1);
    if (!ahci_wait(p->registers + PORT_ISSUE, 1, 0, clock_monotonic() + IDENTIFY_NS) ||
        ahci_get(p, PORT_TASK_FILE) & (ATA_ERR | ATA_DF))
        return -EIO;
    ahci_set(p, PORT_INTERRUPT, UINT32_MAX);
    memcpy(words, p->memory->identify, sizeof words);
    int err = ata_identify(&p->ata, words);
    return err || p->ata.dma ? err : -EINVAL;
}

/* As many slots as controller, disk and memory have. */
static unsigned make_tables(struct ahci_port *p)
{
    unsigned depth = MIN(p->ata.queue_depth, CAP_SLOTS(p->hba->cap)), have = TABLES_PER_PAGE;
    if (!(p->hba->cap & CAP_NCQ) || !depth) {
        p->ata.queue_depth = 0;
        return 1;
    }
    for (unsigned i = 1; have < depth; i++, have += TABLES_PER_PAGE) {
        p->tables[i] = page_alloc_zeroed(0);
        if (!p->tables[i])
            break;
    }
    return MIN(depth, have);
}

static bool is_disk(struct ahci_port *p, uint64_t deadline)
{
    const uint8_t *r = p->registers;
    if (!ahci_wait(r + PORT_STATUS, STATUS_DETECTION, DETECTED_READY, deadline))
        return false;
    ahci_set(p, PORT_ERROR, UINT32_MAX);
    bool ready = ahci_wait(r + PORT_TASK_FILE, ATA_BSY | ATA_DRQ, 0, deadline);
    uint32_t signature = ahci_get(p, PORT_SIGNATURE);
    if (ready && signature == SIGNATURE_DISK)
        return true;
    if (!ready)
        log_warn("AHCI port %u: the disk does not become ready", p->number);
    else
        log_info("AHCI port %u: %s, not used", p->number, signature == SIGNATURE_ATAPI ? "ATAPI drive" : "no disk");
    return false;
}

static bool find_disk(struct ahci_port *p, uint64_t deadline)
{
    if (!is_disk(p, deadline))
        return false;
    if (!ahci_port_start(p, 0) || identify(p)) {
        log_warn("AHCI port %u: the disk does not say what it is, or has no DMA; not used", p->number);
        return false;
    }
    ahci_port_offer(p);
    p->disk.depth = make_tables(p);
    return true;
}

static void close_port(struct ahci_port *p)
{
    bool stopped = ahci_port_stop(p);
    if (stopped)
        free_port(p);
    else
        p->hba->ports[p->number] = NULL; /* the device may write to its memory: never used again */
}

/* --- The controller */

/* Ports first, then the controller's own register [10.7.2.1]. */
static void interrupt(void *arg)
{
    struct ahci *h = arg;
    uint32_t pending = mmio_read32(h->registers + HBA_INTERRUPT);
    for (uint32_t left = pending; left; left &= left - 1) {
        unsigned n = (unsigned)__builtin_ctz(left);
        if (h->ports[n])
            ahci_port_service(h->ports[n]);
    }
    if (pending)
        mmio_write32(h->registers + HBA_INTERRUPT, pending);
}

static void take_from_bios(const uint8_t *registers)
{
    if (!(mmio_read32(registers + HBA_CAP2) & CAP2_HANDOFF))
        return;
    uint8_t *r = (uint8_t *)registers + HBA_HANDOFF;
    mmio_write32(r, mmio_read32(r) | HANDOFF_OS);
    if (!ahci_wait(r, HANDOFF_BIOS, 0, clock_monotonic() + HANDOFF_NS))
        log_warn("AHCI: the firmware does not let go of the controller; taken nevertheless");
}

/* [10.4.3] */
static bool reset_controller(struct ahci *h)
{
    uint8_t *control = h->registers + HBA_CONTROL;
    mmio_write32(control, CONTROL_AHCI);
    mmio_write32(control, CONTROL_AHCI | CONTROL_RESET);
    bool done = ahci_wait(control, CONTROL_RESET, 0, clock_monotonic() + RESET_NS);
    mmio_write32(control, CONTROL_AHCI);
    return done;
}

/* Ports with a link, by firmware or by the controller itself. */
static uint32_t linked_ports(const struct ahci *h, uint32_t ports)
{
    uint32_t linked = 0;
    for (uint32_t left = ports; left; left &= left - 1) {
        const uint8_t *r = h->registers + HBA_PORT0 + (unsigned)__builtin_ctz(left) * PORT_SIZE;
        if (mmio_read32(r + PORT_STATUS) & DETECTED_DEVICE)
            linked |= left & -left;
    }
    return linked;
}

/* An empty port costs no waiting: where nothing was before the reset, nothing will be after it; but links that wait for
 * us to come up are given a moment. */
static void open_ports(struct ahci *h, uint32_t ports, uint32_t linked)
{
    bool staggered = h->cap & CAP_STAGGERED_SPIN_UP;
    uint32_t opened = staggered ? ports : linked | linked_ports(h, ports);
    for (uint32_t left = opened; left; left &= left - 1)
        open_port(h, (unsigned)__builtin_ctz(left));
    if (!staggered)
        return;
    ata_delay(LINK_NS);
    for (uint32_t left = opened & ~linked & ~linked_ports(h, ports); left; left &= left - 1) {
        struct ahci_port *p = h->ports[__builtin_ctz(left)];
        if (p)
            close_port(p);
    }
}

static bool find_disks(struct ahci *h, uint32_t ports)
{
    uint32_t linked = linked_ports(h, ports);
    if (!reset_controller(h)) {
        log_warn("AHCI: the controller does not end its reset");
        return false;
    }
    open_ports(h, ports, linked);
    bool any = false;
    uint64_t deadline = clock_monotonic() + READY_NS;
    for (unsigned i = 0; i < ARRAY_LEN(h->ports); i++) {
        struct ahci_port *p = h->ports[i];
        if (p && find_disk(p, deadline))
            any = true;
        else if (p)
            close_port(p);
    }
    return any;
}

/* A disk that the layer above refuses leaves the others alone. */
static int publish(struct ahci *h)
{
    int kind = pci_interrupts(h->pci, 1, (void (*const[])(void *)){interrupt}, (void *const[]){h});
    if (kind < 0)
        return kind;
    mmio_write32(h->registers + HBA_INTERRUPT, UINT32_MAX);
    mmio_write32(h->registers + HBA_CONTROL, CONTROL_AHCI | CONTROL_INTERRUPTS);
    for (unsigned i = 0; i < ARRAY_LEN(h->ports); i++) {
        struct ahci_port *p = h->ports[i];
        if (!p)
            continue;
        ahci_set(p, PORT_INTERRUPT_ENABLE, INTERRUPT_REGISTERS | INTERRUPT_DEVICE_BITS | INTERRUPT_ERRORS);
        if (!block_register(&p->disk, "sd"))
            log_info("%s: %s, AHCI port %u, %u requests at once", p->disk.name, p->ata.model, i, p->disk.depth);
    }
    return 0;
}

static struct ahci *open_controller(struct pci_device *pci)
{
    pci_enable(pci);
    struct ahci *h = kzalloc(sizeof *h);
    uint64_t size = MIN(pci->bar[ABAR].size, HBA_PORT0 + ARRAY_LEN(h->ports) * PORT_SIZE);
    if (h && size >= HBA_PORT0 + PORT_SIZE)
        h->registers = pci_map_bar(pci, ABAR, 0, size);
    if (h && h->registers)
        return h;
    kfree(h);
    return NULL;
}

static int probe(struct pci_device *pci)
{
    struct ahci *h = open_controller(pci);
    if (!h)
        return -ENODEV;
    h->pci = pci;
    take_from_bios(h->registers);
    mmio_write32(h->registers + HBA_CONTROL, CONTROL_AHCI);
    h->cap = mmio_read32(h->registers + HBA_CAP);
    if (!(h->cap & CAP_64_BIT) && ata_memory_above_4g()) {
        log_warn("AHCI: this controller reaches memory below 4 GiB only, and there is more");
        kfree(h);
        return -ENOTSUP;
    }
    uint64_t room = (pci->bar[ABAR].size - HBA_PORT0) / PORT_SIZE;
    uint32_t ports = mmio_read32(h->registers + HBA_PORTS) & (room < 32 ? (1u << room) - 1 : UINT32_MAX);
    if (find_disks(h, ports))
        return publish(h);
    kfree(h);
    return 0;
}

DRIVER(ahci) = {
    .name = "ahci",
    .devices = "AHCI SATA controller (PCI class 010601): disks sda, sdb…",
    .pci = (const struct pci_match[]){{0xffff, 0xffff, 0x010601, 0xffffff}, {0}},
    .probe_pci = probe,
};
