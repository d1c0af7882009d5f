/* futex(2): plain, robust and priority-inheriting locks. Requeueing from a plain futex to a priority-inheriting one is
 * refused: C libraries have given it up. */
#include "sys/sys.h"
#include "thread/futex.h"
#include "time/time.h"

enum {
    WAIT,
    WAKE,
    FD,
    REQUEUE,
    CMP_REQUEUE,
    WAKE_OP,
    LOCK_PI,
    UNLOCK_PI,
    TRYLOCK_PI,
    WAIT_BITSET,
    WAKE_BITSET,
    LOCK_PI2 = 13
};
#define FUTEX_PRIVATE 128
#define FUTEX_CLOCK_REALTIME 256

/* WAIT's timeout is a duration; WAIT_BITSET's is a point in time of the clock that the flag names. */
static int read_deadline(uaddr_t addr, int op, bool realtime, uint64_t *deadline)
{
    struct timespec64 ts;
    uint64_t ns, now = clock_monotonic();
    *deadline = NEVER;
    if (!addr)
        return 0;
    if (user_read(&ts, addr, sizeof ts))
        return -EFAULT;
    if (timespec_to_ns(&ts, &ns))
        return -EINVAL;
    if (op == WAIT)
        *deadline = ns < NEVER - 1 - now ? now + ns : NEVER - 1;
    else
        *deadline = realtime ? clock_realtime_to_monotonic(ns) : ns;
    return 0;
}

static long wait(uaddr_t addr, int op, bool realtime, uint32_t value, uaddr_t timeout, uint32_t bitset)
{
    uint64_t deadline;
    int err = read_deadline(timeout, op, realtime, &deadline);
    if (err)
        return err;
    if (!bitset)
        return -EINVAL;
    err = futex_wait(addr, value, bitset, deadline);
    return err == -EINTR && !timeout ? -ERESTARTSYS : err;
}

/* LOCK_PI's timeout is a point in time of the wall clock. */
static long lock(uaddr_t addr, int op, bool realtime, uaddr_t timeout)
{
    uint64_t deadline;
    int err = read_deadline(timeout, op, realtime || op == LOCK_PI, &deadline);
    if (!err)
        err = futex_lock(addr, true, deadline);
    return err == -EINTR ? -ERESTARTNOINTR : err;
}

/* WAKE_OP: an atomic operation on the second word, and a comparison of what was there. Fields of `op` as in
 * linux/futex.h. */
static int modify(uaddr_t addr, uint32_t op, bool *wake_too)
{
    uint32_t kind = op >> 28 & 7, comparison = op >> 24 & 15, old, seen;
    int32_t operand = (int32_t)(op << 8) >> 20, reference = (int32_t)(op << 20) >> 20;
    uint32_t arg = op >> 28 & 8 ? 1u << (operand & 31) : (uint32_t)operand;
    int err = user_get_u32(&old, addr);
    if (err)
        return err;
    for (;; old = seen) {
        const uint32_t next[] = {arg, old + arg, old | arg, old & ~arg, old ^ arg};
        if (kind >= ARRAY_LEN(next))
            return -ENOSYS;
        seen = old;
        err = user_cmpxchg_u32(addr, &seen, next[kind]);
        if (err)
            return err;
        if (seen == old)
            break;
    }
    const int32_t was = (int32_t)old;
    const bool holds[] = {was == reference, was != reference, was<reference, was <= reference, was> reference,
                          was >= reference};
    if (comparison >= ARRAY_LEN(holds))
        return -ENOSYS;
    *wake_too = holds[comparison];
    return 0;
}

static long wake_op(uaddr_t addr, unsigned max, uaddr_t addr2, unsigned max2, uint32_t op)
{
    bool wake_too;
    int err = modify(addr2, op, &wake_too);
    if (err)
        return err;
    int woken = futex_wake(addr, FUTEX_BITSET_ANY, max);
    return woken + (wake_too ? futex_wake(addr2, FUTEX_BITSET_ANY, max2) : 0);
}

static long compare_and_requeue(uaddr_t addr, unsigned wake, unsigned move, uaddr_t addr2, uint32_t expected)
{
    uint32_t value;
    int err = user_get_u32(&value, addr);
    if (err)
        return err;
    return value == expected ? futex_requeue(addr, addr2, wake, move) : -EAGAIN;
}

/* What other mappings may share is found by its page, which must be there; a private word by its address alone. */
static int check_shared(uaddr_t addr, uaddr_t addr2, int op)
{
    uint32_t value;
    bool one = op == WAKE || op == WAKE_BITSET, two = op == REQUEUE || op == CMP_REQUEUE;
    int err = one || two ? user_get_u32(&value, addr) : 0;
    return !err && two ? user_get_u32(&value, addr2) : err;
}

long sys_futex(long uaddr, long operation, long val, long timeout, long uaddr2, long val3)
{
    uaddr_t addr = (uaddr_t)uaddr, addr2 = (uaddr_t)uaddr2;
    int op = (int)operation & ~(FUTEX_PRIVATE | FUTEX_CLOCK_REALTIME);
    bool realtime = operation & FUTEX_CLOCK_REALTIME;
    unsigned count = (unsigned)val, count2 = (unsigned)timeout; /* val2 stands in the timeout's place */
    if ((addr | addr2) & 3 && (addr & 3 || op == REQUEUE || op == CMP_REQUEUE || op == WAKE_OP))
        return -EINVAL;
    if ((op == REQUEUE || op == CMP_REQUEUE) && ((int)count < 0 || (int)count2 < 0))
        return -EINVAL;
    if (realtime && op != WAIT_BITSET && op != LOCK_PI2)
        return -ENOSYS;
    int err = operation & FUTEX_PRIVATE ? 0 : check_shared(addr, addr2, op);
    if (err)
        return err;
    switch (op) {
    case WAIT:
        return wait(addr, op, false, count, (uaddr_t)timeout, FUTEX_BITSET_ANY);
    case WAIT_BITSET:
        return wait(addr, op, realtime, count, (uaddr_t)timeout, (uint32_t)val3);
    case WAKE:
        return futex_wake(addr, FUTEX_BITSET_ANY, count ? count : 1);
    case WAKE_BITSET:
        return val3 ? futex_wake(addr, (uint32_t)val3, count ? count : 1) : -EINVAL;
    case REQUEUE:
        return futex_requeue(addr, addr2, count, count2);
    case CMP_REQUEUE:
        return compare_and_requeue(addr, count, count2, addr2, (uint32_t)val3);
    case WAKE_OP:
        return wake_op(addr, count, addr2, count2, (uint32_t)val3);
    case LOCK_PI:
    case LOCK_PI2:
        return lock(addr, op, realtime, (uaddr_t)timeout);
    case TRYLOCK_PI:
        return futex_lock(addr, false, 0);
    case UNLOCK_PI:
        return futex_unlock(addr);
    default:
        return -ENOSYS;
    }
}
