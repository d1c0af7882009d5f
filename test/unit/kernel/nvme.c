/* The NVMe driver over a fake controller with two namespaces: data arrives where it belongs whatever the shape of the
 * memory, errors have their errno, time-outs are survived, and a hostile controller does no harm. */
#include "device-host.h"
#include "block/block.h"
#include "bus/bus.h"
#include "cpu/cpu.h"
#include "lib/format.c"

static uint32_t fake_read(const volatile void *p);
static void fake_write(volatile void *p, uint32_t v);
#define mmio_read32 fake_read
#define mmio_write32 fake_write
#include "block/nvme.c"
#include "drivers/nvme.c"

#define STRIDE 8u /* DSTRD = 1 */
#define BLOCKS 4096u

static uint8_t registers[0x2000];
static uint8_t medium[2][BLOCKS * 4096];
static struct {
    uint32_t enabled, ready, shut_down, masked;
    bool never_ready, silent, bus_master, old_version, no_list;
    unsigned shift, metadata, entries, transfer;
    uint16_t fail_status;
    unsigned fail_count, completed, accesses;
    struct {
        uint64_t commands, completions;
        uint16_t entries, head, tail, posted, phase;
    } queue[2];
    struct nvme_command held[SLOTS];
    unsigned held_count;
    bool hold, lies; /* lies: answers nothing itself, and admin commands as it likes */
} fake;
static struct block_device *disks[4];
static unsigned disk_count;
static char prefixes[4][16];
static void (*off)(int status);
static void (*handler)(void *);
static void *handler_arg;
static int interrupt_kind = PCI_MSIX;
static uint64_t now;

uint64_t clock_monotonic(void)
{
    return now += 100000;
}
void power_register(int priority, void (*fn)(int status))
{
    off = fn;
}
void pci_enable(const struct pci_device *d)
{
    fake.bus_master = true;
}
void pci_disable(const struct pci_device *d)
{
    fake.bus_master = false;
}
void *pci_map_bar(const struct pci_device *d, unsigned bar, uint64_t offset, uint64_t size)
{
    CHECK(bar == 0 && offset + size <= sizeof registers);
    return registers + offset;
}
int pci_interrupts(const struct pci_device *d, unsigned count, void (*const *fns)(void *), void *const *args)
{
    CHECK(count == 1);
    handler = fns[0];
    handler_arg = args[0];
    return interrupt_kind;
}
int block_register(struct block_device *d, const char *prefix)
{
    CHECK(disk_count < ARRAY_LEN(disks));
    snprintf(prefixes[disk_count], sizeof prefixes[0], "%s", prefix);
    disks[disk_count++] = d;
    return 0;
}

static unsigned ended;
static struct block_request *follow; /* comes with the next completion */
void block_complete(struct block_request *r, int status)
{
    r->status = status;
    ended++;
    if (follow) {
        struct block_request *next = follow;
        follow = NULL;
        CHECK(next->device->submit(next->device, next) == 0);
        next->device->kick(next->device);
    }
}

static void *memory(uint64_t at)
{
    CHECK(fake.bus_master);
    return (void *)at;
}

static void post(unsigned q, uint16_t id, uint16_t status)
{
    struct nvme_completion *e = memory(fake.queue[q].completions);
    e += fake.queue[q].posted;
    e->id = id;
    e->status = (uint16_t)(status << 1 | fake.queue[q].phase);
    if (++fake.queue[q].posted == fake.queue[q].entries) {
        fake.queue[q].posted = 0;
        fake.queue[q].phase ^= 1;
    }
    fake.completed++;
}

/* Copies between the medium and the pages that a command names, by the rules of 4.3. */
static void transfer(const struct nvme_command *c, uint8_t *at, uint64_t bytes)
{
    uint64_t *list = NULL, page = c->prp1, n = MIN(bytes, 4096 - (page & 4095));
    CHECK(bytes && bytes <= 4096ul << (fake.transfer ? fake.transfer : 20));
    CHECK(page % 4 == 0);
    for (unsigned i = 0;; i++) {
        if (c->opcode == IO_READ)
            memcpy(memory(page), at, n);
        else
            memcpy(at, memory(page), n);
        at += n;
        bytes -= n;
        if (!bytes)
            return;
        if (!i && bytes > 4096) {
            list = memory(c->prp2);
            CHECK(c->prp2 % 8 == 0);
        }
        page = list ? list[i] : c->prp2;
        CHECK(page % 4096 == 0 && (!list || (uint64_t)&list[i] / 4096 == c->prp2 / 4096));
        n = MIN(bytes, 4096u);
    }
}

