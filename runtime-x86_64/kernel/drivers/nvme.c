/* NVM Express disks on PCI: base specification 1.4 (sections below) and 2.0, NVM command set. One admin queue, polled,
 * and one I/O queue pair with several commands in flight: on one CPU more pairs serve nothing.
 *
 * A request becomes one command, or several one after the other where its memory has gaps that a list of pages (PRP)
 * cannot describe. Completions lie in memory that the device writes: a command id is believed only if that command is
 * under way, and a controller that breaks the rules is stopped for good. */
#include "block/block.h"
#include "block/nvme.h"
#include "cpu/cpu.h"
#include "drivers/driver.h"
#include "mm/mm.h"
#include "time/time.h"

#define REGISTERS_MOST 0x81000u /* doorbells of two queue pairs, the widest apart */
#define QUEUE_ENTRIES 64u
#define ADMIN_ENTRIES 16u
#define SLOTS 32u /* commands in flight: less than entries, so neither queue overflows */
#define TRIES 5u
#define ADMIN_NS 5000000000u
#define SHUTDOWN_NS 3000000000u
#define PRIORITY (-10) /* before any way of turning the machine off */

/* A command under way, and where the next one of the same request begins. */
struct slot {
    struct block_request *request; /* NULL: free */
    struct nvme_command command;   /* for another try */
    struct nvme_cursor next;
    uint64_t sector; /* of the next */
    unsigned tries;
};

/* What the controller reads and writes: each member starts a page. */
struct shared {
    struct nvme_command admin_commands[PAGE_SIZE / sizeof(struct nvme_command)];
    struct nvme_completion admin_completions[PAGE_SIZE / sizeof(struct nvme_completion)];
    struct nvme_command commands[PAGE_SIZE / sizeof(struct nvme_command)];
    struct nvme_completion completions[PAGE_SIZE / sizeof(struct nvme_completion)];
    union {
        uint64_t lists[SLOTS][NVME_LIST_ENTRIES];
        uint8_t identity[PAGE_SIZE]; /* used before any list is */
    };
};
#define SHARED_ORDER 3
_Static_assert(sizeof(struct shared) == PAGE_SIZE << SHARED_ORDER, "each list lies inside one page");

struct controller {
    const struct pci_device *pci;
    struct controller *next;
    uint8_t *registers;
    struct shared *shared;
    struct nvme_queue admin, io;
    uint64_t ready_ns;
    uint32_t max_bytes, namespace_count;
    unsigned slot_count, free_count, number;
    uint8_t free[SLOTS];
    struct slot slots[SLOTS];
    int interrupt_kind; /* 0: none can come yet */
    bool volatile_cache, broken;
};

struct disk {
    struct block_device block;
    struct controller *controller;
    uint32_t id, sector_shift;
};

static struct controller *controllers;

static uint32_t read_register(const struct controller *c, unsigned at)
{
    return mmio_read32(c->registers + at);
}

static void write_register(const struct controller *c, unsigned at, uint32_t value)
{
    mmio_write32(c->registers + at, value);
}

static void write_address(const struct controller *c, unsigned at, const void *memory)
{
    paddr_t p = virt_to_phys(memory);
    write_register(c, at, (uint32_t)p);
    write_register(c, at + 4, (uint32_t)(p >> 32));
}

/* Waits longer and longer between two looks, each of which is an exit. A controller that is gone reads as all ones. */
static bool wait_status(const struct controller *c, uint32_t mask, uint32_t wanted, uint64_t limit)
{
    uint64_t now = clock_monotonic(), end = now + limit;
    for (uint64_t pause = 10000; now < end; pause = MIN(pause * 2, 10000000u)) {
        uint32_t status = read_register(c, REG_CSTS);
        if (status == UINT32_MAX || (status & CSTS_FATAL && wanted))
            return false;
        if ((status & mask) == wanted)
            return true;
        for (uint64_t next = now + pause; (now = clock_monotonic()) < next;)
            __builtin_ia32_pause();
    }
    return false;
}

