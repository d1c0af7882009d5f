/* Paths of the app. */
#include "sys/path.h"

int user_path_read(struct user_path *p, long addr)
{
    p->text = p->small;
    ssize_t n = user_read_string(p->small, (uaddr_t)addr, sizeof p->small);
    if (n != -ENAMETOOLONG)
        return n < 0 ? (int)n : 0;
    p->text = kmalloc(PATH_MAX);
    if (!p->text)
        return -ENOMEM;
    n = user_read_string(p->text, (uaddr_t)addr, PATH_MAX);
    if (n >= 0)
        return 0;
    kfree(p->text);
    return (int)n;
}

void user_path_free(struct user_path *p)
{
    if (p->text != p->small)
        kfree(p->text);
}

int path_start(long dirfd, const char *path, struct inode **start)
{
    if (!*path)
        return -ENOENT;
    if ((int)dirfd == AT_FDCWD || *path == '/') {
        *start = inode_get(vfs_cwd);
        return 0;
    }
    struct file *f = fd_file((int)dirfd);
    if (!f)
        return -EBADF;
    bool dir = f->inode && inode_is_dir(f->inode);
    if (dir)
        *start = inode_get(f->inode);
    file_put(f);
    return dir ? 0 : -ENOTDIR;
}

int user_walk(struct user_walk *u, long dirfd, long path, unsigned walk_flags)
{
    struct inode *start;
    int err = user_path_read(&u->path, path);
    if (err)
        return err;
    err = path_start(dirfd, u->path.text, &start);
    if (!err) {
        err = path_walk(start, u->path.text, walk_flags, &u->walk);
        inode_put(start);
    }
    if (err)
        user_path_free(&u->path);
    return err;
}

void user_walk_end(struct user_walk *u)
{
    walk_end(&u->walk);
    user_path_free(&u->path);
}

/* AT_EMPTY_PATH with an empty path: the descriptor itself, or the working directory. */
static int lookup_descriptor(long dirfd, struct inode **out)
{
    if ((int)dirfd == AT_FDCWD) {
        *out = inode_get(vfs_cwd);
        return 0;
    }
    struct file *f = fd_file((int)dirfd);
    if (!f)
        return -EBADF;
    *out = f->inode ? inode_get(f->inode) : NULL;
    file_put(f);
    return *out ? 0 : -EINVAL;
}

int user_lookup(long dirfd, long path, long at_flags, struct inode **out)
{
    struct user_walk u UNINITIALIZED;
    int err = user_walk(&u, dirfd, path, at_flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW);
    if (err == -ENOENT && at_flags & AT_EMPTY_PATH) {
        char first;
        if (!user_read(&first, (uaddr_t)path, 1) && !first)
            return lookup_descriptor(dirfd, out);
    }
    if (err)
        return err;
    *out = u.walk.inode ? inode_get(u.walk.inode) : NULL;
    user_walk_end(&u);
    return *out ? 0 : -ENOENT;
}

struct file *fd_file_io(long fd)
{
    struct file *f = fd_file((int)fd);
    if (f && f->ops == &path_only_ops) {
        file_put(f);
        return NULL;
    }
    return f;
}

long user_with_descriptor(long fd, long a, long b, long (*fn)(struct inode *i, long a, long b))
{
    struct file *f = fd_file_io(fd);
    if (!f)
        return -EBADF;
    long result = f->inode ? fn(f->inode, a, b) : -EINVAL;
    file_put(f);
    return result;
}

long user_with_path(long dirfd, long path, long flags, long a, long b, long (*fn)(struct inode *i, long a, long b))
{
    struct inode *i;
    int err = user_lookup(dirfd, path, flags, &i);
    if (err)
        return err;
    long result = fn(i, a, b);
    inode_put(i);
    return result;
}
