/* splice: bytes between a pipe and any other file without passing through the app. They are copied by way of one page.
 */
#include "fs/inotify.h"
#include "sys/path.h"

#define SPLICE_F_MOVE 1
#define SPLICE_F_NONBLOCK 2
#define SPLICE_F_MORE 4
#define SPLICE_F_GIFT 8

/* Where one end reads or writes: an offset of the app's, or the file's own position. */
static loff_t *position(struct file *f, loff_t *offset, bool given)
{
    return given ? offset : &f->pos;
}

static ssize_t from_pipe(struct file *pipe, struct file *out, loff_t *pos, char *page, size_t n, bool nonblock)
{
    ssize_t got = pipe_peek(pipe, page, MIN(n, PAGE_SIZE), nonblock);
    if (got <= 0)
        return got;
    struct iter it;
    iter_kernel(&it, page, (size_t)got);
    ssize_t done = out->ops->write(out, &it, *pos);
    if (done > 0) {
        *pos += done;
        pipe_skip(pipe, page, (size_t)done);
    }
    return done;
}

static ssize_t to_pipe(struct file *in, loff_t *pos, struct file *pipe, char *page, size_t n, bool nonblock)
{
    ssize_t room = pipe_wait_room(pipe, nonblock);
    if (room < 0)
        return room;
    struct iter it;
    iter_kernel(&it, page, MIN(MIN(n, PIPE_BUF), (size_t)room));
    ssize_t got = in->ops->read(in, &it, *pos);
    if (got <= 0)
        return got;
    *pos += got;
    iter_kernel(&it, page, (size_t)got);
    return pipe->ops->write(pipe, &it, 0);
}

static long move(struct file *in, loff_t *from, struct file *out, loff_t *to, size_t n, bool nonblock)
{
    char *page = page_alloc(0);
    long done = 0, part = page ? 1 : -ENOMEM;
    while ((size_t)done < n && part > 0) {
        /* Only the first piece is waited for: splice gives what is there. */
        bool now = nonblock || done;
        part = file_is_pipe(in) ? from_pipe(in, out, to, page, n - (size_t)done, now)
                                : to_pipe(in, from, out, page, n - (size_t)done, now);
        done += MAX(part, 0);
        if (part > 0 && !file_is_pipe(in) && !in->ops->seek)
            break; /* a second read of a stream might wait */
    }
    if (page)
        page_free(page, 0);
    return done ? done : part;
}

static long check(struct file *in, struct file *out, bool in_offset, bool out_offset)
{
    if (!in || !out || (in->flags & O_ACCMODE) == O_WRONLY || (out->flags & O_ACCMODE) == O_RDONLY)
        return -EBADF;
    if ((in_offset && file_is_pipe(in)) || (out_offset && file_is_pipe(out)))
        return -ESPIPE;
    if (!file_is_pipe(in) && !file_is_pipe(out))
        return -EINVAL;
    if (!in->ops->read || !out->ops->write || out->flags & O_APPEND ||
        in->inode == (out->inode ? out->inode : (void *)1))
        return -EINVAL;
    return (in_offset && !in->ops->seek) || (out_offset && !out->ops->seek) ? -ESPIPE : 0;
}

static long splice(struct file *in, uaddr_t from, struct file *out, uaddr_t to, size_t n, long flags)
{
    loff_t offsets[2] = {0};
    long result = check(in, out, from, to);
    if (!result && ((from && user_read(&offsets[0], from, 8)) || (to && user_read(&offsets[1], to, 8))))
        result = -EFAULT;
    if (!result && (offsets[0] < 0 || offsets[1] < 0))
        result = -EINVAL;
    if (result)
        return result;
    result = move(in, position(in, &offsets[0], from), out, position(out, &offsets[1], to), MIN(n, 0x7ffff000ul),
                  flags & SPLICE_F_NONBLOCK || (file_is_pipe(in) && file_nonblock(in)) ||
                      (file_is_pipe(out) && file_nonblock(out)));
    if (result > 0) {
        inotify_file(in->inode, IN_ACCESS);
        inotify_file(out->inode, IN_MODIFY);
    }
    if (result > 0 && ((from && user_put(from, offsets[0])) || (to && user_put(to, offsets[1]))))
        return -EFAULT;
    return result;
}

long sys_splice(long in_fd, long in_offset, long out_fd, long out_offset, long n, long flags)
{
    if (flags & ~(long)(SPLICE_F_MOVE | SPLICE_F_NONBLOCK | SPLICE_F_MORE | SPLICE_F_GIFT))
        return -EINVAL;
    if (!n)
        return 0;
    struct file *in = fd_file_io(in_fd), *out = fd_file_io(out_fd);
    long result = splice(in, (uaddr_t)in_offset, out, (uaddr_t)out_offset, (size_t)n, flags);
    if (in)
        file_put(in);
    if (out)
        file_put(out);
    return result;
}
