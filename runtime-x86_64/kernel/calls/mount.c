/* mount(2), umount2(2). There is one tree, and memory to put into it: what other systems mount at start-up is there. */
#include "calls/mount.h"
#include "sys/linked.h"
#include "sys/path.h"

#define MS_RDONLY 1ul
#define MS_REMOUNT 32ul
#define MS_BIND 4096ul
#define MS_MOVE 8192ul
#define MS_PROPAGATION (1ul << 17 | 1ul << 18 | 1ul << 19 | 1ul << 20) /* unbindable, private, slave, shared */
#define MNT_FORCE 1
#define MNT_DETACH 2
#define UMOUNT_NOFOLLOW 8
#define TYPE_MAX 32
#define OPTIONS_MAX PAGE_SIZE

/* File systems that are where programs expect them. */
static int mount_known(const struct inode *at, const char *type)
{
    static const char known[][12] = {"proc", "sysfs", "devtmpfs", "devpts", "cgroup2"};
    for (size_t n = 0; n < ARRAY_LEN(known); n++)
        if (!strcmp(type, known[n]))
            return at->fs == FS_PROC || at->fs == FS_DEV ? -EBUSY : -EPERM;
    return -ENODEV;
}

/* The number behind "mode=". */
static uint32_t mode_of(const char *options)
{
    static const char key[] = "mode=";
    uint32_t mode = 0;
    while (*options && strncmp(options, key, sizeof key - 1))
        options++;
    if (!*options)
        return 01777;
    for (options += sizeof key - 1; *options >= '0' && *options <= '7'; options++)
        mode = mode * 8 + (uint32_t)(*options - '0');
    return mode & 07777;
}

static long mount_type(struct inode *at, long type_at, long flags, long data)
{
    char type[TYPE_MAX];
    if (!type_at)
        return -EINVAL;
    ssize_t n = user_read_string(type, (uaddr_t)type_at, sizeof type);
    if (n < 0)
        return n == -ENAMETOOLONG ? -ENODEV : n;
    if (!inode_is_dir(at))
        return -ENOTDIR;
    if (strcmp(type, "tmpfs") && strcmp(type, "ramfs"))
        return mount_known(at, type);
    char *options = kzalloc(OPTIONS_MAX);
    if (!options)
        return -ENOMEM;
    n = data ? user_read_string(options, (uaddr_t)data, OPTIONS_MAX) : 0;
    long result = n < 0 ? n : mount_new(at, mode_of(options), flags & (long)MS_RDONLY);
    kfree(options);
    return result;
}

static long remount(const struct inode *at, long flags)
{
    if (at != vfs_root && !mount_of(at))
        return -EINVAL;
    mount_set_read_only(at, flags & (long)MS_RDONLY);
    return 0;
}

long sys_mount(long source, long target, long type, long flags, long data)
{
    struct inode *at;
    int err = user_lookup(AT_FDCWD, target, 0, &at);
    if (err)
        return err;
    long result;
    if (!process_can(CAP_SYS_ADMIN))
        result = -EPERM;
    else if (flags & (long)MS_REMOUNT)
        result = remount(at, flags);
    else if (flags & (long)(MS_BIND | MS_MOVE))
        result = -EINVAL;
    else if (flags & (long)MS_PROPAGATION) /* there is no other name space that would hear of changes */
        result = at == vfs_root || mount_of(at) ? 0 : -EINVAL;
    else
        result = mount_type(at, type, flags, data);
    inode_put(at);
    return result;
}

long sys_umount2(long target, long flags)
{
    struct inode *at;
    if (flags & ~(long)(MNT_FORCE | MNT_DETACH | UMOUNT_NOFOLLOW))
        return -EINVAL;
    int err = user_lookup(AT_FDCWD, target, flags & UMOUNT_NOFOLLOW ? AT_SYMLINK_NOFOLLOW : 0, &at);
    if (err)
        return err;
    struct mount *m = mount_of(at);
    inode_put(at);
    if (!process_can(CAP_SYS_ADMIN))
        return -EPERM;
    return m ? mount_end(m, flags & MNT_DETACH) : -EINVAL;
}

CALLS(mount)
CALL(mount, 5, "pssxp")
CALL(umount2, 2, "sx")
