/* mremap: grows in place where there is room, else moves the pages without copying them. */
#include "mm/space.h"

struct move {
    uint64_t by;
    bool out_of_memory;
};

static void make_place(struct leaf leaf, void *arg)
{
    struct move *move = arg;
    if (!leaf_make(leaf.addr + move->by, leaf.large))
        move->out_of_memory = true;
}

static void move_leaf(struct leaf leaf, void *arg)
{
    const struct move *move = arg;
    leaf_store(leaf_make(leaf.addr + move->by, leaf.large), *leaf.entry);
    leaf_store(leaf.entry, 0);
}

static void keep_leaf(struct leaf leaf, void *arg)
{
    (void)leaf;
    (void)arg;
}

static int split_large_pages(uaddr_t start, uaddr_t end)
{
    int err = 0;
    for (uaddr_t at = start; at < end && !err; at = ALIGN_DOWN(at, LARGE_PAGE_SIZE) + LARGE_PAGE_SIZE)
        if (leaf_find(at).large)
            err = leaf_each(at, at + PAGE_SIZE, keep_leaf, NULL);
    return err;
}

/* All tables are made before the first page moves, so that it works or changes nothing. */
static int move_pages(uaddr_t from, uaddr_t to, size_t len)
{
    struct move move = {.by = to - from};
    int err = move.by & (LARGE_PAGE_SIZE - 1) ? split_large_pages(from, from + len) : 0;
    if (!err)
        err = leaf_each(from, from + len, make_place, &move);
    if (err || move.out_of_memory) {
        leaf_each(to, to + len, keep_leaf, NULL); /* frees the tables again */
        return -ENOMEM;
    }
    return leaf_each(from, from + len, move_leaf, &move);
}

/* MREMAP_DONTUNMAP leaves an area without pages behind. */
static uaddr_t move_area(uaddr_t old, size_t old_len, uaddr_t to, size_t new_len, int flags)
{
    struct area_node *node, *moved;
    int err = space_cut(old, old + old_len, &node);
    if (!err)
        err = space_add(to, to + new_len, node, &moved);
    if (err)
        return (uaddr_t)err;
    err = move_pages(old, to, MIN(old_len, new_len));
    if (err || !(flags & MREMAP_DONTUNMAP))
        space_unmap(err ? to : old, err ? new_len : old_len);
    if (err)
        return (uaddr_t)err;
    space_join(moved);
    return to;
}

static bool can_grow_in_place(const struct area_node *node, uaddr_t old, size_t old_len, size_t new_len)
{
    const struct area_node *above = area_find(space.root, node->area.end);
    return node->area.end == old + old_len && space_range_ok(old, new_len) &&
           (!above || above->area.start >= old + new_len);
}

static uaddr_t remap_fixed(uaddr_t old, size_t old_len, uaddr_t to, size_t new_len, int flags)
{
    if (to < USER_MIN)
        return (uaddr_t)-EPERM;
    if (!space_range_ok(to, new_len) || (to < old + old_len && old < to + new_len))
        return (uaddr_t)-EINVAL;
    int err = space_unmap(to, new_len);
    return err ? (uaddr_t)err : move_area(old, old_len, to, new_len, flags);
}

uaddr_t space_remap(uaddr_t old, size_t old_len, size_t new_len, int flags, uaddr_t to)
{
    struct area_node *node = area_find(space.root, old);
    if (!node || node->area.start > old || node->area.end < old + old_len)
        return (uaddr_t)-EFAULT;
    if (node->frames && new_len > old_len) /* behind the image's pages lies the rest of the kernel */
        return (uaddr_t)-EFAULT;
    bool keep = flags & MREMAP_DONTUNMAP;
    if (keep && !node->area.file && node->area.flags & MAP_SHARED) /* its pages have no other place */
        return (uaddr_t)-EINVAL;
    if (keep && !space_may_map(0, new_len, (int)node->area.prot, (int)node->area.flags))
        return (uaddr_t)-ENOMEM;
    if (flags & MREMAP_FIXED)
        return remap_fixed(old, old_len, to, new_len, flags);
    if (new_len <= old_len && !keep) {
        int err = space_unmap(old + new_len, old_len - new_len);
        return err ? (uaddr_t)err : old;
    }
    if ((new_len - old_len) >> PAGE_SHIFT > page_total() && node->area.prot & PROT_WRITE)
        return (uaddr_t)-ENOMEM;
    if (!space_may_map(old, new_len, (int)node->area.prot, (int)node->area.flags))
        return (uaddr_t)-ENOMEM;
    if (!keep && can_grow_in_place(node, old, old_len, new_len)) {
        space_resize(node, node->area.start, old + new_len);
        space_join(node);
        return old;
    }
    uaddr_t place = flags & MREMAP_MAYMOVE ? space_find_place(new_len) : 0;
    return place ? move_area(old, old_len, place, new_len, flags) : (uaddr_t)-ENOMEM;
}