static uint16_t execute(const struct nvme_command *c)
{
    uint64_t block = (uint64_t)c->dword11 << 32 | c->dword10;
    if (fake.fail_count) {
        fake.fail_count--;
        return fake.fail_status;
    }
    if (c->namespace != 1 && c->namespace != 5)
        return INVALID_NAMESPACE;
    if (c->opcode == IO_FLUSH)
        return 0;
    CHECK(c->opcode == IO_READ || c->opcode == IO_WRITE);
    if (block + (c->dword12 & 0xffff) >= BLOCKS)
        return 0x80 | STATUS_FINAL;
    transfer(c, medium[c->namespace == 5] + (block << fake.shift), ((c->dword12 & 0xffff) + 1ul) << fake.shift);
    return 0;
}

static uint16_t identify_answer(const struct nvme_command *c)
{
    uint8_t *to = memory(c->prp1);
    CHECK(c->prp1 % 4096 == 0);
    memset(to, 0, 4096);
    if (c->dword10 == IDENTIFY_CONTROLLER) {
        to[77] = (uint8_t)fake.transfer;
        to[516] = 5;
        to[525] = 1;
    } else if (c->dword10 == IDENTIFY_LIST) {
        CHECK(!fake.old_version);
        to[0] = 1;
        to[4] = 5;
        return fake.no_list ? 2 : 0;
    } else if (c->namespace == 1 || c->namespace == 5) {
        uint64_t blocks = BLOCKS;
        memcpy(to, &blocks, 8);
        to[25] = 1;
        to[26] = 1;
        to[99] = c->namespace == 5;
        to[128 + 4] = (uint8_t)fake.metadata;
        to[128 + 6] = (uint8_t)fake.shift;
    }
    return 0;
}

static uint16_t administer(const struct nvme_command *c)
{
    unsigned entries = (c->dword10 >> 16) + 1;
    switch (c->opcode) {
    case ADMIN_IDENTIFY:
        return identify_answer(c);
    case ADMIN_SET_FEATURES:
        return c->dword10 == FEATURE_QUEUES && !fake.old_version ? 0 : 2;
    case ADMIN_CREATE_CQ:
        CHECK((c->dword10 & 0xffff) == 1 && c->dword11 == 3 && c->prp1 % 4096 == 0);
        fake.queue[1].completions = c->prp1;
        fake.queue[1].phase = 1;
        fake.queue[1].posted = 0;
        CHECK(entries == MIN(fake.entries, QUEUE_ENTRIES));
        return 0;
    case ADMIN_CREATE_SQ:
        CHECK((c->dword10 & 0xffff) == 1 && c->dword11 == 0x10001 && c->prp1 % 4096 == 0);
        fake.queue[1].commands = c->prp1;
        fake.queue[1].entries = (uint16_t)entries;
        fake.queue[1].head = fake.queue[1].tail = 0;
        return 0;
    default:
        return 1;
    }
}

static uint16_t lie(const struct nvme_command *c)
{
    uint16_t status = administer(c);
    if (c->opcode == ADMIN_IDENTIFY)
        for (unsigned n = random_u64() % 16; n; n--)
            ((uint8_t *)memory(c->prp1))[random_u64() % 2 ? random_u64() % 192 : random_u64() % 4096] =
                (uint8_t)random_u64();
    return random_u64() % 32 ? status : (uint16_t)random_u64();
}

static void answer(const struct nvme_command *c)
{
    post(1, c->id, execute(c));
}

static void run_queue(unsigned q)
{
    while (fake.queue[q].head != fake.queue[q].tail && !fake.silent) {
        struct nvme_command c = ((struct nvme_command *)memory(fake.queue[q].commands))[fake.queue[q].head];
        fake.queue[q].head = (uint16_t)((fake.queue[q].head + 1) % fake.queue[q].entries);
        if (q == 0)
            post(0, c.id, fake.lies ? lie(&c) : administer(&c));
        else if (fake.lies)
            continue;
        else if (fake.hold)
            fake.held[fake.held_count++] = c;
        else
            answer(&c);
    }
}

