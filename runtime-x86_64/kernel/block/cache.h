/* Pages of disks, clean always: what is written goes to the disk before the call returns. They are given back when
 * memory is short. */
#pragma once
#include "block/block.h"
#include "mm/mm.h"

struct inode;
/* A stretch of a disk with pages of its own: all of it (for /dev), or one file of an archive. */
struct block_view {
    struct block_device *device;
    uint64_t start, size;      /* bytes */
    struct block_view *base;   /* when start is no multiple of the device's sector: pages are copied from this one's */
    struct inode *inode;       /* mappings of this file show the pages; NULL: none do */
    uint64_t expected, window; /* read-ahead: the page after the last one read, pages at a time */
};

/* A page with a reference (page_put). What lies behind the end of the view or of the disk is undefined or zero. Without
 * may_sleep the device is polled. `wanted`: so many pages from here on will be asked for next; 0: its neighbours may.
 * -EIO, -ENOMEM. */
int cache_get(struct block_view *v, uint64_t index, size_t wanted, bool may_sleep, paddr_t *frame);
/* Copies bytes [at, at + n) of the view, which are on the disk, to the kernel's memory; the disk is polled. -EIO,
 * -ENOMEM. */
int cache_copy(struct block_view *v, uint64_t at, size_t wanted, void *to, size_t n);
/* Fills pages [index, index + count) from an iter and writes them to the disk; all of each, or only `from` (offset in
 * the first) up to `end` (in the last). Bytes written, short when the iter's memory ends; -EIO, -ENOMEM, -EFAULT. May
 * sleep. */
struct cache_span {
    uint64_t index;
    unsigned count;
    uint32_t from, end;
};
#define CACHE_SPAN_PAGES 256u
ssize_t cache_write(struct block_view *v, const struct cache_span *span, struct iter *data);
/* Forgets the pages of [offset, offset + n): somebody wrote past the cache. */
void cache_forget(struct block_view *v, uint64_t offset, uint64_t n);
