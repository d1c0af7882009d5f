/* epoll(7). A registration (item) waits in its file's queue; a wake puts it on its epoll's ready list, which costs the
 * same however many items there are. What really holds is asked when the app collects, so a wake may be spurious but
 * none is lost: level: an item that had something stays on the list until a collection finds nothing; edge:  it leaves
 * the list when it is collected and returns with the next wake; one shot: as edge, and it is deaf until modified. Items
 * hold no reference to their file: they end with it. */
#include "fs/epoll.h"

#define MAX_NESTING 5 /* as Linux */
#define ALWAYS (POLLERR | POLLHUP)
#define PRIVATE_BITS (EPOLLET | EPOLLONESHOT | EPOLLEXCLUSIVE | EPOLLWAKEUP)

struct epoll {
    struct file *file; /* its own; no reference */
    struct list items, ready;
    struct waitq changed; /* the sleepers of epoll_wait, and whoever polls the epoll itself */
    /* Epolls may hold each other in many ways: what walks along them notes where it has been. */
    unsigned told;    /* the last wake that came here */
    unsigned checked; /* the last walk that found `depth` */
    unsigned depth;
};
struct item {
    struct waiter waiter;
    struct list of_file, of_epoll, ready; /* `ready` points at itself while not on the list */
    struct epoll *ep;
    struct file *file;
    int fd;
    struct epoll_event event;
};

static uint32_t wanted(const struct item *i)
{
    return i->event.events & ~PRIVATE_BITS;
}

static uint32_t poll_file(struct file *f, struct waitq **q)
{
    *q = NULL;
    return f->ops->poll ? f->ops->poll(f, q) : POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;
}

static uint32_t item_events(const struct item *i)
{
    struct waitq *q;
    return wanted(i) ? poll_file(i->file, &q) & wanted(i) : 0;
}

/* Once for each wake of a file, not once for each way that leads here from it. */
static void tell(struct epoll *ep)
{
    static unsigned wake, nesting;
    if (!nesting)
        wake++;
    if (ep->told == wake)
        return;
    ep->told = wake;
    nesting++;
    waitq_wake(&ep->changed, POLLIN | POLLRDNORM, 1);
    nesting--;
}

static bool item_wake(struct waiter *w, uint32_t events)
{
    struct item *i = container_of(w, struct item, waiter);
    if (!wanted(i) || (events && !(events & wanted(i))))
        return false;
    if (list_empty(&i->ready))
        list_add_tail(&i->ep->ready, &i->ready);
    tell(i->ep);
    return true;
}

static void item_free(struct item *i)
{
    waitq_remove(&i->waiter);
    list_del(&i->of_file);
    list_del(&i->of_epoll);
    list_del(&i->ready);
    kfree(i);
}

/* The item is new or changed: is there something already? */
static void item_check(struct item *i)
{
    if (item_events(i))
        item_wake(&i->waiter, 0);
}

unsigned epoll_harvest(struct file *f, struct epoll_event *out, unsigned max)
{
    struct epoll *ep = f->priv;
    unsigned n = 0;
    struct list again = LIST_INIT(again);
    while (n < max && !list_empty(&ep->ready)) {
        struct item *i = list_entry(ep->ready.next, struct item, ready);
        list_del(&i->ready);
        uint32_t events = item_events(i);
        if (!events)
            continue;
        out[n++] = (struct epoll_event){.events = events, .data = i->event.data};
        if (i->event.events & EPOLLONESHOT)
            i->event.events &= PRIVATE_BITS;
        else if (!(i->event.events & EPOLLET))
            list_add_tail(&again, &i->ready);
    }
    while (!list_empty(&again)) { /* behind the others, so that nobody starves */
        struct list *first = again.next;
        list_del(first);
        list_add_tail(&ep->ready, first);
    }
    return n;
}

int epoll_sleep(struct file *f, uint64_t deadline)
{
    struct epoll *ep = f->priv;
    return waitq_sleep(&ep->changed, deadline);
}

/* Does something on the list still hold? What does not leaves the list. */
static uint32_t epoll_poll(struct file *f, struct waitq **q)
{
    struct epoll *ep = f->priv;
    *q = &ep->changed;
    list_for_each_safe (at, next, &ep->ready) {
        if (item_events(list_entry(at, struct item, ready)))
            return POLLIN | POLLRDNORM;
        list_del(at);
    }
    return 0;
}

static void epoll_release(struct file *f)
{
    struct epoll *ep = f->priv;
    list_for_each_safe (at, next, &ep->items)
        item_free(list_entry(at, struct item, of_epoll));
    kfree(ep);
}

