/* Inodes: making, counting, describing. */
#include "fs/inotify.h"

static uint64_t last_ino;

struct inode *inode_new(enum fs_id fs, uint32_t mode, const struct inode_ops *ops)
{
    struct inode *i = kzalloc(sizeof *i);
    if (!i)
        return NULL;
    i->refs = 1;
    i->mode = mode;
    i->fs = fs;
    i->ino = ++last_ino;
    i->ops = ops;
    i->atime = i->mtime = i->ctime = i->btime = (int64_t)clock_realtime();
    list_init(&i->names);
    return i;
}

void (*inode_release_xattrs)(struct inode *i);

/* A loop, because removed directories can hang one on the other as deep as an app likes. */
void inode_put(struct inode *i)
{
    while (i && !--i->refs) {
        if (i->watches)
            inotify_inode_gone(i);
        if (i->ops->destroy)
            i->ops->destroy(i);
        if (i->xattrs)
            inode_release_xattrs(i);
        struct dentry *dead = i->dead_name;
        kfree(i);
        i = dead ? dead->dir : NULL;
        kfree(dead);
    }
}

void inode_stat(struct inode *i, struct kstat *st)
{
    *st = (struct kstat){
        .dev = device_number(0, i->fs),
        .ino = i->ino,
        .mode = i->mode,
        .nlink = i->nlink,
        .uid = i->uid,
        .gid = i->gid,
        .atime = i->atime,
        .mtime = i->mtime,
        .ctime = i->ctime,
        .btime = i->fs == FS_PROC ? 0 : i->btime,
        .blksize = PAGE_SIZE,
    };
    if (i->ops->stat)
        i->ops->stat(i, st);
}

void inode_touch(struct inode *i)
{
    i->mtime = i->ctime = (int64_t)clock_realtime();
}

void inode_read_now(struct inode *i)
{
    if (i->atime <= i->mtime || i->atime <= i->ctime)
        i->atime = (int64_t)clock_realtime();
}

const struct file_ops path_only_ops = {.name = "path"};

struct inode *vfs_awaited;
void (*vfs_await)(void);

int inode_open(struct inode *i, unsigned flags, struct file **out)
{
    if (unlikely(i == vfs_awaited))
        vfs_await();
    const struct file_ops *ops = flags & O_PATH ? &path_only_ops : i->ops->file;
    if (!ops && !i->ops->open)
        return -ENXIO;
    struct file *f = file_new(ops, flags & ~(unsigned)(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC), NULL);
    if (!f)
        return -ENOMEM;
    f->inode = inode_get(i);
    int err = ops != &path_only_ops && i->ops->open ? i->ops->open(i, f) : 0;
    if (err) {
        f->ops = &path_only_ops; /* what did not open has nothing to release */
        file_put(f);
        return err;
    }
    if (ops != &path_only_ops)
        inotify_file(i, IN_OPEN);
    *out = f;
    return 0;
}
