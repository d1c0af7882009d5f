/* /dev/random and /dev/urandom: the same generator, which never blocks. What is written is mixed in without credit. */
#include "fs/vfs.h"
#include "drivers/driver.h"

static ssize_t random_read(struct file *f, struct iter *to, loff_t pos)
{
    uint8_t part[256];
    ssize_t done = 0;
    while (to->left) {
        size_t n = MIN(to->left, sizeof part);
        entropy_read(part, n);
        ssize_t copied = iter_copy_to(to, part, n);
        if (copied <= 0)
            return done ? done : copied;
        done += copied;
        if (signal_pending())
            break;
    }
    memset(part, 0, sizeof part);
    return done;
}

static ssize_t random_write(struct file *f, struct iter *from, loff_t pos)
{
    uint8_t part[256];
    ssize_t done = 0;
    while (from->left) {
        ssize_t n = iter_copy_from(from, part, sizeof part);
        if (n <= 0)
            return done ? done : n;
        entropy_add("/dev/random", part, (size_t)n, 0);
        done += n;
    }
    return done;
}

static uint32_t random_poll(struct file *f, struct waitq **q)
{
    *q = NULL; /* never changes */
    return POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;
}

static const struct file_ops random_ops = {
    .name = "random", .read = random_read, .write = random_write, .poll = random_poll};
DEVICE(random) = {.name = "random", .major = 1, .minor = 8, .mode = 0666, .ops = &random_ops};
DEVICE(urandom) = {.name = "urandom", .major = 1, .minor = 9, .mode = 0666, .ops = &random_ops};
