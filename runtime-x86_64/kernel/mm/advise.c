/* madvise. Numbers: Linux, include/uapi/asm-generic/mman-common.h. */
#include "mm/space.h"
#include "fs/file.h"

enum {
    MADV_NORMAL,
    MADV_RANDOM,
    MADV_SEQUENTIAL,
    MADV_WILLNEED,
    MADV_DONTNEED,
    MADV_FREE = 8,
    MADV_REMOVE,
    MADV_DONTFORK = 10,
    MADV_DOFORK,
    MADV_HUGEPAGE = 14,
    MADV_NOHUGEPAGE,
    MADV_DONTDUMP,
    MADV_DODUMP,
    MADV_WIPEONFORK,
    MADV_KEEPONFORK,
    MADV_COLD,
    MADV_PAGEOUT,
    MADV_POPULATE_READ,
    MADV_POPULATE_WRITE,
    MADV_DONTNEED_LOCKED,
};

static int advise_area(struct area_node *node, int advice)
{
    struct area *a = &node->area;
    if (a->flags & MAP_LOCKED && (advice == MADV_DONTNEED || advice == MADV_FREE || advice == MADV_REMOVE))
        return -EINVAL;
    switch (advice) {
    case MADV_FREE:
        if (a->file || a->flags & MAP_SHARED)
            return -EINVAL;
        return space_drop_pages(a->start, a->end); /* at once: the app may not rely on the old content */
    case MADV_REMOVE:
        if (!a->file)
            return a->flags & MAP_SHARED ? space_drop_pages(a->start, a->end) : -EINVAL;
        if (!(a->flags & MAP_SHARED) || (a->file->flags & O_ACCMODE) != O_RDWR)
            return -EACCES;
        return file_punch(a->file, a->offset, a->end - a->start);
    case MADV_DONTNEED:
    case MADV_DONTNEED_LOCKED:
        /* Shared anonymous memory keeps its content, and has it nowhere else. */
        return a->file || a->flags & MAP_PRIVATE ? space_drop_pages(a->start, a->end) : 0;
    case MADV_WIPEONFORK:
        return a->file || a->flags & MAP_SHARED ? -EINVAL : 0;
    case MADV_HUGEPAGE:
    case MADV_NOHUGEPAGE:
        node->large_pages = advice == MADV_HUGEPAGE;
        node->small_pages = advice == MADV_NOHUGEPAGE;
        return 0;
    default:
        return 0;
    }
}

static int populate(uaddr_t start, uaddr_t end, int advice)
{
    const struct area_node *node = area_find(space.root, start);
    if (advice == MADV_POPULATE_WRITE && node && !(node->area.prot & PROT_WRITE))
        return -EINVAL;
    int err = space_populate(start, end);
    return err == -EACCES ? -EINVAL : err;
}

/* Whether the advice changes nothing here: memory is neither forked, dumped, swapped nor read ahead. */
static bool has_no_effect(int advice)
{
    return (advice >= MADV_NORMAL && advice <= MADV_WILLNEED) || advice == MADV_DONTFORK || advice == MADV_DOFORK ||
           (advice >= MADV_DONTDUMP && advice <= MADV_PAGEOUT && advice != MADV_WIPEONFORK);
}

int space_advise(uaddr_t start, size_t len, int advice)
{
    uaddr_t end = start + len;
    bool mapped = space_is_mapped(start, end);
    if (has_no_effect(advice))
        return mapped ? 0 : -ENOMEM;
    if (advice == MADV_POPULATE_READ || advice == MADV_POPULATE_WRITE)
        return mapped ? populate(start, end, advice) : -ENOMEM;
    if (advice != MADV_DONTNEED && advice != MADV_FREE && advice != MADV_REMOVE && advice != MADV_HUGEPAGE &&
        advice != MADV_NOHUGEPAGE && advice != MADV_DONTNEED_LOCKED && advice != MADV_WIPEONFORK)
        return -EINVAL;
    struct area_node *node;
    int err;
    while (!(err = space_cut(start, end, &node))) {
        start = node->area.end;
        err = advise_area(node, advice);
        space_join(node);
        if (err)
            return err;
    }
    if (err != -ENOENT)
        return err;
    return mapped ? 0 : -ENOMEM;
}
