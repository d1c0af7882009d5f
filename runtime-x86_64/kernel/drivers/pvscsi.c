/* PVSCSI: VMware's paravirtual SCSI host adapter. There is no public specification; what registers, rings and commands
 * are is known from VMware's own open drivers (Linux, FreeBSD) and from QEMU's model.
 *
 * Commands go into a ring in memory and a register is written; answers come in a second ring. Each command has a slot
 * with its list of memory stretches and its sense data; the slot's number plus one is the context that comes back. The
 * message ring (disks that come and go) is not set up. */
#include "block/scsi.h"
#include "cpu/cpu.h"
#include "drivers/driver.h"
#include "mm/mm.h"

enum { /* registers, 32 bits each, in the first memory BAR */
       COMMAND = 0x0000,
       COMMAND_DATA = 0x0004,
       COMMAND_STATUS = 0x0008,
       INTERRUPT_STATUS = 0x100c,
       INTERRUPT_MASK = 0x2010,
       KICK_OTHER = 0x3014,
       KICK_READ_WRITE = 0x4018,
};
#define REGISTERS_SIZE 0x8000
#define COMPLETION_INTERRUPTS 3u

enum { ADAPTER_RESET = 1, SETUP_RINGS = 3, RESET_DEVICE = 5, ABORT_COMMAND = 6 };
#define COMMAND_FAILED UINT32_MAX

#define MAX_RING_PAGES 32
struct setup_rings {
    uint32_t request_pages, completion_pages;
    uint64_t state_page, request_page[MAX_RING_PAGES], completion_page[MAX_RING_PAGES]; /* numbers of page frames */
};
_Static_assert(sizeof(struct setup_rings) == 528, "PVSCSI: SETUP_RINGS");
struct reset_device {
    uint32_t target;
    uint8_t lun[8];
};
_Static_assert(sizeof(struct reset_device) == 12, "PVSCSI: RESET_DEVICE");
struct abort_command {
    uint64_t context;
    uint32_t target, unused;
};
_Static_assert(sizeof(struct abort_command) == 16, "PVSCSI: ABORT_CMD");

struct ring_state { /* positions run freely, modulo 2^32; the adapter clears them when the rings are set up */
    uint32_t request_produced, request_consumed, request_size_log2;
    uint32_t completion_produced, completion_consumed, completion_size_log2;
};

struct request {
    uint64_t context, data, length, sense;
    uint32_t sense_length, flags;
    uint8_t cdb[16], cdb_length, lun[8], tag, bus, target, cpu_hint, unused[59];
};
_Static_assert(sizeof(struct request) == 128, "PVSCSI: request descriptor");
enum { FLAG_LIST = 1, FLAG_NO_DATA = 4, FLAG_FROM_DEVICE = 8, FLAG_TO_DEVICE = 16 };
#define SIMPLE_TAG 0x20

struct completion {
    uint64_t context, length;
    uint32_t sense_length;
    uint16_t adapter_status, status;
    uint32_t unused[2];
};
_Static_assert(sizeof(struct completion) == 32, "PVSCSI: completion descriptor");
enum { /* adapter_status */
       A_SUCCESS = 0x00,
       A_LINKED = 0x0a,
       A_LINKED_WITH_FLAG = 0x0b,
       A_UNDERRUN = 0x0c,
       A_SELECTION_TIMEOUT = 0x11,
       A_OVER_OR_UNDERRUN = 0x12,
       A_SENT_RESET = 0x22,
       A_RECEIVED_RESET = 0x23,
       A_BUS_RESET = 0x25,
       A_ABORTED = 0x26,
};

struct stretch { /* of a scatter list */
    uint64_t address;
    uint32_t length, flags;
};
_Static_assert(sizeof(struct stretch) == 16, "PVSCSI: scatter element");

#define SLOTS 32 /* as many as requests in one page, so that the rings never overflow */
#define COMPLETIONS (PAGE_SIZE / sizeof(struct completion))
#define MAX_PARTS 62
#define SENSE_SIZE 32
#define MAX_BYTES (1u << 20)
#define TARGETS 65 /* what adapters know at most; VMware's older ones know 16 */
#define ABORT_WAIT_NS 1000000000u