/* An admin command: only at start and at a reset, one at a time. */
static int admin(struct controller *c, struct nvme_command command)
{
    struct nvme_queue *q = &c->admin;
    struct nvme_completion done;
    uint64_t end = clock_monotonic() + ADMIN_NS;
    command.id = q->tail;
    nvme_queue_push(q, &command);
    nvme_queue_ring(q);
    while (!nvme_queue_take(q, &done)) {
        if (clock_monotonic() > end)
            return -ETIMEDOUT;
        __builtin_ia32_pause();
    }
    mmio_write32(q->completion_doorbell, q->head);
    return done.id == command.id ? nvme_errno(done.status) : -EIO;
}

static int identify(struct controller *c, uint32_t namespace, uint32_t what)
{
    paddr_t to = virt_to_phys(c->shared->identity);
    struct nvme_command command = {.opcode = ADMIN_IDENTIFY, .namespace = namespace, .prp1 = to, .dword10 = what};
    return admin(c, command);
}

static bool disable(const struct controller *c)
{
    write_register(c, REG_CC, 0);
    return wait_status(c, CSTS_READY, 0, c->ready_ns);
}

static int create_queues(struct controller *c)
{
    uint32_t size = (c->io.entries - 1u) << 16 | 1;
    struct nvme_command queues = {.opcode = ADMIN_SET_FEATURES, .dword10 = FEATURE_QUEUES}; /* one of each: 0 and 0 */
    struct nvme_command completions = {.opcode = ADMIN_CREATE_CQ,
                                       .prp1 = virt_to_phys(c->shared->completions),
                                       .dword10 = size,
                                       .dword11 = QUEUE_CONTIGUOUS | QUEUE_INTERRUPTS};
    struct nvme_command commands = {.opcode = ADMIN_CREATE_SQ,
                                    .prp1 = virt_to_phys(c->shared->commands),
                                    .dword10 = size,
                                    .dword11 = QUEUE_CONTIGUOUS | 1 << 16};
    int err = admin(c, queues);
    if (err != -ETIMEDOUT) /* a controller that refuses the number has one pair all the same */
        err = admin(c, completions);
    return err ? err : admin(c, commands);
}

static int enable(struct controller *c)
{
    nvme_queue_reset(&c->admin);
    nvme_queue_reset(&c->io);
    write_register(c, REG_AQA, (ADMIN_ENTRIES - 1) << 16 | (ADMIN_ENTRIES - 1));
    write_address(c, REG_ASQ, c->shared->admin_commands);
    write_address(c, REG_ACQ, c->shared->admin_completions);
    write_register(c, REG_CC, CC_ENTRY_SIZES | CC_ENABLE);
    return wait_status(c, CSTS_READY, CSTS_READY, c->ready_ns) ? create_queues(c) : -ETIMEDOUT;
}

static void end_request(struct controller *c, struct slot *s, int status)
{
    struct block_request *r = s->request;
    s->request = NULL;
    c->free[c->free_count++] = (uint8_t)(s - c->slots);
    block_complete(r, status);
}

/* A set of slots, a bit each: those under way for a device, or all. Whoever ends requests takes it first, because each
 * end may bring new ones. */
static uint32_t slots_of(const struct controller *c, const struct block_device *only)
{
    uint32_t set = 0;
    for (unsigned i = 0; i < c->slot_count; i++)
        if (c->slots[i].request && (!only || c->slots[i].request->device == only))
            set |= 1u << i;
    return set;
}

static void end_slots(struct controller *c, uint32_t set)
{
    for (; set; set &= set - 1)
        end_request(c, &c->slots[__builtin_ctz(set)], -EIO);
}

/* Without the bus it can write nowhere, whatever it does with its registers. */
static void give_up(struct controller *c, const char *why)
{
    if (c->broken)
        return;
    c->broken = true;
    log_warn("nvme%u: %s; it is no longer used", c->number, why);
    write_register(c, REG_CC, 0);
    pci_disable(c->pci);
    end_slots(c, slots_of(c, NULL));
}

