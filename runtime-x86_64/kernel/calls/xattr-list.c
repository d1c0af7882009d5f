/* Extended attributes (xattr(7)) of what lies in memory: a list with each inode. */
#include "calls/xattr.h"
#include "fs/mount.h"

/* Of all attributes together: they are the kernel's memory, not a file's. */
#define BYTES_MAX (1u << 20)

static size_t bytes;

static size_t size_of(const struct xattr *x)
{
    return sizeof *x + strlen(x->name) + 1 + x->size;
}

static struct xattr **find(struct inode *i, const char *name)
{
    struct xattr **at = &i->xattrs;
    while (*at && strcmp((*at)->name, name))
        at = &(*at)->next;
    return at;
}

static void free_one(struct xattr **at)
{
    struct xattr *x = *at;
    *at = x->next;
    bytes -= size_of(x);
    kfree(x);
}

static bool begins(const char *name, const char *prefix)
{
    return !strncmp(name, prefix, strlen(prefix));
}

bool xattr_is_hidden(const char *name)
{
    return begins(name, "trusted.") && !(vfs_ids.capabilities >> CAP_SYS_ADMIN & 1);
}

/* Linux, fs/xattr.c: xattr_permission, then which name spaces there are. */
static int check(const struct inode *i, const char *name, bool write)
{
    if (write && inode_is_read_only(i))
        return -EROFS;
    bool user = begins(name, "user."), plain = inode_type(i) == S_IFREG || inode_is_dir(i);
    bool trusted = begins(name, "trusted."), security = begins(name, "security.");
    if (xattr_is_hidden(name) || (user && !plain))
        return write ? -EPERM : -ENODATA;
    if (user && write && i->mode & S_ISVTX && inode_is_dir(i) && !permission_is_owner(i))
        return -EPERM;
    if (security && write && !(vfs_ids.capabilities >> CAP_SYS_ADMIN & 1))
        return -EPERM;
    int err = trusted || security ? 0 : permission_check(i, write ? MAY_WRITE : MAY_READ);
    if (err)
        return err;
    if (!(user || trusted || security) || i->fs == FS_PROC || i->fs == FS_ANON)
        return -EOPNOTSUPP;
    return strchr(name, '.')[1] ? 0 : -EINVAL;
}

static void free_all(struct inode *i)
{
    while (i->xattrs)
        free_one(&i->xattrs);
}

int xattr_set(struct inode *i, const char *name, const void *value, size_t size, int flags)
{
    int err = check(i, name, true);
    if (err)
        return err;
    struct xattr **old = find(i, name);
    if (*old ? flags & XATTR_CREATE : flags & XATTR_REPLACE)
        return *old ? -EEXIST : -ENODATA;
    size_t length = strlen(name) + 1, all = sizeof(struct xattr) + length + size;
    struct xattr *x = bytes + all <= BYTES_MAX ? kmalloc(all) : NULL;
    if (!x)
        return -ENOSPC;
    if (*old)
        free_one(old);
    x->size = (uint32_t)size;
    memcpy(x->name, name, length);
    memcpy(x->name + length, value, size);
    x->next = i->xattrs;
    i->xattrs = x;
    bytes += all;
    inode_release_xattrs = free_all;
    i->ctime = (int64_t)clock_realtime();
    return 0;
}

ssize_t xattr_get(struct inode *i, const char *name, const void **value)
{
    int err = check(i, name, false);
    struct xattr *x = err ? NULL : *find(i, name);
    if (!x)
        return err ? err : -ENODATA;
    *value = x->name + strlen(name) + 1;
    return (ssize_t)x->size;
}

int xattr_remove(struct inode *i, const char *name)
{
    int err = check(i, name, true);
    struct xattr **at = find(i, name);
    if (err || !*at)
        return err ? err : -ENODATA;
    free_one(at);
    i->ctime = (int64_t)clock_realtime();
    return 0;
}
