/* eventfd(2): a counter to wait for. */
#include "fs/vfs.h"

struct eventfd {
    uint64_t count;
    bool semaphore;
    struct waitq changed;
};

static ssize_t eventfd_read(struct file *f, struct iter *to, loff_t pos)
{
    struct eventfd *e = f->priv;
    if (to->left < sizeof e->count)
        return -EINVAL;
    while (!e->count) {
        if (file_nonblock(f))
            return -EAGAIN;
        if (waitq_sleep(&e->changed, NEVER))
            return -ERESTARTSYS;
    }
    uint64_t value = e->semaphore ? 1 : e->count;
    e->count -= value;
    waitq_wake(&e->changed, POLLOUT | POLLWRNORM, ~0u);
    return iter_copy_to(to, &value, sizeof value);
}

static ssize_t eventfd_write(struct file *f, struct iter *from, loff_t pos)
{
    struct eventfd *e = f->priv;
    uint64_t value;
    if (from->left < sizeof value)
        return -EINVAL;
    ssize_t n = iter_copy_from(from, &value, sizeof value);
    if (n != sizeof value)
        return -EFAULT;
    if (value == UINT64_MAX)
        return -EINVAL;
    while (UINT64_MAX - e->count <= value) {
        if (file_nonblock(f))
            return -EAGAIN;
        if (waitq_sleep(&e->changed, NEVER))
            return -ERESTARTSYS;
    }
    e->count += value;
    waitq_wake(&e->changed, POLLIN | POLLRDNORM, ~0u);
    return n;
}

static uint32_t eventfd_poll(struct file *f, struct waitq **q)
{
    struct eventfd *e = f->priv;
    *q = &e->changed;
    return (e->count ? POLLIN | POLLRDNORM : 0) | (e->count < UINT64_MAX - 1 ? POLLOUT | POLLWRNORM : 0) |
           (e->count == UINT64_MAX ? POLLERR : 0);
}

static void eventfd_release(struct file *f)
{
    kfree(f->priv);
}

static const struct file_ops eventfd_ops = {
    .name = "eventfd",
    .read = eventfd_read,
    .write = eventfd_write,
    .poll = eventfd_poll,
    .release = eventfd_release,
};

struct file *eventfd_new(uint64_t count, bool semaphore, unsigned flags)
{
    struct eventfd *e = kzalloc(sizeof *e);
    if (!e)
        return NULL;
    e->count = count;
    e->semaphore = semaphore;
    waitq_init(&e->changed);
    struct file *f = file_new(&eventfd_ops, O_RDWR | flags, e);
    if (!f)
        kfree(e);
    return f;
}
