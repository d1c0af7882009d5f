/* The areas as a set: adding, cutting, joining. Pages and page tables are not touched here. */
#include "mm/space.h"
#include "fs/file.h"

bool space_range_ok(uaddr_t start, size_t len)
{
    return !(start & PAGE_MASK) && start >= USER_MIN && start <= USER_MAX && len <= USER_MAX - start;
}

bool space_whole_pages(uaddr_t start, size_t *len)
{
    *len = *len > USER_MAX ? SIZE_MAX : ALIGN_UP(*len, PAGE_SIZE);
    return start <= USER_MAX && *len <= USER_MAX - start;
}

bool space_is_mapped(uaddr_t start, uaddr_t end)
{
    while (start < end) {
        const struct area_node *node = area_find(space.root, start);
        if (!node || node->area.start > start)
            return false;
        start = node->area.end;
    }
    return true;
}

static void enter(struct area_node *node)
{
    area_insert(&space.root, node);
    space.area_count++;
    size_t pages = (node->area.end - node->area.start) >> PAGE_SHIFT;
    space.virtual_pages += pages;
    space.locked_pages += node->area.flags & MAP_LOCKED ? pages : 0;
}

static void leave(struct area_node *node)
{
    area_remove(&space.root, node);
    space.area_count--;
    size_t pages = (node->area.end - node->area.start) >> PAGE_SHIFT;
    space.virtual_pages -= pages;
    space.locked_pages -= node->area.flags & MAP_LOCKED ? pages : 0;
}

int space_add(uaddr_t start, uaddr_t end, const struct area_node *like, struct area_node **out)
{
    struct area_node *node = space.area_count < MAX_AREAS ? kzalloc(sizeof *node) : NULL;
    if (!node)
        return -ENOMEM;
    if (like)
        *node = *like;
    node->area.start = start;
    node->area.end = end;
    list_init(&node->file_link);
    if (node->area.file) {
        file_get(node->area.file);
        list_add_tail(&space.file_areas, &node->file_link);
    }
    enter(node);
    *out = node;
    return 0;
}

void space_delete(struct area_node *node)
{
    leave(node);
    list_del(&node->file_link);
    if (node->area.file)
        file_put(node->area.file);
    kfree(node);
}

/* What lies at `start` of the file or the image moves along. */
static void shift_start(struct area_node *node, uaddr_t start)
{
    uint64_t by = start - node->area.start;
    node->area.start = start;
    if (node->area.file)
        node->area.offset += by;
    if (node->frames)
        node->frames += by;
}

void space_resize(struct area_node *node, uaddr_t start, uaddr_t end)
{
    leave(node);
    shift_start(node, start);
    node->area.end = end;
    enter(node);
}

/* `node` keeps the part below `at`, the new one has the rest. */
static int split(struct area_node *node, uaddr_t at, struct area_node **upper)
{
    uaddr_t start = node->area.start, end = node->area.end;
    struct area_node like = *node;
    shift_start(&like, at);
    space_resize(node, start, at);
    int err = space_add(at, end, &like, upper);
    if (err)
        space_resize(node, start, end);
    return err;
}

int space_cut(uaddr_t at, uaddr_t end, struct area_node **out)
{
    struct area_node *node = area_find(space.root, at), *upper;
    if (!node || at >= end || node->area.start >= end) /* a neighbour may have been joined beyond end */
        return -ENOENT;
    if (node->area.start < at) {
        int err = split(node, at, &node);
        if (err)
            return err;
    }
    *out = node;
    return node->area.end > end ? split(node, end, &upper) : 0;
}

static bool can_join(const struct area_node *low, const struct area_node *high)
{
    const struct area *a = &low->area, *b = &high->area;
    uint64_t size = a->end - a->start;
    return a->end == b->start && a->prot == b->prot && a->flags == b->flags && a->file == b->file &&
           a->name == b->name && !low->frames && !high->frames && low->large_pages == high->large_pages &&
           low->small_pages == high->small_pages && (!a->file || a->offset + size == b->offset);
}

struct area_node *space_join(struct area_node *node)
{
    struct area_node *below = area_find_below(space.root, node->area.start),
                     *above = area_find(space.root, node->area.end);
    if (above && can_join(node, above)) {
        uaddr_t end = above->area.end;
        space_delete(above);
        space_resize(node, node->area.start, end);
    }
    if (below && can_join(below, node)) {
        uaddr_t end = node->area.end;
        space_delete(node);
        space_resize(below, below->area.start, end);
        return below;
    }
    return node;
}
