/* Descriptors: dup, fcntl, ioctl, flock. */
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
    unsigned access = f->flags & O_ACCMODE;
    bool denied = (lock.type == F_RDLCK && access == O_WRONLY) || (lock.type == F_WRLCK && access == O_RDONLY);
    return denied ? -EBADF : 0;
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
