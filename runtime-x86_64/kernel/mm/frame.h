/* One record per page frame, in a table at FRAMES that is indexed by frame number. The table is backed granule by
 * granule, when memory of that granule is used for the first time: a large machine pays at boot for nothing that it
 * does not use. */
#pragma once
#include "mm/mm.h"

/* make debug */
#ifndef UNIK_DEBUG
#define UNIK_DEBUG 0
#endif

#ifndef FRAMES /* tests on the host have it elsewhere */
#define FRAMES 0xffffd00000000000ul
#endif
#define MAX_ORDER 9 /* 2 MiB, the largest block */
#define GRANULE_SIZE (PAGE_SIZE << MAX_ORDER)

enum frame_state {
    FRAME_RESERVED, /* not ours to give, or inside of a block */
    FRAME_FREE,     /* first of a free block */
    FRAME_USED,     /* first of a block that page_alloc gave */
};
struct frame {
    uint32_t next,
        prev; /* frame numbers: the list of free blocks; the slabs of a size with room (mm/heap.c). 0: the end */
    union {
        uint32_t refs; /* page_get */
        struct {       /* mm/heap.c */
            uint16_t first_free;
            uint8_t class;
        } heap;
    };
    uint8_t state, order;
    uint16_t used; /* entries in use of a page table (mm/leaf.c), objects of a slab (mm/heap.c) */
};
_Static_assert(sizeof(struct frame) * (GRANULE_SIZE / PAGE_SIZE) == 2 * PAGE_SIZE,
               "a granule's records fill whole pages");

static inline struct frame *frame_by_number(uint64_t number)
{
    return (struct frame *)FRAMES + number;
}
static inline uint32_t frame_number(const struct frame *f)
{
    return (uint32_t)(f - (struct frame *)FRAMES);
}
static inline void *frame_page(const struct frame *f)
{
    return phys_to_virt((paddr_t)frame_number(f) << PAGE_SHIFT);
}
/* Only for frames that page_alloc gave. */
static inline struct frame *frame_of(paddr_t p)
{
    return frame_by_number(p >> PAGE_SHIFT);
}
/* Turns a block of page_alloc into single frames, each with one reference. */
void page_split(void *page, unsigned order);
/* For the app: fails while there is still something left for the kernel to work with. */
void *page_alloc_app(unsigned order);
