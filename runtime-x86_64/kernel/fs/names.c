/* Making and removing names: mkdir, mknod, symlink, link, unlink, rmdir. */
#include "fs/inotify.h"

/* May `dir` get a new name? The result of every such check is the errno that Linux gives. */
static int check_new(const struct walk *w)
{
    if (w->inode)
        return -EEXIST;
    if (w->last_kind != LAST_NAME)
        return -EEXIST;
    if (!w->dir->nlink)
        return -ENOENT; /* removed, but somebody still stands in it */
    return w->dir->fs == FS_PROC ? -EACCES : permission_check(w->dir, MAY_WRITE | MAY_EXECUTE);
}

/* Names the new inode and gives up the creator's reference. */
static int add_new(struct walk *w, struct inode *i)
{
    if (!i)
        return -ENOMEM;
    permission_adopt(i, w->dir);
    int err = dentry_add(w->dir, w->last, w->last_len, i, false);
    if (!err) {
        i->nlink++;
        inode_touch(w->dir);
        inotify_name(w, IN_CREATE, i, 0);
    }
    inode_put(i);
    return err;
}

int names_mkdir(struct walk *w, uint32_t mode)
{
    int err = check_new(w);
    if (err)
        return err;
    struct inode *i = directory_new((enum fs_id)w->dir->fs, mode, &directory_ops);
    if (!i)
        return -ENOMEM;
    permission_adopt(i, w->dir);
    err = directory_attach(w->dir, w->last, w->last_len, i, false);
    if (!err) {
        inode_touch(w->dir);
        inotify_name(w, IN_CREATE, i, 0);
    }
    inode_put(i);
    return err;
}

static struct inode *special_new(enum fs_id fs, uint32_t mode, uint64_t rdev)
{
    static const struct inode_ops socket_name_ops; /* a socket's name cannot be opened: -ENXIO */
    switch (mode & S_IFMT) {
    case S_IFIFO:
        return inode_new(fs, mode, &fifo_ops);
    case S_IFSOCK:
        return inode_new(fs, mode, &socket_name_ops);
    case S_IFCHR:
    case S_IFBLK:;
        struct inode *i = device_inode(mode, rdev);
        if (i)
            i->fs = fs;
        return i;
    default:
        return regular_new(fs, mode);
    }
}

int names_mknod(struct walk *w, uint32_t mode, uint64_t rdev)
{
    int err = check_new(w);
    if (err)
        return err;
    if (w->slash)
        return -ENOENT;
    return add_new(w, special_new((enum fs_id)w->dir->fs, mode, rdev));
}

int names_symlink(struct walk *w, const char *text)
{
    int err = check_new(w);
    if (err)
        return err;
    if (!*text || w->slash)
        return -ENOENT;
    return add_new(w, symlink_new((enum fs_id)w->dir->fs, text, strlen(text), false));
}

int names_link(struct walk *w, struct inode *inode)
{
    int err = check_new(w);
    if (err)
        return err;
    if (w->slash)
        return -ENOENT;
    if (inode_is_dir(inode))
        return -EPERM;
    if (inode->fs != w->dir->fs)
        return -EXDEV;
    if (inode->fs == FS_PROC)
        return -EPERM;
    if (!inode->nlink && !(inode->ops == &regular_ops && inode->data.linkable))
        return -ENOENT; /* removed for good */
    err = dentry_add(w->dir, w->last, w->last_len, inode, false);
    if (err)
        return err;
    inode->nlink++;
    inode->ctime = (int64_t)clock_realtime();
    inode_touch(w->dir);
    inotify_self(inode, IN_ATTRIB);
    inotify_name(w, IN_CREATE, inode, 0);
    return 0;
}

/* The name behind a walk, for removal. */
static int find_old(const struct walk *w, struct dentry **d)
{
    if (!w->inode)
        return -ENOENT;
    *d = dentry_find(w->dir, w->last, w->last_len);
    if (!*d || w->dir->fs == FS_PROC)
        return -EPERM; /* /proc makes its names by itself */
    return permission_check_removal(w->dir, w->inode);
}

int names_unlink(struct walk *w)
{
    if (w->last_kind != LAST_NAME)
        return -EISDIR;
    struct dentry *d;
    int err = find_old(w, &d);
    if (err)
        return err;
    if (inode_is_dir(w->inode))
        return -EISDIR;
    if (w->slash)
        return -ENOTDIR;
    dentry_remove(d);
    w->inode->nlink--;
    w->inode->ctime = (int64_t)clock_realtime();
    inode_touch(w->dir);
    inotify_self(w->inode, IN_ATTRIB);
    inotify_name(w, IN_DELETE, w->inode, 0);
    return 0;
}

int names_rmdir(struct walk *w)
{
    if (w->last_kind != LAST_NAME)
        return w->last_kind == LAST_DOT ? -EINVAL : w->last_kind == LAST_DOTDOT ? -ENOTEMPTY : -EBUSY;
    struct dentry *d;
    int err = find_old(w, &d);
    if (err)
        return err;
    if (!inode_is_dir(w->inode))
        return -ENOTDIR;
    if (w->inode->fs != w->dir->fs)
        return -EBUSY;
    if (!directory_empty(w->inode))
        return -ENOTEMPTY;
    dentry_remove(d);
    w->inode->nlink = 0;
    w->dir->nlink--;
    inode_touch(w->dir);
    inotify_name(w, IN_DELETE, w->inode, 0);
    return 0;
}
