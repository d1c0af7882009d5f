/* Directories: reading, and the working one. */
#include "fs/inotify.h"
#include "sys/path.h"

/* Entries in one of the ABI's two forms, in a buffer of the kernel. */
struct sink {
    struct dir_emit emit;
    char *buf;
    size_t used, size;
    bool old;
    bool full;
};

static bool add_entry(struct dir_emit *e, const char *name, size_t len, uint64_t ino, uint32_t mode, loff_t next)
{
    struct sink *s = container_of(e, struct sink, emit);
    size_t head = s->old ? sizeof(struct linux_dirent) : sizeof(struct linux_dirent64);
    size_t size = ALIGN_UP(head + len + 1 + s->old, 8);
    if (size > s->size - s->used) {
        s->full = true;
        return false;
    }
    char *at = memset(s->buf + s->used, 0, size);
    if (s->old) {
        *(struct linux_dirent *)at = (struct linux_dirent){ino, next, (uint16_t)size};
        at[size - 1] = (char)DT_OF_MODE(mode);
    } else {
        *(struct linux_dirent64 *)at = (struct linux_dirent64){ino, next, (uint16_t)size, DT_OF_MODE(mode)};
    }
    memcpy(at + head, name, len);
    s->used += size;
    return true;
}

static long read_entries(struct file *f, uaddr_t buf, size_t size, bool old)
{
    if (!f->ops->readdir)
        return -ENOTDIR;
    struct sink s = {.emit = {.pos = f->pos, .add = add_entry}, .size = MIN(size, PAGE_SIZE), .old = old};
    s.buf = page_alloc(0);
    if (!s.buf)
        return -ENOMEM;
    long result = f->ops->readdir(f, &s.emit);
    if (!result && !s.used && s.full)
        result = -EINVAL; /* not even one fits */
    if (!result && s.used)
        result = user_write(buf, s.buf, s.used);
    page_free(s.buf, 0);
    if (result)
        return result;
    f->pos = s.emit.pos;
    inotify_file(f->inode, IN_ACCESS);
    return (long)s.used;
}

static long getdents(long fd, long buf, long size, bool old)
{
    struct file *f = fd_file_io(fd);
    if (!f)
        return -EBADF;
    long result = read_entries(f, (uaddr_t)buf, (unsigned)size, old);
    file_put(f);
    return result;
}

long sys_getdents(long fd, long buf, long size)
{
    return getdents(fd, buf, size, true);
}

long sys_getdents64(long fd, long buf, long size)
{
    return getdents(fd, buf, size, false);
}

long sys_getcwd(long buf, long size)
{
    if (!vfs_cwd->nlink)
        return -ENOENT;
    char *path = kmalloc(PATH_MAX);
    if (!path)
        return -ENOMEM;
    long n = inode_path(vfs_cwd, path, PATH_MAX);
    if (n >= 0)
        n = (size_t)n + 1 > (size_t)size ? -ERANGE : n + 1;
    if (n > 0 && user_write((uaddr_t)buf, path, (size_t)n))
        n = -EFAULT;
    kfree(path);
    return n;
}

/* Takes over the reference. */
static long set_cwd(struct inode *i)
{
    int err = inode_is_dir(i) ? permission_check(i, MAY_EXECUTE) : -ENOTDIR;
    if (err) {
        inode_put(i);
        return err;
    }
    inode_put(vfs_cwd);
    vfs_cwd = i;
    return 0;
}

long sys_chdir(long path)
{
    struct inode *i;
    int err = user_lookup(AT_FDCWD, path, 0, &i);
    return err ? err : set_cwd(i);
}

long sys_fchdir(long fd)
{
    struct file *f = fd_file((int)fd);
    if (!f)
        return -EBADF;
    long result = f->inode ? set_cwd(inode_get(f->inode)) : -ENOTDIR;
    file_put(f);
    return result;
}
