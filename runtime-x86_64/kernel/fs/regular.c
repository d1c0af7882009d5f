/* Regular files: bytes of the image until somebody writes, page by page; zeros where nothing is (sparse). Only written
 * pages take memory. What is mapped from the image is the image's own frame where it is page aligned, else a copy. */
#include "fs/regular.h"
#include "abi/signal.h"
#include "mm/frame.h"
#include "sys/limits.h"

/* What page `index` holds without having been written, from byte `skip` on. */
static int fill_unwritten(const struct file_data *d, uint64_t index, char *page, size_t skip)
{
    uint64_t start = index << PAGE_SHIFT;
    size_t from_image = start < d->image_len ? MIN(PAGE_SIZE, d->image_len - start) : 0;
    int err = 0;
    if (skip < from_image && d->stored)
        err = vfs_disks->copy(d->source, index, page, skip, from_image);
    else if (skip < from_image)
        memcpy(page + skip, d->image + start + skip, from_image - skip);
    skip = MAX(skip, from_image);
    memset(page + skip, 0, PAGE_SIZE - skip);
    return err;
}

void regular_tell_mappings(struct inode *i, uint64_t offset, uint64_t len, bool cut)
{
    if (!i->data.mapped)
        return;
    struct file any = {.inode = i}; /* areas are compared by inode */
    (cut ? space_forget : space_refresh)(&any, offset, len);
}

/* Puts a page into the file; it is freed when that fails. */
static int insert_page(struct inode *i, uint64_t index, void *page)
{
    int err = pages_set(&i->data, index, page);
    if (err)
        page_free(page, 0);
    else
        regular_tell_mappings(i, index << PAGE_SHIFT, PAGE_SIZE, false);
    return err;
}

/* The file's own page, made when there is none yet. */
int regular_page_for_write(struct inode *i, uint64_t index, char **out)
{
    *out = pages_get(&i->data, index);
    if (*out)
        return 0;
    char *page = page_alloc_app(0);
    if (!page)
        return -ENOSPC;
    int err = fill_unwritten(&i->data, index, page, 0);
    if (err) {
        page_free(page, 0);
        return err;
    }
    *out = page;
    return insert_page(i, index, page);
}

ssize_t regular_span(struct inode *i, loff_t pos, size_t max, const char **data, paddr_t *frame)
{
    struct file_data *d = &i->data;
again:
    *frame = 0;
    *data = NULL;
    if (pos >= d->size)
        return 0;
    max = MIN(max, (uint64_t)(d->size - pos));
    uint64_t index = (uint64_t)pos >> PAGE_SHIFT;
    size_t in_page = MIN(max, PAGE_SIZE - ((size_t)pos & PAGE_MASK));
    char *page = d->page_count ? pages_get(d, index) : NULL;
    if (page) {
        *frame = virt_to_phys(page);
        page_get(*frame);
        *data = page + (pos & PAGE_MASK);
        return (ssize_t)in_page;
    }
    if ((uint64_t)pos < d->image_len && d->stored) {
        ssize_t n = vfs_disks->span(i, pos, max, data, frame);
        if (n)
            return n;
        goto again;
    }
    if ((uint64_t)pos < d->image_len) {
        *data = d->image + pos;
        return (ssize_t)MIN(d->page_count ? in_page : max, d->image_len - (uint64_t)pos);
    }
    return (ssize_t)(d->page_count ? in_page : max);
}

bool file_is_write_sealed(const struct file *f)
{
    return f->inode && f->inode->ops == &regular_ops &&
           regular_sealed(&f->inode->data, F_SEAL_WRITE | F_SEAL_FUTURE_WRITE);
}

static ssize_t regular_read(struct file *f, struct iter *to, loff_t pos)
{
    struct inode *i = f->inode;
    ssize_t done = 0;
    while (to->left) {
        const char *data;
        paddr_t frame;
        ssize_t n = regular_span(i, pos + done, to->left, &data, &frame);
        if (n < 0 && !done)
            return n;
        if (n <= 0)
            break;
        ssize_t copied = data ? iter_copy_to(to, data, (size_t)n) : iter_zero(to, (size_t)n);
        if (frame)
            page_put(frame);
        if (copied < 0)
            return done ? done : copied;
        done += copied;
        if (copied < n)
            break;
    }
    if (!(f->flags & O_NOATIME))
        inode_read_now(i);
    return done;
}

/* Writes a whole page that the file does not have yet, without clearing it first. */
static ssize_t write_new_page(struct inode *i, uint64_t index, struct iter *from)
{
    char *page = page_alloc_app(0), *other;
    if (!page)
        return -ENOSPC;
    ssize_t n = iter_copy_from(from, page, PAGE_SIZE); /* may sleep: the file may have got the page meanwhile */
    if (n <= 0) {
        page_free(page, 0);
        return n;
    }
    other = pages_get(&i->data, index);
    if (other) {
        memcpy(other, page, (size_t)n);
        page_free(page, 0);
        return n;
    }
    int err = fill_unwritten(&i->data, index, page, (size_t)n);
    if (err)
        page_free(page, 0);
    else
        err = insert_page(i, index, page);
    return err ? err : n;
}

