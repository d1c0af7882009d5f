/* Demand paging: what to map when the app touches a page. */
#include "mm/space.h"
#include "mm/frame.h"
#include "fs/file.h"
#include "sys/limits.h"

/* Around a read fault in a file, so many pages (an aligned group) are mapped with it. */
#define AROUND_PAGES 16
/* 2 MiB pages are for apps that have grown: small ones would pay the clearing for nothing. */
#define LARGE_FROM_RESIDENT (32ul << 20 >> PAGE_SHIFT)

/* Untouched memory that is only read shows this page. Nobody writes to it; it is not `const` because its zeros would
 * then stand in the image. */
static char zero_page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

uint64_t space_leaf_flags(const struct area *a)
{
    if (!a->prot)
        return 0;
    return PTE_PRESENT | PTE_USER | PTE_ACCESSED | (a->prot & PROT_EXEC ? 0 : PTE_NO_EXECUTE);
}

static void add_resident(size_t pages)
{
    space.resident_pages += pages;
    space.resident_peak = MAX(space.resident_peak, space.resident_pages);
}

static void map_page(const struct area *a, uint64_t *entry, paddr_t frame, bool own)
{
    uint64_t flags = space_leaf_flags(a);
    if (own)
        flags |= PTE_OWN | (a->prot & PROT_WRITE ? PTE_WRITE | PTE_DIRTY : 0);
    leaf_store(entry, frame | flags);
    add_resident(1);
}

/* The frame that shows `addr` of this area before the app writes a copy of its own; a reference is taken. */
static int backing_frame(const struct area_node *node, uaddr_t addr, bool write, paddr_t *frame)
{
    const struct area *a = &node->area;
    uint64_t offset = addr - a->start;
    if (a->file)
        return a->file->ops->page(a->file, (a->offset + offset) >> PAGE_SHIFT, write, frame);
    *frame = node->frames ? node->frames + offset : image_to_phys(zero_page);
    return 0;
}

static bool is_shared_file(const struct area *a)
{
    return a->file && a->flags & MAP_SHARED;
}

/* A frame of the app's own with a copy of `from` (0: zeroes). */
static int own_frame(paddr_t from, paddr_t *frame)
{
    void *page = page_alloc_app(0);
    if (!page)
        return -ENOMEM;
    if (from && from != image_to_phys(zero_page))
        memcpy(page, phys_to_virt(from), PAGE_SIZE);
    else
        memset(page, 0, PAGE_SIZE);
    *frame = virt_to_phys(page);
    return 0;
}

static bool wants_large(const struct area_node *node, uaddr_t start)
{
    if (node->area.file || node->frames || node->small_pages || start < node->area.start ||
        node->area.end - start < LARGE_PAGE_SIZE)
        return false;
    /* Much is free: a quarter of all memory would still be left if the app doubled in size. */
    bool room = page_free_count() > space.resident_pages + page_total() / 4;
    return room && (node->large_pages || space.resident_pages >= LARGE_FROM_RESIDENT);
}

static bool map_large(const struct area_node *node, uaddr_t addr)
{
    uaddr_t start = ALIGN_DOWN(addr, LARGE_PAGE_SIZE);
    if (!wants_large(node, start))
        return false;
    uint64_t *entry = leaf_make(start, true);
    void *block = entry && !*entry ? page_alloc_app(MAX_ORDER) : NULL;
    if (!block)
        return false;
    memset(block, 0, LARGE_PAGE_SIZE);
    leaf_store(entry,
               virt_to_phys(block) | space_leaf_flags(&node->area) | PTE_OWN | PTE_WRITE | PTE_DIRTY | PTE_LARGE);
    add_resident(LARGE_PAGES);
    return true;
}

/* The frame to map at addr. The file may tell other mappings to let go of pages meanwhile, so no entry is held across
 * this. */
static int find_frame(const struct area_node *node, uaddr_t addr, bool write, paddr_t *frame)
{
    paddr_t from = 0;
    if (!write || is_shared_file(&node->area))
        return backing_frame(node, addr, write, frame);
    int err = node->area.file || node->frames ? backing_frame(node, addr, false, &from) : 0;
    if (err)
        return err;
    err = own_frame(from, frame);
    if (from)
        page_put(from);
    return err;
}

