/* block/: requests arrive whole, in pieces that the disk takes, several at once; what takes too long is asked for,
 * then reset, then given up. */
#include "block-host.h"
#include "block/queue.c"
#include "block/watchdog.c"
#include "block/transfer.c"
#include "block/partition.c"
#include "block/gpt.c"
#include "block/device.c"

int cache_copy(struct block_view *v, uint64_t at, size_t wanted, void *to, size_t n)
{
    return -EIO;
}

static struct fake *start(void)
{
    struct fake *f = fake_new();
    threads = true;
    warnings = 0;
    CHECK(block_register(&f->device, "vd") == 0);
    return f;
}

static void stop(struct fake *f)
{
    struct block_queue *q = block_queue_of(&f->device);
    CHECK(list_empty(&q->waiting) && list_empty(&q->flying) && !q->in_flight);
    if (q->watchdog.armed)
        armed = NULL;
    list_del(&q->link);
    free(q->table.list);
    free(q);
    free(f);
    fake_count--;
    threads = false;
}

#define MAX_STRETCHES 64
struct io {
    struct block_transfer t;
    struct block_part parts[MAX_STRETCHES];
    uint8_t *memory;
    size_t length;
};

/* A transfer of that many sectors over stretches of random lengths. */
static struct io *io_new(enum block_operation operation, uint64_t sector, unsigned sectors, bool whole_pages)
{
    struct io *io = calloc(1, sizeof *io);
    io->length = sectors * BLOCK_SECTOR;
    io->memory = aligned_alloc(PAGE_SIZE, 2 * ALIGN_UP(io->length, PAGE_SIZE) + MAX_STRETCHES * PAGE_SIZE);
    uint8_t *at = io->memory;
    for (size_t left = io->length; left;) {
        size_t n = whole_pages ? PAGE_SIZE : (1 + random_u64() % 16) * BLOCK_SECTOR;
        n = io->t.part_count == MAX_STRETCHES - 1 ? left : MIN(n, left);
        io->parts[io->t.part_count++] = (struct block_part){(paddr_t)at, (uint32_t)n};
        at += n + (random_u64() & 1 && at + n < io->memory + io->length ? BLOCK_SECTOR : 0);
        left -= n;
    }
    io->t.operation = operation;
    io->t.sector = sector;
    io->t.parts = io->parts;
    return io;
}

static bool io_same(const struct io *io, const uint8_t *data)
{
    for (unsigned i = 0; i < io->t.part_count; i++) {
        if (memcmp((void *)io->parts[i].address, data, io->parts[i].length))
            return false;
        data += io->parts[i].length;
    }
    return true;
}

static void io_fill(struct io *io)
{
    for (unsigned i = 0; i < io->t.part_count; i++)
        for (unsigned b = 0; b < io->parts[i].length; b++)
            ((uint8_t *)io->parts[i].address)[b] = (uint8_t)random_u64();
}

static void io_free(struct io *io)
{
    free(io->memory);
    free(io);
}

static void any_limits_carry_any_transfer(void)
{
    for (unsigned round = 0; round < 1000; round++) {
        struct fake *f = fake_new();
        f->device.sector_size = 512u << random_u64() % 4;
        f->device.max_bytes = f->device.sector_size * (1 + (uint32_t)(random_u64() % 40));
        f->device.max_parts = (unsigned)(8 + random_u64() % 20); /* eight stretches of 512 are one sector at most */
        f->device.max_part_bytes = random_u64() & 1 ? BLOCK_SECTOR * (1 + (uint32_t)(random_u64() % 20)) : 0;
        f->device.part_boundary = random_u64() & 1 ? 512ull << random_u64() % 8 : 0;
        f->at_once = random_u64() & 1;
        threads = random_u64() & 1;
        CHECK(block_register(&f->device, "vd") == 0);
        unsigned scale = f->device.sector_size / BLOCK_SECTOR, sectors = scale * (1 + (unsigned)(random_u64() % 50));
        uint64_t sector = random_u64() % (DISK_SIZE / f->device.sector_size - 50) * scale;
        struct io *io = io_new(random_u64() & 1 ? BLOCK_READ : BLOCK_WRITE, sector, sectors, false);
        io_fill(io);
        CHECK(block_run(&f->device, &io->t, true) == 0);
        CHECK(io_same(io, f->data + sector * BLOCK_SECTOR));
        io_free(io);
        stop(f);
    }
}

