/* Directories: looking up, listing, attaching. */
#include "fs/vfs.h"

struct inode *directory_new(enum fs_id fs, uint32_t mode, const struct inode_ops *ops)
{
    struct inode *i = inode_new(fs, S_IFDIR | (mode & 07777), ops);
    if (!i)
        return NULL;
    i->nlink = 2;
    list_init(&i->dir.entries);
    i->dir.parent = i;
    i->dir.populated = !ops->populate;
    return i;
}

int directory_attach(struct inode *parent, const char *name, size_t len, struct inode *dir, bool borrow)
{
    int err = dentry_add(parent, name, len, dir, borrow);
    if (err)
        return err;
    dir->dir.parent = parent;
    parent->nlink++;
    return 0;
}

static int populate(struct inode *dir)
{
    if (dir->dir.populated)
        return 0;
    dir->dir.populated = true; /* before, because filling looks names up */
    return dir->ops->populate(dir);
}

int directory_lookup(struct inode *dir, const char *name, size_t len, struct inode **out)
{
    int err = populate(dir);
    if (err)
        return err;
    struct dentry *d = dentry_find(dir, name, len);
    if (d) {
        *out = inode_get(d->inode);
        return 0;
    }
    return dir->ops->lookup ? dir->ops->lookup(dir, name, len, out) : -ENOENT;
}

bool directory_empty(struct inode *dir)
{
    return populate(dir) == 0 && list_empty(&dir->dir.entries);
}

bool directory_emit_dots(struct inode *dir, struct dir_emit *e)
{
    if (e->pos == 0) {
        if (!e->add(e, ".", 1, dir->ino, S_IFDIR, 1))
            return false;
        e->pos = 1;
    }
    if (e->pos == 1) {
        if (!e->add(e, "..", 2, dir->dir.parent->ino, S_IFDIR, 2))
            return false;
        e->pos = 2;
    }
    return true;
}

/* The first entry at or behind a position. The one where the last reader stopped makes reading a big directory linear.
 */
static struct list *entry_at(struct directory *dir, loff_t pos)
{
    struct list *at = dir->entries.next;
    if (dir->cursor && dir->cursor->cookie <= (uint64_t)pos)
        at = &dir->cursor->in_dir;
    while (at != &dir->entries && list_entry(at, struct dentry, in_dir)->cookie < (uint64_t)pos)
        at = at->next;
    return at;
}

static int directory_readdir(struct file *f, struct dir_emit *e)
{
    struct inode *i = f->inode;
    if (!i->nlink)
        return -ENOENT;
    int err = populate(i);
    if (err)
        return err;
    inode_read_now(i);
    if (!directory_emit_dots(i, e))
        return 0;
    for (struct list *at = entry_at(&i->dir, e->pos); at != &i->dir.entries; at = at->next) {
        struct dentry *d = list_entry(at, struct dentry, in_dir);
        i->dir.cursor = d;
        if (!e->add(e, d->name, d->len, d->inode->ino, d->inode->mode, (loff_t)d->cookie + 1))
            return 0;
        e->pos = (loff_t)d->cookie + 1;
    }
    return i->ops->readdir ? i->ops->readdir(i, e) : 0;
}

static loff_t directory_seek(struct file *f, loff_t offset, int whence)
{
    if (whence == SEEK_CUR)
        offset += f->pos;
    else if (whence != SEEK_SET)
        return -EINVAL;
    return offset < 0 ? -EINVAL : offset;
}

static ssize_t directory_read(struct file *f, struct iter *to, loff_t pos)
{
    return -EISDIR;
}

void directory_stat(struct inode *i, struct kstat *st)
{
    st->size = PAGE_SIZE;
}

const struct file_ops directory_file_ops = {
    .name = "directory",
    .read = directory_read,
    .readdir = directory_readdir,
    .seek = directory_seek,
};
const struct inode_ops directory_ops = {.file = &directory_file_ops, .stat = directory_stat};