/* 7.6.2: tells of the end, so that caches reach the medium. */
static void shut_down(int status)
{
    for (struct controller *c = controllers; c; c = c->next) {
        if (c->broken)
            continue;
        write_register(c, REG_CC, CC_ENTRY_SIZES | CC_ENABLE | CC_SHUTDOWN);
        wait_status(c, CSTS_SHUTDOWN_MASK, CSTS_SHUTDOWN_DONE, SHUTDOWN_NS);
    }
}

static int start(struct controller *c, struct slot *s)
{
    const struct block_request *r = s->request;
    const struct disk *n = r->device->priv;
    unsigned index = (unsigned)(s - c->slots);
    struct nvme_command command = {.id = (uint16_t)index, .namespace = n->id, .opcode = IO_FLUSH};
    if (r->operation != BLOCK_FLUSH) {
        uint32_t bytes = nvme_fill_pages(r, &s->next, &command, c->shared->lists[index]);
        uint64_t block = s->sector * BLOCK_SECTOR >> n->sector_shift;
        if (!bytes || bytes & (n->block.sector_size - 1))
            return -EINVAL;
        command.opcode = r->operation == BLOCK_READ ? IO_READ : IO_WRITE;
        command.dword10 = (uint32_t)block;
        command.dword11 = (uint32_t)(block >> 32);
        command.dword12 = (bytes >> n->sector_shift) - 1;
        s->sector += bytes / BLOCK_SECTOR;
    }
    s->command = command;
    s->tries = 1;
    nvme_queue_push(&c->io, &command);
    return 0;
}

static int submit(struct block_device *d, struct block_request *r)
{
    struct controller *c = ((struct disk *)d->priv)->controller;
    if (c->broken)
        return -EIO;
    if (!c->free_count)
        return -EAGAIN;
    struct slot *s = &c->slots[c->free[c->free_count - 1]];
    s->request = r;
    s->next = (struct nvme_cursor){0};
    s->sector = r->sector;
    int err = start(c, s);
    if (err)
        s->request = NULL;
    else
        c->free_count--;
    return err;
}

static void kick(struct block_device *d)
{
    nvme_queue_ring(&((struct disk *)d->priv)->controller->io);
}

/* An error that the controller does not call final may pass; one of the medium will not. */
static bool again(struct controller *c, struct slot *s, uint16_t status)
{
    if (!(status & STATUS_CODE) || status & STATUS_FINAL || (status & STATUS_TYPE) == TYPE_MEDIA || s->tries == TRIES)
        return false;
    s->tries++;
    nvme_queue_push(&c->io, &s->command);
    return true;
}

static void finish(struct controller *c, struct slot *s, uint16_t status)
{
    if (again(c, s, status))
        return;
    int err = nvme_errno(status);
    bool more = !err && s->next.part < s->request->part_count;
    if (!more || (err = start(c, s)))
        end_request(c, s, err);
}

static void reap(struct controller *c)
{
    struct nvme_completion done;
    bool any = false;
    while (!c->broken && nvme_queue_take(&c->io, &done)) {
        any = true;
        if (done.id < c->slot_count && c->slots[done.id].request)
            finish(c, &c->slots[done.id], done.status);
        else
            give_up(c, "finished a command that nobody gave it");
    }
    if (!any || c->broken)
        return;
    mmio_write32(c->io.completion_doorbell, c->io.head);
    nvme_queue_ring(&c->io);
}

/* One message stands for all that finishes until the mask goes off and on again (7.5.1.1); a level line and MSI-X need
 * none of it. */
static void interrupt(void *arg)
{
    struct controller *c = arg;
    if (c->interrupt_kind == PCI_MSI)
        write_register(c, REG_INTMS, 1);
    reap(c);
    if (c->interrupt_kind == PCI_MSI)
        write_register(c, REG_INTMC, 1);
}

static void poll(struct block_device *d)
{
    reap(((struct disk *)d->priv)->controller);
}

