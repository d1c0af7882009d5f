/* Who may do what with a file (path_resolution(7), inode(7), capabilities(7)). */
#include "fs/mount.h"

uint64_t vfs_read_only;
struct file_ids vfs_ids = {.capabilities = CAP_ALL};

static bool can(unsigned capability)
{
    return vfs_ids.capabilities >> capability & 1;
}

static bool in_group(uint32_t gid)
{
    bool found = gid == vfs_ids.gid;
    for (unsigned n = 0; n < vfs_ids.group_count && !found; n++)
        found = gid == vfs_ids.groups[n];
    return found;
}

/* One class alone counts: the owner's, else the group's, else that of all others. What /proc shows is the process's. */
int permission_check(const struct inode *i, unsigned want)
{
    bool dir = inode_is_dir(i);
    if (unlikely(want & MAY_WRITE && inode_is_read_only(i)) && (dir || inode_type(i) == S_IFREG))
        return -EROFS;
    if (likely(can(CAP_DAC_OVERRIDE)))
        return want & MAY_EXECUTE && !dir && !(i->mode & 0111) ? -EACCES : 0;
    if (can(CAP_DAC_READ_SEARCH) && !(want & (dir ? MAY_WRITE : MAY_WRITE | MAY_EXECUTE)))
        return 0;
    unsigned shift = i->uid == vfs_ids.uid || i->fs == FS_PROC ? 6 : in_group(i->gid) ? 3 : 0;
    return want & ~(i->mode >> shift) ? -EACCES : 0;
}

bool permission_is_owner(const struct inode *i)
{
    return i->uid == vfs_ids.uid || can(CAP_FOWNER);
}

int permission_check_removal(const struct inode *dir, const struct inode *i)
{
    int err = permission_check(dir, MAY_WRITE | MAY_EXECUTE);
    bool kept = dir->mode & S_ISVTX && !permission_is_owner(dir) && !permission_is_owner(i);
    return err ? err : kept ? -EPERM : 0;
}

bool permission_has_group(uint32_t gid)
{
    return in_group(gid) || can(CAP_FSETID);
}

void permission_adopt(struct inode *i, const struct inode *dir)
{
    i->uid = vfs_ids.uid;
    i->gid = vfs_ids.gid;
    if (!(dir->mode & S_ISGID))
        return;
    i->gid = dir->gid;
    if (inode_is_dir(i))
        i->mode |= S_ISGID;
    else if (i->mode & S_ISGID && i->mode & S_IXGRP && !permission_has_group(i->gid))
        i->mode &= ~S_ISGID;
}