static void write_control(uint32_t v)
{
    if (v & CC_ENABLE && !fake.enabled) {
        CHECK(v == (CC_ENTRY_SIZES | CC_ENABLE));
        uint32_t sizes;
        memcpy(&sizes, registers + REG_AQA, 4);
        memcpy(&fake.queue[0].commands, registers + REG_ASQ, 8);
        memcpy(&fake.queue[0].completions, registers + REG_ACQ, 8);
        CHECK(sizes == 0x000f000f && !(fake.queue[0].commands & 4095) && !(fake.queue[0].completions & 4095));
        fake.queue[0].entries = 16;
        fake.queue[0].head = fake.queue[0].tail = fake.queue[0].posted = 0;
        fake.queue[0].phase = 1;
    }
    fake.held_count = v & CC_ENABLE ? fake.held_count : 0;
    fake.enabled = v & CC_ENABLE;
    fake.ready = fake.enabled && !fake.never_ready;
    fake.shut_down = v & CC_SHUTDOWN;
}

static uint32_t fake_read(const volatile void *p)
{
    size_t at = (size_t)((const volatile uint8_t *)p - registers);
    fake.accesses++;
    switch (at) {
    case REG_CAP:
        return 1u << 24 | (fake.entries - 1); /* 500 ms */
    case REG_CAP + 4:
        return CAP_HIGH_NVM | 1; /* a stride of 8 */
    case REG_VS:
        return fake.old_version ? 0x10000 : 0x10400;
    case REG_CC:
        return fake.enabled ? CC_ENABLE : 0;
    case REG_CSTS:
        return (fake.ready ? CSTS_READY : 0) | (fake.shut_down ? CSTS_SHUTDOWN_DONE : 0);
    default:
        CHECK(!"a register that is read");
        return 0;
    }
}

static void fake_write(volatile void *p, uint32_t v)
{
    size_t at = (size_t)((volatile uint8_t *)p - registers);
    fake.accesses++;
    if (at == REG_CC)
        write_control(v);
    else if (at == REG_INTMS)
        fake.masked = v;
    else if (at == REG_INTMC)
        fake.masked &= ~v;
    else if (at >= REG_DOORBELLS) {
        unsigned q = (unsigned)(at - REG_DOORBELLS) / (2 * STRIDE);
        CHECK(fake.ready && q < 2 && (at - REG_DOORBELLS) % STRIDE == 0 && v < fake.queue[q].entries);
        if ((at - REG_DOORBELLS) % (2 * STRIDE) == 0) {
            fake.queue[q].tail = (uint16_t)v;
            run_queue(q);
        }
    } else {
        CHECK(at >= REG_AQA && at < REG_ACQ + 8);
        memcpy(registers + at, &v, 4);
    }
}

static struct pci_device device = {.bar = {{.base = 0x1000, .size = sizeof registers}}};

static int begin(void)
{
    fake.shift = fake.shift ? fake.shift : 9;
    fake.entries = fake.entries ? fake.entries : 1024;
    disk_count = warnings = ended = 0;
    controllers = NULL;
    return probe(&device);
}

static void end(void)
{
    if (handler_arg) {
        struct controller *c = handler_arg;
        page_free(c->shared, SHARED_ORDER);
        kfree(c);
    }
    for (unsigned i = 0; i < disk_count; i++)
        kfree(disks[i]->priv);
    disk_count = 0;
    memset(&fake, 0, sizeof fake);
    interrupt_kind = PCI_MSIX;
    handler_arg = NULL;
}

static struct block_request request(struct block_device *d, enum block_operation operation, uint64_t sector,
                                    const struct block_part *parts, unsigned count)
{
    return (struct block_request){
        .operation = operation, .sector = sector, .parts = parts, .part_count = count, .device = d, .status = 1};
}

static int run_request(struct block_request *r)
{
    unsigned before = ended;
    int err = r->device->submit(r->device, r);
    if (err)
        return err;
    r->device->kick(r->device);
    for (unsigned i = 0; i < 100 && ended == before; i++)
        handler(handler_arg);
    CHECK(ended == before + 1);
    return r->status;
}

