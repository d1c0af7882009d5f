/* Mapping and unmapping, and where everything is placed. */
#include "mm/space.h"
#include "boot/boot.h"
#include "mm/frame.h"
#include "drivers/driver.h"
#include "fs/file.h"

struct space space = {.file_areas = LIST_INIT(space.file_areas)};

uaddr_t space_find_place(size_t len)
{
    /* Large areas start where a large page may. */
    size_t align = len >= LARGE_PAGE_SIZE ? LARGE_PAGE_SIZE : PAGE_SIZE;
    uaddr_t at = area_find_gap(space.root, USER_MIN, space.map_top, len, align);
    return at ? at : area_find_gap(space.root, USER_MIN, USER_MAX, len, PAGE_SIZE);
}

void space_drop_leaf(struct leaf leaf, void *arg)
{
    paddr_t frame = *leaf.entry & PTE_ADDRESS;
    leaf_store(leaf.entry, 0);
    space.resident_pages -= leaf.large ? LARGE_PAGES : 1;
    if (leaf.large)
        page_free(phys_to_virt(frame & ~(LARGE_PAGE_SIZE - 1)), MAX_ORDER);
    else
        page_put(frame);
}

int space_drop_pages(uaddr_t start, uaddr_t end)
{
    return leaf_each(start, end, space_drop_leaf, NULL);
}

int space_unmap(uaddr_t start, size_t len)
{
    uaddr_t end = start + len;
    struct area_node *node;
    int err;
    while (!(err = space_cut(start, end, &node))) {
        err = space_drop_pages(node->area.start, node->area.end);
        if (err)
            return err;
        space_delete(node);
    }
    return err == -ENOENT ? 0 : err;
}

/* What can never be backed is refused at once (as Linux's heuristic overcommit does); all else is a promise. */
static bool is_overcommit(size_t len, int prot, int flags)
{
    bool counts = prot & PROT_WRITE && flags & MAP_PRIVATE && !(flags & MAP_NORESERVE);
    return counts && len >> PAGE_SHIFT > page_total();
}

/* MAP_32BIT: the second GiB, for code that addresses it with 31 bits. */
#define LOW_START (1ul << 30)
#define LOW_END (2ul << 30)

static uaddr_t choose_place(uaddr_t hint, size_t len, int flags)
{
    if (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) {
        if (hint & PAGE_MASK)
            return (uaddr_t)-EINVAL;
        if (hint < USER_MIN)
            return (uaddr_t)-EPERM;
        if (!space_range_ok(hint, len))
            return (uaddr_t)-ENOMEM;
        const struct area_node *next = area_find(space.root, hint);
        if (flags & MAP_FIXED_NOREPLACE && next && next->area.start < hint + len)
            return (uaddr_t)-EEXIST;
        return hint;
    }
    hint = ALIGN_DOWN(hint, PAGE_SIZE);
    if (hint && space_range_ok(hint, len)) {
        const struct area_node *next = area_find(space.root, hint);
        if (!next || next->area.start >= hint + len)
            return hint;
    }
    uaddr_t place =
        flags & MAP_32BIT ? area_find_gap(space.root, LOW_START, LOW_END, len, PAGE_SIZE) : space_find_place(len);
    return place ? place : (uaddr_t)-ENOMEM;
}

uaddr_t space_map(uaddr_t hint, size_t len, int prot, int flags, struct file *file, uint64_t offset)
{
    struct area_node like =
                         {.area = {.prot = (uint32_t)prot, .flags = (uint32_t)flags, .file = file, .offset = offset}},
                     *node;
    like.area.flags &= MAP_SHARED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_NORESERVE | MAP_LOCKED;
    like.area.flags |= space.lock_future ? MAP_LOCKED : 0;
    if (!len)
        return (uaddr_t)-EINVAL;
    len = ALIGN_UP(len, PAGE_SIZE);
    if (!len || len > USER_MAX || is_overcommit(len, prot, flags))
        return (uaddr_t)-ENOMEM;
    uaddr_t at = choose_place(hint, len, flags);
    if ((int64_t)at < 0)
        return at;
    if (!space_may_map(at, len, prot, flags))
        return (uaddr_t)-ENOMEM;
    int err = space_unmap(at, len);
    if (!err)
        err = space_add(at, at + len, &like, &node);
    if (err)
        return (uaddr_t)err;
    space_join(node);
    if (flags & MAP_POPULATE || (space.lock_future && prot))
        space_populate(at, at + len);
    return at;
}

int space_map_image(uaddr_t at, const void *image, size_t len, int prot, const char *name)
{
    struct area_node like = {.area = {.prot = (uint32_t)prot, .flags = MAP_PRIVATE, .name = name}}, *node;
    like.frames = image_to_phys(image);
    return space_add(at, at + len, &like, &node);
}

void space_name(uaddr_t addr, const char *name)
{
    struct area_node *node = area_find(space.root, addr);
    if (node)
        node->area.name = name;
}

int space_each(int (*fn)(const struct area *a, void *arg), void *arg)
{
    int stop = 0;
    for (uaddr_t addr = 0; !stop;) {
        const struct area_node *node = area_find(space.root, addr);
        if (!node)
            break;
        addr = node->area.end;
        stop = fn(&node->area, arg);
    }
    return stop;
}

size_t space_resident_pages(void)
{
    return space.resident_pages;
}

size_t space_resident_peak(void)
{
    return space.resident_peak;
}

size_t space_faults(void)
{
    return space.faults;
}

size_t space_virtual_pages(void)
{
    return space.virtual_pages;
}

size_t space_locked_pages(void)
{
    return space.locked_pages;
}

void space_switch_to(void)
{
    __asm__ volatile("mov %0, %%cr3" ::"r"(table_root) : "memory");
}

uint64_t space_random(unsigned bits)
{
    return boot_param("norandmaps") ? 0 : (entropy_u64() & ((1ul << bits) - 1)) << PAGE_SHIFT;
}

void space_init(void)
{
    /* From the top down: a random gap, the stack and the room that it may grow into, a random gap, all that mmap
     * places. */
    uaddr_t stack_top = USER_MAX - space_random(STACK_RANDOM_BITS);
    space.map_top = stack_top - STACK_LIMIT - STACK_GUARD - space_random(MAP_RANDOM_BITS);
    space.stack_top = stack_top;
}
