/* epoll. */
#include "sys/path.h"
#include "fs/epoll.h"

#define NS_PER_MS 1000000ul

long sys_epoll_create1(long flags)
{
    if (flags & ~(long)O_CLOEXEC)
        return -EINVAL;
    return fd_install_new(epoll_new(), flags & O_CLOEXEC);
}

long sys_epoll_create(long size)
{
    return (int)size > 0 ? sys_epoll_create1(0) : -EINVAL;
}

long sys_epoll_ctl(long epfd, long operation, long fd, long event_addr)
{
    struct epoll_event event = {0};
    if (operation != EPOLL_CTL_DEL && user_read(&event, (uaddr_t)event_addr, sizeof event))
        return -EFAULT;
    struct file *ep = fd_file_io(epfd), *target = fd_file_io(fd);
    long result = ep && target ? epoll_control(ep, (int)operation, (int)fd, target, &event) : -EBADF;
    if (ep)
        file_put(ep);
    if (target)
        file_put(target);
    return result;
}

static long collect(struct file *ep, uaddr_t out, unsigned max, uint64_t deadline)
{
    struct epoll_event events[EPOLL_BATCH] UNINITIALIZED;
    for (;;) {
        unsigned n = epoll_harvest(ep, events, MIN(max, EPOLL_BATCH));
        if (n)
            return user_write(out, events, n * sizeof *events) ? -EFAULT : (long)n;
        if (!deadline)
            return 0;
        int err = epoll_sleep(ep, deadline);
        if (err == -ETIMEDOUT)
            deadline = 0; /* a last look */
        else if (err)
            return err;
    }
}

static long wait_for(long epfd, long out, long max, uint64_t deadline)
{
    if ((int)max <= 0)
        return -EINVAL;
    struct file *ep = fd_file_io(epfd);
    if (!ep)
        return -EBADF;
    long result = file_is_epoll(ep) ? collect(ep, (uaddr_t)out, (unsigned)max, deadline) : -EINVAL;
    file_put(ep);
    return result;
}

static uint64_t deadline_of_ms(long timeout)
{
    int ms = (int)timeout;
    return ms < 0 ? NEVER : ms ? clock_monotonic() + (uint64_t)ms * NS_PER_MS : 0;
}

long sys_epoll_wait(long epfd, long out, long max, long timeout)
{
    return wait_for(epfd, out, max, deadline_of_ms(timeout));
}

static long set_mask(long mask_addr, long size)
{
    uint64_t mask;
    if (!mask_addr)
        return 0;
    if (size != sizeof mask)
        return -EINVAL;
    if (user_read(&mask, (uaddr_t)mask_addr, sizeof mask))
        return -EFAULT;
    signal_mask_until_return(mask);
    return 0;
}

long sys_epoll_pwait(long epfd, long out, long max, long timeout, long mask, long mask_size)
{
    long err = set_mask(mask, mask_size);
    return err ? err : wait_for(epfd, out, max, deadline_of_ms(timeout));
}

long sys_epoll_pwait2(long epfd, long out, long max, long timeout, long mask, long mask_size)
{
    struct timespec64 ts;
    uint64_t ns, deadline = NEVER;
    if (timeout) {
        if (user_read(&ts, (uaddr_t)timeout, sizeof ts))
            return -EFAULT;
        if (timespec_to_ns(&ts, &ns))
            return -EINVAL;
        if (!ns || __builtin_add_overflow(clock_monotonic(), ns, &deadline))
            deadline = ns ? NEVER : 0;
    }
    long err = set_mask(mask, mask_size);
    return err ? err : wait_for(epfd, out, max, deadline);
}