static void test_start(void)
{
    CHECK(begin() == 0 && disk_count == 2 && warnings == 0);
    CHECK(!strcmp(prefixes[0], "nvme0n") && !strcmp(prefixes[1], "nvme0n"));
    CHECK(disks[0]->sectors == BLOCKS && disks[0]->sector_size == 512 && disks[0]->volatile_cache);
    CHECK(!disks[0]->read_only && disks[1]->read_only);
    CHECK(disks[0]->depth + disks[1]->depth <= SLOTS && disks[0]->max_bytes == NVME_MAX_BYTES);
    CHECK(fake.accesses < 40);
    off(0);
    CHECK(fake.shut_down);
    end();
    fake.old_version = true;
    CHECK(begin() == 0 && disk_count == 2);
    end();
    fake.no_list = true;
    CHECK(begin() == 0 && disk_count == 2);
    end();
    fake.enabled = fake.ready = true; /* firmware left it on */
    CHECK(begin() == 0 && disk_count == 2);
    end();
    fake.metadata = 8;
    CHECK(begin() == 0 && disk_count == 0 && warnings == 2);
    end();
}

/* Random shapes of memory, written and read back, against a copy that is made with memcpy alone. */
static void test_shapes(unsigned shift, unsigned transfer_limit, unsigned entries)
{
    static uint8_t expected[BLOCKS * 4096], *pool;
    fake.shift = shift;
    fake.transfer = transfer_limit;
    fake.entries = entries;
    CHECK(begin() == 0 && disk_count >= 1);
    struct block_device *d = disks[0];
    memset(medium, 0, sizeof medium);
    memset(expected, 0, sizeof expected);
    pool = aligned_alloc(4096, 256 * 4096);
    unsigned grain = 1u << shift;
    for (unsigned round = 0; round < 3000; round++) {
        struct block_part parts[8];
        unsigned count = 0;
        uint32_t total = 0, at = 0;
        for (unsigned wanted = 1 + random_u64() % 8; count < wanted; count++) {
            uint32_t length = (uint32_t)(1 + random_u64() % (random_u64() % 4 ? 8 : 64)) * grain;
            at += (uint32_t)(random_u64() % 3) * grain; /* often right behind the one before */
            if (random_u64() % 2)
                at = ALIGN_UP(at, 4096u);
            if (total + length > d->max_bytes || at + length > 256 * 4096)
                break;
            parts[count] = (struct block_part){(paddr_t)(pool + at), length};
            at += length;
            total += length;
        }
        if (!count)
            continue;
        uint64_t sector = random_u64() % (BLOCKS * (uint64_t)grain / 512 - total / 512) / (grain / 512) * (grain / 512);
        bool write = random_u64() % 2;
        uint8_t *image = expected + sector * 512;
        for (unsigned i = 0; i < count && write; i++)
            for (uint32_t k = 0; k < parts[i].length; k += 8)
                *(uint64_t *)(parts[i].address + k) = random_u64();
        for (unsigned i = 0, done = 0; i < count && write; done += parts[i++].length)
            memcpy(image + done, (void *)parts[i].address, parts[i].length);
        struct block_request r = request(d, write ? BLOCK_WRITE : BLOCK_READ, sector, parts, count);
        CHECK(run_request(&r) == 0);
        for (unsigned i = 0, done = 0; i < count && !write; done += parts[i++].length)
            CHECK(!memcmp(image + done, (void *)parts[i].address, parts[i].length));
    }
    CHECK(!memcmp(expected, medium[0], BLOCKS << shift));
    /* A sector that memory splits in two pages apart cannot be described. */
    if (grain == 4096) {
        struct block_part split[2] = {{(paddr_t)pool, 512}, {(paddr_t)pool + 8192 + 512, 3584}};
        struct block_request r = request(d, BLOCK_READ, 0, split, 2);
        CHECK(run_request(&r) == -EINVAL);
    }
    free(pool);
    end();
}

