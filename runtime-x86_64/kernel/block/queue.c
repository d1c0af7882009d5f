/* One device's queue: requests go to the driver in order, as many at once as it takes. */
#include "block/queue.h"

static void end_request(struct block_request *r, int status)
{
    r->status = status;
    r->done(r);
}

static struct block_request *take_first(struct list *l)
{
    struct block_request *r = list_entry(l->next, struct block_request, link);
    list_del(&r->link);
    return r;
}

/* 0, or -EAGAIN when the driver is full. */
static int start_request(struct block_queue *q, struct block_request *r)
{
    r->started = clock_monotonic();
    r->deadline = r->started + block_patience();
    list_add_tail(&q->flying, &r->link); /* before: it may end at once */
    q->in_flight++;
    int err = q->device->submit(q->device, r);
    if (err == -EAGAIN) {
        list_del(&r->link);
        list_add(&q->waiting, &r->link);
        q->in_flight--;
        q->full = true;
    } else if (err) {
        block_complete(r, err);
    }
    return err == -EAGAIN ? err : 0;
}

void block_queue_run(struct block_queue *q)
{
    if (q->running || q->resetting || q->dead)
        return;
    bool started = false;
    q->running = true;
    while (!q->full && !q->dead && q->in_flight < q->device->depth && !list_empty(&q->waiting))
        if (!start_request(q, take_first(&q->waiting)))
            started = true;
    q->running = false;
    if (started && q->device->kick)
        q->device->kick(q->device);
    if (q->in_flight || q->full)
        block_watchdog_start(q);
}

void block_submit(struct block_device *d, struct block_request *r)
{
    struct block_queue *q = block_queue_of(d);
    r->device = d;
    r->retried = false;
    if (q->dead) {
        end_request(r, -EIO);
        return;
    }
    list_add_tail(&q->waiting, &r->link);
    block_queue_run(q);
}

void block_complete(struct block_request *r, int status)
{
    struct block_queue *q = block_queue_of(r->device);
    list_del(&r->link);
    q->in_flight--;
    q->completed++;
    q->full = false;
    if (!q->polling)
        q->silent = 0;
    if (!status)
        q->resets = 0;
    if (q->resetting && status && !r->retried) {
        r->retried = true;
        list_add_tail(&q->waiting, &r->link);
        return;
    }
    if (!status && r->operation == BLOCK_WRITE)
        q->dirty = true;
    end_request(r, status);
    block_queue_run(q);
}

void block_give_up(struct block_queue *q, const char *why)
{
    q->dead = true;
    log_warn("%s: given up: %s", q->device->name, why);
    while (!list_empty(&q->flying)) {
        q->in_flight--;
        end_request(take_first(&q->flying), -EIO);
    }
    while (!list_empty(&q->waiting))
        end_request(take_first(&q->waiting), -EIO);
}
