/* Links of /proc/self that lead straight to an inode, whatever its name is now: exe, cwd, root, and the descriptors in
 * fd/. */
#include "fs/proc.h"

struct inode *proc_link(const struct inode_ops *ops, long arg)
{
    struct inode *i = inode_new(FS_PROC, S_IFLNK | 0777, ops);
    if (!i)
        return NULL;
    i->nlink = 1;
    i->proc.arg = arg;
    return i;
}

/* What stands in such a link: the path without the NUL, as readlink has it. */
static ssize_t text_of(struct inode *i, char *buf, size_t size)
{
    return i ? inode_path(i, buf, size) : -ENOENT;
}

static int give(struct inode *i, struct inode **out)
{
    if (!i)
        return -ENOENT;
    *out = inode_get(i);
    return 0;
}

static struct inode *exe(void)
{
    return exec_info.file ? exec_info.file->inode : NULL;
}

static int exe_follow(struct inode *link, struct inode **out)
{
    return give(exe(), out);
}

static ssize_t exe_readlink(struct inode *link, char *buf, size_t size)
{
    return text_of(exe(), buf, size);
}

static int cwd_follow(struct inode *link, struct inode **out)
{
    return give(vfs_cwd, out);
}

static ssize_t cwd_readlink(struct inode *link, char *buf, size_t size)
{
    return text_of(vfs_cwd, buf, size);
}

static int root_follow(struct inode *link, struct inode **out)
{
    return give(vfs_root, out);
}

static ssize_t root_readlink(struct inode *link, char *buf, size_t size)
{
    return text_of(vfs_root, buf, size);
}

static int thread_self_follow(struct inode *link, struct inode **out)
{
    *out = proc_thread_directory(thread_current()->tid);
    return *out ? 0 : -ENOMEM;
}

static ssize_t thread_self_readlink(struct inode *link, char *buf, size_t size)
{
    return format(buf, size, "1/task/%d", thread_current()->tid);
}

static int fd_follow(struct inode *link, struct inode **out)
{
    struct file *f = fd_file((int)link->proc.arg);
    if (!f)
        return -ENOENT;
    int err = f->inode ? give(f->inode, out) : -ENXIO; /* a socket or the like cannot be opened again */
    file_put(f);
    return err;
}

static ssize_t fd_readlink(struct inode *link, char *buf, size_t size)
{
    struct file *f = fd_file((int)link->proc.arg);
    if (!f)
        return -ENOENT;
    ssize_t n = file_path(f, buf, size);
    file_put(f);
    return n;
}

const struct inode_ops proc_exe_ops = {.follow = exe_follow, .readlink = exe_readlink};
const struct inode_ops proc_cwd_ops = {.follow = cwd_follow, .readlink = cwd_readlink};
const struct inode_ops proc_root_ops = {.follow = root_follow, .readlink = root_readlink};
const struct inode_ops proc_thread_self_ops = {.follow = thread_self_follow, .readlink = thread_self_readlink};
const struct inode_ops proc_fd_link_ops = {.follow = fd_follow, .readlink = fd_readlink};
