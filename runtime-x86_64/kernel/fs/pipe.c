/* Pipes and fifos (pipe(7)): a ring of bytes in pages that come and go with the data. Up to PIPE_BUF bytes are written
 * whole or not at all. A fifo is the same with a name; a pipe's inode has none. */
#include "fs/vfs.h"
#include "abi/ioctl.h"
#include "mm/frame.h"
#include "abi/signal.h"

#define DEFAULT_SIZE 65536u
#define MAX_SIZE 1048576u

struct pipe {
    char **pages;
    size_t size;                /* bytes, power of two, at least a page */
    uint64_t read_at, write_at; /* bytes since the beginning */
    unsigned readers, writers;
    uint64_t reader_opens, writer_opens; /* counts, so that an opener sees one that came and left */
    struct waitq changed;
};

static struct pipe *pipe_new(void)
{
    struct pipe *p = kzalloc(sizeof *p);
    if (!p)
        return NULL;
    p->size = DEFAULT_SIZE;
    p->pages = kzalloc(p->size / PAGE_SIZE * sizeof *p->pages);
    waitq_init(&p->changed);
    if (!p->pages) {
        kfree(p);
        return NULL;
    }
    return p;
}

static void free_pages(struct pipe *p)
{
    for (size_t n = 0; p->pages && n < p->size / PAGE_SIZE; n++)
        if (p->pages[n])
            page_free(p->pages[n], 0);
    kfree(p->pages);
}

static size_t used(const struct pipe *p)
{
    return (size_t)(p->write_at - p->read_at);
}

static char **page_at(struct pipe *p, uint64_t at)
{
    return &p->pages[(at & (p->size - 1)) >> PAGE_SHIFT];
}

/* Reads what is there. Pages that were read are given back, but the last one stays for the next write, and so does one
 * into which the end of a full ring has wrapped. */
static ssize_t take(struct pipe *p, struct iter *to)
{
    ssize_t done = 0;
    while (to->left && used(p)) {
        char **page = page_at(p, p->read_at);
        size_t offset = p->read_at & PAGE_MASK, n = MIN(used(p), PAGE_SIZE - offset);
        ssize_t copied = iter_copy_to(to, *page + offset, MIN(n, to->left));
        if (copied <= 0)
            return done ? done : copied;
        p->read_at += (uint64_t)copied;
        done += copied;
        if (!(p->read_at & PAGE_MASK) && used(p) && used(p) <= p->size - PAGE_SIZE) {
            page_free(*page, 0);
            *page = NULL;
        }
    }
    return done;
}

/* Writes up to `n` bytes, for which there is room. */
static ssize_t put(struct pipe *p, struct iter *from, size_t n)
{
    ssize_t done = 0;
    while (n) {
        char **page = page_at(p, p->write_at);
        if (!*page && !(*page = page_alloc_app(0)))
            return done ? done : -ENOMEM;
        size_t offset = p->write_at & PAGE_MASK, part = MIN(n, PAGE_SIZE - offset);
        ssize_t copied = iter_copy_from(from, *page + offset, part);
        if (copied <= 0)
            return done ? done : copied;
        p->write_at += (uint64_t)copied;
        done += copied;
        n -= (size_t)copied;
    }
    return done;
}

/* 1: there are bytes; 0: the end; -EAGAIN, -ERESTARTSYS. */
static int wait_readable(struct pipe *p, bool nonblock)
{
    while (!used(p)) {
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
    bool was_full = p->size - used(p) < PIPE_BUF;
    ssize_t n = take(p, to);
    if (was_full && p->size - used(p) >= PIPE_BUF)
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
        size_t room = p->size - used(p);
        if (room >= whole) {
            ssize_t n = put(p, from, MIN(room, from->left));
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
        events |= (used(p) ? POLLIN | POLLRDNORM : 0) | (!p->writers && p->writer_opens ? POLLHUP : 0);
    if (access != O_RDONLY)
        events |= (p->size - used(p) >= PIPE_BUF ? POLLOUT | POLLWRNORM : 0) | (p->readers ? 0 : POLLERR);
    return events;
}

static long pipe_ioctl(struct file *f, unsigned cmd, uaddr_t arg)
{
    if (cmd != FIONREAD)
        return -ENOTTY;
    return user_put(arg, (int)used(f->inode->pipe));
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
    free_pages(p);
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
    struct iter it;
    struct pipe look = *p; /* a copy: taking whole pages would give them back */
    size_t in_page = PAGE_SIZE - (p->read_at & PAGE_MASK);
    look.write_at = p->read_at + MIN(MIN(n, used(p)), in_page);
    iter_kernel(&it, buf, n);
    return take(&look, &it);
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
    while (p->readers && p->size - used(p) < PIPE_BUF) {
        if (nonblock)
            return -EAGAIN;
        if (waitq_sleep(&p->changed, NEVER))
            return -ERESTARTSYS;
    }
    return (ssize_t)(p->size - used(p)); /* without readers the write tells */
}

int pipe_get_size(struct file *f)
{
    return f->ops == &pipe_file_ops ? (int)f->inode->pipe->size : -EBADF;
}

/* Moves everything to a ring of another size; on failure `from` is as it was. */
static int move_bytes(struct pipe *from, struct pipe *to)
{
    for (uint64_t at = from->read_at; at < from->write_at;) {
        size_t n = MIN(from->write_at - at, PAGE_SIZE - (at & PAGE_MASK));
        struct iter it;
        iter_kernel(&it, *page_at(from, at) + (at & PAGE_MASK), n);
        if (put(to, &it, n) != (ssize_t)n)
            return -ENOMEM;
        at += n;
    }
    return 0;
}

int pipe_set_size(struct file *f, size_t wanted)
{
    if (f->ops != &pipe_file_ops)
        return -EBADF;
    if (wanted > MAX_SIZE)
        return -EPERM;
    struct pipe *p = f->inode->pipe;
    struct pipe new = {.size = PAGE_SIZE};
    while (new.size < wanted)
        new.size *= 2;
    if (new.size < used(p))
        return -EBUSY;
    new.pages = kzalloc(new.size / PAGE_SIZE * sizeof *new.pages);
    int err = new.pages ? move_bytes(p, &new) : -ENOMEM;
    if (err) {
        free_pages(&new);
        return err;
    }
    free_pages(p);
    p->pages = new.pages;
    p->size = new.size;
    p->read_at = new.read_at;
    p->write_at = new.write_at;
    waitq_wake_all(&p->changed);
    return (int)p->size;
}
