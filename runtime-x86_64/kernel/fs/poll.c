/* poll and select: ask every file; when none has anything, wait in all their queues at once and ask again. */
#include "fs/poll.h"

static bool poll_wake(struct waiter *w, uint32_t events)
{
    struct poll_entry *e = container_of(w, struct poll_entry, waiter);
    if (events && !(events & e->wanted))
        return false;
    waitq_wake_all(e->wake);
    return true;
}

static int ask_all(struct poll_entry *entries, unsigned count)
{
    int ready = 0;
    for (struct poll_entry *e = entries; e < entries + count; e++) {
        struct waitq *q;
        if (e->file)
            e->got = e->wanted & (e->file->ops->poll ? e->file->ops->poll(e->file, &q)
                                                     : POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM);
        ready += e->got != 0;
    }
    return ready;
}

static void start_waiting(struct poll_entry *entries, unsigned count, struct waitq *sleep)
{
    for (struct poll_entry *e = entries; e < entries + count; e++) {
        struct waitq *q = NULL;
        list_init(&e->waiter.link);
        e->wake = sleep;
        e->waiter.exclusive = false;
        e->waiter.wake = poll_wake;
        if (e->file && e->file->ops->poll)
            e->file->ops->poll(e->file, &q);
        if (q)
            waitq_add(q, &e->waiter);
    }
}

int poll_wait(struct poll_entry *entries, unsigned count, uint64_t deadline)
{
    int ready = ask_all(entries, count);
    if (ready || !deadline)
        return ready;
    struct waitq sleep;
    waitq_init(&sleep);
    start_waiting(entries, count, &sleep);
    int err = 0;
    while (!err && !(ready = ask_all(entries, count)))
        err = waitq_sleep(&sleep, deadline);
    for (struct poll_entry *e = entries; e < entries + count; e++)
        waitq_remove(&e->waiter);
    return ready ? ready : err == -ETIMEDOUT ? 0 : err;
}
