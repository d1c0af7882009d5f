/* Descriptors: dup, fcntl, ioctl, flock. */
#include "fs/flock.h"
#include "sys/path.h"
#include "abi/ioctl.h"

#define O_ASYNC 020000u
#define SETTABLE_FLAGS (O_APPEND | O_NONBLOCK | O_NOATIME)

/* F_GETLK and friends. */
struct user_flock {
    int16_t type, whence;
    int64_t start, len;
    int32_t pid;
};

static long install(struct file *f, bool cloexec, int lowest)
{
    int fd = fd_install(f, cloexec, lowest);
    if (fd < 0)
        file_put(f);
    return fd;
}

long sys_dup(long fd)
{
    struct file *f = fd_file((int)fd);
    return f ? install(f, false, 0) : -EBADF;
}

static long replace(int from, int to, bool cloexec)
{
    struct file *f = fd_file(from);
    if (!f)
        return -EBADF;
    long fd = fd_replace(to, f, cloexec);
    if (fd < 0)
        file_put(f);
    return fd;
}

long sys_dup2(long from, long to)
{
    if ((int)from == (int)to)
        return fd_get_cloexec((int)from) < 0 ? -EBADF : (int)to;
    return replace((int)from, (int)to, false);
}

long sys_dup3(long from, long to, long flags)
{
    if (flags & ~(long)O_CLOEXEC || (int)from == (int)to)
        return -EINVAL;
    return replace((int)from, (int)to, flags & O_CLOEXEC);
}

static bool lock_denied(const struct file *f, int type)
{
    unsigned access = f->flags & O_ACCMODE;
    return (type == F_RDLCK && access == O_WRONLY) || (type == F_WRLCK && access == O_RDONLY);
}

/* Locks by fcntl belong to the process: the only one always gets them. */
static long lock_range(struct file *f, long cmd, uaddr_t arg)
{
    struct user_flock lock;
    if (user_read(&lock, arg, sizeof lock))
        return -EFAULT;
    if (lock.type < F_RDLCK || lock.type > F_UNLCK || lock.whence < SEEK_SET || lock.whence > SEEK_END)
        return -EINVAL;
    if (cmd == F_GETLK) {
        lock.type = F_UNLCK;
        return user_put(arg, lock.type);
    }
    return lock_denied(f, lock.type) ? -EBADF : 0;
}

static int to_range(struct file *f, const struct user_flock *u, struct flock *range)
{
    loff_t base = u->whence == SEEK_CUR                                    ? f->pos
                  : u->whence == SEEK_END && f->inode->ops == &regular_ops ? f->inode->data.size
                                                                           : 0;
    if (u->whence < SEEK_SET || u->whence > SEEK_END)
        return -EINVAL;
    if (__builtin_add_overflow(base, u->start, &range->start))
        return -EOVERFLOW;
    range->end = INT64_MAX;
    if (u->len > 0 && __builtin_add_overflow(range->start, u->len - 1, &range->end))
        return -EOVERFLOW;
    if (u->len < 0) { /* what lies before */
        range->end = range->start - 1;
        range->start += u->len;
    }
    return range->start < 0 ? -EINVAL : 0;
}

/* Locks that belong to the open file. */
static long lock_file_range(struct file *f, long cmd, uaddr_t arg)
{
    struct user_flock u;
    if (user_read(&u, arg, sizeof u))
        return -EFAULT;
    if (!f->inode)
        return -EBADF;
    struct flock range = {.file = f, .exclusive = u.type == F_WRLCK, .is_range = true};
    int err = to_range(f, &u, &range);
    if (err || u.pid || u.type < F_RDLCK || u.type > F_UNLCK)
        return err ? err : -EINVAL;
    if (cmd != F_OFD_GETLK && u.type == F_UNLCK)
        return range_unlock(&range);
    if (cmd != F_OFD_GETLK)
        return lock_denied(f, u.type) ? -EBADF : range_lock(&range, cmd == F_OFD_SETLKW);
    if (u.type == F_UNLCK)
        return -EINVAL;
    const struct flock *l = range_lock_blocker(&range);
    if (!l)
        return user_put(arg, (int16_t)F_UNLCK);
    loff_t len = l->end == INT64_MAX ? 0 : l->end - l->start + 1;
    u = (struct user_flock){l->exclusive ? F_WRLCK : F_RDLCK, SEEK_SET, l->start, len, -1};
    return user_write(arg, &u, sizeof u);
}

