/* Reading pages of disks: what is asked for, and what will be asked for next. */
#include "block/cache-page.h"
#include "block/queue.h"

/* Pages read together: at first, and at most when reading goes on in order. */
#define WINDOW_FIRST 8u
#define WINDOW_MAX 64u
/* A page fault takes its neighbours along (mm/fault.c maps an aligned group of so many). */
#define FAULT_GROUP 16u

struct batch {
    struct block_transfer transfer;
    unsigned count;
    struct cached_page **pages;
    struct block_part parts[];
};

uint32_t cache_page_bytes(const struct block_view *v, uint64_t index)
{
    uint64_t at = v->start + (index << PAGE_SHIFT), end = v->device->sectors * BLOCK_SECTOR;
    return at >= end ? 0 : (uint32_t)MIN(PAGE_SIZE, end - at);
}

static void read_done(struct block_transfer *t)
{
    struct batch *b = container_of(t, struct batch, transfer);
    for (unsigned i = 0; i < b->count; i++) {
        struct cached_page *p = b->pages[i];
        p->state = t->status || p->stale ? PAGE_FAILED : PAGE_VALID;
        p->alone = b->count == 1 && t->status;
        p->busy = false;
    }
    kfree(b);
}

static struct batch *new_batch(size_t count)
{
    struct batch *b = kmalloc(sizeof *b + count * (sizeof *b->parts + sizeof *b->pages));
    if (!b)
        return NULL;
    *b = (struct batch){.pages = (struct cached_page **)(b->parts + count)};
    b->transfer.parts = b->parts;
    return b;
}

int cache_read(struct block_view *v, uint64_t index, size_t count)
{
    count = MIN(count, (size_t)CACHE_SPAN_PAGES);
    struct batch *b = new_batch(count);
    if (!b)
        return -ENOMEM;
    for (uint64_t at = index; at < index + count; at++) {
        uint32_t bytes = cache_page_bytes(v, at);
        if (!bytes || (at > index && at << PAGE_SHIFT >= v->size) || cache_find(v, at))
            break;
        struct cached_page *p = cache_add(v, at, at == index);
        if (!p)
            break;
        memset(p->data + bytes, 0, PAGE_SIZE - bytes);
        b->parts[b->count] = (struct block_part){virt_to_phys(p->data), bytes};
        b->pages[b->count++] = p;
    }
    if (!b->count) {
        kfree(b);
        return cache_page_bytes(v, index) ? -ENOMEM : -EIO;
    }
    struct block_transfer *t = &b->transfer;
    t->operation = BLOCK_READ;
    t->sector = (v->start + (index << PAGE_SHIFT)) / BLOCK_SECTOR;
    t->part_count = b->count;
    t->done = read_done;
    int started = (int)b->count; /* the batch may be gone when block_start returns */
    block_start(v->device, t);
    return started;
}

/* After [index, index + n) has been asked for: the next window, a while before it is needed. */
static void read_ahead(struct block_view *v)
{
    uint64_t at = v->expected;
    if (at << PAGE_SHIFT >= v->size || cache_find(v, at))
        return;
    v->window = MIN(v->window * 2, (uint64_t)WINDOW_MAX);
    int started = cache_read(v, at, v->window);
    struct cached_page *first = cache_find(v, at);
    if (started <= 0 || !first)
        return;
    first->ahead = true;
    v->expected = at + (unsigned)started;
}

/* The page is not there: reads it, and what probably comes next. Where nothing is read in order, that is just what is
 * wanted; a page fault takes its group. */
