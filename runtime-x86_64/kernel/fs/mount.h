/* What is mounted beside what the boot makes, and what may not be written to. calls/mount.c changes it. */
#pragma once
#include "fs/vfs.h"

struct mount {
    struct list link;
    struct inode *root, *covered; /* with references */
};
extern struct list mounts; /* fs/proc/mounts.c; in order of their making */

/* fs/permission.c: bit fs_id; what it names refuses changes with -EROFS. */
extern uint64_t vfs_read_only;
static inline bool inode_is_read_only(const struct inode *i)
{
    return vfs_read_only >> i->fs & 1;
}
