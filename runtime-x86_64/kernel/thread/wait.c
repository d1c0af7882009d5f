/* Wait queues, and sleeping on them. */
#include "thread/thread.h"
#include "cpu/local.h"
#include "thread/schedule.h"
#include "time/time.h"

void waitq_init(struct waitq *q)
{
    list_init(&q->waiters);
}

void waitq_add(struct waitq *q, struct waiter *w)
{
    list_add_tail(&q->waiters, &w->link);
}

void waitq_remove(struct waiter *w)
{
    list_del(&w->link);
}

void waitq_wake(struct waitq *q, uint32_t events, unsigned max_exclusive)
{
    list_for_each_safe (pos, next, &q->waiters) {
        struct waiter *w = list_entry(pos, struct waiter, link);
        bool exclusive = w->exclusive;
        if (w->wake(w, events) && exclusive && --max_exclusive == 0)
            return;
    }
}

struct sleeper {
    struct waiter waiter;
    struct thread *thread;
    bool woken;
};

static bool wake_sleeper(struct waiter *w, uint32_t events)
{
    struct sleeper *s = container_of(w, struct sleeper, waiter);
    s->woken = true;
    thread_wake(s->thread);
    return true;
}

static int sleep_on(struct waitq *q, uint64_t deadline, bool interruptible)
{
    struct sleeper s = {.waiter.wake = wake_sleeper, .thread = current_thread()};
    waitq_add(q, &s.waiter);
    int err = thread_sleep(deadline, interruptible);
    waitq_remove(&s.waiter);
    return s.woken ? 0 : err;
}

int waitq_sleep(struct waitq *q, uint64_t deadline)
{
    return sleep_on(q, deadline, true);
}

int waitq_sleep_uninterruptible(struct waitq *q, uint64_t deadline)
{
    return sleep_on(q, deadline, false);
}
