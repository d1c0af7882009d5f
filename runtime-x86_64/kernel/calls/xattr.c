/* The calls on extended attributes (setxattr(2), getxattr(2), listxattr(2), removexattr(2)). */
#include "calls/xattr.h"
#include "fs/inotify.h"
#include "sys/linked.h"
#include "sys/path.h"

struct request {
    char name[XATTR_NAME_MAX + 1];
    uaddr_t buffer;
    size_t size;
    int flags;
};

static int read_name(struct request *r, long name)
{
    ssize_t n = user_read_string(r->name, (uaddr_t)name, sizeof r->name);
    return n == -ENAMETOOLONG || n == 0 ? -ERANGE : n < 0 ? (int)n : 0;
}

static long put(const struct request *r, const void *from, size_t n)
{
    if (r->size && n > r->size)
        return -ERANGE;
    return r->size && user_write(r->buffer, from, n) ? -EFAULT : (long)n;
}

static long set(struct inode *i, long request, long value)
{
    const struct request *r = (const struct request *)request;
    long err = xattr_set(i, r->name, (const void *)value, r->size, r->flags);
    if (!err)
        inotify_file(i, IN_ATTRIB);
    return err;
}

static long get(struct inode *i, long request, long unused)
{
    const struct request *r = (const struct request *)request;
    const void *value;
    ssize_t n = xattr_get(i, r->name, &value);
    return n < 0 ? n : put(r, value, (size_t)n);
}

static long list(struct inode *i, long request, long unused)
{
    const struct request *r = (const struct request *)request;
    size_t done = 0;
    for (const struct xattr *x = i->xattrs; x; x = x->next) {
        const struct request rest = {.buffer = r->buffer + done, .size = r->size ? r->size - done : 0};
        if (xattr_is_hidden(x->name))
            continue;
        long n = r->size && !rest.size ? -ERANGE : put(&rest, x->name, strlen(x->name) + 1);
        if (n < 0)
            return n;
        done += (size_t)n;
    }
    return (long)done;
}

static long remove(struct inode *i, long request, long unused)
{
    long err = xattr_remove(i, ((const struct request *)request)->name);
    if (!err)
        inotify_file(i, IN_ATTRIB);
    return err;
}

typedef long action(struct inode *i, long request, long more);

/* `subject` is a path, whose link in last place is followed or not, or a descriptor. */
enum where { FOLLOW, NO_FOLLOW, DESCRIPTOR };

static long act(enum where where, long subject, struct request *r, long more, action *fn)
{
    if (where == DESCRIPTOR)
        return user_with_descriptor(subject, (long)r, more, fn);
    return user_with_path(AT_FDCWD, subject, where == FOLLOW ? 0 : AT_SYMLINK_NOFOLLOW, (long)r, more, fn);
}

static long set_at(enum where where, long subject, long name, long value, long size, long flags)
{
    struct request r = {.size = (size_t)size, .flags = (int)flags};
    int err = flags & ~(XATTR_CREATE | XATTR_REPLACE) ? -EINVAL : read_name(&r, name);
    if (err || r.size > XATTR_SIZE_MAX)
        return err ? err : -E2BIG;
    void *copy = kmalloc(r.size + 1);
    if (!copy)
        return -ENOMEM;
    long result = user_read(copy, (uaddr_t)value, r.size);
    if (!result)
        result = act(where, subject, &r, (long)copy, set);
    kfree(copy);
    return result;
}

static long named(enum where where, long subject, long name, long value, long size, action *fn)
{
    struct request r = {.buffer = (uaddr_t)value, .size = (size_t)size};
    int err = read_name(&r, name);
    return err ? err : act(where, subject, &r, 0, fn);
}

static long list_at(enum where where, long subject, long buffer, long size)
{
    struct request r = {.buffer = (uaddr_t)buffer, .size = (size_t)size};
    return act(where, subject, &r, 0, list);
}

long sys_setxattr(long path, long name, long value, long size, long flags)
{
    return set_at(FOLLOW, path, name, value, size, flags);
}

long sys_lsetxattr(long path, long name, long value, long size, long flags)
{
    return set_at(NO_FOLLOW, path, name, value, size, flags);
}

long sys_fsetxattr(long fd, long name, long value, long size, long flags)
{
    return set_at(DESCRIPTOR, fd, name, value, size, flags);
}

long sys_getxattr(long path, long name, long value, long size)
{
    return named(FOLLOW, path, name, value, size, get);
}

long sys_lgetxattr(long path, long name, long value, long size)
{
    return named(NO_FOLLOW, path, name, value, size, get);
}

long sys_fgetxattr(long fd, long name, long value, long size)
{
    return named(DESCRIPTOR, fd, name, value, size, get);
}

long sys_listxattr(long path, long buffer, long size)
{
    return list_at(FOLLOW, path, buffer, size);
}

long sys_llistxattr(long path, long buffer, long size)
{
    return list_at(NO_FOLLOW, path, buffer, size);
}

long sys_flistxattr(long fd, long buffer, long size)
{
    return list_at(DESCRIPTOR, fd, buffer, size);
}

long sys_removexattr(long path, long name)
{
    return named(FOLLOW, path, name, 0, 0, remove);
}

long sys_lremovexattr(long path, long name)
{
    return named(NO_FOLLOW, path, name, 0, 0, remove);
}

long sys_fremovexattr(long fd, long name)
{
    return named(DESCRIPTOR, fd, name, 0, 0, remove);
}

CALLS(xattr)
CALL(setxattr, 5, "sspux")
CALL(lsetxattr, 5, "sspux")
CALL(fsetxattr, 5, "fspux")
CALL(getxattr, 4, "sspu")
CALL(lgetxattr, 4, "sspu")
CALL(fgetxattr, 4, "fspu")
CALL(listxattr, 3, "spu")
CALL(llistxattr, 3, "spu")
CALL(flistxattr, 3, "fpu")
CALL(removexattr, 2, "ss")
CALL(lremovexattr, 2, "ss")
CALL(fremovexattr, 2, "fs")