static void test_errors(void)
{
    static const struct {
        uint16_t status;
        unsigned count;
        int expected;
    } cases[] = {{0x281, 1, -EIO},
                 {0x280 | STATUS_FINAL, 1, -EIO},
                 {CAPACITY_EXCEEDED | STATUS_FINAL, 1, -ENOSPC},
                 {WRITE_PROTECTED | STATUS_FINAL, 1, -EROFS},
                 {INVALID_NAMESPACE | STATUS_FINAL, 1, -ENODEV},
                 {0x82, TRIES - 1, 0}, /* not ready, then it is */
                 {0x82, TRIES, -EIO}};
    static uint8_t page[4096] __attribute__((aligned(4096)));
    CHECK(begin() == 0);
    struct block_part part = {(paddr_t)page, 4096};
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        struct block_request r = request(disks[0], BLOCK_READ, 0, &part, 1);
        fake.fail_status = cases[i].status;
        fake.fail_count = cases[i].count;
        CHECK(run_request(&r) == cases[i].expected && !fake.fail_count);
        r = request(disks[0], BLOCK_FLUSH, 0, NULL, 0);
        CHECK(run_request(&r) == 0);
    }
    struct block_request beyond = request(disks[0], BLOCK_READ, BLOCKS, &part, 1);
    CHECK(run_request(&beyond) == -EIO);
    end();
}

/* Fills the queue, takes the answers in another order. */
static void test_many_in_flight(void)
{
    static uint8_t pages[SLOTS + 1][4096] __attribute__((aligned(4096)));
    struct block_part parts[SLOTS + 1];
    struct block_request r[SLOTS + 1];
    CHECK(begin() == 0);
    for (unsigned i = 0; i < BLOCKS; i++)
        memset(medium[0] + 512 * i, (int)(i * 7), 512);
    for (unsigned round = 0; round < 10; round++) {
        fake.hold = true;
        for (unsigned i = 0; i <= SLOTS; i++) {
            parts[i] = (struct block_part){(paddr_t)pages[i], 512};
            r[i] = request(disks[0], BLOCK_READ, 3 * i + round, &parts[i], 1);
            CHECK(disks[0]->submit(disks[0], &r[i]) == (i < SLOTS ? 0 : -EAGAIN));
        }
        CHECK(fake.held_count == 0);
        disks[0]->kick(disks[0]);
        CHECK(fake.held_count == SLOTS);
        fake.hold = false;
        follow = &r[SLOTS];
        for (; fake.held_count; fake.held_count--)
            answer(&fake.held[fake.held_count - 1]);
        disks[0]->poll(disks[0]);
        for (unsigned i = 0; i <= SLOTS; i++)
            CHECK(r[i].status == 0 && pages[i][0] == (uint8_t)((3 * i + round) * 7));
    }
    end();
}

static void test_time_out(void)
{
    static uint8_t pages[3][4096] __attribute__((aligned(4096)));
    struct block_part parts[3];
    struct block_request r[3];
    CHECK(begin() == 0);
    fake.hold = true;
    for (unsigned i = 0; i < 3; i++) { /* two of one namespace, one of the other */
        parts[i] = (struct block_part){(paddr_t)pages[i], 4096};
        r[i] = request(disks[i == 1], BLOCK_READ, 8, &parts[i], 1);
        CHECK(r[i].device->submit(r[i].device, &r[i]) == 0);
    }
    disks[0]->kick(disks[0]);
    memset(medium[1] + 4096, 0x77, 4096);
    fake.hold = false;
    struct block_request later = request(disks[0], BLOCK_FLUSH, 0, NULL, 0);
    follow = &later;
    CHECK(disks[0]->reset(disks[0]) == 0);
    CHECK(r[0].status == -EIO && r[2].status == -EIO && r[1].status == 1 && later.status == 1);
    handler(handler_arg);
    CHECK(r[1].status == 0 && pages[1][4095] == 0x77 && later.status == 0 && warnings == 0);
    CHECK(run_request(&r[0]) == 0);
    /* One that does not come back is cut off from memory. */
    fake.hold = true;
    CHECK(disks[0]->submit(disks[0], &r[0]) == 0);
    disks[0]->kick(disks[0]);
    fake.never_ready = true;
    CHECK(disks[0]->reset(disks[0]) == -ETIMEDOUT && !fake.bus_master && r[0].status == -EIO && warnings == 1);
    CHECK(disks[1]->submit(disks[1], &r[1]) == -EIO && disks[0]->reset(disks[0]) == -EIO);
    end();
}

