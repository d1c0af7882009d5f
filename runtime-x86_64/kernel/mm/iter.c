/* Walks an iovec of the app, or one kernel buffer. */
#include "mm/user.h"

/* Linux, include/linux/fs.h: a single read or write never moves more. */
#define MAX_RW_COUNT 0x7ffff000ul

void iter_kernel(struct iter *it, void *buf, size_t n)
{
    *it = (struct iter){.count = 1, .left = n, .kernel = true, .one = {(uint64_t)buf, n}};
    it->vec = &it->one;
}

int iter_user(struct iter *it, uaddr_t buf, size_t n)
{
    n = MIN(n, MAX_RW_COUNT);
    *it = (struct iter){.count = 1, .left = n, .one = {buf, n}};
    it->vec = &it->one;
    return user_range_ok(buf, n) ? 0 : -EFAULT;
}

static int check_vec(struct iovec *vec, unsigned count, size_t *total)
{
    *total = 0;
    for (unsigned i = 0; i < count; i++) {
        if ((int64_t)vec[i].len < 0)
            return -EINVAL;
        if (!user_range_ok(vec[i].base, vec[i].len))
            return -EFAULT;
        vec[i].len = MIN(vec[i].len, MAX_RW_COUNT - *total);
        *total += vec[i].len;
    }
    return 0;
}

int iter_user_vec(struct iter *it, uaddr_t iov, int count, struct iovec **to_free)
{
    *to_free = NULL;
    if (count < 0 || count > IOV_MAX)
        return -EINVAL;
    struct iovec *vec = kmalloc((size_t)count * sizeof *vec);
    if (!vec)
        return -ENOMEM;
    size_t total = 0;
    int err = user_read(vec, iov, (size_t)count * sizeof *vec);
    if (!err)
        err = check_vec(vec, (unsigned)count, &total);
    if (err) {
        kfree(vec);
        return err;
    }
    *it = (struct iter){.vec = vec, .count = (unsigned)count, .left = total};
    *to_free = vec;
    return 0;
}

enum direction { TO_ITER, FROM_ITER, ZERO_ITER };

/* Bytes not moved. */
static size_t move(const struct iter *it, uint64_t at, char *buf, size_t n, enum direction direction)
{
    void *there = (void *)at;
    if (!it->kernel) {
        if (direction == ZERO_ITER)
            return user_clear(there, n);
        return direction == TO_ITER ? user_copy(there, buf, n) : user_copy(buf, there, n);
    }
    if (direction == ZERO_ITER)
        memset(there, 0, n);
    else
        memcpy(direction == TO_ITER ? there : buf, direction == TO_ITER ? buf : there, n);
    return 0;
}

void iter_skip(struct iter *it, size_t n)
{
    it->offset += n;
    it->left -= n;
    while (it->count && it->offset == it->vec->len) {
        it->vec++;
        it->count--;
        it->offset = 0;
    }
}

static ssize_t walk(struct iter *it, char *buf, size_t n, enum direction direction)
{
    size_t done = 0;
    n = MIN(n, it->left);
    iter_skip(it, 0); /* past vectors of no length */
    while (done < n) {
        size_t part = MIN(n - done, it->vec->len - it->offset);
        size_t missed = move(it, it->vec->base + it->offset, buf + done, part, direction);
        iter_skip(it, part - missed);
        done += part - missed;
        if (missed)
            return done ? (ssize_t)done : -EFAULT;
    }
    return (ssize_t)done;
}

ssize_t iter_copy_to(struct iter *it, const void *src, size_t n)
{
    return walk(it, (char *)src, n, TO_ITER);
}

ssize_t iter_copy_from(struct iter *it, void *dst, size_t n)
{
    return walk(it, dst, n, FROM_ITER);
}

ssize_t iter_zero(struct iter *it, size_t n)
{
    return walk(it, NULL, n, ZERO_ITER);
}
