/* For host tests of block/: a fake disk over memory, a clock and timers that the test turns. */
#pragma once
#include "device-host.h"
#include "lib/format.c"
#include "block/queue.h"

static uint64_t now = 1000;
static struct timer *armed;
static bool threads; /* sleeping is allowed: it lets time pass */
uint64_t clock_monotonic(void)
{
    return now;
}
void timer_arm(struct timer *t, uint64_t deadline)
{
    CHECK(!armed || armed == t);
    armed = t;
    t->armed = true;
    t->deadline = deadline;
}
struct thread *thread_current(void)
{
    return threads ? (struct thread *)&threads : NULL;
}
void waitq_init(struct waitq *q)
{
    list_init(&q->waiters);
}
void waitq_wake(struct waitq *q, uint32_t events, unsigned max)
{
}
void *krealloc(void *p, size_t n)
{
    return realloc(p, n);
}
void block_attach(void)
{
}
struct block_view *block_disk_view(struct block_queue *q)
{
    return NULL;
}

#define DISK_SIZE (256u << 10)
#define FAKE_MAX 64
struct fake {
    struct block_device device;
    uint8_t data[DISK_SIZE];
    struct block_request *taken[FAKE_MAX];
    unsigned taken_count, submits, kicks, polls, resets, flushes, most_taken;
    unsigned room;   /* -EAGAIN beyond */
    bool at_once;    /* ends inside of submit */
    bool interrupts; /* ends when time passes; else only when polled */
    bool hangs;      /* ends nothing */
    bool reset_fails, reset_helps;
    uint64_t bad_sector; /* -EIO there */
    uint64_t latency;
};
static struct fake *fakes[4];
static unsigned fake_count;

static int fake_work(struct fake *f, struct block_request *r)
{
    uint8_t *at = f->data + r->sector * BLOCK_SECTOR;
    uint64_t end = r->sector;
    if (r->operation == BLOCK_FLUSH) {
        f->flushes++;
        return 0;
    }
    CHECK(r->part_count && r->part_count <= f->device.max_parts);
    for (unsigned i = 0; i < r->part_count; i++) {
        const struct block_part *p = &r->parts[i];
        CHECK(p->length && p->length % BLOCK_SECTOR == 0);
        CHECK(!f->device.max_part_bytes || p->length <= f->device.max_part_bytes);
        if (f->device.part_boundary)
            CHECK(p->address / f->device.part_boundary == (p->address + p->length - 1) / f->device.part_boundary);
        end += p->length / BLOCK_SECTOR;
        CHECK(end <= f->device.sectors);
        if (r->operation == BLOCK_READ)
            memcpy(phys_to_virt(p->address), at, p->length);
        else
            memcpy(at, phys_to_virt(p->address), p->length);
        at += p->length;
    }
    CHECK((end - r->sector) * BLOCK_SECTOR <= f->device.max_bytes);
    CHECK(r->sector * BLOCK_SECTOR % f->device.sector_size == 0 && end * BLOCK_SECTOR % f->device.sector_size == 0);
    return f->bad_sector >= r->sector && f->bad_sector < end ? -EIO : 0;
}

/* Ends the one that came last first: disks may. */
static void fake_finish(struct fake *f)
{
    while (f->taken_count && !f->hangs) {
        struct block_request *r = f->taken[--f->taken_count];
        block_complete(r, fake_work(f, r));
    }
}
static uint64_t fake_end(const struct block_request *r)
{
    uint64_t end = r->sector;
    for (unsigned i = 0; i < r->part_count; i++)
        end += r->parts[i].length / BLOCK_SECTOR;
    return end;
}
static int fake_submit(struct block_device *d, struct block_request *r)
{
    struct fake *f = d->priv;
    f->submits++;
    if (f->at_once) {
        block_complete(r, fake_work(f, r));
        return 0;
    }
    if (f->taken_count == f->room)
        return -EAGAIN;
    CHECK(f->taken_count < d->depth);
    for (unsigned i = 0; i < f->taken_count; i++) /* a disk may finish them in any order */
        CHECK(r->operation != BLOCK_WRITE || f->taken[i]->operation != BLOCK_WRITE ||
              fake_end(r) <= f->taken[i]->sector || fake_end(f->taken[i]) <= r->sector);
    f->taken[f->taken_count++] = r;
    f->most_taken = MAX(f->most_taken, f->taken_count);
    return 0;
}
static void fake_kick(struct block_device *d)
{
    ((struct fake *)d->priv)->kicks++;
}
static void fake_poll(struct block_device *d)
{
    struct fake *f = d->priv;
    f->polls++;
    if (!threads)
        now += 1000000; /* who polls lets time pass */
    fake_finish(f);
}
static int fake_reset(struct block_device *d)
{
    struct fake *f = d->priv;
    f->resets++;
    while (f->taken_count)
        block_complete(f->taken[--f->taken_count], -EIO);
    f->hangs = f->hangs && !f->reset_helps;
    return f->reset_fails ? -EIO : 0;
}

/* A millisecond goes by: interrupts, then timers. */
static void pass(void)
{
    now += 1000000;
    for (unsigned i = 0; i < fake_count; i++)
        if (fakes[i]->interrupts)
            fake_finish(fakes[i]);
    struct timer *t = armed;
    if (t && t->deadline <= now) {
        armed = NULL;
        t->armed = false;
        t->fn(t);
    }
}
/* Runs when somebody sleeps. */
static void (*other_thread)(void);
int waitq_sleep_uninterruptible(struct waitq *q, uint64_t deadline)
{
    CHECK(threads);
    void (*other)(void) = other_thread;
    other_thread = NULL;
    if (other)
        other();
    pass();
    return 0;
}

static struct fake *fake_new(void)
{
    struct fake *f = calloc(1, sizeof *f);
    f->interrupts = true;
    f->room = FAKE_MAX;
    f->bad_sector = UINT64_MAX;
    f->device = (struct block_device){
        .sectors = DISK_SIZE / BLOCK_SECTOR,
        .sector_size = 512,
        .max_bytes = 1u << 20,
        .max_parts = 16,
        .depth = 8,
        .volatile_cache = true,
        .submit = fake_submit,
        .kick = fake_kick,
        .poll = fake_poll,
        .reset = fake_reset,
        .priv = f,
    };
    for (unsigned i = 0; i < DISK_SIZE; i++)
        f->data[i] = (uint8_t)random_u64();
    CHECK(fake_count < ARRAY_LEN(fakes));
    return fakes[fake_count++] = f;
}
