/* Sizes and allocation; and the calls that only make sense with a disk below. */
#include "fs/inotify.h"
#include "sys/path.h"

static long truncate_inode(struct inode *i, long size)
{
    if (inode_is_dir(i))
        return -EISDIR;
    int err = i->ops == &regular_ops ? regular_truncate(i, size) : -EINVAL;
    if (!err)
        inotify_file(i, IN_MODIFY);
    return err;
}

long sys_truncate(long path, long size)
{
    struct inode *i;
    if (size < 0)
        return -EINVAL;
    int err = user_lookup(AT_FDCWD, path, 0, &i);
    if (err)
        return err;
    bool writes_file = i->ops == &regular_ops;
    long result = writes_file ? permission_check(i, MAY_WRITE) : 0;
    if (!result)
        result = truncate_inode(i, size);
    inode_put(i);
    return result;
}

static bool is_writable_regular(const struct file *f)
{
    return f->inode && f->inode->ops == &regular_ops && f->flags & O_ACCMODE;
}

long sys_ftruncate(long fd, long size)
{
    struct file *f = fd_file_io(fd);
    if (!f)
        return -EBADF;
    long result = size >= 0 && is_writable_regular(f) ? truncate_inode(f->inode, size) : -EINVAL;
    file_put(f);
    return result;
}

static long allocate(struct file *f, int mode, loff_t offset, loff_t len)
{
    if (!(f->flags & O_ACCMODE))
        return -EBADF;
    if (!is_writable_regular(f))
        return f->inode && inode_type(f->inode) == S_IFIFO ? -ESPIPE : -ENODEV;
    int err = regular_allocate(f->inode, mode, offset, len);
    if (!err)
        inotify_file(f->inode, IN_MODIFY);
    return err;
}

long sys_fallocate(long fd, long mode, long offset, long len)
{
    bool punch = mode & FALLOC_FL_PUNCH_HOLE;
    if (offset < 0 || len <= 0)
        return -EINVAL;
    if (mode & ~(long)(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE) ||
        (punch && (!(mode & FALLOC_FL_KEEP_SIZE) || mode & FALLOC_FL_ZERO_RANGE)))
        return -EOPNOTSUPP;
    struct file *f = fd_file_io(fd);
    if (!f)
        return -EBADF;
    long result = allocate(f, (int)mode, offset, len);
    file_put(f);
    return result;
}

/* The medium of files is memory: they are always as safe as they can be. Disks have more to do. */
long sys_fsync(long fd)
{
    struct file *f = fd_file_io(fd);
    if (!f)
        return -EBADF;
    bool stored = f->inode && (inode_type(f->inode) == S_IFREG || inode_is_dir(f->inode));
    long result = f->ops->sync ? f->ops->sync(f) : stored ? 0 : -EINVAL;
    file_put(f);
    return result;
}

long sys_fdatasync(long fd)
{
    return sys_fsync(fd);
}

static long check_descriptor(long fd)
{
    struct file *f = fd_file_io(fd);
    if (!f)
        return -EBADF;
    file_put(f);
    return 0;
}

long sys_syncfs(long fd)
{
    return check_descriptor(fd);
}

long sys_sync(void)
{
    if (vfs_disks)
        vfs_disks->sync();
    return 0;
}

long sys_sync_file_range(long fd, long offset, long len, long flags)
{
    return offset < 0 || len < 0 ? -EINVAL : check_descriptor(fd);
}

long sys_fadvise64(long fd, long offset, long len, long advice)
{
    struct file *f = fd_file_io(fd);
    if (!f)
        return -EBADF;
    bool pipe = file_is_pipe(f);
    file_put(f);
    return pipe ? -ESPIPE : advice < 0 || advice > 5 ? -EINVAL : 0;
}

long sys_readahead(long fd, long offset, long count)
{
    return check_descriptor(fd);
}
