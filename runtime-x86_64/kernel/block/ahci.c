/* One AHCI port.
 *
 * With native command queueing (NCQ) a port has up to 32 requests in flight, else one. An error of a queued command
 * ends all of them, and the standard lets only a log tell which was to blame. So the port is reset and what was in
 * flight is done again, one at a time and without a queue: the one to blame fails alone. No read-back of what the
 * device writes (tags, lengths) is needed: the registers' bits are compared with what we issued. */
#include "block/ahci.h"
#include "bus/pci.h"
#include "time/time.h"

#define MAX_IDLE_ERRORS 8
#define STOP_NS 500000000u      /* [10.1.2]: half a second */
#define COMRESET_NS 1000000u    /* [10.4.2] */
#define RECOVERY_NS 3000000000u /* one that ran a moment ago */

bool ahci_wait(const uint8_t *reg, uint32_t mask, uint32_t value, uint64_t deadline)
{
    while ((mmio_read32(reg) & mask) != value) {
        if (clock_monotonic() > deadline)
            return false;
        __builtin_ia32_pause();
    }
    return true;
}

static bool port_wait(const struct ahci_port *p, unsigned reg, uint32_t mask, uint32_t value, uint64_t ns)
{
    return ahci_wait(p->registers + reg, mask, value, clock_monotonic() + ns);
}

/* --- Stop, reset, start [10.1.2, 10.3, 10.4.2] */

static bool stop_commands(struct ahci_port *p)
{
    ahci_set(p, PORT_COMMAND, ahci_get(p, PORT_COMMAND) & ~COMMAND_START);
    return port_wait(p, PORT_COMMAND, COMMAND_RUNNING, 0, STOP_NS);
}

static bool stop_receiving(struct ahci_port *p)
{
    ahci_set(p, PORT_COMMAND, ahci_get(p, PORT_COMMAND) & ~COMMAND_RECEIVE);
    return port_wait(p, PORT_COMMAND, COMMAND_RECEIVING, 0, STOP_NS);
}

bool ahci_port_stop(struct ahci_port *p)
{
    return stop_commands(p) && stop_receiving(p);
}

static bool reset_link(struct ahci_port *p)
{
    ahci_set(p, PORT_CONTROL, CONTROL_NO_POWER_SAVING | CONTROL_COMRESET);
    ata_delay(COMRESET_NS);
    ahci_set(p, PORT_CONTROL, CONTROL_NO_POWER_SAVING);
    return port_wait(p, PORT_STATUS, STATUS_DETECTION, DETECTED_READY, RECOVERY_NS);
}

/* Old errors are forgotten, in this order: bits of the interrupt register show those of the error register. */
bool ahci_port_start(struct ahci_port *p, uint64_t ns)
{
    ahci_set(p, PORT_ERROR, UINT32_MAX);
    if (!port_wait(p, PORT_TASK_FILE, ATA_BSY | ATA_DRQ, 0, ns))
        return false;
    ahci_set(p, PORT_INTERRUPT, UINT32_MAX);
    ahci_set(p, PORT_COMMAND, ahci_get(p, PORT_COMMAND) | COMMAND_START);
    return true;
}

/* A controller that does not stop may still write to buffers: it loses the bus, and with it all its disks. */
static int give_up(struct ahci_port *p, const char *why)
{
    bool stopped = ahci_port_stop(p);
    p->dead = true;
    ahci_set(p, PORT_INTERRUPT_ENABLE, 0);
    log_warn("%s: given up: %s", p->disk.name, why);
    if (!stopped)
        pci_write16(p->hba->pci, PCI_COMMAND, PCI_COMMAND_INTX_OFF);
    return -EIO;
}

/* Afterwards the device knows of no command and writes nowhere. */
static int restart(struct ahci_port *p, bool reset)
{
    bool stopped = stop_commands(p);
    reset |= !stopped || ahci_get(p, PORT_TASK_FILE) & (ATA_BSY | ATA_DRQ);
    bool linked = !reset || reset_link(p);
    stopped = stopped || port_wait(p, PORT_COMMAND, COMMAND_RUNNING, 0, STOP_NS);
    if (stopped && linked && ahci_port_start(p, RECOVERY_NS))
        return 0;
    return give_up(p, "it does not come back after a reset");
}

/* --- Requests */

static struct ahci_table *table_of(const struct ahci_port *p, unsigned slot)
{
    return &p->tables[slot / TABLES_PER_PAGE][slot % TABLES_PER_PAGE];
}

/* Register FIS, host to device (Serial ATA 3.x, 10.5.5). */
static void fill_fis(uint8_t *fis, const struct ata_command *c)
{
    memset(fis, 0, HEADER_FIS_WORDS * 4);
    fis[0] = FIS_REGISTERS;
    fis[1] = FIS_COMMAND;
    fis[2] = c->command;
    fis[3] = (uint8_t)c->features;
    fis[7] = c->device;
    fis[11] = (uint8_t)(c->features >> 8);
    fis[12] = (uint8_t)c->count;
    fis[13] = (uint8_t)(c->count >> 8);
    for (unsigned i = 0; i < 3; i++) {
        fis[4 + i] = (uint8_t)(c->lba >> 8 * i);
        fis[8 + i] = (uint8_t)(c->wide ? c->lba >> (24 + 8 * i) : 0);
    }
}

