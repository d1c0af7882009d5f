/* The tree of files on the host: everything but devices, /proc and the archive. */
#pragma once
#include "files-host.h"
#include "fs/inode.c"
#include "fs/file.c"
#include "fs/dentry.c"
#include "fs/directory.c"
#include "fs/path.c"
#include "fs/permission.c"
#include "fs/names.c"
#include "fs/rename.c"
#include "fs/symlink.c"
#include "fs/pages.c"
#include "fs/regular.c"
#include "fs/holes.c"

static const struct file_ops nothing_file_ops = {.name = "nothing"};
static const struct inode_ops nothing_ops = {.file = &nothing_file_ops};
const struct inode_ops fifo_ops = {.file = &nothing_file_ops}, dev_ops = {0}, proc_ops = {0}, sysfs_ops = {0};
struct inode *device_inode(uint32_t mode, uint64_t rdev)
{
    return inode_new(FS_ROOT, mode, &nothing_ops);
}
const struct vfs_disks *vfs_disks;
void epoll_file_released(struct file *f)
{
}
void flock_file_released(struct file *f)
{
}

/* Takes everything below a directory away. */
static void empty_tree(struct inode *dir)
{
    while (!list_empty(&dir->dir.entries)) {
        struct dentry *d = list_entry(dir->dir.entries.next, struct dentry, in_dir);
        if (inode_is_dir(d->inode)) {
            inode_get(d->inode);
            struct inode *child = d->inode;
            empty_tree(child);
            child->nlink = 0;
            dir->nlink--;
            dentry_remove(d);
            inode_put(child);
        } else {
            d->inode->nlink--;
            dentry_remove(d);
        }
    }
}