/* In place of what was shown there, if anything. Takes over the reference. */
static uint64_t *place_frame(const struct area *a, uaddr_t addr, paddr_t frame, bool own)
{
    uint64_t *entry = leaf_make(addr, false);
    if (!entry) {
        page_put(frame);
        return NULL;
    }
    if (*entry) {
        page_put(*entry & PTE_ADDRESS);
        leaf_store(entry, 0);
        space.resident_pages--;
        tlb_flush_page(addr);
    }
    map_page(a, entry, frame, own);
    return entry;
}

/* The other pages of the group that are there anyway. */
static void map_around(const struct area_node *node, uaddr_t addr, const uint64_t *entry)
{
    const struct area *a = &node->area;
    uaddr_t group = ALIGN_DOWN(addr, AROUND_PAGES * PAGE_SIZE);
    uaddr_t start = MAX(group, a->start), end = MIN(group + AROUND_PAGES * PAGE_SIZE, a->end);
    uint64_t *neighbour = (uint64_t *)entry - ((addr - start) >> PAGE_SHIFT);
    for (uaddr_t at = start; at < end; at += PAGE_SIZE, neighbour++) {
        paddr_t frame;
        if (*neighbour)
            continue;
        if (backing_frame(node, at, false, &frame))
            break;
        map_page(a, neighbour, frame, false);
    }
}

static int map_missing(const struct area_node *node, uaddr_t addr, bool write)
{
    const struct area *a = &node->area;
    paddr_t frame;
    space.faults++;
    if (write && !is_shared_file(a) && map_large(node, addr))
        return 0;
    int err = find_frame(node, addr, write, &frame);
    if (err)
        return err;
    const uint64_t *entry = place_frame(a, addr, frame, write);
    if (!entry)
        return -ENOMEM;
    if (a->file && !write)
        map_around(node, addr, entry);
    return 0;
}

/* A stack grows down to the touched page, up to RLIMIT_STACK and the guard above its neighbour. */
static struct area_node *grow_stack(struct area_node *above, uaddr_t addr)
{
    uaddr_t start = ALIGN_DOWN(addr, PAGE_SIZE);
    if (!above || !(above->area.flags & MAP_GROWSDOWN) || above->area.end - start > process_soft_limit(RLIMIT_STACK))
        return NULL;
    const struct area_node *below = area_find_below(space.root, above->area.start);
    if (start < USER_MIN || (below && start < below->area.end + (below->area.prot ? STACK_GUARD : 0)))
        return NULL;
    space_resize(above, start, above->area.end);
    return above;
}

static bool is_allowed(const struct area *a, bool write, bool exec)
{
    /* x86 pages that are there can be read. */
    return write ? a->prot & PROT_WRITE : exec ? a->prot & PROT_EXEC : a->prot;
}

int space_fault(uaddr_t addr, bool write, bool exec)
{
    struct area_node *node = area_find(space.root, addr);
    if (node && node->area.start > addr)
        node = grow_stack(node, addr);
    if (!node)
        return -EFAULT;
    if (!is_allowed(&node->area, write, exec))
        return -EACCES;
    struct leaf leaf = leaf_find(addr);
    uint64_t old = leaf.entry ? *leaf.entry : 0;
    if (!old || (write && !(old & (PTE_WRITE | PTE_OWN))))
        return map_missing(node, ALIGN_DOWN(addr, PAGE_SIZE), write);
    if (write && !(old & PTE_WRITE))
        leaf_store(leaf.entry, old | PTE_WRITE | PTE_DIRTY);
    /* The tables allow it now: the CPU held an older entry. */
    tlb_flush_page(addr);
    return 0;
}

int space_populate(uaddr_t start, uaddr_t end)
{
    for (uaddr_t addr = start; addr < end; addr += PAGE_SIZE) {
        const struct area_node *node = area_find(space.root, addr);
        if (!node || node->area.start > addr)
            return -ENOMEM;
        struct leaf leaf = leaf_find(addr);
        bool write = node->area.prot & PROT_WRITE && !is_shared_file(&node->area);
        if (leaf.entry && *leaf.entry && (!write || *leaf.entry & PTE_WRITE))
            continue;
        int err = space_fault(addr, write, false);
        if (err)
            return err;
    }
    return 0;
}