void ahci_fill_slot(struct ahci_port *p, unsigned slot, const struct ata_command *c, bool write,
                    const struct block_part *parts, unsigned count)
{
    struct ahci_table *t = table_of(p, slot);
    paddr_t at = virt_to_phys(t);
    fill_fis(t->fis, c);
    for (unsigned i = 0; i < count; i++)
        t->prd[i] =
            (struct ahci_prd){(uint32_t)parts[i].address, (uint32_t)(parts[i].address >> 32), 0, parts[i].length - 1};
    p->memory->list[slot] = (struct ahci_header){
        .flags = HEADER_FIS_WORDS | (write ? HEADER_WRITE : 0),
        .prd_count = (uint16_t)count,
        .table = (uint32_t)at,
        .table_high = (uint32_t)(at >> 32),
    };
}

static void prepare(struct ahci_port *p, unsigned slot, const struct block_request *r, bool queued)
{
    struct ata_command c = ata_choose(&p->ata, r, queued ? ATA_QUEUED : ATA_DMA);
    if (queued)
        c.count = (uint16_t)(slot << 3);
    ahci_fill_slot(p, slot, &c, r->operation == BLOCK_WRITE, r->parts, r->operation == BLOCK_FLUSH ? 0 : r->part_count);
    p->queued = queued;
    p->prepared |= 1u << slot;
}

/* What was written to memory is there before the device is told. */
static void issue(struct ahci_port *p)
{
    uint32_t now = p->prepared;
    if (!now)
        return;
    p->prepared = 0;
    p->issued |= now;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (p->queued)
        ahci_set(p, PORT_ACTIVE, now);
    ahci_set(p, PORT_ISSUE, now);
}

/* Queued commands and others never stand in the list together [5.6.4.2]. */
static int submit(struct block_device *d, struct block_request *r)
{
    struct ahci_port *p = d->priv;
    bool queued = p->ata.queue_depth && r->operation != BLOCK_FLUSH;
    uint32_t busy = p->prepared | p->issued;
    if (p->dead)
        return -ENODEV;
    if (p->again || (busy && !(queued && p->queued)))
        return -EAGAIN;
    unsigned slot = busy == UINT32_MAX ? SLOTS : (unsigned)__builtin_ctz(~busy);
    if (slot >= d->depth)
        return -EAGAIN;
    p->requests[slot] = r;
    prepare(p, slot, r, queued);
    return 0;
}

static void kick(struct block_device *d)
{
    issue(d->priv);
}

/* Whoever is told of the end may submit the next request at once, so a slot is given back first. */
static void complete(struct ahci_port *p, uint32_t slots, int status)
{
    for (; slots; slots &= slots - 1) {
        unsigned slot = (unsigned)__builtin_ctz(slots);
        struct block_request *r = p->requests[slot];
        p->issued &= ~(1u << slot);
        p->requests[slot] = NULL;
        block_complete(r, status);
    }
}

static void issue_next_again(struct ahci_port *p)
{
    if (!p->again || p->issued || p->dead)
        return;
    unsigned slot = (unsigned)__builtin_ctz(p->again);
    p->again &= p->again - 1;
    prepare(p, slot, p->requests[slot], false);
    issue(p);
}

/* Ends with -EIO whatever the driver has. */
static void fail_all(struct ahci_port *p)
{
    uint32_t all = p->prepared | p->issued | p->again;
    p->prepared = p->again = 0;
    p->issued = all;
    complete(p, all, -EIO);
}

/* After an error. What is queued is all done again, even what had ended. */
static void recover(struct ahci_port *p)
{
    uint32_t bad = p->queued ? 0 : p->issued;
    bool idle = !p->issued && !p->prepared && !p->again;
    int err = restart(p, p->queued);
    if (!err && idle && ++p->idle_errors > MAX_IDLE_ERRORS)
        err = give_up(p, "errors without end");
    p->again |= p->prepared | (p->issued & ~bad);
    p->prepared = 0;
    p->issued = bad;
    complete(p, bad, -EIO);
    if (err)
        fail_all(p);
    else
        issue_next_again(p);
}

/* A queued command that failed leaves its bit standing; an unqueued one may clear it, so the status is looked at. */
void ahci_port_service(struct ahci_port *p)
{
    if (p->dead)
        return;
    uint32_t interrupt = ahci_get(p, PORT_INTERRUPT);
    if (interrupt)
        ahci_set(p, PORT_INTERRUPT, interrupt);
    uint32_t ended = p->issued ? p->issued & ~ahci_get(p, p->queued ? PORT_ACTIVE : PORT_ISSUE) : 0;
    bool failed = interrupt & INTERRUPT_ERRORS;
    if (ended && !p->queued)
        failed |= ahci_get(p, PORT_TASK_FILE) & (ATA_ERR | ATA_DF);
    if (failed) {
        recover(p);
        return;
    }
    if (ended)
        p->idle_errors = 0;
    complete(p, ended, 0);
    issue_next_again(p);
}

static void poll(struct block_device *d)
{
    ahci_port_service(d->priv);
}

static int reset(struct block_device *d)
{
    struct ahci_port *p = d->priv;
    int err = p->dead ? -EIO : restart(p, true);
    fail_all(p);
    return err;
}

void ahci_port_offer(struct ahci_port *p)
{
    struct block_device *d = &p->disk;
    ata_describe(&p->ata, d);
    d->max_parts = MAX_PARTS;
    d->max_part_bytes = PRD_MAX_BYTES;
    d->submit = submit;
    d->kick = kick;
    d->poll = poll;
    d->reset = reset;
    d->priv = p;
}
