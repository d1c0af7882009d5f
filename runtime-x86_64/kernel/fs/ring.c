/* A ring of bytes. */
#include "fs/ring.h"
#include "mm/frame.h"

int ring_init(struct ring *r, size_t size)
{
    *r = (struct ring){.size = size, .pages = kzalloc(size / PAGE_SIZE * sizeof *r->pages)};
    return r->pages ? 0 : -ENOMEM;
}

void ring_free(struct ring *r)
{
    for (size_t n = 0; n < r->size / PAGE_SIZE; n++)
        if (r->pages[n])
            page_free(r->pages[n], 0);
    kfree(r->pages);
}

static char **page_at(const struct ring *r, uint64_t at)
{
    return &r->pages[(at & (r->size - 1)) >> PAGE_SHIFT];
}

/* A page that was read is given back, but the last one stays for the next write, and so does one into which the end of
 * a full ring has wrapped. */
static void page_was_read(struct ring *r, char **page)
{
    if (ring_used(r) && ring_used(r) <= r->size - PAGE_SIZE) {
        page_free(*page, 0);
        *page = NULL;
    }
}

ssize_t ring_take(struct ring *r, struct iter *to)
{
    ssize_t done = 0;
    while (to->left && ring_used(r)) {
        char **page = page_at(r, r->read_at);
        size_t offset = r->read_at & PAGE_MASK, n = MIN(ring_used(r), PAGE_SIZE - offset);
        ssize_t copied = iter_copy_to(to, *page + offset, MIN(n, to->left));
        if (copied <= 0)
            return done ? done : copied;
        r->read_at += (uint64_t)copied;
        done += copied;
        if (!(r->read_at & PAGE_MASK))
            page_was_read(r, page);
    }
    return done;
}

ssize_t ring_put(struct ring *r, struct iter *from, size_t n)
{
    ssize_t done = 0;
    while (n) {
        char **page = page_at(r, r->write_at);
        if (!*page && !(*page = page_alloc_app(0)))
            return done ? done : -ENOMEM;
        size_t offset = r->write_at & PAGE_MASK, part = MIN(n, PAGE_SIZE - offset);
        ssize_t copied = iter_copy_from(from, *page + offset, part);
        if (copied <= 0)
            return done ? done : copied;
        r->write_at += (uint64_t)copied;
        done += copied;
        n -= (size_t)copied;
    }
    return done;
}

size_t ring_peek(const struct ring *r, char *buf, size_t n)
{
    size_t offset = r->read_at & PAGE_MASK;
    n = MIN(n, MIN(ring_used(r), PAGE_SIZE - offset));
    if (n)
        memcpy(buf, *page_at(r, r->read_at) + offset, n);
    return n;
}

int ring_resize(struct ring *r, size_t size)
{
    struct ring new;
    int err = ring_init(&new, size);
    for (uint64_t at = r->read_at; !err && at < r->write_at;) {
        size_t n = MIN(r->write_at - at, PAGE_SIZE - (at & PAGE_MASK));
        struct iter it;
        iter_kernel(&it, *page_at(r, at) + (at & PAGE_MASK), n);
        if (ring_put(&new, &it, n) != (ssize_t)n)
            err = -ENOMEM;
        at += n;
    }
    if (err) {
        if (new.pages)
            ring_free(&new);
        return err;
    }
    ring_free(r);
    *r = new;
    return 0;
}
