/* Futexes. The key is the address: with one address space that is what private futexes mean, and shared ones mean too
 * unless a file is mapped twice. Waiters stand on their threads' kernel stacks, in a hash table of queues. */
#include "thread/futex.h"
#include "cpu/local.h"
#include "mm/mm.h"
#include "thread/schedule.h"

#define BUCKET_BITS 6
#define BUCKETS (1u << BUCKET_BITS)

struct futex_waiter {
    struct list link;
    struct thread *thread;
    uaddr_t addr;
    uint32_t bitset;
    bool woken;
};

static struct list buckets[BUCKETS];

static struct list *bucket_of(uaddr_t addr)
{
    /* Fibonacci hashing; futex words are 4-byte aligned. */
    struct list *b = &buckets[(addr >> 2) * 0x9e3779b97f4a7c15ul >> (64 - BUCKET_BITS)];
    if (!b->next)
        list_init(b);
    return b;
}

/* Behind those of its priority. */
static void enqueue(struct futex_waiter *w)
{
    const struct list *head = bucket_of(w->addr);
    struct list *before = head->prev;
    while (before != head && list_entry(before, struct futex_waiter, link)->thread->priority < w->thread->priority)
        before = before->prev;
    list_add(before, &w->link);
}

int futex_wait(uaddr_t addr, uint32_t value, uint32_t bitset, uint64_t deadline)
{
    uint32_t now;
    int err = user_get_u32(&now, addr);
    if (err)
        return err;
    if (now != value)
        return -EAGAIN;
    struct futex_waiter w = {.thread = current_thread(), .addr = addr, .bitset = bitset};
    enqueue(&w);
    while (!w.woken && !err)
        err = thread_sleep(deadline, true);
    list_del(&w.link);
    return w.woken ? 0 : err;
}

static void wake(struct futex_waiter *w)
{
    list_del(&w->link);
    w->woken = true;
    thread_wake(w->thread);
}

int futex_wake(uaddr_t addr, uint32_t bitset, unsigned max)
{
    unsigned count = 0;
    list_for_each_safe (pos, next, bucket_of(addr)) {
        struct futex_waiter *w = list_entry(pos, struct futex_waiter, link);
        if (count == max)
            break;
        if (w->addr != addr || !(w->bitset & bitset))
            continue;
        wake(w);
        count++;
    }
    return (int)count;
}

int futex_requeue(uaddr_t from, uaddr_t to, unsigned wake_max, unsigned move_max)
{
    unsigned count = 0;
    list_for_each_safe (pos, next, bucket_of(from)) {
        struct futex_waiter *w = list_entry(pos, struct futex_waiter, link);
        if (w->addr != from)
            continue;
        if (count < wake_max) {
            wake(w);
        } else if (count - wake_max < move_max) {
            w->addr = to;
            if (from != to) { /* at the tail of the same queue it would be met again, for ever */
                list_del(&w->link);
                enqueue(w);
            }
        } else {
            break;
        }
        count++;
    }
    return (int)count;
}

/* Robust lists (Linux, Documentation/locking/robust-futexes.rst): struct robust_list_head, and entries that point at
 * the next. */
#define ROBUST_LIMIT 2048

struct robust_head {
    uint64_t next;
    int64_t futex_offset;
    uint64_t pending;
};

static void owner_died(uaddr_t addr, int tid)
{
    uint32_t value, next;
    if (user_get_u32(&value, addr))
        return;
    do {
        if ((value & FUTEX_TID_MASK) != (uint32_t)tid)
            return;
        next = (value & FUTEX_WAITERS) | FUTEX_OWNER_DIED;
        uint32_t seen = value;
        if (user_cmpxchg_u32(addr, &seen, next))
            return;
        if (seen == value)
            break;
        value = seen;
    } while (true);
    if (value & FUTEX_WAITERS)
        futex_wake(addr, FUTEX_BITSET_ANY, 1);
}

static void release_robust(const struct thread *t)
{
    struct robust_head head;
    if (!t->robust_list || user_read(&head, t->robust_list, sizeof head))
        return;
    uaddr_t entry = head.next & ~1ul; /* bit 0 marks locks, which futex_owner_ends passes on */
    for (unsigned i = 0; i < ROBUST_LIMIT && entry != t->robust_list; i++) {
        uint64_t next;
        int err = user_read(&next, entry, sizeof next);
        if (entry != (head.pending & ~1ul))
            owner_died(entry + (uint64_t)head.futex_offset, t->tid);
        if (err)
            break;
        entry = next & ~1ul;
    }
    if (head.pending)
        owner_died((head.pending & ~1ul) + (uint64_t)head.futex_offset, t->tid);
}

void futex_thread_ends(struct thread *t)
{
    release_robust(t);
    futex_owner_ends(t);
    if (!t->clear_child_tid)
        return;
    if (!user_put_u32(t->clear_child_tid, 0))
        futex_wake(t->clear_child_tid, FUTEX_BITSET_ANY, 1);
}
