/* Moving bytes from file to file inside the kernel: sendfile, copy_file_range. Bytes of the image go out from where
 * they stand. */
#include "fs/inotify.h"
#include "sys/path.h"

static ssize_t write_kernel(struct file *out, const char *data, size_t n, loff_t *pos)
{
    struct iter it;
    iter_kernel(&it, (void *)data, n);
    loff_t at = pos ? *pos : out->pos;
    if (!pos && out->flags & O_APPEND && out->inode && out->inode->ops == &regular_ops)
        at = out->inode->data.size;
    ssize_t done = out->ops->write(out, &it, at);
    if (done > 0)
        *(pos ? pos : &out->pos) = at + done;
    return done;
}

/* One piece of a regular file; *buffer is a page for zeros and copies, made when needed. */
static ssize_t copy_regular(struct file *in, loff_t from, struct file *out, loff_t *to, size_t n, char **buffer)
{
    const char *data;
    paddr_t frame;
    ssize_t run = regular_span(in->inode, from, n, &data, &frame);
    if (run <= 0)
        return run;
    n = (size_t)run;
    if (!data) {
        if (!*buffer && !(*buffer = page_alloc(0)))
            return -ENOMEM;
        n = MIN(n, PAGE_SIZE);
        data = memset(*buffer, 0, n);
    }
    ssize_t done = write_kernel(out, data, n, to);
    if (frame)
        page_put(frame);
    return done;
}

static ssize_t copy_any(struct file *in, loff_t from, struct file *out, loff_t *to, size_t n, char **buffer)
{
    if (!*buffer && !(*buffer = page_alloc(0)))
        return -ENOMEM;
    struct iter it;
    iter_kernel(&it, *buffer, MIN(n, PAGE_SIZE));
    ssize_t got = in->ops->read(in, &it, from);
    return got > 0 ? write_kernel(out, *buffer, (size_t)got, to) : got;
}

static ssize_t copy(struct file *in, loff_t *from, struct file *out, loff_t *to, size_t n)
{
    char *buffer = NULL;
    ssize_t done = 0, part = 0;
    bool regular = in->inode && in->inode->ops == &regular_ops;
    n = MIN(n, 0x7ffff000ul);
    while ((size_t)done < n) {
        part = (regular ? copy_regular : copy_any)(in, *from, out, to, n - (size_t)done, &buffer);
        if (part <= 0)
            break;
        *from += part;
        done += part;
        if (signal_pending())
            break;
        thread_pause();
    }
    if (buffer)
        page_free(buffer, 0);
    if (done) {
        inotify_file(in->inode, IN_ACCESS);
        inotify_file(out->inode, IN_MODIFY);
    }
    return done ? done : part;
}

static long check_ends(const struct file *in, const struct file *out)
{
    if (!in || !out || (in->flags & O_ACCMODE) == O_WRONLY || (out->flags & O_ACCMODE) == O_RDONLY)
        return -EBADF;
    if (in->inode && inode_is_dir(in->inode))
        return -EINVAL;
    return in->ops->read && in->ops->seek && out->ops->write ? 0 : -EINVAL;
}

static void put_both(struct file *a, struct file *b)
{
    if (a)
        file_put(a);
    if (b)
        file_put(b);
}

long sys_sendfile(long out_fd, long in_fd, long offset, long count)
{
    struct file *in = fd_file_io(in_fd), *out = fd_file_io(out_fd);
    long result = check_ends(in, out);
    loff_t pos = 0;
    if (!result && out->flags & O_APPEND)
        result = -EINVAL;
    if (!result && offset)
        result = user_read(&pos, (uaddr_t)offset, sizeof pos);
    if (!result && pos < 0)
        result = -EINVAL;
    if (!result) {
        result = copy(in, offset ? &pos : &in->pos, out, NULL, (size_t)count);
        if (offset && user_put((uaddr_t)offset, pos))
            result = -EFAULT;
    }
    put_both(in, out);
    return result;
}

static long read_position(long addr, loff_t *pos)
{
    if (addr && user_read(pos, (uaddr_t)addr, sizeof *pos))
        return -EFAULT;
    return *pos < 0 ? -EINVAL : 0;
}

static long copy_range(struct file *in, long in_addr, struct file *out, long out_addr, size_t n)
{
    loff_t from = in->pos, to = out->pos;
    long result = read_position(in_addr, &from);
    if (!result)
        result = read_position(out_addr, &to);
    if (result)
        return result;
    if (inode_type(in->inode) != S_IFREG || inode_type(out->inode) != S_IFREG)
        return -EINVAL;
    if (out->flags & O_APPEND)
        return -EBADF;
    n = MIN(n, 0x7ffff000ul);
    if (in->inode == out->inode && from < to + (loff_t)n && to < from + (loff_t)n)
        return -EINVAL;
    result = copy(in, &from, out, &to, n);
    if (result <= 0)
        return result;
    if (!in_addr)
        in->pos = from;
    if (!out_addr)
        out->pos = to;
    if ((in_addr && user_put((uaddr_t)in_addr, from)) || (out_addr && user_put((uaddr_t)out_addr, to)))
        return -EFAULT;
    return result;
}

long sys_copy_file_range(long in_fd, long in_addr, long out_fd, long out_addr, long n, long flags)
{
    struct file *in = fd_file_io(in_fd), *out = fd_file_io(out_fd);
    long result = flags ? -EINVAL : !in || !out ? -EBADF : 0;
    if (!result && (!in->inode || !out->inode))
        result = -EINVAL;
    if (!result && (inode_is_dir(in->inode) || inode_is_dir(out->inode)))
        result = -EISDIR;
    if (!result)
        result = check_ends(in, out);
    if (!result)
        result = copy_range(in, in_addr, out, out_addr, (size_t)n);
    put_both(in, out);
    return result;
}
