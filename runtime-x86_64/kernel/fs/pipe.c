/* Pipes and fifos (pipe(7)). Up to PIPE_BUF bytes are written whole or not at all. A fifo is the same with a name; a
 * pipe's inode has none. */
#include "fs/ring.h"
#include "abi/ioctl.h"
#include "abi/signal.h"

#define DEFAULT_SIZE 65536u
#define MAX_SIZE 1048576u

struct pipe {
    struct ring ring;
    unsigned readers, writers;
    uint64_t reader_opens, writer_opens; /* counts, so that an opener sees one that came and left */
    struct waitq changed;
};

static struct pipe *pipe_new(void)
{
    struct pipe *p = kzalloc(sizeof *p);
    if (!p || ring_init(&p->ring, DEFAULT_SIZE)) {
        kfree(p);
        return NULL;
    }
    waitq_init(&p->changed);
    return p;
}

/* 1: there are bytes; 0: the end; -EAGAIN, -ERESTARTSYS. */
static int wait_readable(struct pipe *p, bool nonblock)
{
    while (!ring_used(&p->ring)) {
        if (!p->writers)
            return 0;
        if (nonblock)
            return -EAGAIN;
        if (waitq_sleep(&p->changed, NEVER))
            return -ERESTARTSYS;
    }
    return 1;
}

static ssize_t pipe_read(struct file *f, struct iter *to, loff_t pos)
{
    struct pipe *p = f->inode->pipe;
    if (!to->left)
        return 0;
    int ready = wait_readable(p, file_nonblock(f));
    if (ready <= 0)
        return ready;
    bool was_full = ring_room(&p->ring) < PIPE_BUF;
    ssize_t n = ring_take(&p->ring, to);
    if (was_full && ring_room(&p->ring) >= PIPE_BUF)
        waitq_wake(&p->changed, POLLOUT | POLLWRNORM, ~0u);
    return n;
}

static ssize_t pipe_write(struct file *f, struct iter *from, loff_t pos)
{
    struct pipe *p = f->inode->pipe;
    ssize_t done = 0;
    size_t whole = from->left <= PIPE_BUF ? from->left : 1; /* the room that one step needs */
    while (from->left) {
        if (!p->readers) {
            signal_send_thread(SIGPIPE);
            return done ? done : -EPIPE;
        }
        size_t room = ring_room(&p->ring);
        if (room >= whole) {
            ssize_t n = ring_put(&p->ring, from, MIN(room, from->left));
            if (n > 0)
                waitq_wake(&p->changed, POLLIN | POLLRDNORM, ~0u);
            if (n <= 0)
                return done ? done : n;
            done += n;
            continue;
        }
        if (file_nonblock(f))
            return done ? done : -EAGAIN;
        if (waitq_sleep(&p->changed, NEVER))
            return done ? done : -ERESTARTSYS;
    }
    return done;
}

static uint32_t pipe_poll(struct file *f, struct waitq **q)
{
    struct pipe *p = f->inode->pipe;
    unsigned access = f->flags & O_ACCMODE;
    uint32_t events = 0;
    *q = &p->changed;
    if (access != O_WRONLY)
        events |= (ring_used(&p->ring) ? POLLIN | POLLRDNORM : 0) | (!p->writers && p->writer_opens ? POLLHUP : 0);
    if (access != O_RDONLY)
        events |= (ring_room(&p->ring) >= PIPE_BUF ? POLLOUT | POLLWRNORM : 0) | (p->readers ? 0 : POLLERR);
    return events;
}

static long pipe_ioctl(struct file *f, unsigned cmd, uaddr_t arg)
{
    if (cmd != FIONREAD)
        return -ENOTTY;
    return user_put(arg, (int)ring_used(&f->inode->pipe->ring));
}

static void pipe_release(struct file *f)
{
    struct inode *i = f->inode;
    struct pipe *p = i->pipe;
    unsigned access = f->flags & O_ACCMODE;
    p->readers -= access != O_WRONLY;
    p->writers -= access != O_RDONLY;
    if (p->readers || p->writers) {
        waitq_wake_all(&p->changed);
        return;
    }
    i->pipe = NULL;
    ring_free(&p->ring);
    kfree(p);
}

