/* What a file tells the mappings of it. */
#include "mm/space.h"
#include "fs/file.h"

static void drop_shown_leaf(struct leaf leaf, void *arg)
{
    if (!(*leaf.entry & PTE_OWN))
        space_drop_leaf(leaf, arg);
}

static void forget_area(const struct area *a, uint64_t offset, uint64_t end, bool keep_private)
{
    uint64_t area_end = a->offset + (a->end - a->start);
    uint64_t from = MAX(offset, a->offset), to = MIN(end, area_end);
    bool keep = keep_private && a->flags & MAP_PRIVATE;
    if (from < to)
        leaf_each(a->start + (from - a->offset), a->start + (to - a->offset), keep ? drop_shown_leaf : space_drop_leaf,
                  NULL);
}

static void forget(struct file *file, uint64_t offset, uint64_t len, bool keep_private)
{
    uint64_t end =
        len > UINT64_MAX - PAGE_SIZE - offset ? ALIGN_DOWN(UINT64_MAX, PAGE_SIZE) : ALIGN_UP(offset + len, PAGE_SIZE);
    list_for_each (link, &space.file_areas) {
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

void space_evict(const struct inode *inode, uint64_t offset)
{
    list_for_each (link, &space.file_areas) {
        const struct area *a = &list_entry(link, struct area_node, file_link)->area;
        if (a->file->inode != inode || offset < a->offset || offset - a->offset >= a->end - a->start)
            continue;
        uaddr_t addr = a->start + (offset - a->offset);
        struct leaf leaf = leaf_find(addr);
        if (!leaf.entry || !*leaf.entry || leaf.large || *leaf.entry & PTE_OWN)
            continue;
        space_drop_leaf(leaf, NULL);
        tlb_flush_page(addr);
    }
}

bool space_writes_file(const struct inode *inode)
{
    list_for_each (at, &space.file_areas) {
        const struct area *a = &list_entry(at, struct area_node, file_link)->area;
        if (a->file->inode == inode && a->flags & MAP_SHARED && (a->file->flags & O_ACCMODE) == O_RDWR)
            return true;
    }
    return false;
}
