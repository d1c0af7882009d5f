/* Futexes: sleeping and waking by an address of the app. */
#pragma once
#include "thread/thread.h"

#define FUTEX_BITSET_ANY 0xffffffffu

/* Sleeps while *addr == value: 0, -EAGAIN (another value), -ETIMEDOUT, -EINTR, -EFAULT. May sleep. */
int futex_wait(uaddr_t addr, uint32_t value, uint32_t bitset, uint64_t deadline);
int futex_wake(uaddr_t addr, uint32_t bitset, unsigned max); /* how many */
/* Wakes `wake` waiters of `from` and moves up to `move` to `to`: how many in all. */
int futex_requeue(uaddr_t from, uaddr_t to, unsigned wake, unsigned move);

/* thread/futex-pi.c: futexes whose words are locks, with their owner's thread id. */
#define FUTEX_WAITERS 0x80000000u
#define FUTEX_OWNER_DIED 0x40000000u
#define FUTEX_TID_MASK 0x3fffffffu
/* 0, -EAGAIN (not now, and not to wait), -EDEADLK, -ESRCH (the owner has ended), -ETIMEDOUT, -EINTR, -EFAULT. May
 * sleep. */
int futex_lock(uaddr_t addr, bool wait, uint64_t deadline);
int futex_unlock(uaddr_t addr); /* 0, -EPERM (another's), -EFAULT */
void futex_owner_ends(const struct thread *t);
void futex_priority_set(struct thread *t); /* to its own_priority, or what it inherits above that */

/* Linux's exit order: robust list, then the clear_child_tid word and its waiter. */
void futex_thread_ends(struct thread *t);