struct slot_memory { /* a scatter list must not cross a page */
    struct stretch list[MAX_PARTS];
    uint8_t sense[SENSE_SIZE];
};
_Static_assert(PAGE_SIZE % sizeof(struct slot_memory) == 0 && SLOTS <= PAGE_SIZE / sizeof(struct request) &&
                   SLOTS < COMPLETIONS,
               "slots fit pages and rings");

/* What the adapter reads and writes: one block of pages. */
struct shared {
    _Alignas(4096) struct ring_state state;
    _Alignas(4096) struct request requests[SLOTS];
    _Alignas(4096) struct completion completions[COMPLETIONS];
    _Alignas(4096) struct slot_memory slots[SLOTS];
};
#define SHARED_ORDER 4
_Static_assert(sizeof(struct shared) <= PAGE_SIZE << SHARED_ORDER, "shared memory");

struct adapter {
    struct scsi_host host;
    char where[16];
    const struct pci_device *pci;
    volatile uint8_t *registers;
    struct shared *shared;
    uint32_t request_position, completion_position; /* ours: what the adapter can write is not read back */
    bool line;                                      /* its interrupt is a line, to be acknowledged */
    bool reads_writes, others;                      /* submitted since the last kick */
    bool dead;
    struct scsi_command *commands[SLOTS]; /* by slot; NULL: free */
};

static void write_register(struct adapter *a, unsigned offset, uint32_t value)
{
    mmio_write32(a->registers + offset, value);
}

/* The adapter acts when the last word of a command's data has arrived. */
static void command(struct adapter *a, uint32_t number, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    write_register(a, COMMAND, number);
    for (size_t i = 0; i < size; i += 4) {
        uint32_t word;
        memcpy(&word, bytes + i, 4);
        write_register(a, COMMAND_DATA, word);
    }
}

/* Leaves the adapter without commands, rings empty. */
static int start_rings(struct adapter *a)
{
    struct shared *s = a->shared;
    struct setup_rings setup = {
        .request_pages = 1,
        .completion_pages = 1,
        .state_page = virt_to_phys(&s->state) >> PAGE_SHIFT,
        .request_page = {virt_to_phys(s->requests) >> PAGE_SHIFT},
        .completion_page = {virt_to_phys(s->completions) >> PAGE_SHIFT},
    };
    memset(&s->state, 0, sizeof s->state);
    a->request_position = a->completion_position = 0;
    command(a, SETUP_RINGS, &setup, sizeof setup);
    if (mmio_read32(a->registers + COMMAND_STATUS) == COMMAND_FAILED)
        return -EIO;
    write_register(a, INTERRUPT_MASK, COMPLETION_INTERRUPTS);
    return 0;
}

/* One stretch is named in the request itself. */
static uint32_t describe_data(struct request *r, struct slot_memory *m, const struct scsi_command *c)
{
    static const uint8_t flags[] = {
        [SCSI_NO_DATA] = FLAG_NO_DATA, [SCSI_FROM_DEVICE] = FLAG_FROM_DEVICE, [SCSI_TO_DEVICE] = FLAG_TO_DEVICE};
    r->length = c->length;
    if (c->part_count == 1)
        r->data = c->parts[0].address;
    if (c->part_count <= 1)
        return flags[c->direction];
    for (unsigned i = 0; i < c->part_count; i++)
        m->list[i] = (struct stretch){c->parts[i].address, c->parts[i].length, 0};
    r->data = virt_to_phys(m->list);
    return flags[c->direction] | FLAG_LIST;
}

static int submit(struct scsi_host *h, struct scsi_command *c)
{
    struct adapter *a = h->priv;
    unsigned slot = 0;
    if (a->dead)
        return -EIO;
    while (slot < SLOTS && a->commands[slot])
        slot++;
    if (slot == SLOTS)
        return -EAGAIN;
    struct slot_memory *m = &a->shared->slots[slot];
    struct request *r = &a->shared->requests[a->request_position % SLOTS];
    *r = (struct request){
        .context = slot + 1,
        .sense = virt_to_phys(m->sense),
        .sense_length = SENSE_SIZE,
        .cdb_length = c->cdb_length,
        .lun = {0, (uint8_t)c->to.lun},
        .tag = SIMPLE_TAG,
        .target = (uint8_t)c->to.target,
    };
    memcpy(r->cdb, c->cdb, sizeof r->cdb);
    r->flags = describe_data(r, m, c);
    a->commands[slot] = c;
    if ((c->cdb[0] & 0x1f) == 0x08 || (c->cdb[0] & 0x1f) == 0x0a) /* READ or WRITE of any length */
        a->reads_writes = true;
    else
        a->others = true;
    __atomic_store_n(&a->shared->state.request_produced, ++a->request_position, __ATOMIC_RELEASE);
    return 0;
}

