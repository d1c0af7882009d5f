/* Reading, writing, seeking. */
#include "fs/inotify.h"
#include "sys/path.h"

#define RWF_HIPRI 1
#define RWF_DSYNC 2
#define RWF_SYNC 4
#define RWF_NOWAIT 8
#define RWF_APPEND 16
/* In place of a position: */
#define CURRENT_POS (-1) /* the file's own, which moves */
#define END_POS (-2)     /* the end of the file */
#define END_MOVING_POS (-3)

static ssize_t read_file(struct file *f, struct iter *to, loff_t pos)
{
    bool move = pos == CURRENT_POS;
    if (!move && !f->ops->seek)
        return -ESPIPE;
    if ((f->flags & O_ACCMODE) == O_WRONLY)
        return -EBADF;
    if (!f->ops->read)
        return -EINVAL;
    ssize_t n = f->ops->read(f, to, move ? f->pos : pos);
    if (n > 0) {
        f->pos += move ? n : 0;
        inotify_file(f->inode, IN_ACCESS);
    }
    return n;
}

static ssize_t write_file(struct file *f, struct iter *from, loff_t pos)
{
    bool move = pos == CURRENT_POS || pos == END_MOVING_POS, append = f->flags & O_APPEND || pos <= END_POS;
    if (!move && !f->ops->seek)
        return -ESPIPE;
    if ((f->flags & O_ACCMODE) == O_RDONLY)
        return -EBADF;
    if (!f->ops->write)
        return -EINVAL;
    if (pos < 0)
        pos = f->pos;
    if (append && f->inode && f->inode->ops == &regular_ops)
        pos = f->inode->data.size;
    ssize_t n = f->ops->write(f, from, pos);
    if (n > 0) {
        f->pos = move ? pos + n : f->pos;
        inotify_file(f->inode, IN_MODIFY);
    }
    return n;
}

static long transfer(long fd, long buf, long n, loff_t pos, ssize_t (*move)(struct file *, struct iter *, loff_t))
{
    struct iter it UNINITIALIZED;
    struct file *f = fd_file_io(fd);
    if (!f)
        return -EBADF;
    long result = iter_user(&it, (uaddr_t)buf, (size_t)n);
    if (!result)
        result = move(f, &it, pos);
    file_put(f);
    return result;
}

static long transfer_vec(long fd, long iov, long count, loff_t pos,
                         ssize_t (*move)(struct file *, struct iter *, loff_t))
{
    struct iter it UNINITIALIZED;
    struct iovec *vec;
    struct file *f = fd_file_io(fd);
    if (!f)
        return -EBADF;
    long result = iter_user_vec(&it, (uaddr_t)iov, (int)MIN((unsigned long)count, IOV_MAX + 1ul), &vec);
    if (!result) {
        result = move(f, &it, pos);
        kfree(vec);
    }
    file_put(f);
    return result;
}

long sys_read(long fd, long buf, long n)
{
    return transfer(fd, buf, n, CURRENT_POS, read_file);
}

long sys_write(long fd, long buf, long n)
{
    return transfer(fd, buf, n, CURRENT_POS, write_file);
}

long sys_pread64(long fd, long buf, long n, long pos)
{
    return pos < 0 ? -EINVAL : transfer(fd, buf, n, pos, read_file);
}

long sys_pwrite64(long fd, long buf, long n, long pos)
{
    return pos < 0 ? -EINVAL : transfer(fd, buf, n, pos, write_file);
}

long sys_readv(long fd, long iov, long count)
{
    return transfer_vec(fd, iov, count, CURRENT_POS, read_file);
}

long sys_writev(long fd, long iov, long count)
{
    return transfer_vec(fd, iov, count, CURRENT_POS, write_file);
}

/* The position comes in two registers for the sake of 32-bit machines; here the first holds it all. */
long sys_preadv(long fd, long iov, long count, long pos, long high)
{
    return pos < 0 ? -EINVAL : transfer_vec(fd, iov, count, pos, read_file);
}

long sys_pwritev(long fd, long iov, long count, long pos, long high)
{
    return pos < 0 ? -EINVAL : transfer_vec(fd, iov, count, pos, write_file);
}

/* What is not to wait does not sleep, so nobody else sees the changed flag. Regular files do not look at it. */
static ssize_t nowait(struct file *f, struct iter *it, loff_t pos,
                      ssize_t (*move)(struct file *, struct iter *, loff_t))
{
    unsigned was = f->flags & O_NONBLOCK;
    if (f->inode && f->inode->ops == &regular_ops)
        return move(f, it, pos);
    f->flags |= O_NONBLOCK;
    ssize_t n = move(f, it, pos);
    f->flags = (f->flags & ~(unsigned)O_NONBLOCK) | was;
    return n;
}

static ssize_t read_nowait(struct file *f, struct iter *to, loff_t pos)
{
    return nowait(f, to, pos, read_file);
}

static ssize_t write_nowait(struct file *f, struct iter *from, loff_t pos)
{
    return nowait(f, from, pos, write_file);
}

static long check_rwf(long pos, long flags)
{
    if (flags & ~(RWF_HIPRI | RWF_DSYNC | RWF_SYNC | RWF_NOWAIT | RWF_APPEND))
        return -EOPNOTSUPP;
    return pos < CURRENT_POS ? -EINVAL : 0;
}

long sys_preadv2(long fd, long iov, long count, long pos, long high, long flags)
{
    long err = check_rwf(pos, flags);
    return err ? err : transfer_vec(fd, iov, count, pos, flags & RWF_NOWAIT ? read_nowait : read_file);
}

long sys_pwritev2(long fd, long iov, long count, long pos, long high, long flags)
{
    long err = check_rwf(pos, flags);
    if (!err && flags & RWF_APPEND)
        pos = pos == CURRENT_POS ? END_MOVING_POS : END_POS;
    return err ? err : transfer_vec(fd, iov, count, pos, flags & RWF_NOWAIT ? write_nowait : write_file);
}

long sys_lseek(long fd, long offset, long whence)
{
    struct file *f = fd_file_io(fd);
    if (!f)
        return -EBADF;
    loff_t pos = f->ops->seek ? f->ops->seek(f, offset, (int)whence) : -ESPIPE;
    if (pos >= 0)
        f->pos = pos;
    file_put(f);
    return pos;
}
