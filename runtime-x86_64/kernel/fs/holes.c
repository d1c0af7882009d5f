/* Sizes of regular files: cutting, extending, holes. A hole in the visible part of the image is a page of zeros, since
 * an empty slot there means the image's bytes; behind it a hole is an empty slot. */
#include "fs/regular.h"

/* Makes [from, to) inside one page zero. */
static int zero_in_page(struct inode *i, loff_t from, loff_t to)
{
    uint64_t index = (uint64_t)from >> PAGE_SHIFT;
    bool in_image = (uint64_t)from < i->data.image_len;
    char *page = pages_get(&i->data, index);
    if (!page && !in_image)
        return 0;
    if (!in_image && !(from & PAGE_MASK) && to - from == PAGE_SIZE) {
        page_put(virt_to_phys(pages_take(&i->data, index)));
        regular_tell_mappings(i, (uint64_t)from, PAGE_SIZE, true);
        return 0;
    }
    int err = regular_page_for_write(i, index, &page);
    if (!err)
        memset(page + (from & PAGE_MASK), 0, (size_t)(to - from));
    return err;
}

static int zero_range(struct inode *i, loff_t from, loff_t to)
{
    int err = 0;
    while (from < to && !err) {
        if ((uint64_t)from >= i->data.image_len) { /* leap over holes */
            uint64_t next = pages_next(&i->data, (uint64_t)from >> PAGE_SHIFT);
            if (next == UINT64_MAX || (loff_t)(next << PAGE_SHIFT) >= to)
                return 0;
            from = MAX(from, (loff_t)(next << PAGE_SHIFT));
        }
        loff_t end = MIN(to, ALIGN_DOWN(from, (loff_t)PAGE_SIZE) + (loff_t)PAGE_SIZE);
        err = zero_in_page(i, from, end);
        from = end;
    }
    return err;
}

int regular_truncate(struct inode *i, loff_t size)
{
    struct file_data *d = &i->data;
    if (size < 0)
        return -EINVAL;
    if (regular_sealed(d, size < d->size ? F_SEAL_SHRINK : size > d->size ? F_SEAL_GROW : 0))
        return -EPERM;
    int err = size > d->size ? regular_check_limit(size) : 0;
    if (err)
        return err;
    if (size < d->size) {
        char *last = pages_get(d, (uint64_t)size >> PAGE_SHIFT);
        if (last && size & PAGE_MASK)
            memset(last + (size & PAGE_MASK), 0, PAGE_SIZE - (size & PAGE_MASK));
        d->image_len = MIN(d->image_len, (uint64_t)size);
        if (!size)
            pages_free_all(d);
        uint64_t index = ((uint64_t)size + PAGE_MASK) >> PAGE_SHIFT;
        while ((index = pages_next(d, index)) != UINT64_MAX)
            page_put(virt_to_phys(pages_take(d, index)));
        regular_tell_mappings(i, ALIGN_DOWN((uint64_t)size, PAGE_SIZE), UINT64_MAX / 2, true);
    }
    d->size = size;
    regular_written(i);
    inode_touch(i);
    return 0;
}

int regular_allocate(struct inode *i, int mode, loff_t offset, loff_t len)
{
    struct file_data *d = &i->data;
    loff_t end;
    if (__builtin_add_overflow(offset, len, &end))
        return -EFBIG;
    bool keep = mode & FALLOC_FL_KEEP_SIZE, punch = mode & FALLOC_FL_PUNCH_HOLE;
    if ((mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE) && regular_sealed(d, F_SEAL_WRITE)) ||
        (!keep && end > d->size && regular_sealed(d, F_SEAL_GROW)))
        return -EPERM;
    int err = keep || end <= d->size ? 0 : regular_check_limit(end);
    if (err)
        return err;
    if (mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE))
        err = zero_range(i, offset, (loff_t)MIN((uint64_t)end, ALIGN_UP((uint64_t)d->size, PAGE_SIZE)));
    uint64_t index = (uint64_t)offset >> PAGE_SHIFT, last = ((uint64_t)end + PAGE_MASK) >> PAGE_SHIFT;
    if (!punch && !err && last - index > regular_limit_pages())
        err = -ENOSPC; /* before memory is filled for nothing */
    for (; !punch && !err && index < last; index++) {
        char *page;
        if ((index + 1) << PAGE_SHIFT > d->image_len)
            err = regular_page_for_write(i, index, &page);
    }
    if (err)
        return err;
    if (!keep)
        d->size = MAX(d->size, end);
    inode_touch(i);
    return 0;
}

loff_t regular_seek_data(struct inode *i, loff_t pos, bool hole)
{
    struct file_data *d = &i->data;
    if (pos < 0 || pos >= d->size)
        return -ENXIO;
    loff_t image_end = (loff_t)ALIGN_UP(d->image_len, PAGE_SIZE);
    if (!hole) {
        if (pos < image_end)
            return pos;
        uint64_t next = pages_next(d, (uint64_t)pos >> PAGE_SHIFT);
        if (next == UINT64_MAX || (loff_t)(next << PAGE_SHIFT) >= d->size)
            return -ENXIO;
        return MAX(pos, (loff_t)(next << PAGE_SHIFT));
    }
    pos = MAX(pos, image_end);
    while (pos < d->size && pages_get(d, (uint64_t)pos >> PAGE_SHIFT))
        pos = ALIGN_DOWN(pos, (loff_t)PAGE_SIZE) + (loff_t)PAGE_SIZE;
    return MIN(pos, d->size);
}

int file_punch(struct file *f, uint64_t offset, uint64_t len)
{
    if (!f->inode || f->inode->ops != &regular_ops)
        return -EOPNOTSUPP;
    return regular_allocate(f->inode, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (loff_t)offset, (loff_t)len);
}