static void several_run_at_once_and_no_more_than_fit(void)
{
    struct fake *f = start();
    struct io *io[40];
    f->room = 5; /* less than depth: the driver says so itself */
    for (unsigned i = 0; i < ARRAY_LEN(io); i++) {
        io[i] = io_new(BLOCK_READ, i * 8, 8, true);
        block_start(&f->device, &io[i]->t);
    }
    CHECK(f->taken_count == 5 && f->kicks == 5);
    uint64_t before = now;
    for (unsigned i = 0; i < ARRAY_LEN(io); i++) {
        block_wait(&f->device, &io[i]->t.ended, true);
        CHECK(!io[i]->t.status && io_same(io[i], f->data + i * PAGE_SIZE));
        io_free(io[i]);
    }
    CHECK(f->most_taken == 5 && !warnings && now - before < 20 * MS);
    stop(f);
}

static void a_full_driver_with_nothing_under_way_is_asked_again(void)
{
    struct fake *f = start();
    struct io *io = io_new(BLOCK_READ, 0, 8, true);
    f->room = 0; /* what fills it belongs to another disk */
    block_start(&f->device, &io->t);
    for (unsigned i = 0; i < 20; i++)
        pass();
    CHECK(!io->t.ended && f->submits > 5);
    f->room = 1;
    block_wait(&f->device, &io->t.ended, true);
    CHECK(!io->t.status);
    io_free(io);
    stop(f);
}

static void an_error_ends_its_transfer_only(void)
{
    struct fake *f = start();
    struct io *bad = io_new(BLOCK_WRITE, 0, 64, true), *good = io_new(BLOCK_READ, 64, 8, true);
    f->device.max_bytes = 4096;
    f->bad_sector = 20;
    io_fill(bad);
    block_start(&f->device, &bad->t);
    CHECK(block_run(&f->device, &good->t, true) == 0);
    block_wait(&f->device, &bad->t.ended, true);
    CHECK(bad->t.status == -EIO && f->submits < 2 + 8);
    io_free(bad);
    io_free(good);
    stop(f);
}

static void nothing_leaves_the_disk(void)
{
    struct fake *f = start();
    struct io *io = io_new(BLOCK_WRITE, DISK_SIZE / BLOCK_SECTOR - 4, 8, true);
    CHECK(block_run(&f->device, &io->t, true) == -EIO);
    io->t.sector = UINT64_MAX - 2;
    CHECK(block_run(&f->device, &io->t, true) == -EIO && f->submits == 0);
    f->device.sector_size = 4096;
    io->t.sector = 4; /* not a sector of the device */
    CHECK(block_run(&f->device, &io->t, true) == -EIO && f->submits == 0);
    io_free(io);
    stop(f);
}

static void read_one(struct fake *f, int expected)
{
    struct io *io = io_new(BLOCK_READ, 8, 8, true);
    CHECK(block_run(&f->device, &io->t, true) == expected);
    CHECK(expected || io_same(io, f->data + PAGE_SIZE));
    io_free(io);
}

static void lost_interrupts_are_made_up_for(void)
{
    struct fake *f = start();
    f->interrupts = false;
    uint64_t before = now;
    read_one(f, 0);
    read_one(f, 0);
    CHECK(now - before < 1100 * MS && warnings == 1);
    for (unsigned i = 0; i < 5; i++) {
        before = now;
        read_one(f, 0);
        CHECK(now - before <= 3 * MS);
    }
    CHECK(warnings == 1 && !f->resets);
    stop(f);
}

static void one_late_interrupt_is_no_lost_one(void)
{
    struct fake *f = start();
    for (unsigned i = 0; i < 6; i++) {
        f->interrupts = i % 2;
        read_one(f, 0);
    }
    CHECK(!warnings);
    stop(f);
}

