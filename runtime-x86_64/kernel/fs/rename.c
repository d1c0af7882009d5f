/* rename(2) and renameat2(2). Everything that can fail happens before the first change. */
#include "fs/inotify.h"

static bool is_above(struct inode *above, struct inode *i)
{
    while (i != above && i != vfs_root && i != i->dir.parent)
        i = i->dir.parent;
    return i == above;
}

static int check_places(const struct walk *from, const struct walk *to, unsigned flags)
{
    if (from->last_kind != LAST_NAME)
        return -EBUSY;
    if (to->last_kind != LAST_NAME)
        return flags & RENAME_NOREPLACE ? -EEXIST : -EBUSY;
    if (!from->inode)
        return -ENOENT;
    if (from->dir->fs != to->dir->fs)
        return -EXDEV;
    if (from->inode->fs != from->dir->fs || (to->inode && to->inode->fs != to->dir->fs))
        return -EBUSY; /* /dev and /proc themselves */
    if (from->dir->fs == FS_PROC)
        return -EPERM;
    if (!to->dir->nlink)
        return -ENOENT;
    return 0;
}

/* A directory that moves to another parent changes itself: its "..". */
static int check_moved(const struct walk *from, const struct walk *to)
{
    int err = permission_check_removal(from->dir, from->inode);
    if (!err && from->dir != to->dir && inode_is_dir(from->inode))
        err = permission_check(from->inode, MAY_WRITE);
    return err;
}

static int check_permissions(const struct walk *from, const struct walk *to, unsigned flags)
{
    int err = check_moved(from, to);
    if (err || !to->inode)
        return err ? err : permission_check(to->dir, MAY_WRITE | MAY_EXECUTE);
    return flags & RENAME_EXCHANGE ? check_moved(to, from) : permission_check_removal(to->dir, to->inode);
}

/* In the order in which Linux looks. */
static int check_kinds(const struct walk *from, const struct walk *to, unsigned flags)
{
    bool dir = inode_is_dir(from->inode), exchange = flags & RENAME_EXCHANGE;
    if (to->inode && flags & RENAME_NOREPLACE)
        return -EEXIST;
    if (!to->inode && exchange)
        return -ENOENT;
    if (exchange && to->slash && !inode_is_dir(to->inode))
        return -ENOTDIR;
    if (!dir && (from->slash || (to->slash && !exchange)))
        return -ENOTDIR;
    if (dir && is_above(from->inode, to->dir))
        return -EINVAL;
    if (to->inode && inode_is_dir(to->inode) && is_above(to->inode, from->dir))
        return exchange ? -EINVAL : -ENOTEMPTY;
    if (!to->inode || exchange || to->inode == from->inode)
        return 0;
    if (dir != inode_is_dir(to->inode))
        return dir ? -ENOTDIR : -EISDIR;
    return dir && !directory_empty(to->inode) ? -ENOTEMPTY : 0;
}

/* A directory's parent and its parent's link count follow its name. */
static void moved(struct inode *i, struct inode *from, struct inode *to)
{
    i->ctime = (int64_t)clock_realtime();
    if (!inode_is_dir(i))
        return;
    i->dir.parent = to;
    from->nlink--;
    to->nlink++;
}

static void drop_replaced(struct walk *to, struct dentry *d)
{
    struct inode *i = to->inode;
    dentry_remove(d);
    i->ctime = (int64_t)clock_realtime();
    if (inode_is_dir(i)) {
        i->nlink = 0;
        to->dir->nlink--;
    } else {
        i->nlink--;
    }
}

static void tell_moved(const struct walk *from, const struct walk *to, struct inode *i)
{
    uint32_t cookie = inotify_cookie();
    inotify_name(from, IN_MOVED_FROM, i, cookie);
    inotify_name(to, IN_MOVED_TO, i, cookie);
}

int names_rename(struct walk *from, struct walk *to, unsigned flags)
{
    int err = check_places(from, to, flags);
    if (!err)
        err = check_kinds(from, to, flags);
    if (!err && from->inode != to->inode)
        err = check_permissions(from, to, flags);
    if (err || from->inode == to->inode)
        return err;
    struct dentry *old = dentry_find(from->dir, from->last, from->last_len);
    struct dentry *replaced = to->inode ? dentry_find(to->dir, to->last, to->last_len) : NULL;
    err = dentry_add(to->dir, to->last, to->last_len, from->inode, false);
    if (err)
        return err;
    if (flags & RENAME_EXCHANGE) {
        err = dentry_add(from->dir, from->last, from->last_len, to->inode, false);
        if (err) {
            dentry_remove(dentry_find(to->dir, to->last, to->last_len)); /* the newest of that name */
            return err;
        }
        moved(to->inode, to->dir, from->dir);
        dentry_remove(replaced);
    } else if (replaced) {
        drop_replaced(to, replaced);
    }
    dentry_remove(old);
    moved(from->inode, from->dir, to->dir);
    inode_touch(from->dir);
    inode_touch(to->dir);
    tell_moved(from, to, from->inode);
    if (replaced && !(flags & RENAME_EXCHANGE))
        inotify_self(to->inode, IN_ATTRIB | inotify_kind(to->inode));
    inotify_self(from->inode, IN_MOVE_SELF);
    if (flags & RENAME_EXCHANGE) {
        tell_moved(to, from, to->inode);
        inotify_self(to->inode, IN_MOVE_SELF);
    }
    return 0;
}
