/* Writing pages of disks: through the cache, so that reads see it at once, and to the disk before the call returns. A
 * page that is on its way is not written again until it has arrived: disks may finish in any order. */
#include "block/cache-page.h"
#include "block/queue.h"

struct write {
    struct block_transfer transfer;
    unsigned count;
    struct cached_page **pages;
    struct block_part parts[];
};

static void write_done(struct block_transfer *t)
{
    struct write *w = container_of(t, struct write, transfer);
    for (unsigned i = 0; i < w->count; i++) {
        w->pages[i]->writing = false;
        if (t->status || w->pages[i]->stale) /* what the disk has now is not known */
            cache_drop(w->pages[i]);
    }
}

static struct write *new_write(unsigned count)
{
    struct write *w = kmalloc(sizeof *w + count * (sizeof *w->parts + sizeof *w->pages));
    if (!w)
        return NULL;
    *w = (struct write){.pages = (struct cached_page **)(w->parts + count)};
    w->transfer.parts = w->parts;
    w->transfer.operation = BLOCK_WRITE;
    w->transfer.done = write_done;
    return w;
}

static void wait(struct block_queue *q)
{
    if (thread_current())
        waitq_sleep_uninterruptible(&q->ended, NEVER);
    else
        block_poll(q);
}

/* The page, marked as being written; with its content, or (`whole`) maybe new and busy. May sleep. */
static int take_page(struct block_view *v, uint64_t index, bool whole, struct cached_page **out)
{
    for (;;) {
        struct cached_page *p = cache_find(v, index);
        int err = 0;
        if (!p && whole) {
            p = cache_add(v, index, true);
            if (!p)
                return -ENOMEM;
            p->writing = true;
            *out = p;
            return 0;
        }
        if (!p) {
            err = cache_read(v, index, 1);
        } else if (p->busy || p->writing) {
            wait(block_queue_of(v->device));
        } else if (p->state == PAGE_FAILED) {
            err = p->alone && !whole ? -EIO : 0;
            cache_drop(p);
        } else {
            p->writing = true;
            *out = p;
            return 0;
        }
        if (err < 0)
            return err;
    }
}

/* Bytes put into the page; 0 or -EFAULT when there were none. */
static ssize_t fill_page(struct cached_page *p, uint32_t from, uint32_t end, struct iter *data)
{
    ssize_t n = iter_copy_from(data, p->data + from, end - from);
    bool complete = n == (ssize_t)(end - from);
    if (p->busy && !complete) { /* new, and nobody knows the rest of it */
        cache_drop(p);
        return n < 0 ? n : 0;
    }
    p->busy = false;
    p->state = PAGE_VALID;
    if (n <= 0)
        p->writing = false;
    else
        cache_touch(p);
    return n;
}

/* Only the sectors that changed go to the disk. */
static void add_part(struct write *w, struct cached_page *p, uint32_t from, uint32_t end, uint32_t sector_size)
{
    from = ALIGN_DOWN(from, sector_size);
    if (!w->count)
        w->transfer.sector = (p->view->start + (p->index << PAGE_SHIFT) + from) / BLOCK_SECTOR;
    w->parts[w->count] = (struct block_part){virt_to_phys(p->data) + from, ALIGN_UP(end, sector_size) - from};
    w->pages[w->count++] = p;
}

static ssize_t fill(struct block_view *v, const struct cache_span *s, struct iter *data, struct write *w)
{
    ssize_t done = 0;
    for (unsigned i = 0; i < s->count; i++) {
        uint32_t bytes = cache_page_bytes(v, s->index + i);
        uint32_t from = i ? 0 : s->from, end = i + 1 < s->count ? bytes : s->end;
        struct cached_page *p;
        if (end <= from || end > bytes) /* the disk has become shorter */
            return done ? done : -EIO;
        int err = take_page(v, s->index + i, !from && end == bytes, &p);
        if (err)
            return done ? done : err;
        if (p->busy)
            memset(p->data + bytes, 0, PAGE_SIZE - bytes);
        ssize_t n = fill_page(p, from, end, data);
        if (n <= 0)
            return done ? done : n;
        done += n;
        add_part(w, p, from, from + (uint32_t)n, v->device->sector_size);
        if (n < (ssize_t)(end - from))
            break;
    }
    return done;
}

ssize_t cache_write(struct block_view *v, const struct cache_span *s, struct iter *data)
{
    struct write *w = new_write(s->count);
    if (!w)
        return -ENOMEM;
    ssize_t done = fill(v, s, data, w);
    if (done > 0) {
        w->transfer.part_count = w->count;
        int err = block_run(v->device, &w->transfer, true);
        if (err)
            done = err;
    }
    kfree(w);
    return done;
}