static void kick(struct scsi_host *h)
{
    struct adapter *a = h->priv;
    if (a->others)
        write_register(a, KICK_OTHER, 0);
    else if (a->reads_writes)
        write_register(a, KICK_READ_WRITE, 0);
    a->others = a->reads_writes = false;
}

/* What the adapter's own status says of the way to the device; 0: the device has answered. */
static int adapter_error(uint16_t status)
{
    switch (status) {
    case A_SUCCESS:
    case A_LINKED:
    case A_LINKED_WITH_FLAG:
    case A_UNDERRUN:
    case A_OVER_OR_UNDERRUN:
        return 0;
    case A_SELECTION_TIMEOUT:
        return -ENXIO;
    case A_SENT_RESET:
    case A_RECEIVED_RESET:
    case A_BUS_RESET:
    case A_ABORTED:
        return -ECANCELED;
    }
    return -EIO;
}

static void finish(struct adapter *a, unsigned slot, const struct completion *e)
{
    struct scsi_command *c = a->commands[slot];
    bool short_of = e->adapter_status == A_UNDERRUN || e->adapter_status == A_OVER_OR_UNDERRUN;
    struct scsi_response r = {
        .error = adapter_error(e->adapter_status),
        .status = (uint8_t)e->status,
        .residual = short_of && e->length < c->length ? c->length - (uint32_t)e->length : 0,
        .sense = a->shared->slots[slot].sense,
        .sense_length = e->sense_length,
    };
    if (short_of && !r.residual) /* an overrun, or a length that is none */
        r.residual = c->length;
    a->commands[slot] = NULL;
    scsi_complete(&a->host, c, &r);
}

/* After a reset: all commands are back. */
static void return_all(struct adapter *a, int error)
{
    struct scsi_response r = {.error = error};
    for (unsigned i = 0; i < SLOTS; i++) {
        struct scsi_command *c = a->commands[i];
        a->commands[i] = NULL;
        if (c)
            scsi_complete(&a->host, c, &r);
    }
}

static void give_up(struct adapter *a, const char *what, uint64_t value)
{
    log_warn("pvscsi %s: given up: the adapter returned %s %lu", a->where, what, value);
    a->dead = true;
    command(a, ADAPTER_RESET, NULL, 0);
    pci_disable(a->pci);
    return_all(a, -EIO);
}

static void reap(struct adapter *a)
{
    struct shared *s = a->shared;
    while (!a->dead) {
        uint32_t ready = __atomic_load_n(&s->state.completion_produced, __ATOMIC_ACQUIRE) - a->completion_position;
        if (!ready)
            return;
        struct completion e = s->completions[a->completion_position % COMPLETIONS];
        __atomic_signal_fence(__ATOMIC_SEQ_CST); /* what is checked is what is used */
        uint64_t slot = e.context - 1;
        if (ready > COMPLETIONS)
            give_up(a, "too many answers at once:", ready);
        else if (slot >= SLOTS || !a->commands[slot])
            give_up(a, "an answer to a command that it does not have:", e.context);
        else {
            __atomic_store_n(&s->state.completion_consumed, ++a->completion_position, __ATOMIC_RELEASE);
            finish(a, (unsigned)slot, &e);
        }
    }
}

static void poll(struct scsi_host *h)
{
    reap(h->priv);
    scsi_resume(h);
}

/* A line stays up until it is acknowledged, and may be another device's. */
static void interrupt(void *arg)
{
    struct adapter *a = arg;
    if (a->dead)
        return;
    if (a->line) {
        uint32_t status = mmio_read32(a->registers + INTERRUPT_STATUS);
        if (!status)
            return;
        write_register(a, INTERRUPT_STATUS, status);
    }
    poll(&a->host);
}

static bool is_of(const struct scsi_command *c, const struct scsi_address *unit)
{
    return c && c->to.target == unit->target && c->to.lun == unit->lun;
}

