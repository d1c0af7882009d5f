/* The areas of the address space in a balanced tree by address, which also knows the largest gap below each node:
 * finding an area or a place for a new one takes logarithmic time. Pure: no page tables, no allocation (tested on the
 * host). */
#pragma once
#include "mm/mm.h"

struct area_node {
    struct area area;
    struct area_node *left, *right;
    unsigned height;
    uaddr_t first, last; /* of the subtree: lowest start, highest end */
    uint64_t max_gap;    /* of the subtree: the largest gap between two neighbours */
    /* What mm/space.c keeps with an area; the tree does not look at it. */
    struct list file_link; /* with a file: in space.file_areas */
    paddr_t frames;        /* not 0: these frames of the image are mapped, from `start` on (vDSO) */
    bool large_pages;      /* MADV_HUGEPAGE */
    bool small_pages;      /* MADV_NOHUGEPAGE */
};

/* The node must not overlap any other. Bounds of a node may only change while it is out of the tree. */
void area_insert(struct area_node **root, struct area_node *node);
void area_remove(struct area_node **root, struct area_node *node);
/* The lowest area that ends above addr: the one that holds addr, or the first after it. NULL: none. */
struct area_node *area_find(struct area_node *root, uaddr_t addr);
/* The highest area that starts below addr. */
struct area_node *area_find_below(struct area_node *root, uaddr_t addr);
/* The highest address in [low, high) where `size` bytes are free and which is a multiple of `align` (a power of two);
 * 0: none. */
uaddr_t area_find_gap(struct area_node *root, uaddr_t low, uaddr_t high, uint64_t size, uint64_t align);