static void test_hostile(void)
{
    static uint8_t page[4096] __attribute__((aligned(4096)));
    struct block_part part = {(paddr_t)page, 4096};
    static const uint16_t ids[] = {0, SLOTS - 1, SLOTS, 0xffff};
    for (unsigned i = 0; i < ARRAY_LEN(ids); i++) {
        CHECK(begin() == 0);
        struct block_request r = request(disks[0], BLOCK_READ, 0, &part, 1);
        CHECK(run_request(&r) == 0);
        fake.hold = true;
        r = request(disks[0], BLOCK_READ, 0, &part, 1);
        CHECK(disks[0]->submit(disks[0], &r) == 0);
        disks[0]->kick(disks[0]);
        post(1, ids[i] == fake.held[0].id ? 1 : ids[i], 0);
        handler(handler_arg);
        CHECK(warnings == 1 && r.status == -EIO && !fake.bus_master && !fake.enabled);
        handler(handler_arg);
        CHECK(warnings == 1);
        end();
    }
    /* Junk in all of the queue. */
    for (unsigned round = 0; round < 200; round++) {
        CHECK(begin() == 0);
        fake.hold = true;
        struct block_request r = request(disks[0], BLOCK_READ, 0, &part, 1);
        CHECK(disks[0]->submit(disks[0], &r) == 0);
        disks[0]->kick(disks[0]);
        for (unsigned i = 0; i < 1024; i += 8)
            *(uint64_t *)(fake.queue[1].completions + i) = random_u64();
        handler(handler_arg);
        end();
    }
}

static void hostile_step(struct block_request *r)
{
    uint64_t dice = random_u64() % 8;
    if (dice < 3 && r->status <= 0 && disk_count) {
        r->device = disks[random_u64() % disk_count];
        r->status = r->device->submit(r->device, r) == 0 ? 1 : -EIO;
        r->device->kick(r->device);
    } else if (dice < 6) {
        post(1, (uint16_t)(random_u64() % 4 ? random_u64() % SLOTS : random_u64()), (uint16_t)random_u64());
    } else if (dice == 6) {
        ((uint8_t *)memory(fake.queue[1].completions))[random_u64() % 1024] = (uint8_t)random_u64();
    }
    handler(handler_arg);
    if (random_u64() % 32 == 0 && disk_count)
        disks[0]->reset(disks[0]);
}

/* A controller that says anything of itself, and finishes what it was not given; each request ends once. */
static void hostile_round(void)
{
    static uint8_t pages[8][4096] __attribute__((aligned(4096)));
    struct block_part parts[8];
    struct block_request r[8];
    end();
    fake.lies = true;
    int err = begin();
    for (unsigned i = 0; i < ARRAY_LEN(r); i++) {
        parts[i] = (struct block_part){(paddr_t)pages[i], 4096};
        r[i] = request(NULL, (enum block_operation)(i % 3), 8 * i, &parts[i], i % 3 != BLOCK_FLUSH);
        r[i].status = 0;
    }
    for (unsigned step = 0; !err && step < 200 && random_left() && fake.bus_master; step++)
        hostile_step(&r[random_u64() % ARRAY_LEN(r)]);
    for (unsigned i = 0; !err && i < disk_count; i++)
        disks[i]->reset(disks[i]);
    for (unsigned i = 0; i < ARRAY_LEN(r); i++)
        CHECK(r[i].status <= 0);
    end();
}

static void test_liar(void)
{
    for (unsigned round = 0; round < 3000; round++)
        hostile_round();
}

static void test_message_interrupt(void)
{
    interrupt_kind = PCI_MSI;
    CHECK(begin() == 0);
    fake.masked = 0;
    struct block_request r = request(disks[0], BLOCK_FLUSH, 0, NULL, 0);
    CHECK(run_request(&r) == 0 && fake.masked == 0);
    end();
}

/* Fails at every step, says so by its status, and frees what it had. */
static void test_no_start(void)
{
    fake.never_ready = true;
    CHECK(begin() == -ETIMEDOUT && !fake.bus_master);
    end();
    fake.silent = true;
    CHECK(begin() == -ETIMEDOUT && !fake.bus_master);
    end();
    fake.entries = 1;
    CHECK(begin() == -ENODEV && !fake.bus_master);
    end();
    device.bar[0].size = REG_DOORBELLS;
    CHECK(begin() == -ENODEV && warnings == 1);
    device.bar[0].size = sizeof registers;
    end();
}

int main(void)
{
    test_start();
    test_shapes(9, 0, 1024);
    test_shapes(9, 3, 2);
    test_shapes(12, 5, 32);
    test_errors();
    test_many_in_flight();
    test_time_out();
    test_hostile();
    test_liar();
    test_message_interrupt();
    test_no_start();
    return 0;
}