static void a_reset_brings_a_device_back(void)
{
    struct fake *f = start();
    f->hangs = f->reset_helps = true;
    uint64_t before = now;
    read_one(f, 0);
    CHECK(f->resets == 1 && warnings == 1 && now - before >= PATIENCE && now - before < PATIENCE + 1000 * MS);
    f->hangs = true; /* later it happens again, and is forgiven again */
    read_one(f, 0);
    CHECK(f->resets == 2 && !block_queue_of(&f->device)->dead);
    stop(f);
}

static void a_device_that_stays_silent_is_given_up(void)
{
    for (unsigned fails = 0; fails < 2; fails++) {
        struct fake *f = start();
        f->hangs = true;
        f->reset_fails = fails;
        uint64_t before = now;
        struct io *other = io_new(BLOCK_WRITE, 0, 8, true);
        block_start(&f->device, &other->t);
        read_one(f, -EIO);
        CHECK(other->t.ended && other->t.status == -EIO);
        CHECK(now - before < 2 * PATIENCE + 1000 * MS && f->resets == 2 - fails);
        unsigned submits = f->submits;
        before = now;
        read_one(f, -EIO);
        CHECK(f->submits == submits && now == before && block_flush(&f->device) == -EIO);
        io_free(other);
        stop(f);
    }
}

static void boot_does_not_wait_for_long(void)
{
    struct fake *f = start();
    threads = false;
    f->hangs = true;
    uint64_t before = now;
    read_one(f, -EIO);
    CHECK(now - before < 6000 * MS && f->polls > 100);
    threads = true;
    stop(f);
}

static void flushes_go_where_they_are_needed(void)
{
    struct fake *f = start();
    struct io *io = io_new(BLOCK_WRITE, 0, 8, true);
    CHECK(block_flush(&f->device) == 0 && f->flushes == 0); /* nothing was written */
    CHECK(block_run(&f->device, &io->t, true) == 0);
    CHECK(block_flush(&f->device) == 0 && f->flushes == 1);
    CHECK(block_flush(&f->device) == 0 && f->flushes == 1);
    f->device.volatile_cache = false;
    CHECK(block_run(&f->device, &io->t, true) == 0);
    CHECK(block_flush(&f->device) == 0 && f->flushes == 1);
    io_free(io);
    stop(f);
}

static void names_count_like_linux(void)
{
    static const struct {
        unsigned n;
        const char *name;
    } expected[] = {{0, "vda"}, {25, "vdz"}, {26, "vdaa"}, {51, "vdaz"}, {52, "vdba"}, {701, "vdzz"}, {702, "vdaaa"}};
    for (unsigned i = 0; i < ARRAY_LEN(expected); i++) {
        char name[16] = "vd";
        append_letters(name + 2, sizeof name - 2, expected[i].n);
        CHECK(!strcmp(name, expected[i].name));
    }
    struct fake *a = start(), *b = fake_new(), *c = fake_new();
    CHECK(block_register(&b->device, "nvme3n") == 0);
    CHECK(!strcmp(b->device.name, "nvme3n1"));
    CHECK(block_register(&c->device, "vd") == 0 && !strcmp(c->device.name, "vdb"));
    struct block_device bad = a->device;
    bad.sector_size = 520;
    CHECK(block_register(&bad, "vd") == -EINVAL);
    bad = a->device;
    bad.sectors = BLOCK_MAX_SECTORS + 1;
    CHECK(block_register(&bad, "vd") == -EINVAL);
    stop(c);
    stop(b);
    stop(a);
}

int main(void)
{
    any_limits_carry_any_transfer();
    several_run_at_once_and_no_more_than_fit();
    a_full_driver_with_nothing_under_way_is_asked_again();
    an_error_ends_its_transfer_only();
    nothing_leaves_the_disk();
    lost_interrupts_are_made_up_for();
    one_late_interrupt_is_no_lost_one();
    a_reset_brings_a_device_back();
    a_device_that_stays_silent_is_given_up();
    boot_does_not_wait_for_long();
    flushes_go_where_they_are_needed();
    names_count_like_linux();
    return 0;
}
