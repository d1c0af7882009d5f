/* tee(2), vmsplice(2): by copying. */
#include "fs/vfs.h"
#include "sys/linked.h"
#include "sys/path.h"

#define SPLICE_F_NONBLOCK 2
#define SPLICE_F_ALL 15

static ssize_t tee(struct file *in, struct file *out, size_t n, bool nonblock)
{
    if ((in->flags & O_ACCMODE) == O_WRONLY || (out->flags & O_ACCMODE) == O_RDONLY)
        return -EBADF;
    if (!file_is_pipe(in) || !file_is_pipe(out) || in->inode->pipe == out->inode->pipe)
        return -EINVAL;
    char *buffer = page_alloc(0);
    if (!buffer)
        return -ENOMEM;
    struct iter it;
    ssize_t got = pipe_peek(in, buffer, MIN(n, PAGE_SIZE), nonblock || file_nonblock(in));
    if (got > 0) {
        iter_kernel(&it, buffer, (size_t)got);
        got = out->ops->write(out, &it, 0);
    }
    page_free(buffer, 0);
    return got;
}

long sys_tee(long in_fd, long out_fd, long n, long flags)
{
    if (flags & ~SPLICE_F_ALL)
        return -EINVAL;
    if (!n)
        return 0;
    struct file *in = fd_file_io(in_fd), *out = fd_file_io(out_fd);
    long result = in && out ? tee(in, out, (size_t)n, flags & SPLICE_F_NONBLOCK) : -EBADF;
    if (in)
        file_put(in);
    if (out)
        file_put(out);
    return result;
}

/* No more than there is room for. */
static ssize_t put(struct file *f, struct iter *it, bool nonblock)
{
    ssize_t room = pipe_wait_room(f, nonblock || file_nonblock(f));
    if (room < 0)
        return room;
    it->left = MIN(it->left, (size_t)room);
    return f->ops->write(f, it, 0);
}

static ssize_t get(struct file *f, struct iter *it, bool nonblock)
{
    struct waitq *q;
    bool ready = f->ops->poll(f, &q) & (POLLIN | POLLHUP);
    return nonblock && !ready ? -EAGAIN : f->ops->read(f, it, 0);
}

static long move_vector(struct file *f, uaddr_t vector, unsigned long count, bool nonblock)
{
    struct iter it;
    struct iovec *vec;
    int err = iter_user_vec(&it, vector, (int)MIN(count, IOV_MAX + 1ul), &vec);
    if (err)
        return err;
    long result = 0;
    if (it.left)
        result = ((f->flags & O_ACCMODE) == O_RDONLY ? get : put)(f, &it, nonblock);
    kfree(vec);
    return result;
}

long sys_vmsplice(long fd, long vector, long count, long flags)
{
    if (flags & ~SPLICE_F_ALL)
        return -EINVAL;
    struct file *f = fd_file_io(fd);
    if (!f)
        return -EBADF;
    long result =
        file_is_pipe(f) ? move_vector(f, (uaddr_t)vector, (unsigned long)count, flags & SPLICE_F_NONBLOCK) : -EBADF;
    file_put(f);
    return result;
}

CALLS(tee)
CALL(tee, 4, "ffux")
CALL(vmsplice, 4, "fpux")
