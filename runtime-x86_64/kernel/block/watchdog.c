/* Requests that take too long: first the device is asked, since an interrupt may have been lost; then it is reset; then
 * it is given up. */
#include "block/queue.h"
#include "cpu/cpu.h"

#define MS 1000000ull
/* So long after its start a request is asked for. */
#define ASK_AFTER (500 * MS)
/* So often, when that has found something twice in a row. */
#define POLL_EVERY MS
#define SILENT_MAX 2
/* A storage network may be away for a while (Linux waits as long); at boot the machine's owner waits, and not as long
 * again for what was silent once. */
#define PATIENCE (30000 * MS)
#define PATIENCE_AT_BOOT (4000 * MS)
#define PATIENCE_LOST (1000 * MS)

bool block_hurry;
static bool was_silent; /* some disk, at boot or at the end */

uint64_t block_patience(void)
{
    if (thread_current() && !block_hurry)
        return PATIENCE;
    return was_silent ? PATIENCE_LOST : PATIENCE_AT_BOOT;
}

static const struct block_request *oldest(const struct block_queue *q)
{
    return list_empty(&q->flying) ? NULL : list_entry(q->flying.next, struct block_request, link);
}

static void reset(struct block_queue *q)
{
    static const char *const names[] = {[BLOCK_READ] = "read", [BLOCK_WRITE] = "write", [BLOCK_FLUSH] = "flush"};
    const struct block_request *r = oldest(q);
    log_warn("%s: a %s at sector %lu has not ended in %lu s: the device is reset", q->device->name, names[r->operation],
             r->sector, (unsigned long)((r->deadline - r->started) / (1000 * MS)));
    bool last = ++q->resets > 1;
    was_silent = was_silent || !thread_current() || block_hurry;
    q->resetting = true;
    int err = q->device->reset ? q->device->reset(q->device) : -ENODEV;
    q->resetting = false;
    q->full = false;
    if (err || q->in_flight)
        block_give_up(q, "it could not be reset");
    else if (last)
        block_give_up(q, "a reset did not help");
    else
        block_queue_run(q);
}

void block_poll(struct block_queue *q)
{
    q->polling = true;
    q->device->poll(q->device);
    q->polling = false;
    q->full = q->full && q->in_flight;
    block_queue_run(q);
    const struct block_request *r = oldest(q);
    if (r && !q->resetting && clock_monotonic() >= r->deadline)
        reset(q);
}

static void ask(struct block_queue *q)
{
    uint64_t before = q->completed;
    block_poll(q);
    if (q->completed == before && q->device->nudge)
        q->device->nudge(q->device);
    if (q->polled || q->completed == before || ++q->silent < SILENT_MAX)
        return;
    q->polled = true;
    log_warn("%s: its interrupts do not arrive: it is polled from now on", q->device->name);
}

static uint64_t next_look(const struct block_queue *q)
{
    uint64_t now = clock_monotonic();
    const struct block_request *r = oldest(q);
    if (q->polled || !r)
        return now + POLL_EVERY;
    return now < r->started + ASK_AFTER ? r->started + ASK_AFTER : now + ASK_AFTER;
}

static void look(struct timer *t)
{
    struct block_queue *q = container_of(t, struct block_queue, watchdog);
    const struct block_request *r = oldest(q);
    if (q->polled || (r ? clock_monotonic() >= r->started + ASK_AFTER : q->full))
        ask(q);
    if (oldest(q) || q->full)
        block_watchdog_start(q);
}

void block_watchdog_start(struct block_queue *q)
{
    if (!q->watchdog.armed)
        timer_arm(&q->watchdog, next_look(q));
}

void block_watchdog_init(struct block_queue *q)
{
    q->watchdog.fn = look;
}
