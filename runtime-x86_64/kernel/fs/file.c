/* Open files: counting, and the name by which /proc and getcwd know them. */
#include "fs/epoll.h"
#include "fs/inotify.h"

struct file *file_new(const struct file_ops *ops, unsigned flags, void *priv)
{
    struct file *f = kzalloc(sizeof *f);
    if (!f)
        return NULL;
    f->ops = ops;
    f->refs = 1;
    f->flags = flags;
    f->priv = priv;
    list_init(&f->epoll_items);
    return f;
}

void file_get(struct file *f)
{
    f->refs++;
}

void file_put(struct file *f)
{
    if (--f->refs)
        return;
    if (!list_empty(&f->epoll_items))
        epoll_file_released(f);
    if (f->ops != &path_only_ops)
        inotify_file(f->inode, f->flags & O_ACCMODE ? IN_CLOSE_WRITE : IN_CLOSE_NOWRITE);
    if (f->inode && f->inode->locks)
        flock_file_released(f);
    if (f->ops->release)
        f->ops->release(f);
    inode_put(f->inode);
    kfree(f);
}

int file_path(struct file *f, char *buf, size_t size)
{
    if (f->inode && (f->inode->fs != FS_ANON || f->inode->dead_name))
        return (int)inode_path(f->inode, buf, size);
    struct kstat st = {0};
    if (f->inode)
        inode_stat(f->inode, &st);
    else if (f->ops->stat)
        f->ops->stat(f, &st);
    if (f->inode || st.ino)
        return format(buf, size, "%s:[%lu]", f->ops->name, st.ino);
    return format(buf, size, "anon_inode:[%s]", f->ops->name);
}
