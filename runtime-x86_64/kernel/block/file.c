/* Reading and writing disks and partitions as files, at any byte. */
#include "abi/ioctl.h"
#include "block/node.h"

/* Linux, include/uapi/linux/fs.h */
#define BLKROGET 0x125e
#define BLKGETSIZE 0x1260
#define BLKFLSBUF 0x1261
#define BLKSSZGET 0x1268
#define BLKIOMIN 0x1278
#define BLKIOOPT 0x1279
#define BLKPBSZGET 0x127b
#define BLKBSZGET 0x80081270
#define BLKGETSIZE64 0x80081272

/* From here on the cache is not worth the copy. */
#define LARGE_WRITE (64u << 10)

static bool is_aligned(const struct block_node *n, const struct iter *it, loff_t pos)
{
    uint64_t bits = (uint64_t)pos | it->left;
    for (unsigned i = 0; i < it->count; i++)
        bits |= it->vec[i].base | it->vec[i].len;
    return !(bits & (n->queue->device->sector_size - 1));
}

static ssize_t file_read(struct file *f, struct iter *to, loff_t pos)
{
    struct block_node *n = block_node_of(f);
    uint64_t size = block_node_size(n), start = block_node_start(n);
    ssize_t done = 0;
    if (f->flags & O_DIRECT && !is_aligned(n, to, pos))
        return -EINVAL;
    if ((uint64_t)pos >= size)
        return 0;
    uint64_t at = start + (uint64_t)pos, left = MIN(to->left, size - (uint64_t)pos);
    if (f->flags & O_DIRECT) {
        done = block_direct(n, BLOCK_READ, to, at, left);
        if (done)
            return done;
        n->disk->expected = UINT64_MAX; /* nothing is read ahead */
    }
    while (left) {
        paddr_t frame;
        size_t offset = at & PAGE_MASK, part = MIN(left, PAGE_SIZE - offset);
        int err = cache_get(n->disk, at >> PAGE_SHIFT, (offset + left + PAGE_MASK) >> PAGE_SHIFT, true, &frame);
        if (err)
            return done ? done : err;
        ssize_t copied = iter_copy_to(to, (char *)phys_to_virt(frame) + offset, part);
        page_put(frame);
        if (copied < 0)
            return done ? done : copied;
        done += copied;
        if ((size_t)copied < part)
            break;
        at += part;
        left -= part;
    }
    return done;
}

static struct cache_span span_at(uint64_t at, uint64_t left)
{
    uint32_t offset = (uint32_t)(at & PAGE_MASK);
    uint64_t end = MIN(offset + left, (uint64_t)CACHE_SPAN_PAGES << PAGE_SHIFT);
    unsigned count = (unsigned)((end + PAGE_MASK) >> PAGE_SHIFT);
    return (struct cache_span){at >> PAGE_SHIFT, count, offset, (uint32_t)(end - ((count - 1ul) << PAGE_SHIFT))};
}

static ssize_t file_write(struct file *f, struct iter *from, loff_t pos)
{
    struct block_node *n = block_node_of(f);
    uint64_t size = block_node_size(n), start = block_node_start(n);
    ssize_t done = 0, part = 0;
    if (f->flags & O_DIRECT && !is_aligned(n, from, pos))
        return -EINVAL;
    if ((uint64_t)pos >= size)
        return from->left ? -ENOSPC : 0;
    uint64_t left = MIN(from->left, size - (uint64_t)pos);
    if (f->flags & O_DIRECT || (left >= LARGE_WRITE && is_aligned(n, from, pos)))
        done = block_direct(n, BLOCK_WRITE, from, start + (uint64_t)pos, left);
    if (done)
        left = 0;
    while (left) {
        struct cache_span s = span_at(start + (uint64_t)pos, left);
        part = cache_write(n->disk, &s, from);
        if (part <= 0)
            break;
        done += part;
        pos += part;
        left -= (uint64_t)part;
    }
    if (done > 0 && f->flags & O_DSYNC) {
        int err = block_flush(n->queue->device);
        if (err)
            return err;
    }
    return done ? done : part;
}

static loff_t file_seek(struct file *f, loff_t offset, int whence)
{
    loff_t size = (loff_t)block_node_size(block_node_of(f));
    loff_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? f->pos : whence == SEEK_END ? size : -1;
    if (base < 0 || __builtin_add_overflow(base, offset, &offset) || offset < 0 || offset > size)
        return -EINVAL;
    return offset;
}

static long file_ioctl(struct file *f, unsigned cmd, uaddr_t arg)
{
    const struct block_node *n = block_node_of(f);
    const struct block_device *d = n->queue->device;
    uint64_t size = block_node_size(n);
    switch (cmd) {
    case BLKROGET:
        return user_put(arg, (int)d->read_only);
    case BLKGETSIZE:
        return user_put(arg, size / BLOCK_SECTOR);
    case BLKGETSIZE64:
        return user_put(arg, size);
    case BLKSSZGET:
    case BLKPBSZGET:
    case BLKIOMIN:
        return user_put(arg, d->sector_size);
    case BLKIOOPT:
        return user_put(arg, 0u);
    case BLKBSZGET:
        return user_put(arg, (int)PAGE_SIZE);
    case BLKFLSBUF: {
        int err = block_flush(n->queue->device);
        if (!err)
            cache_forget(n->disk, block_node_start(n), size);
        return err;
    }
    default:
        return -ENOTTY;
    }
}

static int file_sync(struct file *f)
{
    return block_flush(block_node_of(f)->queue->device);
}

const struct file_ops block_file_ops = {
    .name = "block",
    .read = file_read,
    .write = file_write,
    .seek = file_seek,
    .ioctl = file_ioctl,
    .sync = file_sync,
};