/* All namespaces of a controller stop with it; the requests of the others are given to it anew. */
static int reset(struct block_device *d)
{
    struct controller *c = ((struct disk *)d->priv)->controller;
    reap(c);
    int err = c->broken ? -EIO : disable(c) ? enable(c) : -ETIMEDOUT;
    if (err) {
        give_up(c, "does not come back from a reset");
        return err;
    }
    uint32_t failed = slots_of(c, d);
    for (uint32_t set = slots_of(c, NULL) & ~failed; set; set &= set - 1)
        nvme_queue_push(&c->io, &c->slots[__builtin_ctz(set)].command);
    nvme_queue_ring(&c->io);
    end_slots(c, failed);
    return 0;
}

static void set_up_queue(struct controller *c, struct nvme_queue *q, unsigned number, unsigned stride)
{
    q->command_doorbell = c->registers + REG_DOORBELLS + 2 * number * stride;
    q->completion_doorbell = q->command_doorbell + stride;
    q->commands = number ? c->shared->commands : c->shared->admin_commands;
    q->completions = number ? c->shared->completions : c->shared->admin_completions;
}

static int read_capabilities(struct controller *c)
{
    uint32_t low = read_register(c, REG_CAP), high = read_register(c, REG_CAP + 4);
    unsigned stride = CAP_STRIDE(high);
    c->ready_ns = MAX(CAP_READY_NS(low), 500000000u);
    if (low == UINT32_MAX || !(high & CAP_HIGH_NVM) || high & CAP_HIGH_MPSMIN ||
        REG_DOORBELLS + 4 * stride > c->pci->bar[0].size) {
        log_warn("nvme%u: capabilities %08x%08x: no NVM command set, or no pages of 4 KiB", c->number, high, low);
        return -ENODEV;
    }
    set_up_queue(c, &c->admin, 0, stride);
    set_up_queue(c, &c->io, 1, stride);
    c->admin.entries = ADMIN_ENTRIES;
    c->io.entries = (uint16_t)MIN(CAP_ENTRIES(low), QUEUE_ENTRIES);
    c->slot_count = MIN(SLOTS, c->io.entries - 1u);
    for (unsigned i = 0; i < c->slot_count; i++)
        c->free[c->free_count++] = (uint8_t)i;
    return c->slot_count ? 0 : -ENODEV;
}

static int identify_controller(struct controller *c)
{
    const uint8_t *identity = c->shared->identity; /* 5.15.2.2 */
    int err = identify(c, 0, IDENTIFY_CONTROLLER);
    unsigned transfer = identity[77]; /* MDTS: a power of two of pages, 0: no limit */
    c->max_bytes = transfer && transfer < 6 ? (uint32_t)PAGE_SIZE << transfer : NVME_MAX_BYTES;
    memcpy(&c->namespace_count, identity + 516, sizeof c->namespace_count); /* NN */
    c->volatile_cache = identity[525] & 1;                                  /* VWC */
    return err;
}

/* Those that are there, in ascending order; before 1.1 a controller only tells how many there may be. */
static unsigned list_namespaces(struct controller *c, uint32_t *ids)
{
    unsigned count = 0;
    bool listed = read_register(c, REG_VS) >= VERSION_1_1 && !identify(c, 0, IDENTIFY_LIST);
    for (uint32_t id; count < c->slot_count; ids[count++] = id) {
        if (listed)
            memcpy(&id, c->shared->identity + 4 * count, sizeof id);
        else
            id = count < c->namespace_count ? count + 1 : 0;
        if (!id || (count && id <= ids[count - 1]))
            break;
    }
    return count;
}

static void describe(struct disk *n, uint64_t blocks, unsigned depth, bool read_only)
{
    struct controller *c = n->controller;
    n->block = (struct block_device){
        .sectors = blocks << (n->sector_shift - 9),
        .sector_size = 1u << n->sector_shift,
        .max_bytes = c->max_bytes,
        .max_parts = NVME_LIST_ENTRIES + 1,
        .depth = depth,
        .read_only = read_only,
        .volatile_cache = c->volatile_cache,
        .submit = submit,
        .kick = kick,
        .poll = poll,
        .reset = reset,
        .priv = n,
    };
}

