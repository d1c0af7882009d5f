/* mount(2) of tmpfs: the directory's name leads to a new tree, which has a file system's number of its own. */
#include "calls/mount.h"

#define FS_FIRST (FS_ANON + 1)
#define FS_LAST 63 /* as vfs_read_only has bits */

static bool is_used(uint32_t fs)
{
    list_for_each (at, &mounts)
        if (list_entry(at, struct mount, link)->root->fs == fs)
            return true;
    return false;
}

struct mount *mount_of(const struct inode *root)
{
    list_for_each (at, &mounts) {
        struct mount *m = list_entry(at, struct mount, link);
        if (m->root == root)
            return m;
    }
    return NULL;
}

/* The name of the one directory leads to the other. */
static int replace(struct inode *old, struct inode *new)
{
    struct dentry *d = inode_name(old);
    int err = dentry_add(d->dir, d->name, d->len, new, false);
    if (err)
        return err;
    new->dir.parent = d->dir;
    dentry_remove(d);
    return 0;
}

void mount_set_read_only(const struct inode *root, bool read_only)
{
    uint64_t bit = 1ul << root->fs;
    vfs_read_only = read_only ? vfs_read_only | bit : vfs_read_only & ~bit;
}

int mount_new(struct inode *at, uint32_t mode, bool read_only)
{
    uint32_t fs = FS_FIRST;
    if (at == vfs_root || list_empty(&at->names))
        return -EBUSY;
    while (fs <= FS_LAST && is_used(fs))
        fs++;
    struct mount *m = fs <= FS_LAST ? kzalloc(sizeof *m) : NULL;
    if (!m)
        return -ENOMEM;
    m->root = directory_new((enum fs_id)fs, mode, &directory_ops);
    m->covered = inode_get(at);
    if (!m->root || replace(at, m->root)) {
        inode_put(m->root);
        inode_put(at);
        kfree(m);
        return -ENOMEM;
    }
    list_add_tail(&mounts, &m->link);
    mount_set_read_only(m->root, read_only);
    return 0;
}

struct use {
    uint32_t fs;
    bool found;
};

static void look_at(int fd, struct file *f, void *arg)
{
    struct use *u = arg;
    u->found |= f->inode && f->inode->fs == u->fs;
}

static bool is_open(const struct mount *m)
{
    struct use u = {m->root->fs, vfs_cwd->fs == m->root->fs};
    fd_each(look_at, &u);
    return u.found;
}

static bool holds_mounts(const struct mount *m)
{
    bool found = false;
    list_for_each (at, &mounts)
        found |= list_entry(at, struct mount, link)->covered->fs == m->root->fs;
    return found;
}

/* Takes every name below away; what is open lives on without one. */
static void empty(struct inode *root)
{
    for (struct inode *dir = root; dir != root || !list_empty(&root->dir.entries);) {
        if (list_empty(&dir->dir.entries)) {
            dir = dir->dir.parent;
            continue;
        }
        struct dentry *d = list_entry(dir->dir.entries.next, struct dentry, in_dir);
        bool is_dir = inode_is_dir(d->inode);
        if (is_dir && !list_empty(&d->inode->dir.entries)) {
            dir = d->inode;
            continue;
        }
        d->inode->nlink -= is_dir ? d->inode->nlink : 1;
        dentry_remove(d);
    }
}

int mount_end(struct mount *m, bool lazily)
{
    if (holds_mounts(m) || (!lazily && is_open(m)))
        return -EBUSY;
    int err = replace(m->root, m->covered);
    if (err)
        return err;
    list_del(&m->link);
    vfs_read_only &= ~(1ul << m->root->fs);
    empty(m->root);
    m->root->nlink = 0;
    inode_put(m->root);
    inode_put(m->covered);
    kfree(m);
    return 0;
}