static int read_missing(struct block_view *v, uint64_t index, size_t wanted)
{
    uint64_t first = index;
    bool ordered = index == v->expected;
    v->window = ordered ? MIN(MAX(v->window * 2, (uint64_t)WINDOW_FIRST), (uint64_t)WINDOW_MAX) : 0;
    if (!wanted) {
        first = ALIGN_DOWN(index, (uint64_t)FAULT_GROUP);
        while (cache_find(v, first))
            first++;
        wanted = FAULT_GROUP;
    }
    uint64_t n = MAX(v->window, index - first + wanted);
    int started = cache_read(v, first, n);
    /* Those before it may stand in its way, or memory not suffice for them. */
    if (first != index && (started < 0 || !cache_find(v, index)))
        started = cache_read(v, first = index, 1);
    if (started < 0)
        return started;
    v->expected = first + (unsigned)started;
    struct cached_page *p = ordered ? cache_find(v, index) : NULL;
    if (p)
        p->ahead = true;
    return 0;
}

/* [at, at + n) of the view, which is within one page of it. */
static int copy_from(struct block_view *v, uint64_t at, size_t wanted, bool may_sleep, char *to, size_t n)
{
    paddr_t frame;
    int err = cache_get(v, at >> PAGE_SHIFT, wanted, may_sleep, &frame);
    if (err)
        return err;
    memcpy(to, (char *)phys_to_virt(frame) + (at & PAGE_MASK), n);
    page_put(frame);
    return 0;
}

/* Puts the page together of two of the base's. Nothing is in the table while this sleeps: a page fault that waited for
 * it would wait for us. */
static int copy_missing(struct block_view *v, uint64_t index, size_t wanted, bool may_sleep)
{
    uint64_t at = v->start + (index << PAGE_SHIFT);
    wanted = wanted ? wanted : FAULT_GROUP;
    size_t left = (size_t)MIN(v->size - (index << PAGE_SHIFT), PAGE_SIZE),
           first = MIN(left, PAGE_SIZE - (at & PAGE_MASK));
    char *page = page_alloc(0);
    if (!page)
        return -ENOMEM;
    int err = copy_from(v->base, at, wanted + 1, may_sleep, page, first);
    if (!err && first < left)
        err = copy_from(v->base, at + first, wanted, may_sleep, page + first, left - first);
    struct cached_page *p = err || cache_find(v, index) ? NULL : cache_add(v, index, true);
    if (p) {
        memcpy(p->data, page, left);
        memset(p->data + left, 0, PAGE_SIZE - left);
        p->state = PAGE_VALID;
        p->busy = false;
    } else if (!err && !cache_find(v, index)) {
        err = -ENOMEM;
    }
    page_free(page, 0);
    return err;
}

static void wait_for(struct block_view *v, const struct cached_page *p, uint64_t index, bool may_sleep)
{
    struct block_queue *q = block_queue_of(v->device);
    while (cache_find(v, index) == p && p->busy) {
        if (may_sleep && thread_current())
            waitq_sleep_uninterruptible(&q->ended, NEVER);
        else
            block_poll(q);
    }
}

int cache_get(struct block_view *v, uint64_t index, size_t wanted, bool may_sleep, paddr_t *frame)
{
    for (;;) {
        struct cached_page *p = cache_find(v, index);
        if (!p) {
            int err = v->base ? copy_missing(v, index, wanted, may_sleep) : read_missing(v, index, wanted);
            if (err)
                return err;
        } else if (p->busy) {
            wait_for(v, p, index, may_sleep);
        } else if (p->state == PAGE_FAILED) {
            bool alone = p->alone;
            cache_drop(p);
            int err = alone ? -EIO : cache_read(v, index, 1);
            if (err < 0)
                return err;
        } else {
            bool ahead = p->ahead;
            p->ahead = false;
            cache_touch(p);
            *frame = virt_to_phys(p->data);
            page_get(*frame); /* from here on it stays, whatever is reclaimed */
            if (ahead)
                read_ahead(v);
            return 0;
        }
    }
}

int cache_copy(struct block_view *v, uint64_t at, size_t wanted, void *to, size_t n)
{
    int err = 0;
    for (char *out = to; n && !err;) {
        size_t part = MIN(n, PAGE_SIZE - (at & PAGE_MASK));
        v->expected = UINT64_MAX; /* tables and headers: what follows is not read ahead */
        err = copy_from(v, at, wanted, false, out, part);
        out += part;
        at += part;
        n -= part;
    }
    return err;
}