/* 5.15.2.1. A hostile size is nothing but one that the device cannot fulfil; it only must not overflow. */
static int add_namespace(struct controller *c, uint32_t id, unsigned depth)
{
    const uint8_t *identity = c->shared->identity;
    int err = identify(c, id, IDENTIFY_NAMESPACE);
    if (err)
        return err;
    uint64_t blocks;
    uint32_t lba_format;
    unsigned index = (identity[26] & 0xf) | (identity[25] > 15 ? identity[26] >> 1 & 0x30 : 0); /* FLBAS, NLBAF */
    memcpy(&blocks, identity, sizeof blocks);
    memcpy(&lba_format, identity + 128 + 4 * index, sizeof lba_format);
    unsigned metadata = lba_format & 0xffff, shift = lba_format >> 16 & 0xff;
    if (!blocks)
        return 0;
    if (metadata || (shift != 9 && shift != 12) || blocks >> (62 - shift)) {
        log_warn(
            "nvme%u: namespace %u not used: %u bytes of metadata, sectors of 2^%u bytes; 0 and 2^9 or 2^12 are known",
            c->number, id, metadata, shift);
        return 0;
    }
    struct disk *n = kzalloc(sizeof *n);
    if (!n)
        return -ENOMEM;
    n->controller = c;
    n->id = id;
    n->sector_shift = shift;
    describe(n, blocks, depth, identity[99] & 1);
    char prefix[16];
    format(prefix, sizeof prefix, "nvme%un", c->number);
    return block_register(&n->block, prefix);
}

/* Interrupts first: QEMU takes the vectors that are enabled when a queue is made. */
static int start_controller(struct controller *c)
{
    uint32_t ids[SLOTS];
    void (*fn)(void *) = interrupt;
    void *arg = c;
    int err = read_capabilities(c);
    if (!err && read_register(c, REG_CC) & CC_ENABLE && !disable(c))
        err = -ETIMEDOUT;
    int kind = err ? err : pci_interrupts(c->pci, 1, &fn, &arg);
    if (kind < 0)
        return kind;
    c->interrupt_kind = kind;
    err = enable(c);
    if (!err)
        err = identify_controller(c);
    unsigned count = err ? 0 : list_namespaces(c, ids);
    for (unsigned i = 0; i < count; i++)
        if (add_namespace(c, ids[i], c->slot_count / count))
            log_warn("nvme%u: namespace %u cannot be used", c->number, ids[i]);
    return err;
}

static void abandon(struct controller *c)
{
    pci_disable(c->pci);
    if (c->interrupt_kind)
        return; /* one that is on its way finds its controller */
    if (c->shared)
        page_free(c->shared, SHARED_ORDER);
    kfree(c);
}

static int probe(struct pci_device *d)
{
    static unsigned count;
    struct controller *c = kzalloc(sizeof *c);
    if (!c)
        return -ENOMEM;
    pci_enable(d);
    c->pci = d;
    c->number = count++;
    c->registers = pci_map_bar(d, 0, 0, MIN(d->bar[0].size, (uint64_t)REGISTERS_MOST));
    c->shared = page_alloc_zeroed(SHARED_ORDER);
    int err = !c->registers ? -ENODEV : !c->shared ? -ENOMEM : start_controller(c);
    if (err) {
        abandon(c);
        return err;
    }
    if (!controllers)
        power_register(PRIORITY, shut_down);
    c->next = controllers;
    controllers = c;
    return 0;
}

static const struct pci_match matches[] = {{0xffff, 0xffff, 0x010802, 0xffffff}, {0}};

DRIVER(nvme) = {
    .name = "nvme",
    .devices = "NVM Express disks (PCI class 01:08:02)",
    .pci = matches,
    .probe_pci = probe,
};
