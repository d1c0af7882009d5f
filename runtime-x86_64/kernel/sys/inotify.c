/* inotify_init, inotify_add_watch, inotify_rm_watch. */
#include "fs/inotify.h"
#include "sys/path.h"

long sys_inotify_init1(long flags)
{
    if (flags & ~(long)(O_CLOEXEC | O_NONBLOCK))
        return -EINVAL;
    if (inotify_instances >= INOTIFY_INSTANCES)
        return -EMFILE;
    return fd_install_new(inotify_new((unsigned)flags & O_NONBLOCK), flags & O_CLOEXEC);
}

long sys_inotify_init(void)
{
    return sys_inotify_init1(0);
}

static long add_watch(struct file *f, long path, uint32_t mask)
{
    struct inode *i;
    if (!file_is_inotify(f))
        return -EINVAL;
    int err = user_lookup(AT_FDCWD, path, mask & IN_DONT_FOLLOW ? AT_SYMLINK_NOFOLLOW : 0, &i);
    if (err)
        return err;
    long number = mask & IN_ONLYDIR && !inode_is_dir(i) ? -ENOTDIR : permission_check(i, MAY_READ);
    if (!number)
        number = inotify_watch(f, i, mask);
    inode_put(i);
    return number;
}

long sys_inotify_add_watch(long fd, long path, long mask)
{
    const uint32_t known = IN_ALL_EVENTS | IN_UNMOUNT | IN_Q_OVERFLOW | IN_IGNORED | IN_ONLYDIR | IN_DONT_FOLLOW |
                           IN_EXCL_UNLINK | IN_MASK_CREATE | IN_MASK_ADD | IN_ISDIR | IN_ONESHOT;
    if (!(mask & known))
        return -EINVAL;
    struct file *f = fd_file_io(fd);
    if (!f)
        return -EBADF;
    bool both = mask & IN_MASK_ADD && mask & IN_MASK_CREATE;
    long number = both ? -EINVAL : add_watch(f, path, (uint32_t)mask);
    file_put(f);
    return number;
}

long sys_inotify_rm_watch(long fd, long number)
{
    struct file *f = fd_file_io(fd);
    if (!f)
        return -EBADF;
    long result = file_is_inotify(f) ? inotify_unwatch(f, (int)number) : -EINVAL;
    file_put(f);
    return result;
}
