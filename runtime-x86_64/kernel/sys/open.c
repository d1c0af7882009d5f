/* Opening and closing. */
#include "sys/path.h"

#define KNOWN_FLAGS                                                                                                    \
    (O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND | O_NONBLOCK | O_DSYNC | O_ASYNC | O_DIRECT |        \
     O_LARGEFILE | O_NOFOLLOW | O_NOATIME | O_CLOEXEC | O_PATH | O_TMPFILE | O_SYNC_BIT)
#define O_ASYNC 020000u
#define O_SYNC_BIT 04000000u

static long open_path(long dirfd, long path, unsigned flags, uint32_t mode, unsigned walk_flags)
{
    struct user_path p UNINITIALIZED;
    struct inode *start;
    struct file *f;
    if (flags & O_PATH)
        flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    if ((flags & (O_CREAT | O_DIRECTORY)) == (O_CREAT | O_DIRECTORY))
        return -EINVAL;
    int err = user_path_read(&p, path);
    if (err)
        return err;
    err = path_start(dirfd, p.text, &start);
    if (!err) {
        err = vfs_open_at(start, p.text, flags, mode & 07777 & ~vfs_umask, walk_flags, &f);
        inode_put(start);
    }
    user_path_free(&p);
    return err ? err : fd_install_new(f, flags & O_CLOEXEC);
}

long sys_open(long path, long flags, long mode)
{
    return open_path(AT_FDCWD, path, (unsigned)flags & KNOWN_FLAGS, (uint32_t)mode, 0);
}

long sys_creat(long path, long mode)
{
    return open_path(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, (uint32_t)mode, 0);
}

long sys_openat(long dirfd, long path, long flags, long mode)
{
    return open_path(dirfd, path, (unsigned)flags & KNOWN_FLAGS, (uint32_t)mode, 0);
}

struct open_how {
    uint64_t flags, mode, resolve;
};

long sys_openat2(long dirfd, long path, long how_addr, long size)
{
    static const struct {
        uint64_t resolve;
        unsigned walk;
    } map[] = {
        {RESOLVE_NO_XDEV, WALK_NO_CROSSING},  {RESOLVE_NO_MAGICLINKS, WALK_NO_MAGIC},
        {RESOLVE_NO_SYMLINKS, WALK_NO_LINKS}, {RESOLVE_BENEATH, WALK_BENEATH},
        {RESOLVE_IN_ROOT, WALK_IN_ROOT},
    };
    struct open_how how;
    if ((unsigned long)size < sizeof how)
        return -EINVAL;
    int err = user_read_struct(&how, sizeof how, (uaddr_t)how_addr, (size_t)size);
    if (err)
        return err;
    bool creates = how.flags & O_CREAT || (how.flags & O_TMPFILE) == O_TMPFILE;
    if (how.flags & ~(uint64_t)KNOWN_FLAGS || how.mode & ~07777ul || (how.mode && !creates))
        return -EINVAL;
    unsigned walk = 0;
    for (size_t n = 0; n < ARRAY_LEN(map); n++) {
        walk |= how.resolve & map[n].resolve ? map[n].walk : 0;
        how.resolve &= ~map[n].resolve;
    }
    if (how.resolve & ~(uint64_t)RESOLVE_CACHED || (walk & WALK_BENEATH && walk & WALK_IN_ROOT))
        return -EINVAL;
    return open_path(dirfd, path, (unsigned)how.flags, (uint32_t)how.mode, walk);
}

long sys_close(long fd)
{
    return fd_close((int)fd);
}

long sys_close_range(long first, long last, long flags)
{
    unsigned from = (unsigned)first, to = (unsigned)last;
    if (from > to || flags & ~(long)(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC))
        return -EINVAL;
    if (from > INT32_MAX)
        return 0;
    for (int fd = fd_next((int)from); fd >= 0 && (unsigned)fd <= to; fd = fd_next(fd + 1)) {
        if (flags & CLOSE_RANGE_CLOEXEC)
            fd_set_cloexec(fd, true);
        else
            fd_close(fd);
    }
    return 0;
}
