/* The app's half of the page tables: 4 KiB and 2 MiB leaves. A leaf that is not present but not zero is a page of a
 * PROT_NONE area: it keeps its frame. Tables count their entries (struct frame.used) and go when the last one does. */
#pragma once
#include "mm/table.h"

/* Available to software. Own: the frame may be written through this leaf (in a private area: it is no longer the
 * file's). */
#define PTE_OWN 0x200ul
#define LARGE_PAGES (LARGE_PAGE_SIZE / PAGE_SIZE)

struct leaf {
    uint64_t *entry;
    uaddr_t addr; /* where the page begins */
    bool large;
};
/* What is mapped at addr; entry is NULL when there is no table for it. */
struct leaf leaf_find(uaddr_t addr);
/* The place of a 4 KiB or 2 MiB leaf, tables above it made; a 2 MiB leaf in the way is split. NULL: out of memory, or
 * (large) a table stands there. */
uint64_t *leaf_make(uaddr_t addr, bool large);
/* Stores a leaf or 0 and keeps the table's count. The caller flushes the TLB where the old leaf was present. */
void leaf_store(uint64_t *entry, uint64_t value);
/* Calls fn for each leaf that is not 0 in [start, end), in order; splits large ones at the edges, and frees tables that
 * fn left empty. fn may only store to that entry. Flushes the TLB for the range. -ENOMEM when a split finds no memory.
 */
int leaf_each(uaddr_t start, uaddr_t end, void (*fn)(struct leaf leaf, void *arg), void *arg);
