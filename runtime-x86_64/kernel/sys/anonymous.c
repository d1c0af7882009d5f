/* Files without a name: pipe, eventfd, timerfd, signalfd, memfd_create. */
#include "sys/path.h"
#include "abi/time.h"

long sys_pipe2(long out, long flags)
{
    struct file *ends[2];
    if (flags & ~(long)(O_CLOEXEC | O_NONBLOCK))
        return -EINVAL; /* O_DIRECT, packets, is not made */
    int err = pipe_create(ends, (unsigned)flags & O_NONBLOCK);
    if (err)
        return err;
    int fds[2];
    fds[0] = fd_install_new(ends[0], flags & O_CLOEXEC);
    if (fds[0] < 0) {
        file_put(ends[1]);
        return fds[0];
    }
    fds[1] = fd_install_new(ends[1], flags & O_CLOEXEC);
    if (fds[1] >= 0 && !user_write((uaddr_t)out, fds, sizeof fds))
        return 0;
    fd_close(fds[0]);
    if (fds[1] < 0)
        return fds[1];
    fd_close(fds[1]);
    return -EFAULT;
}

long sys_pipe(long out)
{
    return sys_pipe2(out, 0);
}

#define EFD_SEMAPHORE 1

long sys_eventfd2(long count, long flags)
{
    if (flags & ~(long)(EFD_SEMAPHORE | O_CLOEXEC | O_NONBLOCK))
        return -EINVAL;
    return fd_install_new(eventfd_new((unsigned)count, flags & EFD_SEMAPHORE, (unsigned)flags & O_NONBLOCK),
                          flags & O_CLOEXEC);
}

long sys_eventfd(long count)
{
    return sys_eventfd2(count, 0);
}

long sys_timerfd_create(long clock, long flags)
{
    if (flags & ~(long)(O_CLOEXEC | O_NONBLOCK) ||
        (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME))
        return -EINVAL;
    return fd_install_new(timerfd_new((int)clock, (unsigned)flags & O_NONBLOCK), flags & O_CLOEXEC);
}

struct itimerspec64 {
    struct timespec64 interval, value;
};

static long put_timer(struct file *f, uaddr_t to)
{
    uint64_t left, interval;
    int err = timerfd_get(f, &left, &interval);
    if (err || !to)
        return err;
    struct itimerspec64 out = {ns_to_timespec(interval), ns_to_timespec(left)};
    return user_put(to, out);
}

long sys_timerfd_gettime(long fd, long to)
{
    struct file *f = fd_file_io(fd);
    if (!f)
        return -EBADF;
    long result = put_timer(f, (uaddr_t)to);
    file_put(f);
    return result;
}

long sys_timerfd_settime(long fd, long flags, long new, long old)
{
    struct itimerspec64 spec;
    uint64_t value, interval;
    if (flags & ~(long)(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET))
        return -EINVAL;
    if (user_read(&spec, (uaddr_t) new, sizeof spec))
        return -EFAULT;
    if (timespec_to_ns(&spec.value, &value) || timespec_to_ns(&spec.interval, &interval))
        return -EINVAL;
    struct file *f = fd_file_io(fd);
    if (!f)
        return -EBADF;
    long result = put_timer(f, (uaddr_t)old);
    if (!result)
        result = timerfd_set(f, flags & TFD_TIMER_ABSTIME, value, interval);
    file_put(f);
    return result;
}

long sys_signalfd4(long fd, long mask_addr, long mask_size, long flags)
{
    uint64_t mask;
    if (flags & ~(long)(O_CLOEXEC | O_NONBLOCK) || mask_size != sizeof mask)
        return -EINVAL;
    if (user_read(&mask, (uaddr_t)mask_addr, sizeof mask))
        return -EFAULT;
    if ((int)fd == -1)
        return fd_install_new(signalfd_new(mask, (unsigned)flags & O_NONBLOCK), flags & O_CLOEXEC);
    struct file *f = fd_file_io(fd);
    if (!f)
        return -EBADF;
    int err = signalfd_set(f, mask);
    file_put(f);
    return err ? err : (int)fd;
}

long sys_signalfd(long fd, long mask, long mask_size)
{
    return sys_signalfd4(fd, mask, mask_size, 0);
}

#define MEMFD_NAME_MAX 249 /* as Linux: NAME_MAX less "memfd:" */

long sys_memfd_create(long name_addr, long flags)
{
    char name[NAME_MAX + 1] = "memfd:";
    if (flags & ~(long)(MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL | MFD_EXEC) ||
        (flags & MFD_NOEXEC_SEAL && flags & MFD_EXEC))
        return -EINVAL;
    ssize_t len = user_read_string(name + 6, (uaddr_t)name_addr, MEMFD_NAME_MAX + 1);
    if (len < 0)
        return len == -ENAMETOOLONG ? -EINVAL : len;
    struct inode *i = regular_new(FS_ANON, flags & MFD_NOEXEC_SEAL ? 0666 : 0777);
    if (!i)
        return -ENOMEM;
    i->data.seals = flags & MFD_NOEXEC_SEAL ? F_SEAL_EXEC : flags & MFD_ALLOW_SEALING ? 0 : F_SEAL_SEAL;
    dentry_add_dead(vfs_root, name, 6 + (size_t)len, i);
    struct file *f;
    int err = inode_open(i, O_RDWR, &f);
    inode_put(i);
    return err ? err : fd_install_new(f, flags & MFD_CLOEXEC);
}
