/* The app's address space, shared by mm/space.c, fault.c, protect.c, advise.c, remap.c and brk.c. */
#pragma once
#include "mm/area.h"
#include "mm/leaf.h"

/* As Linux's vm.max_map_count. */
#define MAX_AREAS 65530u
/* Between a stack that grows and what lies below it (Linux, stack_guard_gap). */
#define STACK_GUARD (256 * PAGE_SIZE)
/* Bits of page-granular randomness: where the first stack ends, where mmap begins below it, where a PIE is loaded, how
 * far above the program its heap starts. */
#define STACK_RANDOM_BITS 24
#define MAP_RANDOM_BITS 31
#define PIE_RANDOM_BITS 31
#define BRK_RANDOM_BITS 13

struct space {
    struct area_node *root;
    struct list file_areas; /* those with a file */
    unsigned area_count;
    size_t virtual_pages, locked_pages, resident_pages, resident_peak, faults;
    uaddr_t stack_top;      /* of the first thread */
    uaddr_t map_top;        /* new areas are placed below */
    uaddr_t brk_start, brk; /* brk: any byte */
    bool lock_future;       /* mlockall(MCL_FUTURE) */
};
extern struct space space;

/* mm/limit.c: whether RLIMIT_AS and RLIMIT_DATA allow a mapping of this kind in place of what [start, start+len) has.
 */
bool space_may_map(uaddr_t start, size_t len, int prot, int flags);

/* mm/space-area.c */
/* A range of whole pages in the app's half. */
bool space_range_ok(uaddr_t start, size_t len);
/* Rounds *len up to whole pages; false when it overflows or the range leaves the app's half. */
bool space_whole_pages(uaddr_t start, size_t *len);
/* Whether areas cover [start, end) without a hole. */
bool space_is_mapped(uaddr_t start, uaddr_t end);
/* The area that begins at or above `at` and below `end`, split so that it begins at `at` and ends at most at `end`.
 * 0, -ENOENT when there is no more, -ENOMEM. */
int space_cut(uaddr_t at, uaddr_t end, struct area_node **out);
/* Joins the area with its neighbours where they say the same. Returns the area that is left. */
struct area_node *space_join(struct area_node *node);
/* Moves an area's bounds; `offset` follows `start`. */
void space_resize(struct area_node *node, uaddr_t start, uaddr_t end);
/* A copy of `like` (NULL: of nothing) with these bounds, in the tree; takes a file reference. -ENOMEM. */
int space_add(uaddr_t start, uaddr_t end, const struct area_node *like, struct area_node **out);
/* Out of the tree and freed, its file let go; it has no pages any more. */
void space_delete(struct area_node *node);

/* mm/space.c */
uint64_t space_random(unsigned bits); /* a multiple of the page size */
/* A free place for `len` bytes or 0. */
uaddr_t space_find_place(size_t len);
/* Takes the pages away, the area stays. -ENOMEM when a large page cannot be split. */
int space_drop_pages(uaddr_t start, uaddr_t end);
/* For leaf_each: takes this page away. */
void space_drop_leaf(struct leaf leaf, void *arg);
/* Faults every page in. The first error. */
int space_populate(uaddr_t start, uaddr_t end);
/* mm/fault.c: flags of a present leaf in this area, without PTE_WRITE; 0 when nothing is allowed. */
uint64_t space_leaf_flags(const struct area *a);

#define MREMAP_MAYMOVE 1
#define MREMAP_FIXED 2
#define MREMAP_DONTUNMAP 4
/* mm/protect.c, mm/advise.c, mm/remap.c, mm/brk.c: what the system calls of these names do, arguments already whole
 * pages. */
int space_protect(uaddr_t start, size_t len, int prot);
int space_advise(uaddr_t start, size_t len, int advice);
/* mm/lock.c: marks what is mapped there. -ENOMEM */
int space_lock(uaddr_t start, uaddr_t end, bool on);
uaddr_t space_remap(uaddr_t old, size_t old_len, size_t new_len, int flags, uaddr_t to);
void space_start_brk(uaddr_t image_end);
uaddr_t space_set_brk(uaddr_t brk);
