/* Modes, owners, times, and what they permit. */
#include "fs/inotify.h"
#include "fs/mount.h"
#include "sys/credentials.h"
#include "sys/path.h"

static void changed(struct inode *i, uint32_t event)
{
    i->ctime = (int64_t)clock_realtime();
    inotify_file(i, event);
}

/* --- modes and owners */

static long set_mode(struct inode *i, long mode, long unused)
{
    if (i->fs == FS_PROC || inode_is_read_only(i))
        return i->fs == FS_PROC ? -EPERM : -EROFS;
    if (inode_type(i) == S_IFLNK)
        return -EOPNOTSUPP;
    if (i->ops == &regular_ops && i->data.seals & F_SEAL_EXEC && (i->mode ^ (uint32_t)mode) & 0111)
        return -EPERM;
    if (!permission_is_owner(i))
        return -EPERM;
    if (!permission_has_group(i->gid))
        mode &= ~(long)S_ISGID;
    i->mode = (i->mode & S_IFMT) | ((uint32_t)mode & 07777);
    changed(i, IN_ATTRIB);
    return 0;
}

long sys_fchmodat2(long dirfd, long path, long mode, long flags)
{
    if (flags & ~(long)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    return user_with_path(dirfd, path, flags, mode, 0, set_mode);
}

long sys_fchmodat(long dirfd, long path, long mode)
{
    return sys_fchmodat2(dirfd, path, mode, 0);
}

long sys_chmod(long path, long mode)
{
    return sys_fchmodat(AT_FDCWD, path, mode);
}

long sys_fchmod(long fd, long mode)
{
    return user_with_descriptor(fd, mode, 0, set_mode);
}

static long set_owner(struct inode *i, long uid, long gid)
{
    uint32_t to_uid = (uint32_t)uid != UINT32_MAX ? (uint32_t)uid : i->uid,
             to_gid = (uint32_t)gid != UINT32_MAX ? (uint32_t)gid : i->gid;
    if (inode_is_read_only(i))
        return -EROFS;
    bool given = to_uid != i->uid || (to_gid != i->gid && !permission_has_group(to_gid));
    if (i->fs == FS_PROC || (given && !process_can(CAP_CHOWN)) || !permission_is_owner(i))
        return -EPERM;
    /* Without the group's permission to execute, the bit once meant mandatory locking. */
    if (!inode_is_dir(i))
        i->mode &= ~(S_ISUID | (i->mode & S_IXGRP || !permission_has_group(i->gid) ? S_ISGID : 0));
    i->uid = to_uid;
    i->gid = to_gid;
    changed(i, IN_ATTRIB);
    return 0;
}

long sys_fchownat(long dirfd, long path, long uid, long gid, long flags)
{
    if (flags & ~(long)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    return user_with_path(dirfd, path, flags, uid, gid, set_owner);
}

long sys_chown(long path, long uid, long gid)
{
    return sys_fchownat(AT_FDCWD, path, uid, gid, 0);
}

long sys_lchown(long path, long uid, long gid)
{
    return sys_fchownat(AT_FDCWD, path, uid, gid, AT_SYMLINK_NOFOLLOW);
}

long sys_fchown(long fd, long uid, long gid)
{
    return user_with_descriptor(fd, uid, gid, set_owner);
}

long sys_umask(long mask)
{
    long old = vfs_umask;
    vfs_umask = (uint32_t)mask & 0777;
    return old;
}

/* --- access */

static long check_access(struct inode *i, long mode, long unused)
{
    return permission_check(i, (unsigned)mode);
}

long sys_faccessat2(long dirfd, long path, long mode, long flags)
{
    if (mode & ~(long)(R_OK | W_OK | X_OK) || flags & ~(long)(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    struct file_ids was = vfs_ids;
    if (!(flags & AT_EACCESS))
        credentials_use_real();
    long err = user_with_path(dirfd, path, flags & ~(long)AT_EACCESS, mode, 0, check_access);
    vfs_ids = was;
    return err;
}

long sys_faccessat(long dirfd, long path, long mode)
{
    return sys_faccessat2(dirfd, path, mode, 0);
}

long sys_access(long path, long mode)
{
    return sys_faccessat2(AT_FDCWD, path, mode, 0);
}

/* --- times */

/* UTIME_OMIT leaves the old value in *out. */
static long read_time(const struct timespec64 *t, int64_t *out)
{
    if (t->nsec == UTIME_OMIT)
        return 0;
    if (t->nsec == UTIME_NOW)
        *out = (int64_t)clock_realtime();
    else if (t->nsec < 0 || t->nsec >= 1000000000)
        return -EINVAL;
    else if (__builtin_mul_overflow(t->sec, 1000000000l, out) || __builtin_add_overflow(*out, t->nsec, out))
        *out = t->sec < 0 ? INT64_MIN : INT64_MAX;
    return 0;
}

/* `pair` points to two struct timespec64 in the kernel. */
static long set_times(struct inode *i, long pair, long unused)
{
    const struct timespec64 *t = (const struct timespec64 *)pair;
    int64_t atime = i->atime, mtime = i->mtime;
    if (read_time(&t[0], &atime) || read_time(&t[1], &mtime))
        return -EINVAL;
    if (t[0].nsec == UTIME_OMIT && t[1].nsec == UTIME_OMIT)
        return 0;
    if (i->fs == FS_PROC || inode_is_read_only(i))
        return i->fs == FS_PROC ? -EPERM : -EROFS;
    bool now = t[0].nsec == UTIME_NOW && t[1].nsec == UTIME_NOW;
    if (!permission_is_owner(i) && (!now || permission_check(i, MAY_WRITE)))
        return now ? -EACCES : -EPERM;
    i->atime = atime;
    i->mtime = mtime;
    bool one = t[0].nsec == UTIME_OMIT || t[1].nsec == UTIME_OMIT;
    changed(i, !one ? IN_ATTRIB : t[0].nsec == UTIME_OMIT ? IN_MODIFY : IN_ACCESS);
    return 0;
}

long sys_utimensat(long dirfd, long path, long times, long flags)
{
    struct timespec64 t[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}};
    if (flags & ~(long)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    if (times && user_read(t, (uaddr_t)times, sizeof t))
        return -EFAULT;
    if (path || (int)dirfd == AT_FDCWD)
        return user_with_path(dirfd, path, flags, (long)t, 0, set_times);
    return flags ? -EINVAL : user_with_descriptor(dirfd, (long)t, 0, set_times);
}

static long set_microseconds(long dirfd, long path, long times)
{
    struct timespec64 t[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}};
    if (times && user_read(t, (uaddr_t)times, sizeof t))
        return -EFAULT;
    for (int n = 0; times && n < 2; n++) {
        if (t[n].nsec < 0 || t[n].nsec >= 1000000)
            return -EINVAL;
        t[n].nsec *= 1000;
    }
    return user_with_path(dirfd, path, 0, (long)t, 0, set_times);
}

long sys_futimesat(long dirfd, long path, long times)
{
    return set_microseconds(dirfd, path, times);
}

long sys_utimes(long path, long times)
{
    return set_microseconds(AT_FDCWD, path, times);
}

long sys_utime(long path, long times)
{
    struct timespec64 t[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}};
    int64_t seconds[2];
    if (times && user_read(seconds, (uaddr_t)times, sizeof seconds))
        return -EFAULT;
    for (int n = 0; times && n < 2; n++)
        t[n] = (struct timespec64){seconds[n], 0};
    return user_with_path(AT_FDCWD, path, 0, (long)t, 0, set_times);
}
