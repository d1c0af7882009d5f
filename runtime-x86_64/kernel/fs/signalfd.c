/* signalfd(2): reads the pending signals that a mask names, instead of having them delivered. */
#include "fs/vfs.h"
#include "thread/signal.h"

struct signalfd {
    uint64_t set;
};

/* What the app reads for one signal. */
struct signalfd_siginfo {
    uint32_t signo;
    int32_t err, code;
    uint32_t pid, uid;
    int32_t fd;
    uint32_t tid, band, overrun, trapno;
    int32_t status, value_int;
    uint64_t value_ptr, utime, stime, addr;
    uint8_t pad[48];
};
_Static_assert(sizeof(struct signalfd_siginfo) == 128, "struct signalfd_siginfo");

static struct signalfd_siginfo convert(const struct siginfo *info)
{
    struct signalfd_siginfo out = {.signo = (uint32_t)info->signo, .err = info->err, .code = info->code};
    if (info->code == SI_TIMER) {
        out.tid = (uint32_t)info->timer.id; /* Linux puts the timer's number here */
        out.overrun = (uint32_t)info->timer.overrun;
        out.value_ptr = info->timer.value;
        out.value_int = (int32_t)info->timer.value;
    } else if (info->code <= 0) {
        out.pid = (uint32_t)info->sender.pid;
        out.uid = info->sender.uid;
        out.value_ptr = info->sender.value;
        out.value_int = (int32_t)info->sender.value;
    } else if (info->code != SI_KERNEL) {
        out.addr = info->addr;
    }
    return out;
}

static ssize_t signalfd_read(struct file *f, struct iter *to, loff_t pos)
{
    struct signalfd *s = f->priv;
    struct siginfo info;
    ssize_t done = 0;
    if (to->left < sizeof(struct signalfd_siginfo))
        return -EINVAL;
    while (!(signal_pending_set() & s->set)) {
        if (file_nonblock(f))
            return -EAGAIN;
        if (waitq_sleep(&signal_arrived, NEVER))
            return -ERESTARTSYS;
    }
    while (to->left >= sizeof(struct signalfd_siginfo) && signal_take(s->set, &info)) {
        struct signalfd_siginfo out = convert(&info);
        ssize_t n = iter_copy_to(to, &out, sizeof out);
        if (n <= 0)
            return done ? done : n;
        done += n;
    }
    return done;
}

static uint32_t signalfd_poll(struct file *f, struct waitq **q)
{
    struct signalfd *s = f->priv;
    *q = &signal_arrived;
    return signal_pending_set() & s->set ? POLLIN | POLLRDNORM : 0;
}

static void signalfd_release(struct file *f)
{
    kfree(f->priv);
}

static const struct file_ops signalfd_ops = {
    .name = "signalfd",
    .read = signalfd_read,
    .poll = signalfd_poll,
    .release = signalfd_release,
};

struct file *signalfd_new(uint64_t set, unsigned flags)
{
    struct signalfd *s = kzalloc(sizeof *s);
    if (!s)
        return NULL;
    s->set = set & ~SIGNAL_UNBLOCKABLE;
    struct file *f = file_new(&signalfd_ops, O_RDWR | flags, s);
    if (!f)
        kfree(s);
    return f;
}

int signalfd_set(struct file *f, uint64_t set)
{
    if (f->ops != &signalfd_ops)
        return -EINVAL;
    ((struct signalfd *)f->priv)->set = set & ~SIGNAL_UNBLOCKABLE;
    waitq_wake_all(&signal_arrived); /* what is pending may be in it now */
    return 0;
}
