/* inotify(7). A watch stands in two lists, its inode's and its instance's; it keeps neither alive. Events wait in their
 * instance in the form in which they are read. */
#include "fs/inotify.h"
#include "abi/ioctl.h"
#include "mm/user.h"

struct event {
    struct list link;
    struct event_record { /* struct inotify_event of Linux */
        int32_t watch;
        uint32_t mask, cookie, len; /* len: of the name with its padding */
    } record;
    char name[];
};
#define NAME_ALIGN sizeof(struct event_record)

struct inotify {
    struct list watches, events;
    unsigned count;        /* of events */
    size_t bytes;          /* what reading them all would give */
    int last_number;       /* of a watch */
    struct event overflow; /* in the queue while some event found no room */
    struct waitq changed;
};
struct watch {
    struct watch *next; /* of the same inode */
    struct list link;   /* in the instance */
    struct inotify *instance;
    struct inode *inode;
    int number;
    uint32_t mask;
    bool holds; /* a reference: inodes of /proc come and go, their watches stay */
};

unsigned inotify_watches, inotify_instances;

/* --- the queue */

static void append(struct inotify *n, struct event *e)
{
    list_add_tail(&n->events, &e->link);
    n->count++;
    n->bytes += sizeof e->record + e->record.len;
    waitq_wake(&n->changed, POLLIN | POLLRDNORM, ~0u);
}

static void overflow(struct inotify *n)
{
    n->overflow.record = (struct event_record){.watch = -1, .mask = IN_Q_OVERFLOW};
    if (!n->overflow.link.next)
        append(n, &n->overflow);
}

static void drop_first(struct inotify *n)
{
    struct event *e = list_entry(n->events.next, struct event, link);
    list_del(&e->link);
    n->count--;
    n->bytes -= sizeof e->record + e->record.len;
    if (e == &n->overflow)
        e->link.next = NULL;
    else
        kfree(e);
}

static bool same(const struct event *a, const struct event *b)
{
    return !memcmp(&a->record, &b->record, sizeof a->record) && !memcmp(a->name, b->name, a->record.len);
}

static void queue(struct inotify *n, int watch, uint32_t mask, uint32_t cookie, const char *name, size_t len)
{
    size_t padded = len ? ALIGN_UP(len + 1, NAME_ALIGN) : 0;
    struct event *e = n->count < INOTIFY_QUEUE ? kzalloc(sizeof *e + padded) : NULL;
    if (!e) {
        overflow(n);
        return;
    }
    e->record = (struct event_record){watch, mask, cookie, (uint32_t)padded};
    memcpy(e->name, name, len);
    if (!list_empty(&n->events) && same(list_entry(n->events.prev, struct event, link), e))
        kfree(e);
    else
        append(n, e);
}

/* --- watches */

/* The inode's reference is the caller's to give up: that may be what calls. */
static void end_watch(struct watch *w)
{
    struct watch **at = &w->inode->watches;
    while (*at != w)
        at = &(*at)->next;
    *at = w->next;
    list_del(&w->link);
    inotify_watches--;
    kfree(w);
}

static void ignore(struct watch *w)
{
    struct inode *held = w->holds ? w->inode : NULL;
    queue(w->instance, w->number, IN_IGNORED, 0, NULL, 0);
    end_watch(w);
    inode_put(held);
}

static void tell(struct inode *to, uint32_t mask, uint32_t cookie, const char *name, size_t len, bool unlinked)
{
    for (struct watch *w = to->watches, *next; w; w = next) {
        next = w->next;
        if (!(w->mask & mask & IN_ALL_EVENTS) || (unlinked && w->mask & IN_EXCL_UNLINK))
            continue;
        queue(w->instance, w->number, mask, cookie, name, len);
        if (w->mask & IN_ONESHOT)
            ignore(w);
    }
}

void inotify_tell(struct inode *to, uint32_t mask, uint32_t cookie, const char *name, size_t len)
{
    tell(to, mask, cookie, name, len, false);
}

