/* Mapping and unmapping, and the primitives on areas that the other files of the address space use. */
#include "mm/space.h"
#include "mm/frame.h"
#include "drivers/driver.h"
#include "fs/file.h"

struct space space = {.file_areas = LIST_INIT(space.file_areas)};

bool space_range_ok(uaddr_t start, size_t len)
{
    return !(start & PAGE_MASK) && start >= USER_MIN && start <= USER_MAX && len <= USER_MAX - start;
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
    space.virtual_pages += (node->area.end - node->area.start) >> PAGE_SHIFT;
}

static void leave(struct area_node *node)
{
    area_remove(&space.root, node);
    space.area_count--;
    space.virtual_pages -= (node->area.end - node->area.start) >> PAGE_SHIFT;
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

static void delete(struct area_node *node)
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
    return a->end == b->start && a->prot == b->prot && a->flags == b->flags && a->file == b->file && a->name == b->name &&
           !low->frames && !high->frames && low->large_pages == high->large_pages &&
           low->small_pages == high->small_pages && (!a->file || a->offset + size == b->offset);
}

struct area_node *space_join(struct area_node *node)
{
    struct area_node *below = area_find_below(space.root, node->area.start), *above = area_find(space.root, node->area.end);
    if (above && can_join(node, above)) {
        uaddr_t end = above->area.end;
        delete(above);
        space_resize(node, node->area.start, end);
    }
    if (below && can_join(below, node)) {
        uaddr_t end = node->area.end;
        delete(node);
        space_resize(below, below->area.start, end);
        return below;
    }
    return node;
}

uaddr_t space_find_place(size_t len)
{
    /* Large areas start where a large page may. */
    size_t align = len >= LARGE_PAGE_SIZE ? LARGE_PAGE_SIZE : PAGE_SIZE;
    uaddr_t at = area_find_gap(space.root, USER_MIN, space.map_top, len, align);
    return at ? at : area_find_gap(space.root, USER_MIN, USER_MAX, len, PAGE_SIZE);
}

static void drop_leaf(struct leaf leaf, void *arg)
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
    return leaf_each(start, end, drop_leaf, NULL);
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
        delete(node);
    }
    return err == -ENOENT ? 0 : err;
}

/* What can never be backed is refused at once (as Linux's heuristic overcommit does); all else is a promise. */
static bool is_overcommit(size_t len, int prot, int flags)
{
    bool counts = prot & PROT_WRITE && flags & MAP_PRIVATE && !(flags & MAP_NORESERVE);
    return counts && len >> PAGE_SHIFT > page_total();
}

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
    uaddr_t place = space_find_place(len);
    return place ? place : (uaddr_t)-ENOMEM;
}

uaddr_t space_map(uaddr_t hint, size_t len, int prot, int flags, struct file *file, uint64_t offset)
{
    struct area_node like = {.area = {.prot = (uint32_t)prot, .flags = (uint32_t)flags, .file = file, .offset = offset}}, *node;
    like.area.flags &= MAP_SHARED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_NORESERVE;
    if (!len)
        return (uaddr_t)-EINVAL;
    len = ALIGN_UP(len, PAGE_SIZE);
    if (!len || len > USER_MAX || is_overcommit(len, prot, flags))
        return (uaddr_t)-ENOMEM;
    uaddr_t at = choose_place(hint, len, flags);
    if ((int64_t)at < 0)
        return at;
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

static void drop_shown_leaf(struct leaf leaf, void *arg)
{
    if (!(*leaf.entry & PTE_OWN))
        drop_leaf(leaf, arg);
}

static void forget_area(const struct area *a, uint64_t offset, uint64_t end, bool keep_private)
{
    uint64_t area_end = a->offset + (a->end - a->start);
    uint64_t from = MAX(offset, a->offset), to = MIN(end, area_end);
    bool keep = keep_private && a->flags & MAP_PRIVATE;
    if (from < to)
        leaf_each(a->start + (from - a->offset), a->start + (to - a->offset), keep ? drop_shown_leaf : drop_leaf, NULL);
}

static void forget(struct file *file, uint64_t offset, uint64_t len, bool keep_private)
{
    uint64_t end = len > UINT64_MAX - PAGE_SIZE - offset ? ALIGN_DOWN(UINT64_MAX, PAGE_SIZE) : ALIGN_UP(offset + len, PAGE_SIZE);
    list_for_each(link, &space.file_areas) {
        const struct area *a = &list_entry(link, struct area_node, file_link)->area;
        if (a->file == file || (file->inode && a->file->inode == file->inode))
            forget_area(a, ALIGN_DOWN(offset, PAGE_SIZE), end, keep_private);
    }
}

void space_forget(struct file *file, uint64_t offset, uint64_t len)
{
    forget(file, offset, len, false);
}

void space_refresh(struct file *file, uint64_t offset, uint64_t len)
{
    forget(file, offset, len, true);
}

size_t space_resident_pages(void)
{
    return space.resident_pages;
}

size_t space_virtual_pages(void)
{
    return space.virtual_pages;
}

void space_switch_to(void)
{
    __asm__ volatile("mov %0, %%cr3" ::"r"(table_root) : "memory");
}

uint64_t space_random(unsigned bits)
{
    return (entropy_u64() & ((1ul << bits) - 1)) << PAGE_SHIFT;
}

void space_init(void)
{
    /* From the top down: a random gap, the stack and the room that it may grow into, a random gap, all that mmap places. */
    uaddr_t stack_top = USER_MAX - space_random(STACK_RANDOM_BITS);
    space.map_top = stack_top - STACK_LIMIT - STACK_GUARD - space_random(MAP_RANDOM_BITS);
    space.stack_top = stack_top;
}