static const struct file_ops epoll_ops = {.name = "eventpoll", .poll = epoll_poll, .release = epoll_release};

struct file *epoll_new(void)
{
    struct epoll *ep = kzalloc(sizeof *ep);
    if (!ep)
        return NULL;
    list_init(&ep->items);
    list_init(&ep->ready);
    waitq_init(&ep->changed);
    struct file *f = file_new(&epoll_ops, O_RDWR, ep);
    if (!f)
        kfree(ep);
    else
        ep->file = f;
    return f;
}

bool file_is_epoll(const struct file *f)
{
    return f->ops == &epoll_ops;
}

void epoll_file_released(struct file *f)
{
    list_for_each_safe (at, next, &f->epoll_items)
        item_free(list_entry(at, struct item, of_file));
}

/* How deep epolls are nested below `f`; more than MAX_NESTING when `avoid` is among them (a loop). */
static unsigned depth_below(struct file *f, struct file *avoid, unsigned walk)
{
    if (!file_is_epoll(f))
        return 0;
    if (f == avoid)
        return MAX_NESTING + 1;
    struct epoll *ep = f->priv;
    if (ep->checked == walk)
        return ep->depth;
    ep->checked = walk;
    ep->depth = 1;
    list_for_each (at, &ep->items)
        ep->depth = MAX(ep->depth, 1 + depth_below(list_entry(at, struct item, of_epoll)->file, avoid, walk));
    return ep->depth;
}

/* How many epolls hold this one, one inside the other. */
static unsigned depth_above(struct file *f, unsigned walk)
{
    struct epoll *ep = f->priv;
    if (ep->checked == walk)
        return ep->depth;
    ep->checked = walk;
    ep->depth = 0;
    list_for_each (at, &f->epoll_items)
        ep->depth = MAX(ep->depth, 1 + depth_above(list_entry(at, struct item, of_file)->ep->file, walk));
    return ep->depth;
}

static bool may_hold(struct file *f, struct file *target)
{
    static unsigned walk;
    walk += 2;
    return !file_is_epoll(target) || depth_below(target, f, walk) + depth_above(f, walk + 1) <= MAX_NESTING;
}

static struct item *find_item(struct epoll *ep, int fd, struct file *target)
{
    list_for_each (at, &target->epoll_items) {
        struct item *i = list_entry(at, struct item, of_file);
        if (i->ep == ep && i->fd == fd)
            return i;
    }
    return NULL;
}

static int add_item(struct file *f, int fd, struct file *target, const struct epoll_event *event)
{
    struct epoll *ep = f->priv;
    struct waitq *q;
    if (!target->ops->poll)
        return -EPERM; /* regular files and directories: always ready, nothing to wait for */
    if (!may_hold(f, target))
        return -ELOOP;
    struct item *i = kzalloc(sizeof *i);
    if (!i)
        return -ENOMEM;
    *i = (struct item){.ep = ep, .file = target, .fd = fd, .event = *event};
    i->event.events |= ALWAYS; /* told whether asked for or not */
    i->waiter.wake = item_wake;
    i->waiter.exclusive = event->events & EPOLLEXCLUSIVE;
    list_init(&i->ready);
    list_add_tail(&target->epoll_items, &i->of_file);
    list_add_tail(&ep->items, &i->of_epoll);
    poll_file(target, &q);
    if (q)
        waitq_add(q, &i->waiter);
    else
        list_init(&i->waiter.link);
    item_check(i);
    return 0;
}

static int modify_item(struct item *i, const struct epoll_event *event)
{
    if ((i->event.events | event->events) & EPOLLEXCLUSIVE)
        return -EINVAL;
    i->event = *event;
    i->event.events |= ALWAYS;
    list_del(&i->ready);
    item_check(i);
    return 0;
}

int epoll_control(struct file *f, int operation, int fd, struct file *target, const struct epoll_event *event)
{
    if (!file_is_epoll(f) || f == target)
        return -EINVAL;
    struct item *i = find_item(f->priv, fd, target);
    switch (operation) {
    case EPOLL_CTL_ADD:
        if (event->events & EPOLLEXCLUSIVE && (event->events & EPOLLONESHOT || file_is_epoll(target)))
            return -EINVAL;
        return i ? -EEXIST : add_item(f, fd, target, event);
    case EPOLL_CTL_MOD:
        return i ? modify_item(i, event) : -ENOENT;
    case EPOLL_CTL_DEL:
        if (!i)
            return -ENOENT;
        item_free(i);
        return 0;
    default:
        return -EINVAL;
    }
}