static long add_seals(struct file *f, unsigned seals)
{
    if (!f->inode || f->inode->ops != &regular_ops || (f->flags & O_ACCMODE) == O_RDONLY)
        return f->inode && f->inode->ops == &regular_ops ? -EPERM : -EINVAL;
    if (seals & ~(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE | F_SEAL_EXEC))
        return -EINVAL;
    if (f->inode->data.seals & F_SEAL_SEAL)
        return -EPERM;
    if (seals & F_SEAL_WRITE && space_writes_file(f->inode))
        return -EBUSY;
    f->inode->data.seals |= (uint8_t)seals;
    return 0;
}

/* Commands that work on an O_PATH descriptor, too. */
static long control_descriptor(int fd, struct file *f, long cmd, long arg)
{
    switch (cmd) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
        file_get(f);
        return install(f, cmd == F_DUPFD_CLOEXEC, (int)arg);
    case F_GETFD:
        return fd_get_cloexec(fd);
    case F_SETFD:
        return fd_set_cloexec(fd, arg & FD_CLOEXEC);
    case F_GETFL:
        /* open() adds it; what other calls make does not have it */
        return f->flags | (f->inode && f->inode->fs != FS_ANON && f->ops != &path_only_ops ? O_LARGEFILE : 0);
    default:
        return -ENOSYS;
    }
}

static long control_file(struct file *f, long cmd, long arg)
{
    switch (cmd) {
    case F_SETFL:
        if ((unsigned)arg & O_ASYNC)
            return -EINVAL;
        f->flags = (f->flags & ~(unsigned)SETTABLE_FLAGS) | ((unsigned)arg & SETTABLE_FLAGS);
        return 0;
    case F_GETLK:
    case F_SETLK:
    case F_SETLKW:
        return lock_range(f, cmd, (uaddr_t)arg);
    case F_OFD_GETLK:
    case F_OFD_SETLK:
    case F_OFD_SETLKW:
        return lock_file_range(f, cmd, (uaddr_t)arg);
    case F_SETPIPE_SZ:
        return pipe_set_size(f, (size_t)(unsigned)arg);
    case F_GETPIPE_SZ:
        return pipe_get_size(f);
    case F_ADD_SEALS:
        return add_seals(f, (unsigned)arg);
    case F_GET_SEALS:
        return f->inode && f->inode->ops == &regular_ops ? f->inode->data.seals : -EINVAL;
    case F_GETOWN:
        return 0;
    default:
        return -EINVAL;
    }
}

long sys_fcntl(long fd, long cmd, long arg)
{
    struct file *f = fd_file((int)fd);
    if (!f)
        return -EBADF;
    long result = control_descriptor((int)fd, f, cmd, arg);
    if (result == -ENOSYS)
        result = f->ops == &path_only_ops ? -EBADF : control_file(f, cmd, arg);
    file_put(f);
    return result;
}

static long control_any(int fd, struct file *f, unsigned cmd, uaddr_t arg)
{
    int on;
    switch (cmd) {
    case FIOCLEX:
    case FIONCLEX:
        return fd_set_cloexec(fd, cmd == FIOCLEX);
    case FIONBIO:
        if (user_read(&on, arg, sizeof on))
            return -EFAULT;
        f->flags = (f->flags & ~(unsigned)O_NONBLOCK) | (on ? O_NONBLOCK : 0);
        return 0;
    case FIONREAD:
        if (f->inode && f->inode->ops == &regular_ops)
            return user_put(arg, (int)MAX(f->inode->data.size - f->pos, 0));
        break;
    }
    return f->ops->ioctl ? f->ops->ioctl(f, cmd, arg) : -ENOTTY;
}

long sys_ioctl(long fd, long cmd, long arg)
{
    struct file *f = fd_file_io(fd);
    if (!f)
        return -EBADF;
    long result = control_any((int)fd, f, (unsigned)cmd, (uaddr_t)arg);
    file_put(f);
    return result;
}

long sys_flock(long fd, long operation)
{
    struct file *f = fd_file_io(fd);
    if (!f)
        return -EBADF;
    long result = flock_apply(f, (int)operation);
    file_put(f);
    return result;
}
