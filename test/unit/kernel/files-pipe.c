/* The pipe's ring against a plain queue: every byte once and in order, whatever the sizes; PIPE_BUF writes whole or not
 * at all. */
#include "files-host.h"
#include "fs/permission.c"
#include "fs/inode.c"
#include "fs/ring.c"
#include "fs/pipe.c"

struct inode *vfs_root, *vfs_cwd;
struct file *file_new(const struct file_ops *ops, unsigned flags, void *priv)
{
    struct file *f = kzalloc(sizeof *f);
    if (f)
        *f = (struct file){.ops = ops, .flags = flags, .refs = 1};
    return f;
}
void file_put(struct file *f)
{
    if (f->ops->release)
        f->ops->release(f);
    inode_put(f->inode);
    kfree(f);
}

static char buffer[200000];
static size_t held;
static uint8_t next_in, next_out;

static ssize_t transfer(struct file *f, bool in, size_t n)
{
    struct iter it;
    iter_kernel(&it, buffer, n);
    return in ? f->ops->write(f, &it, 0) : f->ops->read(f, &it, 0);
}

static void write_some(struct file *f, size_t size)
{
    size_t n = 1 + (below(2) ? below(6000) : below(200000));
    for (size_t i = 0; i < n; i++)
        buffer[i] = (char)(next_in + i);
    ssize_t done = transfer(f, true, n);
    size_t room = size - held;
    if (fail_one_in && done != (ssize_t)MIN(n, room))
        done = MAX(done, 0);
    else if (n <= PIPE_BUF)
        CHECK(done == (room >= n ? (ssize_t)n : -EAGAIN));
    else
        CHECK(done == (room ? (ssize_t)MIN(n, room) : -EAGAIN));
    if (done > 0) {
        held += (size_t)done;
        next_in = (uint8_t)(next_in + done);
    }
}

static void read_some(struct file *f)
{
    size_t n = 1 + (below(2) ? below(6000) : below(200000));
    ssize_t done = transfer(f, false, n);
    CHECK(done == (held ? (ssize_t)MIN(n, held) : -EAGAIN));
    for (ssize_t i = 0; i < done; i++)
        CHECK((uint8_t)buffer[i] == (uint8_t)(next_out + i));
    if (done > 0) {
        held -= (size_t)done;
        next_out = (uint8_t)(next_out + done);
    }
}

static size_t resize(struct file *f, size_t size)
{
    size_t wanted = 1ul << (10 + below(10));
    int got = pipe_set_size(f, wanted);
    size_t rounded = MAX(wanted, 4096ul);
    if (rounded < held)
        CHECK(got == -EBUSY);
    else if (got != (int)rounded)
        CHECK(fail_one_in && got == -ENOMEM);
    CHECK(pipe_get_size(f) == (got > 0 ? got : (int)size));
    return got > 0 ? (size_t)got : size;
}

static void check_poll(struct file *ends[2], size_t size)
{
    struct waitq *q;
    CHECK(ends[0]->ops->poll(ends[0], &q) == (held ? POLLIN | POLLRDNORM : 0));
    CHECK(ends[1]->ops->poll(ends[1], &q) == (size - held >= PIPE_BUF ? POLLOUT | POLLWRNORM : 0));
}

int main(void)
{
    struct file *ends[2];
    size_t size = 65536;
    CHECK(pipe_create(ends, O_NONBLOCK) == 0);
    for (unsigned n = 0; n < 15000; n++) {
        fail_one_in = below(5) ? 0 : 3;
        unsigned kind = below(41);
        if (kind < 20)
            write_some(ends[1], size);
        else if (kind < 40)
            read_some(ends[0]);
        else
            size = resize(ends[0], size);
        check_poll(ends, size);
        CHECK(frame_count <= size / PAGE_SIZE && frame_count >= held / PAGE_SIZE);
    }
    fail_one_in = 0;
    CHECK(pipe_set_size(ends[0], 1 << 21) == -EPERM);
    file_put(ends[0]);
    struct waitq *q;
    CHECK(transfer(ends[1], true, 1) == -EPIPE && signals == 1 && ends[1]->ops->poll(ends[1], &q) & POLLERR);
    file_put(ends[1]);
    CHECK(frame_count == 0);
    return 0;
}
