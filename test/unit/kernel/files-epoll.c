/* fs/epoll.c against its promises, over files whose state the test sets at random: level tells what holds, edge tells
 * every change, one shot once; nothing is told that does not hold, and nothing is forgotten. */
#include "files-host.h"
#include "fs/epoll.c"

#define FILES 12

struct inode *vfs_root, *vfs_cwd;
struct source {
    struct file file;
    struct waitq changed;
    uint32_t now;
    uint32_t wanted; /* as registered; 0: not */
    bool edge, one_shot;
    bool owed; /* edge or one shot: something changed that was not told yet */
};
static struct source sources[FILES];

static uint32_t source_poll(struct file *f, struct waitq **q)
{
    struct source *s = container_of(f, struct source, file);
    *q = &s->changed;
    return s->now;
}
static const struct file_ops source_ops = {.name = "source", .poll = source_poll};

struct file *file_new(const struct file_ops *ops, unsigned flags, void *priv)
{
    struct file *f = kzalloc(sizeof *f);
    *f = (struct file){.ops = ops, .flags = flags, .refs = 1, .priv = priv};
    list_init(&f->epoll_items);
    return f;
}

static bool holds(const struct source *s)
{
    return s->now & (s->wanted | POLLERR | POLLHUP);
}

static void change(struct source *s)
{
    uint32_t add = 1u << below(3) /* POLLIN, POLLPRI, POLLOUT */, before = s->now;
    if (below(2)) {
        s->now &= ~add;
        return;
    }
    s->now |= add;
    if (before != s->now || below(2)) {
        uint32_t told = below(3) ? add : 0; /* 0: something changed */
        waitq_wake(&s->changed, told, 1);
        s->owed |= s->wanted && holds(s) && (!told || told & s->wanted);
    }
}

static void control(struct file *ep, struct source *s, unsigned n)
{
    struct epoll_event e = {.events = below(2) ? POLLIN : POLLIN | POLLOUT, .data = n};
    e.events |= below(2) ? EPOLLET : 0;
    e.events |= below(4) ? 0 : EPOLLONESHOT;
    bool registered = find_item(ep->priv, (int)n, &s->file);
    unsigned op = below(3) + 1;
    int err = epoll_control(ep, (int)op, (int)n, &s->file, &e);
    CHECK(err == (op == EPOLL_CTL_ADD ? (registered ? -EEXIST : 0) : registered ? 0 : -ENOENT));
    if (err)
        return;
    s->wanted = op == EPOLL_CTL_DEL ? 0 : e.events & 0xff;
    s->edge = e.events & EPOLLET;
    s->one_shot = e.events & EPOLLONESHOT;
    s->owed = s->wanted && holds(s);
}

static void collect(struct file *ep, unsigned max)
{
    struct epoll_event out[FILES];
    bool told[FILES] = {0};
    unsigned n = epoll_harvest(ep, out, max);
    for (unsigned i = 0; i < n; i++) {
        struct source *s = &sources[out[i].data];
        CHECK(!told[out[i].data] && s->wanted && holds(s));
        CHECK(out[i].events == (s->now & (s->wanted | POLLERR | POLLHUP)));
        CHECK(!s->edge || s->owed);
        told[out[i].data] = true;
        s->owed = false;
        if (s->one_shot)
            s->wanted = 0;
    }
    if (n == max)
        return;
    for (unsigned i = 0; i < FILES; i++) { /* there was room: what had to be told was told */
        struct source *s = &sources[i];
        if (s->wanted && holds(s) && !told[i])
            CHECK((s->edge || s->one_shot) && !s->owed);
        s->owed = false;
    }
}

static unsigned outer_wakes;
static bool outer_wake(struct waiter *w, uint32_t events)
{
    outer_wakes++;
    return true;
}

int main(void)
{
    struct file *ep = epoll_new();
    struct waiter outer = {.wake = outer_wake};
    struct waitq *q;
    for (unsigned n = 0; n < FILES; n++) {
        sources[n] = (struct source){.file = {.ops = &source_ops, .refs = 1}};
        list_init(&sources[n].file.epoll_items);
        waitq_init(&sources[n].changed);
    }
    ep->ops->poll(ep, &q);
    waitq_add(q, &outer);
    for (unsigned round = 0; round < 400000; round++) {
        unsigned n = below(FILES), kind = below(20);
        struct source *s = &sources[n];
        if (kind < 12) {
            change(s);
        } else if (kind < 15) {
            control(ep, s, n);
        } else if (kind < 19) {
            collect(ep, 1 + below(FILES));
        } else if (below(20) == 0) {
            epoll_file_released(&s->file);
            s->wanted = 0;
        } else {
            bool any = false;
            for (unsigned i = 0; i < FILES; i++)
                any |= sources[i].wanted && holds(&sources[i]) &&
                       (!(sources[i].edge || sources[i].one_shot) || sources[i].owed);
            if (any)
                CHECK(ep->ops->poll(ep, &q) == (POLLIN | POLLRDNORM));
        }
    }
    CHECK(outer_wakes > 1000);
    waitq_remove(&outer);
    ep->ops->release(ep);
    for (unsigned n = 0; n < FILES; n++)
        CHECK(list_empty(&sources[n].file.epoll_items) && list_empty(&sources[n].changed.waiters));
    kfree(ep);
    return 0;
}
