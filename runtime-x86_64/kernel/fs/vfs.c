/* The file tree as a whole: its making at boot, and opening by path. */
#include "fs/inotify.h"
#include "boot/boot.h"

struct inode *vfs_root, *vfs_cwd;
uint32_t vfs_umask = 022;
const struct vfs_disks *vfs_disks;

/* Puts a file system of ours over whatever the archive has at that name, as a mount would. */
static void mount(const char *name, enum fs_id fs, const struct inode_ops *ops)
{
    struct inode *dir = directory_new(fs, 0755, ops);
    struct dentry *hidden = dentry_find(vfs_root, name, strlen(name));
    if (hidden) {
        if (inode_is_dir(hidden->inode))
            vfs_root->nlink--;
        inode_get(hidden->inode); /* what stands below it keeps it */
        dentry_remove(hidden);
    }
    if (!dir || directory_attach(vfs_root, name, strlen(name), dir, true))
        panic("no memory for /%s", name);
    inode_put(dir);
}

/* As a shell has it, for a program that is not there. */
#define STATUS_NO_ROOT 127

/* The archive of the image, and the one on the disk that root= names. */
static void fill_root(void)
{
    if (rootfs_index(vfs_root, rootfs_start, rootfs_end))
        panic("the root file system of the image cannot be read");
    const char *wanted = boot_param("root");
    if (!wanted)
        return;
    if (!vfs_disks)
        log_warn("root=%s: no disk was found by this image's drivers", wanted);
    if (!vfs_disks || vfs_disks->mount_root(vfs_root, wanted))
        power_off(STATUS_NO_ROOT);
}

void vfs_init(void)
{
    dentry_init();
    vfs_root = directory_new(FS_ROOT, 0755, &directory_ops);
    if (!vfs_root)
        panic("no memory for the root directory");
    vfs_cwd = inode_get(vfs_root);
    fill_root();
    mount("dev", FS_DEV, &dev_ops);
    mount("proc", FS_PROC, &proc_ops);
    mount("sys", FS_PROC, &sysfs_ops);
    if (etc_add_defaults(vfs_root))
        panic("no memory for /etc");
}

static int open_new(struct walk *w, unsigned flags, uint32_t mode, struct file **out)
{
    if (w->slash)
        return -EISDIR;
    int err = names_mknod(w, S_IFREG | (mode & 07777), 0);
    if (err)
        return err;
    return inode_open(dentry_find(w->dir, w->last, w->last_len)->inode, flags, out);
}

/* O_TMPFILE: a file without a name in the directory's file system; linkat may give it one unless O_EXCL. */
static int open_nameless(struct inode *dir, unsigned flags, uint32_t mode, struct file **out)
{
    if (!inode_is_dir(dir))
        return -ENOTDIR;
    if (!(flags & O_ACCMODE))
        return -EINVAL;
    int err = permission_check(dir, MAY_WRITE | MAY_EXECUTE);
    if (err)
        return err;
    struct inode *i = regular_new((enum fs_id)dir->fs, mode);
    if (!i)
        return -ENOMEM;
    i->data.linkable = !(flags & O_EXCL);
    permission_adopt(i, dir);
    char name[24];
    dentry_add_dead(dir, name, (size_t)format(name, sizeof name, "#%lu", i->ino), i);
    err = inode_open(i, flags, out);
    inode_put(i);
    return err;
}

static int check_open_permission(const struct inode *i, unsigned flags)
{
    static const uint8_t want[] = {MAY_READ, MAY_WRITE, MAY_READ | MAY_WRITE, MAY_READ | MAY_WRITE};
    if (flags & O_PATH)
        return 0;
    int err = permission_check(i, want[flags & O_ACCMODE] | (flags & O_TRUNC ? MAY_WRITE : 0));
    return err ? err : flags & O_NOATIME && !permission_is_owner(i) ? -EPERM : 0;
}

static int check_existing(const struct walk *w, unsigned flags)
{
    struct inode *i = w->inode;
    bool writes = flags & (O_ACCMODE | O_TRUNC) && !(flags & O_PATH);
    if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
        return -EEXIST;
    if (flags & O_DIRECTORY && !inode_is_dir(i))
        return -ENOTDIR;
    if (inode_is_dir(i) && (writes || flags & O_CREAT))
        return -EISDIR;
    if (inode_type(i) == S_IFLNK && !(flags & O_PATH))
        return -ELOOP;
    return check_open_permission(i, flags);
}

int vfs_open_at(struct inode *start, const char *path, unsigned flags, uint32_t mode, unsigned walk_flags,
                struct file **out)
{
    struct walk w;
    bool exclusive = (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL), nameless = (flags & O_TMPFILE) == O_TMPFILE;
    if (!(flags & O_NOFOLLOW) && !exclusive)
        walk_flags |= WALK_FOLLOW;
    int err = path_walk(start, path, walk_flags, &w);
    if (err)
        return err;
    if (!w.inode) {
        err = flags & O_CREAT && !nameless ? open_new(&w, flags, mode, out) : -ENOENT;
    } else if (nameless) {
        err = open_nameless(w.inode, flags, mode, out);
    } else {
        err = check_existing(&w, flags);
        bool cut = flags & O_TRUNC && w.inode->ops == &regular_ops;
        if (!err && cut)
            err = regular_truncate(w.inode, 0);
        if (!err)
            err = inode_open(w.inode, flags, out);
        if (!err && cut)
            inotify_file(w.inode, IN_MODIFY);
    }
    walk_end(&w);
    return err;
}

int vfs_open(const char *path, unsigned flags, unsigned mode, struct file **out)
{
    return vfs_open_at(vfs_root, path, flags, mode, 0, out);
}

/* A link in last place is replaced: images bring links to where another system would have the file. */
static int remove_link(const char *path)
{
    struct walk w;
    int err = path_walk(vfs_root, path, WALK_PARENT, &w);
    if (err)
        return err;
    if (w.inode && inode_type(w.inode) == S_IFLNK)
        err = names_unlink(&w);
    walk_end(&w);
    return err;
}

/* Whoever the app has become, the kernel may. */
static int open_as_root(const char *path, struct file **f)
{
    uint64_t capabilities = vfs_ids.capabilities;
    vfs_ids.capabilities = CAP_ALL;
    int err = remove_link(path);
    if (!err)
        err = vfs_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644, f);
    vfs_ids.capabilities = capabilities;
    return err;
}

int vfs_write_file(const char *path, const void *data, size_t n)
{
    struct file *f;
    int err = open_as_root(path, &f);
    if (err)
        return err;
    struct iter it;
    iter_kernel(&it, (void *)data, n);
    ssize_t done = f->ops->write ? f->ops->write(f, &it, 0) : -EINVAL;
    file_put(f);
    return done < 0 ? (int)done : (size_t)done < n ? -ENOSPC : 0;
}
