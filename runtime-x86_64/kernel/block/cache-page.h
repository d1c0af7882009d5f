/* Inside block/cache*.c: the table of pages. */
#pragma once
#include "block/cache.h"

struct cached_page {
    struct list age; /* coldest first */
    struct cached_page *hash_next;
    struct block_view *view;
    uint64_t index;
    char *data;
    enum { PAGE_READING, PAGE_VALID, PAGE_FAILED } state;
    bool alone;   /* failed when nothing else was read with it */
    bool writing; /* on its way to the disk */
    bool ahead;   /* first of what was read ahead: when it is used, the next is read */
    bool used;    /* asked for since it was looked at for eviction */
    bool busy;    /* state is about to change: stays */
    bool stale;   /* the disk was written past it while it was busy or being written */
};

struct cached_page *cache_find(const struct block_view *v, uint64_t index);
/* A new page in the table, busy, with memory but no content. NULL: out of memory. `must` false: also when memory is
 * getting short. */
struct cached_page *cache_add(struct block_view *v, uint64_t index, bool must);
/* Out of the table; its memory goes with its last reference. */
void cache_drop(struct cached_page *p);
void cache_touch(struct cached_page *p);
/* Starts reading so many pages from here on, up to one that is there already. How many, or -EIO, -ENOMEM. */
int cache_read(struct block_view *v, uint64_t index, size_t count);
/* Bytes of this page that the disk has. */
uint32_t cache_page_bytes(const struct block_view *v, uint64_t index);
