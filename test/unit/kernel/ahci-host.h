/* A made-up AHCI controller with four ports: a disk, an ATAPI drive, nothing, another disk. Includes the driver, whose
 * register accesses it takes. Include it after device-host.h. */
#pragma once
#include "ata-host.h"
#include "cpu/cpu.h"

static uint32_t fake_read(const volatile void *p);
static void fake_write(volatile void *p, uint32_t v);
#define mmio_read32 fake_read
#define mmio_write32 fake_write
#include "block/ata.c"
#include "block/ahci.c"
#undef STOP_NS
#undef RESET_NS
#include "drivers/ahci.c"

#define PORTS 4
#define SILENT 1u                /* takes commands and does nothing */
#define STUCK 2u                 /* never leaves a command list */
#define NOT_BACK 4u              /* no link after a reset */
#define LATE 8u                  /* ends commands just after the interrupt register was read */
#define LARGE_SECTORS (1u << 20) /* of the capabilities: reserved; here, the second disk has them */
static struct {
    uint32_t control, interrupt, cap, handoff;
    bool bus_master;
    struct fake_port {
        uint32_t command, interrupt, enable, task_file, signature, status, control, error, active, issue;
        uint64_t list, received;
        struct fake_disk *disk;
        bool failed; /* a queued command's error: nothing goes on before a reset */
        unsigned behaviour, resets;
    } port[PORTS];
} hba;
static uint8_t registers[HBA_PORT0 + PORTS * PORT_SIZE];
static struct fake_disk fake_disks[2];
static bool random_registers, hostile; /* hostile: what a register said may have been wrong */
static void (*interrupt_function)(void *);
static void *interrupt_argument;

void pci_enable(const struct pci_device *d)
{
    hba.bus_master = true;
}
void pci_write16(const struct pci_device *d, unsigned offset, uint16_t v)
{
    CHECK(offset == PCI_COMMAND);
    hba.bus_master = v & PCI_COMMAND_MASTER;
}
void *pci_map_bar(const struct pci_device *d, unsigned bar, uint64_t offset, uint64_t size)
{
    CHECK(bar == 5 && offset == 0 && size <= sizeof registers);
    return registers;
}
int pci_interrupts(const struct pci_device *d, unsigned count, void (*const *fns)(void *), void *const *args)
{
    CHECK(count == 1);
    interrupt_function = fns[0];
    interrupt_argument = args[0];
    return PCI_MSI;
}

/* --- The controller */

