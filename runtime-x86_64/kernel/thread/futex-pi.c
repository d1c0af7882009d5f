/* Futexes that are locks (Linux, Documentation/locking/pi-futex.rst): the word holds the owner's thread id, and a lock
 * for which threads wait goes straight to the first of them: the one with the highest priority, and of those the one
 * that has waited longest. Its owner runs with that priority meanwhile. */
#include "thread/futex.h"
#include "cpu/local.h"
#include "mm/mm.h"
#include "thread/new.h"
#include "thread/schedule.h"

struct waiter_for_lock {
    struct list link;
    struct thread *thread;
    uaddr_t addr;
    int owner; /* the thread that holds it */
    bool granted;
};

static struct list waiters = LIST_INIT(waiters); /* for all locks, in the order in which they came */

/* The first for that address, or of that thread, or for anything that thread holds. */
static struct waiter_for_lock *find_waiter(uaddr_t addr, int tid, int owner)
{
    struct waiter_for_lock *first = NULL;
    list_for_each (pos, &waiters) {
        struct waiter_for_lock *w = list_entry(pos, struct waiter_for_lock, link);
        bool meant = w->addr == addr || w->thread->tid == tid || w->owner == owner;
        if (meant && (!first || w->thread->priority > first->thread->priority))
            first = w;
    }
    return first;
}

/* Its own priority, or that of a thread for which it holds a lock; so on for whoever it waits for itself. */
static void inherit(struct thread *t)
{
    while (t) {
        const struct waiter_for_lock *above = find_waiter(0, 0, t->tid), *w = find_waiter(0, t->tid, 0);
        unsigned priority = MAX(t->own_priority, above ? above->thread->priority : 0);
        if (priority == t->priority)
            break;
        schedule_set_priority(t, priority);
        t = w ? thread_find(w->owner) : NULL;
    }
}

void futex_priority_set(struct thread *t)
{
    schedule_set_priority(t, t->own_priority);
    inherit(t);
}

/* 0, -EFAULT, or -EAGAIN: *value is what the word has become. */
static int exchange(uaddr_t addr, uint32_t *value, uint32_t next)
{
    uint32_t seen = *value;
    int err = user_cmpxchg_u32(addr, &seen, next);
    if (!err && seen != *value)
        err = -EAGAIN;
    *value = seen;
    return err;
}

/* 0: it is the current thread's now. -EBUSY: it is not, and its word says that somebody waits. */
static int acquire(uaddr_t addr, bool wait, int *owner)
{
    int self = current_thread()->tid;
    uint32_t value;
    int err = user_get_u32(&value, addr);
    if (err)
        return err;
    do {
        *owner = (int)(value & FUTEX_TID_MASK);
        if (*owner == self)
            return -EDEADLK;
        if (*owner && !thread_find(*owner))
            return -ESRCH;
        if (*owner && !wait)
            return -EAGAIN;
        uint32_t waited = find_waiter(addr, 0, 0) ? FUTEX_WAITERS : 0;
        uint32_t taken = (value & FUTEX_OWNER_DIED) | waited | (uint32_t)self;
        err = exchange(addr, &value, *owner ? value | FUTEX_WAITERS : taken);
    } while (err == -EAGAIN);
    return !err && *owner ? -EBUSY : err;
}

/* The owner waits for a lock whose owner waits for … the current thread. */
static bool is_deadlock(int owner)
{
    const struct waiter_for_lock *w;
    while ((w = find_waiter(0, owner, 0)))
        owner = w->owner;
    return owner == current_thread()->tid;
}

int futex_lock(uaddr_t addr, bool wait, uint64_t deadline)
{
    struct waiter_for_lock w = {.thread = current_thread(), .addr = addr};
    int err = acquire(addr, wait, &w.owner);
    if (err != -EBUSY)
        return err;
    if (is_deadlock(w.owner))
        return -EDEADLK;
    list_add_tail(&waiters, &w.link);
    inherit(thread_find(w.owner));
    for (err = 0; !w.granted && !err;)
        err = thread_sleep(deadline, true);
    if (w.granted)
        return 0;
    list_del(&w.link);
    inherit(thread_find(w.owner));
    return err;
}

static void grant(struct waiter_for_lock *w)
{
    list_del(&w->link);
    w->granted = true;
    thread_wake(w->thread);
    list_for_each (pos, &waiters) {
        struct waiter_for_lock *other = list_entry(pos, struct waiter_for_lock, link);
        if (other->addr == w->addr)
            other->owner = w->thread->tid;
    }
    inherit(w->thread);
}

/* To the next owner, if there is one. */
static int pass_on(uaddr_t addr, uint32_t *value, uint32_t flags)
{
    struct waiter_for_lock *w = find_waiter(addr, 0, 0);
    int err = exchange(addr, value, w ? FUTEX_WAITERS | flags | (uint32_t)w->thread->tid : 0);
    if (!err && w)
        grant(w);
    return err;
}

int futex_unlock(uaddr_t addr)
{
    uint32_t value;
    int err = user_get_u32(&value, addr);
    if (err)
        return err;
    do {
        if ((int)(value & FUTEX_TID_MASK) != current_thread()->tid)
            return -EPERM;
        err = pass_on(addr, &value, 0);
    } while (err == -EAGAIN);
    inherit(current_thread());
    return err;
}

void futex_owner_ends(const struct thread *t)
{
    struct waiter_for_lock *w;
    while ((w = find_waiter(0, 0, t->tid))) {
        uint32_t value;
        int err = user_get_u32(&value, w->addr);
        while (!err && (err = pass_on(w->addr, &value, FUTEX_OWNER_DIED)) == -EAGAIN)
            err = 0;
        if (err)
            w->owner = -1; /* its word is gone: it sleeps to its deadline */
    }
}