static ssize_t write_in_page(struct inode *i, loff_t pos, struct iter *from)
{
    uint64_t index = (uint64_t)pos >> PAGE_SHIFT;
    size_t offset = (size_t)pos & PAGE_MASK;
    if (!offset && from->left >= PAGE_SIZE && !pages_get(&i->data, index))
        return write_new_page(i, index, from);
    char *page;
    int err = regular_page_for_write(i, index, &page);
    if (err)
        return err;
    paddr_t frame = virt_to_phys(page);
    page_get(frame); /* the copy may sleep, and the file be cut meanwhile */
    ssize_t n = iter_copy_from(from, page + offset, PAGE_SIZE - offset);
    page_put(frame);
    return n;
}

int regular_check_limit(loff_t size)
{
    if ((uint64_t)size <= process_soft_limit(RLIMIT_FSIZE))
        return 0;
    if (thread_current()->tid)
        signal_send_thread(SIGXFSZ);
    return -EFBIG;
}

static ssize_t regular_write(struct file *f, struct iter *from, loff_t pos)
{
    struct inode *i = f->inode;
    struct file_data *d = &i->data;
    loff_t end;
    if (__builtin_add_overflow(pos, (loff_t)from->left, &end))
        return -EFBIG;
    if (regular_sealed(d, F_SEAL_WRITE | F_SEAL_FUTURE_WRITE) || (end > d->size && regular_sealed(d, F_SEAL_GROW)))
        return -EPERM;
    uint64_t limit = process_soft_limit(RLIMIT_FSIZE);
    if (from->left && (uint64_t)end > limit) {
        if ((uint64_t)pos >= limit)
            return regular_check_limit(end);
        from->left = limit - (uint64_t)pos;
    }
    ssize_t done = 0;
    while (from->left) {
        ssize_t n = write_in_page(i, pos + done, from);
        if (n <= 0) {
            if (!done)
                done = n;
            break;
        }
        done += n;
        d->size = MAX(d->size, pos + done);
    }
    if (done > 0) {
        regular_written(i);
        inode_touch(i);
    }
    return done;
}

static int regular_page(struct file *f, uint64_t index, bool write, paddr_t *frame)
{
    struct inode *i = f->inode;
    struct file_data *d = &i->data;
    uint64_t start = index << PAGE_SHIFT;
    if (index >= 1ull << (63 - PAGE_SHIFT) || (loff_t)start >= d->size)
        return -EIO;
    d->mapped = true;
    char *page = pages_get(d, index);
    if (!page && write) {
        int err = regular_page_for_write(i, index, &page);
        if (err)
            return err;
    }
    if (page) {
        if (write)
            inode_touch(i);
        *frame = virt_to_phys(page);
        page_get(*frame);
        return 0;
    }
    if (start + PAGE_SIZE <= d->image_len && d->stored)
        return vfs_disks->page(d->source, index, frame);
    if (start + PAGE_SIZE <= d->image_len && !((uint64_t)(d->image + start) & PAGE_MASK)) {
        *frame = image_to_phys(d->image + start);
        return 0;
    }
    page = page_alloc_app(0);
    if (!page)
        return -ENOMEM;
    int err = fill_unwritten(d, index, page, 0);
    if (err) {
        page_free(page, 0);
        return err;
    }
    *frame = virt_to_phys(page); /* the mapping's alone: should the file be written, it hears of it */
    return 0;
}

static loff_t regular_seek(struct file *f, loff_t offset, int whence)
{
    struct inode *i = f->inode;
    switch (whence) {
    case SEEK_SET:
        break;
    case SEEK_CUR:
        if (__builtin_add_overflow(offset, f->pos, &offset))
            return -EOVERFLOW;
        break;
    case SEEK_END:
        if (__builtin_add_overflow(offset, i->data.size, &offset))
            return -EOVERFLOW;
        break;
    case SEEK_DATA:
    case SEEK_HOLE:
        return regular_seek_data(i, offset, whence == SEEK_HOLE);
    default:
        return -EINVAL;
    }
    return offset < 0 ? -EINVAL : offset;
}

static int regular_sync(struct file *f)
{
    return 0; /* memory is all there is */
}

static void regular_stat(struct inode *i, struct kstat *st)
{
    st->size = (uint64_t)i->data.size;
    st->blocks = (ALIGN_UP(i->data.image_len, 512) + ((uint64_t)i->data.page_count << PAGE_SHIFT)) / 512;
}

static void regular_destroy(struct inode *i)
{
    pages_free_all(&i->data);
    if (i->data.stored)
        vfs_disks->release(i->data.source);
}

static const struct file_ops regular_file_ops = {
    .name = "file",
    .read = regular_read,
    .write = regular_write,
    .seek = regular_seek,
    .page = regular_page,
    .sync = regular_sync,
};
const struct inode_ops regular_ops = {.file = &regular_file_ops, .stat = regular_stat, .destroy = regular_destroy};

struct inode *regular_new(enum fs_id fs, uint32_t mode)
{
    return inode_new(fs, S_IFREG | (mode & 07777), &regular_ops);
}
