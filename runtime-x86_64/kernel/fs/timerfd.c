/* timerfd_create(2): a timer to wait for. The kernel's one-shot timer fires once; how many intervals have passed since
 * is computed when somebody asks, so that a short interval costs no interrupt until it is read. */
#include "fs/vfs.h"
#include "abi/time.h"

struct timerfd {
    struct timer timer;
    int clock;
    uint64_t next, interval; /* monotonic ns of the next expiry; next == 0: disarmed */
    struct waitq changed;
};

static void timerfd_fired(struct timer *t)
{
    struct timerfd *d = container_of(t, struct timerfd, timer);
    waitq_wake(&d->changed, POLLIN | POLLRDNORM, ~0u);
}

/* Expiries that nobody read. */
static uint64_t expiries(const struct timerfd *d)
{
    uint64_t now = clock_monotonic();
    if (!d->next || now < d->next)
        return 0;
    return d->interval ? 1 + (now - d->next) / d->interval : 1;
}

static ssize_t timerfd_read(struct file *f, struct iter *to, loff_t pos)
{
    struct timerfd *d = f->priv;
    uint64_t count;
    if (to->left < sizeof count)
        return -EINVAL;
    while (!(count = expiries(d))) {
        if (file_nonblock(f))
            return -EAGAIN;
        if (waitq_sleep(&d->changed, NEVER))
            return -ERESTARTSYS;
    }
    d->next = d->interval ? d->next + count * d->interval : 0;
    if (d->next)
        timer_arm(&d->timer, d->next);
    return iter_copy_to(to, &count, sizeof count);
}

static uint32_t timerfd_poll(struct file *f, struct waitq **q)
{
    struct timerfd *d = f->priv;
    *q = &d->changed;
    return expiries(d) ? POLLIN | POLLRDNORM : 0;
}

static void timerfd_release(struct file *f)
{
    struct timerfd *d = f->priv;
    timer_cancel(&d->timer);
    kfree(d);
}

static const struct file_ops timerfd_ops = {
    .name = "timerfd",
    .read = timerfd_read,
    .poll = timerfd_poll,
    .release = timerfd_release,
};

struct file *timerfd_new(int clock, unsigned flags)
{
    struct timerfd *d = kzalloc(sizeof *d);
    if (!d)
        return NULL;
    d->clock = clock;
    d->timer.fn = timerfd_fired;
    waitq_init(&d->changed);
    struct file *f = file_new(&timerfd_ops, O_RDWR | flags, d);
    if (!f)
        kfree(d);
    return f;
}

int timerfd_set(struct file *f, bool absolute, uint64_t value, uint64_t interval)
{
    if (f->ops != &timerfd_ops)
        return -EINVAL;
    struct timerfd *d = f->priv;
    timer_cancel(&d->timer);
    d->next = 0;
    d->interval = interval;
    if (!value)
        return 0;
    uint64_t now = clock_monotonic();
    if (absolute && d->clock == CLOCK_REALTIME) {
        uint64_t wall = clock_realtime();
        value = value > wall ? value - wall : 0;
        absolute = false;
    }
    if (!absolute && __builtin_add_overflow(now, value, &value))
        value = NEVER - 1;
    d->next = MAX(value, 1ul);
    timer_arm(&d->timer, d->next);
    return 0;
}

int timerfd_get(struct file *f, uint64_t *left, uint64_t *interval)
{
    if (f->ops != &timerfd_ops)
        return -EINVAL;
    struct timerfd *d = f->priv;
    uint64_t now = clock_monotonic(), next = d->next;
    if (d->interval && next && now >= next)
        next += ((now - next) / d->interval + 1) * d->interval;
    *interval = d->interval;
    *left = next > now ? next - now : 0;
    return 0;
}
