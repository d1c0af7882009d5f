/* Transfers of any length, cut into what the device takes: one piece after the other, since a piece is most often all.
 * Several transfers run at once. */
#include "block/queue.h"
#include "mm/mm.h"

static void next_piece(struct block_transfer *t);

/* How much of a stretch the device takes as one part. */
static uint32_t fitting(const struct block_device *d, paddr_t address, uint32_t length)
{
    if (d->max_part_bytes)
        length = MIN(length, d->max_part_bytes);
    if (d->part_boundary)
        length = (uint32_t)MIN((uint64_t)length, d->part_boundary - (address & (d->part_boundary - 1)));
    return length;
}

/* Whether `next` lies behind the last part and the device takes both as one. */
static bool joins(const struct block_device *d, const struct block_part *last, paddr_t next, uint32_t length)
{
    if (last->address + last->length != next || last->length > UINT32_MAX - length)
        return false;
    return fitting(d, last->address, last->length + length) == last->length + length;
}

/* Takes back the last bytes of the piece. */
static void shorten(struct block_transfer *t, uint32_t by)
{
    struct block_request *r = &t->request;
    for (uint32_t n; by; by -= n) {
        struct block_part *last = &t->pieces[r->part_count - 1];
        if (!t->offset)
            t->offset = t->parts[--t->part].length;
        n = MIN(MIN(by, t->offset), last->length);
        t->offset -= n;
        last->length -= n;
        if (!last->length)
            r->part_count--;
    }
}

/* Gathers the next piece; its length in bytes. */
static uint32_t gather(struct block_transfer *t)
{
    const struct block_device *d = t->device;
    struct block_request *r = &t->request;
    unsigned most = MIN(d->max_parts, (unsigned)BLOCK_PIECE_PARTS);
    uint32_t total = 0;
    r->part_count = 0;
    while (t->part < t->part_count && total < d->max_bytes) {
        const struct block_part *from = &t->parts[t->part];
        paddr_t address = from->address + t->offset;
        uint32_t n = fitting(d, address, MIN(from->length - t->offset, d->max_bytes - total));
        struct block_part *last = r->part_count ? &t->pieces[r->part_count - 1] : NULL;
        if (last && joins(d, last, address, n))
            last->length += n;
        else if (r->part_count < most)
            t->pieces[r->part_count++] = (struct block_part){address, n};
        else
            break;
        total += n;
        t->offset += n;
        if (t->offset == from->length) {
            t->offset = 0;
            t->part++;
        }
    }
    uint32_t rest = total % d->sector_size;
    shorten(t, rest);
    return total - rest;
}

static void end(struct block_transfer *t, int status)
{
    struct block_queue *q = block_queue_of(t->device);
    t->status = status;
    t->ended = true;
    if (t->done)
        t->done(t);
    waitq_wake_all(&q->ended);
}

static void piece_done(struct block_request *r)
{
    struct block_transfer *t = container_of(r, struct block_transfer, request);
    if (r->status || t->part == t->part_count)
        end(t, r->status);
    else
        next_piece(t);
}

static void next_piece(struct block_transfer *t)
{
    struct block_device *d = t->device;
    struct block_request *r = &t->request;
    uint64_t sector = t->sector;
    uint32_t length = t->part_count ? gather(t) : 0;
    if (t->part_count && (!length || sector % (d->sector_size / BLOCK_SECTOR) || sector > d->sectors ||
                          length / BLOCK_SECTOR > d->sectors - sector)) {
        end(t, -EIO);
        return;
    }
    t->sector += length / BLOCK_SECTOR;
    *r = (struct block_request){.operation = t->operation,
                                .sector = sector,
                                .parts = t->pieces,
                                .part_count = r->part_count,
                                .done = piece_done};
    block_submit(d, r);
}

void block_start(struct block_device *d, struct block_transfer *t)
{
    t->device = d;
    t->part = 0;
    t->offset = 0;
    t->ended = false;
    t->request.part_count = 0;
    next_piece(t);
}

void block_wait(struct block_device *d, const bool *ended, bool may_sleep)
{
    struct block_queue *q = block_queue_of(d);
    while (!READ_ONCE(*ended)) {
        if (may_sleep && thread_current() && !block_hurry) {
            waitq_sleep_uninterruptible(&q->ended, NEVER);
        } else {
            block_poll(q);
            __builtin_ia32_pause();
        }
    }
}

int block_run(struct block_device *d, struct block_transfer *t, bool may_sleep)
{
    block_start(d, t);
    block_wait(d, &t->ended, may_sleep);
    return t->status;
}

int block_flush(struct block_device *d)
{
    struct block_queue *q = block_queue_of(d);
    if (!d->volatile_cache || !q->dirty)
        return q->dead ? -EIO : 0;
    struct block_transfer *t = kzalloc(sizeof *t);
    if (!t)
        return -ENOMEM;
    t->operation = BLOCK_FLUSH;
    q->dirty = false;
    int err = block_run(d, t, true);
    if (err)
        q->dirty = true;
    kfree(t);
    return err;
}
