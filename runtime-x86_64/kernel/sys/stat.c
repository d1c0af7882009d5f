/* What is known about a file: stat, statx, statfs. */
#include "sys/path.h"

static struct linux_statx_timestamp statx_time(int64_t ns)
{
    int64_t sec = ns / 1000000000, rest = ns % 1000000000;
    if (rest < 0) { /* before 1970 */
        sec--;
        rest += 1000000000;
    }
    return (struct linux_statx_timestamp){.tv_sec = sec, .tv_nsec = (uint32_t)rest};
}

static long put_stat(uaddr_t to, const struct kstat *st)
{
    struct linux_statx_timestamp a = statx_time(st->atime), m = statx_time(st->mtime), c = statx_time(st->ctime);
    struct linux_stat out = {
        .st_dev = st->dev,
        .st_ino = st->ino,
        .st_nlink = st->nlink,
        .st_mode = st->mode,
        .st_uid = st->uid,
        .st_gid = st->gid,
        .st_rdev = st->rdev,
        .st_size = (int64_t)st->size,
        .st_blksize = st->blksize,
        .st_blocks = (int64_t)st->blocks,
        .st_atime = a.tv_sec,
        .st_atime_nsec = a.tv_nsec,
        .st_mtime = m.tv_sec,
        .st_mtime_nsec = m.tv_nsec,
        .st_ctime = c.tv_sec,
        .st_ctime_nsec = c.tv_nsec,
    };
    return user_put(to, out);
}

static long put_statx(uaddr_t to, const struct kstat *st)
{
    struct linux_statx out = {
        .stx_mask = STATX_BASIC_STATS | (st->btime ? STATX_BTIME : 0),
        .stx_blksize = st->blksize,
        .stx_nlink = st->nlink,
        .stx_uid = st->uid,
        .stx_gid = st->gid,
        .stx_mode = (uint16_t)st->mode,
        .stx_ino = st->ino,
        .stx_size = st->size,
        .stx_blocks = st->blocks,
        .stx_atime = statx_time(st->atime),
        .stx_btime = statx_time(st->btime),
        .stx_ctime = statx_time(st->ctime),
        .stx_mtime = statx_time(st->mtime),
        .stx_rdev_major = device_major(st->rdev),
        .stx_rdev_minor = device_minor(st->rdev),
        .stx_dev_major = device_major(st->dev),
        .stx_dev_minor = device_minor(st->dev),
    };
    return user_put(to, out);
}

static int stat_file(struct file *f, struct kstat *st)
{
    if (f->ops->stat)
        return f->ops->stat(f, st);
    if (f->inode)
        inode_stat(f->inode, st);
    else /* what Linux makes of its one anonymous inode */
        *st =
            (struct kstat){.dev = device_number(0, FS_ANON), .ino = 1, .mode = 0600, .nlink = 1, .blksize = PAGE_SIZE};
    return 0;
}

static int stat_descriptor(long fd, struct kstat *st)
{
    struct file *f = fd_file((int)fd);
    if (!f)
        return -EBADF;
    int err = stat_file(f, st);
    file_put(f);
    return err;
}

static int stat_path(long dirfd, long path, long at_flags, struct kstat *st)
{
    char first = 1;
    if (at_flags & AT_EMPTY_PATH && (int)dirfd >= 0 && (!path || (!user_read(&first, (uaddr_t)path, 1) && !first)))
        return stat_descriptor(dirfd, st); /* also what has no inode */
    struct inode *i;
    int err = user_lookup(dirfd, path, at_flags, &i);
    if (err)
        return err;
    inode_stat(i, st);
    inode_put(i);
    return 0;
}

long sys_newfstatat(long dirfd, long path, long to, long flags)
{
    struct kstat st UNINITIALIZED;
    if (flags & ~(long)(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH))
        return -EINVAL;
    int err = stat_path(dirfd, path, flags, &st);
    return err ? err : put_stat((uaddr_t)to, &st);
}

long sys_stat(long path, long to)
{
    return sys_newfstatat(AT_FDCWD, path, to, 0);
}

long sys_lstat(long path, long to)
{
    return sys_newfstatat(AT_FDCWD, path, to, AT_SYMLINK_NOFOLLOW);
}

long sys_fstat(long fd, long to)
{
    struct kstat st UNINITIALIZED;
    int err = stat_descriptor(fd, &st);
    return err ? err : put_stat((uaddr_t)to, &st);
}

long sys_statx(long dirfd, long path, long flags, long mask, long to)
{
    struct kstat st UNINITIALIZED;
    if (flags & ~(long)(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE) ||
        (unsigned)mask & STATX_RESERVED || (flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE)
        return -EINVAL;
    int err = stat_path(dirfd, path, flags, &st);
    return err ? err : put_statx((uaddr_t)to, &st);
}

static long put_statfs(uaddr_t to, const struct inode *i)
{
    uint64_t limit = regular_limit_pages(), used = regular_used_pages(), free = limit - MIN(limit, used);
    bool proc = i && i->fs == FS_PROC;
    struct linux_statfs out = {
        .f_type = proc ? PROC_SUPER_MAGIC : TMPFS_MAGIC,
        .f_bsize = PAGE_SIZE,
        .f_frsize = PAGE_SIZE,
        .f_blocks = proc ? 0 : (int64_t)limit,
        .f_bfree = proc ? 0 : (int64_t)MIN(free, page_free_count()),
        .f_namelen = NAME_MAX,
    };
    out.f_bavail = out.f_bfree;
    out.f_files = out.f_blocks;
    out.f_ffree = out.f_bfree;
    return user_put(to, out);
}

long sys_statfs(long path, long to)
{
    struct inode *i;
    int err = user_lookup(AT_FDCWD, path, 0, &i);
    if (err)
        return err;
    long result = put_statfs((uaddr_t)to, i);
    inode_put(i);
    return result;
}

long sys_fstatfs(long fd, long to)
{
    struct file *f = fd_file((int)fd);
    if (!f)
        return -EBADF;
    long result = put_statfs((uaddr_t)to, f->inode);
    file_put(f);
    return result;
}