static void raise(struct fake_port *p, uint32_t bits)
{
    p->interrupt |= bits;
    if (p->interrupt & p->enable)
        hba.interrupt |= 1u << (p - hba.port);
}
static void link_up(struct fake_port *p)
{
    bool atapi = p == &hba.port[1];
    p->status = p->disk || atapi ? 0x123 : 0;
    p->task_file = p->status ? 0x50 : 0x7f;
    p->signature = p->status ? atapi ? 0xeb140101 : 0x101 : UINT32_MAX;
    if (!(p->behaviour & STUCK))
        p->active = p->issue = 0;
    p->failed = false;
}
static bool move_data(struct fake_port *p, const struct ahci_header *h, uint8_t *disk, uint64_t bytes, bool to_memory)
{
    const struct ahci_table *t = phys_to_virt(h->table | (uint64_t)h->table_high << 32);
    uint64_t moved = 0;
    for (unsigned i = 0; i < h->prd_count; i++) {
        uint64_t address = t->prd[i].address | (uint64_t)t->prd[i].address_high << 32, n = t->prd[i].last + 1;
        CHECK(!(address & 1) && !(n & 1) && n <= 4 << 20 && moved + n <= bytes && hba.bus_master);
        memcpy(to_memory ? phys_to_virt(address) : disk + moved, to_memory ? disk + moved : phys_to_virt(address), n);
        moved += n;
    }
    return moved == bytes;
}
static void end_with_error(struct fake_port *p, unsigned slot, bool queued)
{
    p->task_file = 0x51 | 4 << 8 | (random_u64() % 2 ? ATA_DRQ : 0); /* it may want a reset */
    p->failed = queued;
    if (!queued)
        p->issue &= ~(1u << slot);
    raise(p, 1u << 30);
}
/* The device does the command in that slot. */
static void perform(struct fake_port *p, unsigned slot)
{
    const struct ahci_header *h = (struct ahci_header *)phys_to_virt(p->list) + slot;
    const uint8_t *fis = ((struct ahci_table *)phys_to_virt(h->table | (uint64_t)h->table_high << 32))->fis;
    bool queued = fis[2] == 0x60 || fis[2] == 0x61, wide = queued || fis[2] == 0x25 || fis[2] == 0x35;
    CHECK((h->flags & 31) == 5 && fis[0] == 0x27 && fis[1] == 0x80 && queued == !!(p->active & 1u << slot));
    uint64_t lba = fis[4] | fis[5] << 8 | fis[6] << 16, count = fis[12] | fis[13] << 8;
    lba |= wide ? (uint64_t)fis[8] << 24 | (uint64_t)fis[9] << 32 : (uint64_t)(fis[7] & 15) << 24;
    if (queued) {
        CHECK(count >> 3 == slot);
        count = fis[3] | fis[11] << 8;
    }
    enum fake_action action = fake_action(fis[2]);
    CHECK(action != FAKE_UNKNOWN && (action == FAKE_WRITE) == !!(h->flags & 0x40));
    if (action == FAKE_IDENTIFY) {
        CHECK(move_data(p, h, (uint8_t *)p->disk->identity, 512, true));
    } else if (action == FAKE_FLUSH) {
        p->disk->flushes++;
    } else {
        CHECK(fis[7] & 0x40 && count);
        if (fake_is_bad(p->disk, lba, count)) {
            end_with_error(p, slot, queued);
            return;
        }
        CHECK(move_data(p, h, p->disk->data + lba * p->disk->sector_size, count * p->disk->sector_size,
                        action == FAKE_READ));
    }
    p->task_file = 0x50;
    p->issue &= ~(1u << slot);
    p->active &= ~(1u << slot);
    raise(p, queued ? 8 : 1);
}
/* Does up to `most` commands, queued ones in any order. */
static void run_device(unsigned port, unsigned most)
{
    struct fake_port *p = &hba.port[port];
    while (p->issue && p->command & 1 && most-- && !p->failed && !(p->behaviour & SILENT)) {
        unsigned slot = (unsigned)__builtin_ctz(p->issue);
        while (p->active && !(p->issue & 1u << (slot = random_u64() % 32)))
            ;
        perform(p, slot);
    }
}
static void tell(void)
{
    for (unsigned i = 0; i < 100 && hba.interrupt && hba.control & 2; i++)
        interrupt_function(interrupt_argument);
    CHECK(!hba.interrupt || !(hba.control & 2));
}

static void reset_hba(void)
{
    hba.control = 0;
    hba.interrupt = 0;
    for (unsigned i = 0; i < PORTS; i++) {
        struct fake_port *p = &hba.port[i];
        *p = (struct fake_port){.disk = p->disk, .behaviour = p->behaviour, .resets = p->resets};
        if (!(hba.cap & CAP_STAGGERED_SPIN_UP))
            link_up(p);
    }
}