static const struct file_ops pipe_file_ops = {
    .name = "pipe",
    .read = pipe_read,
    .write = pipe_write,
    .poll = pipe_poll,
    .ioctl = pipe_ioctl,
    .release = pipe_release,
};

/* Waits for the other side, as fifo(7) says: O_RDONLY for a writer, O_WRONLY for a reader (O_NONBLOCK: -ENXIO). */
static int wait_for_peer(struct pipe *p, struct file *f, unsigned access)
{
    if (access == O_RDWR || (access == O_RDONLY && file_nonblock(f)))
        return 0;
    const unsigned *count = access == O_RDONLY ? &p->writers : &p->readers;
    const uint64_t *opens = access == O_RDONLY ? &p->writer_opens : &p->reader_opens;
    uint64_t seen = *opens;
    if (!*count && file_nonblock(f))
        return -ENXIO;
    while (!*count && *opens == seen)
        if (waitq_sleep(&p->changed, NEVER))
            return -ERESTARTSYS;
    return 0;
}

static int fifo_open(struct inode *i, struct file *f)
{
    unsigned access = f->flags & O_ACCMODE;
    if (!i->pipe && !(i->pipe = pipe_new()))
        return -ENOMEM;
    struct pipe *p = i->pipe;
    p->readers += access != O_WRONLY;
    p->writers += access != O_RDONLY;
    p->reader_opens += access != O_WRONLY;
    p->writer_opens += access != O_RDONLY;
    waitq_wake_all(&p->changed);
    int err = wait_for_peer(p, f, access);
    if (err)
        pipe_release(f);
    return err;
}

const struct inode_ops fifo_ops = {.file = &pipe_file_ops, .open = fifo_open};

int pipe_create(struct file *ends[2], unsigned flags)
{
    struct inode *i = inode_new(FS_ANON, S_IFIFO | 0600, &fifo_ops);
    if (!i)
        return -ENOMEM;
    i->nlink = 1;
    int err =
        inode_open(i, O_RDONLY | O_NONBLOCK, &ends[0]); /* non-blocking, so that it does not wait for the other end */
    if (!err) {
        err = inode_open(i, O_WRONLY | flags, &ends[1]);
        if (err)
            file_put(ends[0]);
        else
            ends[0]->flags = O_RDONLY | flags;
    }
    inode_put(i);
    return err;
}

/* --- splice */

bool file_is_pipe(const struct file *f)
{
    return f->ops == &pipe_file_ops;
}

ssize_t pipe_peek(struct file *f, char *buf, size_t n, bool nonblock)
{
    struct pipe *p = f->inode->pipe;
    int ready = wait_readable(p, nonblock);
    if (ready <= 0)
        return ready;
    return (ssize_t)ring_peek(&p->ring, buf, n);
}

void pipe_skip(struct file *f, char *buf, size_t n)
{
    struct iter it;
    iter_kernel(&it, buf, n);
    pipe_read(f, &it, 0);
}

ssize_t pipe_wait_room(struct file *f, bool nonblock)
{
    struct pipe *p = f->inode->pipe;
    while (p->readers && ring_room(&p->ring) < PIPE_BUF) {
        if (nonblock)
            return -EAGAIN;
        if (waitq_sleep(&p->changed, NEVER))
            return -ERESTARTSYS;
    }
    return (ssize_t)(ring_room(&p->ring)); /* without readers the write tells */
}

int pipe_get_size(struct file *f)
{
    return f->ops == &pipe_file_ops ? (int)f->inode->pipe->ring.size : -EBADF;
}

int pipe_set_size(struct file *f, size_t wanted)
{
    if (f->ops != &pipe_file_ops)
        return -EBADF;
    if (wanted > MAX_SIZE)
        return wanted > 1u << 31 ? -EINVAL : -EPERM;
    struct pipe *p = f->inode->pipe;
    size_t size = PAGE_SIZE;
    while (size < wanted)
        size *= 2;
    if (size < ring_used(&p->ring))
        return -EBUSY;
    int err = ring_resize(&p->ring, size);
    if (err)
        return err;
    waitq_wake_all(&p->changed);
    return (int)size;
}
