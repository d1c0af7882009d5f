/* /dev/zero and /dev/full: zeros without end; the second has never room. */
#include "fs/vfs.h"

static ssize_t zero_read(struct file *f, struct iter *to, loff_t pos)
{
    return iter_zero(to, to->left);
}

static ssize_t zero_write(struct file *f, struct iter *from, loff_t pos)
{
    ssize_t n = (ssize_t)from->left;
    from->left = 0;
    return n;
}

static ssize_t full_write(struct file *f, struct iter *from, loff_t pos)
{
    return -ENOSPC;
}

static loff_t zero_seek(struct file *f, loff_t offset, int whence)
{
    return 0;
}

/* A mapping gets pages of its own: there is no second process to share them with. */
static int zero_page(struct file *f, uint64_t index, bool write, paddr_t *frame)
{
    void *page = page_alloc_zeroed(0);
    if (!page)
        return -ENOMEM;
    *frame = virt_to_phys(page);
    return 0;
}

static const struct file_ops zero_ops = {
    .name = "zero", .read = zero_read, .write = zero_write, .seek = zero_seek, .page = zero_page};
static const struct file_ops full_ops = {.name = "full", .read = zero_read, .write = full_write, .seek = zero_seek};
DEVICE(zero) = {.name = "zero", .major = 1, .minor = 5, .mode = 0666, .ops = &zero_ops};
DEVICE(full) = {.name = "full", .major = 1, .minor = 7, .mode = 0666, .ops = &full_ops};