static uint32_t read_port(struct fake_port *p, unsigned reg)
{
    bool on = p->command & 1, receiving = p->command & 16;
    switch (reg) {
    case PORT_INTERRUPT: {
        uint32_t interrupt = p->interrupt;
        if (p->behaviour & LATE)
            run_device((unsigned)(p - hba.port), 1);
        return interrupt;
    }
    case PORT_INTERRUPT_ENABLE:
        return p->enable;
    case PORT_COMMAND:
        return p->command | (on || (p->behaviour & STUCK && p->issue) ? 1u << 15 : 0) | (receiving ? 1u << 14 : 0);
    case PORT_TASK_FILE:
        return receiving ? p->task_file : 0x7f;
    case PORT_SIGNATURE:
        return p->signature;
    case PORT_STATUS:
        return p->status;
    case PORT_ERROR:
        return p->error;
    case PORT_ACTIVE:
        return p->active;
    case PORT_ISSUE:
        if (!(hba.control & 2))
            run_device((unsigned)(p - hba.port), 1); /* somebody waits without interrupts */
        return p->issue;
    default:
        return 0;
    }
}
static uint32_t fake_read(const volatile void *at)
{
    unsigned reg = (unsigned)((uint8_t *)at - registers);
    CHECK(reg < sizeof registers && reg % 4 == 0);
    if (random_registers)
        return (uint32_t)(random_u64() & random_u64());
    switch (reg) {
    case HBA_CAP:
        return hba.cap;
    case HBA_CONTROL:
        return hba.control;
    case HBA_INTERRUPT:
        return hba.interrupt;
    case HBA_CAP2:
        return CAP2_HANDOFF;
    case HBA_HANDOFF:
        return hba.handoff;
    case HBA_PORTS:
        return (1 << PORTS) - 1;
    default:
        return reg < HBA_PORT0 ? 0 : read_port(&hba.port[(reg - HBA_PORT0) / PORT_SIZE], reg % PORT_SIZE);
    }
}

static void set_half(uint64_t *to, uint32_t v, bool high)
{
    *to = high ? (*to & UINT32_MAX) | (uint64_t)v << 32 : (*to & ~(uint64_t)UINT32_MAX) | v;
}
static void write_port(struct fake_port *p, unsigned reg, uint32_t v)
{
    switch (reg) {
    case PORT_LIST:
    case PORT_LIST_HIGH:
        set_half(&p->list, v, reg == PORT_LIST_HIGH);
        break;
    case PORT_RECEIVED:
    case PORT_RECEIVED_HIGH:
        set_half(&p->received, v, reg == PORT_RECEIVED_HIGH);
        break;
    case PORT_INTERRUPT:
        p->interrupt &= ~v;
        break;
    case PORT_INTERRUPT_ENABLE:
        p->enable = v;
        break;
    case PORT_COMMAND:
        CHECK(hostile || !(v & 1) || v & 16); /* 10.3.1 */
        CHECK(hostile || !(v & 1) || p->command & 1 || !(p->task_file & 0x88));
        if (p->command & 1 && !(v & 1))
            p->issue = p->active = p->behaviour & STUCK ? p->issue : 0;
        if (v & 2 && !(p->command & 2) && !p->status)
            link_up(p);
        p->command = v & ~0xc000u; /* read-only */
        break;
    case PORT_CONTROL:
        if (p->control & 1 && !(v & 1)) {
            p->resets++;
            link_up(p);
            raise(p, 1u << 22 | 1u << 6);
            if (p->behaviour & NOT_BACK)
                p->status = 0;
        }
        p->control = v;
        break;
    case PORT_ERROR:
        p->error &= ~v;
        p->interrupt &= ~(1u << 22 | 1u << 6);
        break;
    case PORT_ACTIVE:
        CHECK(hostile || (p->command & 1 && !(p->issue & ~p->active)));
        p->active |= v;
        break;
    case PORT_ISSUE:
        CHECK(hostile || (p->command & 1 && !(p->issue & v)));
        CHECK(hostile || (p->active & v) == v || (!p->active && !p->issue));
        p->issue |= v;
        break;
    }
}
static void fake_write(volatile void *at, uint32_t v)
{
    unsigned reg = (unsigned)((uint8_t *)at - registers);
    CHECK(reg < sizeof registers && reg % 4 == 0);
    if (reg == HBA_CONTROL && v & 1)
        reset_hba();
    else if (reg == HBA_CONTROL)
        hba.control = v;
    else if (reg == HBA_INTERRUPT)
        hba.interrupt &= ~v;
    else if (reg == HBA_HANDOFF)
        hba.handoff = v & HANDOFF_OS;
    else if (reg >= HBA_PORT0)
        write_port(&hba.port[(reg - HBA_PORT0) / PORT_SIZE], reg % PORT_SIZE, v);
    for (unsigned i = 0; i < PORTS && reg == HBA_INTERRUPT; i++)
        raise(&hba.port[i], 0);
}

static uint8_t *new_buffer(size_t n)
{
    return aligned_alloc(512, n);
}
static void free_buffer(uint8_t *b)
{
    free(b);
}