static bool is_clear(const struct adapter *a, const struct scsi_address *unit)
{
    for (unsigned i = 0; i < SLOTS; i++)
        if (is_of(a->commands[i], unit))
            return false;
    return true;
}

static bool wait_until_clear(struct adapter *a, const struct scsi_address *unit)
{
    uint64_t end = clock_monotonic() + ABORT_WAIT_NS;
    for (;;) {
        reap(a);
        if (a->dead || is_clear(a, unit))
            return true;
        if (clock_monotonic() >= end)
            return false;
        __builtin_ia32_pause();
    }
}

static bool abort_commands(struct adapter *a, const struct scsi_address *unit)
{
    for (unsigned i = 0; i < SLOTS; i++) {
        if (!is_of(a->commands[i], unit))
            continue;
        struct abort_command abort = {.context = i + 1, .target = unit->target};
        command(a, ABORT_COMMAND, &abort, sizeof abort);
    }
    return wait_until_clear(a, unit);
}

static bool reset_device(struct adapter *a, const struct scsi_address *unit)
{
    struct reset_device reset = {.target = unit->target, .lun = {0, (uint8_t)unit->lun}};
    command(a, RESET_DEVICE, &reset, sizeof reset);
    return wait_until_clear(a, unit);
}

/* The adapter forgets its rings with all that is in them. */
static int reset_adapter(struct adapter *a)
{
    command(a, ADAPTER_RESET, NULL, 0);
    int err = start_rings(a);
    a->dead = err;
    return_all(a, err ? -EIO : -ECANCELED);
    return err;
}

static int take_back(struct scsi_host *h, const struct scsi_address *unit)
{
    struct adapter *a = h->priv;
    kick(h);
    reap(a);
    if (a->dead)
        return -EIO;
    if (unit && (abort_commands(a, unit) || reset_device(a, unit)))
        return a->dead ? -EIO : 0;
    return reset_adapter(a);
}

static volatile uint8_t *map_registers(struct pci_device *d)
{
    for (unsigned i = 0; i < ARRAY_LEN(d->bar); i++)
        if (d->bar[i].size >= REGISTERS_SIZE && !d->bar[i].io)
            return pci_map_bar(d, i, 0, REGISTERS_SIZE);
    return NULL;
}

static void describe(struct adapter *a)
{
    const struct pci_device *d = a->pci;
    format(a->where, sizeof a->where, "pci %02x:%02x.%x", d->bus, d->slot, d->function);
    a->host = (struct scsi_host){
        .where = a->where,
        .target_count = TARGETS,
        .lun_count = 256,
        .max_bytes = MAX_BYTES,
        .max_parts = MAX_PARTS,
        .submit = submit,
        .kick = kick,
        .poll = poll,
        .reset = take_back,
        .priv = a,
    };
}

static int start(struct adapter *a)
{
    void (*const fns[])(void *) = {interrupt};
    void *const args[] = {a};
    describe(a);
    command(a, ADAPTER_RESET, NULL, 0);
    int err = start_rings(a);
    if (err)
        return err;
    int kind = pci_interrupts(a->pci, 1, fns, args);
    a->line = kind == PCI_INTX;
    return MIN(kind, 0);
}

static int probe(struct pci_device *d)
{
    struct adapter *a = kzalloc(sizeof *a);
    struct shared *shared = page_alloc_zeroed(SHARED_ORDER);
    pci_enable(d);
    volatile uint8_t *registers = map_registers(d);
    int err = !a || !shared ? -ENOMEM : registers ? 0 : -ENXIO;
    if (!err) {
        a->pci = d;
        a->shared = shared;
        a->registers = registers;
        err = start(a);
    }
    if (!err) {
        scsi_start(&a->host);
        return 0;
    }
    pci_disable(d);
    kfree(a);
    if (shared)
        page_free(shared, SHARED_ORDER);
    return err;
}

static const struct pci_match devices[] = {{.vendor = 0x15ad, .device = 0x07c0}, {0}};

DRIVER(pvscsi) = {
    .name = "pvscsi",
    .devices = "VMware paravirtual SCSI host adapter (PCI 15ad:07c0)",
    .pci = devices,
    .probe_pci = probe,
};