void inotify_tell_both(struct inode *i, uint32_t mask)
{
    const struct dentry *d = i->fs == FS_ANON ? NULL : inode_name(i);
    bool unlinked = i->dead_name;
    mask |= inotify_kind(i);
    if (d)
        tell(d->dir, mask, 0, d->name, d->len, unlinked);
    tell(i, mask, 0, NULL, 0, unlinked);
}

void inotify_inode_gone(struct inode *i)
{
    tell(i, IN_DELETE_SELF, 0, NULL, 0, false);
    while (i->watches)
        ignore(i->watches);
}

uint32_t inotify_cookie(void)
{
    static uint32_t last;
    return ++last;
}

int inotify_watch(struct file *f, struct inode *i, uint32_t mask)
{
    struct inotify *n = f->priv;
    uint32_t kept = mask & (IN_ALL_EVENTS | IN_EXCL_UNLINK | IN_ONESHOT);
    struct watch *w = i->watches;
    while (w && w->instance != n)
        w = w->next;
    if (w) {
        if (mask & IN_MASK_CREATE)
            return -EEXIST;
        w->mask = kept | (mask & IN_MASK_ADD ? w->mask : 0);
        return w->number;
    }
    if (inotify_watches >= INOTIFY_WATCHES)
        return -ENOSPC;
    w = kmalloc(sizeof *w);
    if (!w)
        return -ENOMEM;
    *w = (struct watch){i->watches, {NULL, NULL}, n, i, ++n->last_number, kept, i->fs == FS_PROC};
    if (w->holds)
        inode_get(i);
    i->watches = w;
    list_add_tail(&n->watches, &w->link);
    inotify_watches++;
    return w->number;
}

int inotify_unwatch(struct file *f, int number)
{
    struct inotify *n = f->priv;
    list_for_each (at, &n->watches) {
        struct watch *w = list_entry(at, struct watch, link);
        if (w->number == number) {
            ignore(w);
            return 0;
        }
    }
    return -EINVAL;
}

/* --- the file */

static ssize_t inotify_read(struct file *f, struct iter *to, loff_t pos)
{
    struct inotify *n = f->priv;
    ssize_t done = 0;
    while (list_empty(&n->events)) {
        if (file_nonblock(f))
            return -EAGAIN;
        if (waitq_sleep(&n->changed, NEVER))
            return -ERESTARTSYS;
    }
    while (!list_empty(&n->events)) {
        struct event *e = list_entry(n->events.next, struct event, link);
        size_t size = sizeof e->record + e->record.len;
        if (size > to->left)
            return done ? done : -EINVAL;
        if (iter_copy_to(to, &e->record, size) != (ssize_t)size)
            return done ? done : -EFAULT;
        done += (ssize_t)size;
        drop_first(n);
    }
    return done;
}

static uint32_t inotify_poll(struct file *f, struct waitq **q)
{
    struct inotify *n = f->priv;
    *q = &n->changed;
    return list_empty(&n->events) ? 0 : POLLIN | POLLRDNORM;
}

static long inotify_ioctl(struct file *f, unsigned cmd, uaddr_t arg)
{
    struct inotify *n = f->priv;
    return cmd == FIONREAD ? user_put(arg, (int)n->bytes) : -ENOTTY;
}

static void inotify_release(struct file *f)
{
    struct inotify *n = f->priv;
    while (!list_empty(&n->watches))
        ignore(list_entry(n->watches.next, struct watch, link));
    while (!list_empty(&n->events))
        drop_first(n);
    inotify_instances--;
    kfree(n);
}

static const struct file_ops inotify_ops = {
    .name = "inotify",
    .read = inotify_read,
    .poll = inotify_poll,
    .ioctl = inotify_ioctl,
    .release = inotify_release,
};

struct file *inotify_new(unsigned flags)
{
    struct inotify *n = kzalloc(sizeof *n);
    if (!n)
        return NULL;
    list_init(&n->watches);
    list_init(&n->events);
    waitq_init(&n->changed);
    struct file *f = file_new(&inotify_ops, O_RDONLY | flags, n);
    if (f)
        inotify_instances++;
    else
        kfree(n);
    return f;
}

bool file_is_inotify(const struct file *f)
{
    return f->ops == &inotify_ops;
}
