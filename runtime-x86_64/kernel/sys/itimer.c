/* setitimer, getitimer, alarm. Linux rounds to microseconds here. */
#include "sys/sys.h"
#include "time/itimer.h"

#define NS_PER_SEC 1000000000ull
#define NS_PER_USEC 1000u

struct itimerval {
    int64_t interval_sec, interval_usec, value_sec, value_usec;
};

static int to_ns(int64_t sec, int64_t usec, uint64_t *ns)
{
    if (usec < 0 || usec >= 1000000)
        return -EINVAL;
    return timespec_to_ns(&(struct timespec64){sec, usec * NS_PER_USEC}, ns);
}

static int put_interval(uaddr_t addr, const struct interval *i)
{
    uint64_t value = i->value ? MAX(i->value, NS_PER_USEC) : 0; /* an armed timer never shows 0 */
    struct itimerval v = {(int64_t)(i->interval / NS_PER_SEC), (int64_t)(i->interval % NS_PER_SEC / NS_PER_USEC),
                          (int64_t)(value / NS_PER_SEC), (int64_t)(value % NS_PER_SEC / NS_PER_USEC)};
    return user_write(addr, &v, sizeof v);
}

long sys_getitimer(long which, long addr)
{
    struct interval i;
    if (which < 0 || which >= ITIMER_COUNT)
        return -EINVAL;
    itimer_get((int)which, &i);
    return put_interval((uaddr_t)addr, &i);
}

long sys_setitimer(long which, long next_addr, long old_addr)
{
    struct itimerval v = {0};
    struct interval old, next;
    if (which < 0 || which >= ITIMER_COUNT)
        return -EINVAL;
    if (next_addr && user_read(&v, (uaddr_t)next_addr, sizeof v))
        return -EFAULT;
    if (to_ns(v.value_sec, v.value_usec, &next.value) || to_ns(v.interval_sec, v.interval_usec, &next.interval))
        return -EINVAL;
    itimer_get((int)which, &old);
    itimer_set((int)which, &next);
    return old_addr ? put_interval((uaddr_t)old_addr, &old) : 0;
}

long sys_alarm(long seconds)
{
    struct interval old, next = {(uint32_t)seconds * NS_PER_SEC, 0};
    itimer_get(ITIMER_REAL, &old);
    itimer_set(ITIMER_REAL, &next);
    uint64_t left = (old.value + NS_PER_SEC / 2) / NS_PER_SEC;
    return old.value && !left ? 1 : (long)left;
}
