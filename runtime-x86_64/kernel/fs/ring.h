/* A queue of bytes in pages that come and go with the data. */
#pragma once
#include "fs/vfs.h"

struct ring {
    char **pages;
    size_t size;                /* bytes; a power of two, at least a page */
    uint64_t read_at, write_at; /* bytes since the beginning */
};
int ring_init(struct ring *r, size_t size); /* -ENOMEM */
void ring_free(struct ring *r);
static inline size_t ring_used(const struct ring *r)
{
    return (size_t)(r->write_at - r->read_at);
}
static inline size_t ring_room(const struct ring *r)
{
    return r->size - ring_used(r);
}
/* Moves as many bytes as there are and fit; -EFAULT, -ENOMEM when none moved. */
ssize_t ring_take(struct ring *r, struct iter *to);
ssize_t ring_put(struct ring *r, struct iter *from, size_t n); /* n <= ring_room */
/* Copies up to `n` of the bytes that ring_take would give next, at most what their first page holds. */
size_t ring_peek(const struct ring *r, char *buf, size_t n);
/* Another size, with the same bytes, which must fit; on -ENOMEM nothing has changed. */
int ring_resize(struct ring *r, size_t size);
