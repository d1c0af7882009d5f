/* Making, removing and moving names. Every call is the one with a directory descriptor; the others are it with
 * AT_FDCWD. */
#include "sys/path.h"

static uint32_t creation_mode(long mode)
{
    return (uint32_t)mode & 07777 & ~vfs_umask;
}

long sys_mkdirat(long dirfd, long path, long mode)
{
    struct user_walk u UNINITIALIZED;
    int err = user_walk(&u, dirfd, path, WALK_PARENT);
    if (err)
        return err;
    err = names_mkdir(&u.walk, creation_mode(mode));
    user_walk_end(&u);
    return err;
}

long sys_mkdir(long path, long mode)
{
    return sys_mkdirat(AT_FDCWD, path, mode);
}

long sys_mknodat(long dirfd, long path, long mode, long device)
{
    uint32_t type = (uint32_t)mode & S_IFMT;
    bool is_device = type == S_IFCHR || type == S_IFBLK;
    if (type == S_IFDIR || (is_device && !process_can(CAP_MKNOD)))
        return -EPERM;
    if (type && type != S_IFREG && type != S_IFIFO && type != S_IFSOCK && !is_device)
        return -EINVAL;
    struct user_walk u UNINITIALIZED;
    int err = user_walk(&u, dirfd, path, WALK_PARENT);
    if (err)
        return err;
    err = names_mknod(&u.walk, (type ? type : S_IFREG) | creation_mode(mode), (uint32_t)device);
    user_walk_end(&u);
    return err;
}

long sys_mknod(long path, long mode, long device)
{
    return sys_mknodat(AT_FDCWD, path, mode, device);
}

static long remove(long dirfd, long path, int (*fn)(struct walk *w))
{
    struct user_walk u UNINITIALIZED;
    int err = user_walk(&u, dirfd, path, WALK_PARENT);
    if (err)
        return err;
    err = fn(&u.walk);
    user_walk_end(&u);
    return err;
}

long sys_unlinkat(long dirfd, long path, long flags)
{
    if (flags & ~AT_REMOVEDIR)
        return -EINVAL;
    return remove(dirfd, path, flags ? names_rmdir : names_unlink);
}

long sys_unlink(long path)
{
    return remove(AT_FDCWD, path, names_unlink);
}

long sys_rmdir(long path)
{
    return remove(AT_FDCWD, path, names_rmdir);
}

long sys_renameat2(long from_fd, long from, long to_fd, long to, long flags)
{
    struct user_walk a UNINITIALIZED, b UNINITIALIZED;
    if (flags & ~(long)(RENAME_NOREPLACE | RENAME_EXCHANGE))
        return -EINVAL; /* RENAME_WHITEOUT is for overlay file systems */
    if (flags == (RENAME_NOREPLACE | RENAME_EXCHANGE))
        return -EINVAL;
    int err = user_walk(&a, from_fd, from, WALK_PARENT);
    if (err)
        return err;
    err = user_walk(&b, to_fd, to, WALK_PARENT);
    if (!err) {
        err = names_rename(&a.walk, &b.walk, (unsigned)flags);
        user_walk_end(&b);
    }
    user_walk_end(&a);
    return err;
}

long sys_renameat(long from_fd, long from, long to_fd, long to)
{
    return sys_renameat2(from_fd, from, to_fd, to, 0);
}

long sys_rename(long from, long to)
{
    return sys_renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}

long sys_linkat(long from_fd, long from, long to_fd, long to, long flags)
{
    struct inode *i;
    struct user_walk u UNINITIALIZED;
    if (flags & ~(long)(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    int err =
        user_lookup(from_fd, from, (flags & AT_EMPTY_PATH) | (flags & AT_SYMLINK_FOLLOW ? 0 : AT_SYMLINK_NOFOLLOW), &i);
    if (err)
        return err;
    err = user_walk(&u, to_fd, to, WALK_PARENT);
    if (!err) {
        err = names_link(&u.walk, i);
        user_walk_end(&u);
    }
    inode_put(i);
    return err;
}

long sys_link(long from, long to)
{
    return sys_linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

long sys_symlinkat(long text, long dirfd, long path)
{
    struct user_path p UNINITIALIZED;
    struct user_walk u UNINITIALIZED;
    int err = user_path_read(&p, text);
    if (err)
        return err;
    err = user_walk(&u, dirfd, path, WALK_PARENT);
    if (!err) {
        err = *p.text ? names_symlink(&u.walk, p.text) : -ENOENT;
        user_walk_end(&u);
    }
    user_path_free(&p);
    return err;
}

long sys_symlink(long text, long path)
{
    return sys_symlinkat(text, AT_FDCWD, path);
}

/* A link that leads to an inode has no text of its own: one is made. */
static long read_made_link(struct inode *i, uaddr_t buf, size_t size)
{
    char *text = kmalloc(PATH_MAX);
    if (!text)
        return -ENOMEM;
    long n = i->ops->readlink(i, text, PATH_MAX);
    if (n > 0)
        n = MIN(n, (long)size);
    if (n > 0 && user_write(buf, text, (size_t)n))
        n = -EFAULT;
    kfree(text);
    return n;
}

static long read_link(struct inode *i, uaddr_t buf, size_t size)
{
    if (inode_type(i) != S_IFLNK)
        return -EINVAL;
    inode_read_now(i);
    if (i->ops->readlink)
        return read_made_link(i, buf, size);
    size_t n = MIN(size, i->link.len);
    return user_write(buf, i->link.text, n) ? -EFAULT : (long)n;
}

long sys_readlinkat(long dirfd, long path, long buf, long size)
{
    struct inode *i;
    if ((int)size <= 0)
        return -EINVAL;
    int err = user_lookup(dirfd, path, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH, &i);
    if (err)
        return err;
    char first = 1;
    bool named = user_read(&first, (uaddr_t)path, 1) || first; /* else it is what a descriptor stands for */
    long n = named || inode_type(i) == S_IFLNK ? read_link(i, (uaddr_t)buf, (size_t)(int)size) : -ENOENT;
    inode_put(i);
    return n;
}

long sys_readlink(long path, long buf, long size)
{
    return sys_readlinkat(AT_FDCWD, path, buf, size);
}
