/* timer_create and its family, on time/posix-timer.c. */
#include "sys/sys.h"
#include "thread/new.h"
#include "thread/signal.h"
#include "time/posix-timer.h"

enum { CLOCK_REALTIME = 0, CLOCK_MONOTONIC = 1, CLOCK_BOOTTIME = 7, CLOCK_TAI = 11 };
enum { SIGEV_SIGNAL, SIGEV_NONE, SIGEV_THREAD, SIGEV_THREAD_ID = 4 };
#define TIMER_ABSTIME 1

struct sigevent {
    uint64_t value;
    int32_t signal, notify, tid, pad[11];
};
_Static_assert(sizeof(struct sigevent) == 64, "struct sigevent");

struct itimerspec {
    struct timespec64 interval, value;
};

static int read_event(uaddr_t addr, struct posix_timer_options *o)
{
    struct sigevent e;
    if (!addr) {
        o->signal = SIGALRM;
        return 0;
    }
    if (user_read(&e, addr, sizeof e))
        return -EFAULT;
    o->has_value = true;
    o->value = e.value;
    if (e.notify == SIGEV_NONE)
        return 0;
    if ((e.notify != SIGEV_SIGNAL && e.notify != SIGEV_THREAD && e.notify != SIGEV_THREAD_ID) || e.signal < 1 ||
        e.signal > SIGNAL_MAX)
        return -EINVAL;
    o->signal = e.signal;
    if (e.notify == SIGEV_THREAD_ID && !thread_find(e.tid))
        return -EINVAL;
    o->tid = e.notify == SIGEV_THREAD_ID ? e.tid : 0;
    return 0;
}

long sys_timer_create(long clock, long event, long id_addr)
{
    struct posix_timer_options o = {.realtime = clock == CLOCK_REALTIME || clock == CLOCK_TAI};
    int32_t id;
    bool by_time = o.realtime || clock == CLOCK_MONOTONIC || clock == CLOCK_BOOTTIME;
    o.clock = by_time ? TIMER_MONOTONIC : cpu_timer_clock((int)clock);
    if (o.clock < 0 && !by_time)
        return o.clock;
    int err = read_event((uaddr_t)event, &o);
    if (!err)
        err = posix_timer_create(&o, &id);
    if (!err && user_put((uaddr_t)id_addr, id)) {
        posix_timer_delete(posix_timer_find(id));
        err = -EFAULT;
    }
    return err;
}

static int put_setting(uaddr_t addr, const struct posix_timer *t)
{
    uint64_t value, interval;
    posix_timer_get(t, &value, &interval);
    struct itimerspec s = {ns_to_timespec(interval), ns_to_timespec(value)};
    return user_write(addr, &s, sizeof s);
}

long sys_timer_gettime(long id, long addr)
{
    const struct posix_timer *t = posix_timer_find((int)id);
    return t ? put_setting((uaddr_t)addr, t) : -EINVAL;
}

long sys_timer_settime(long id, long flags, long addr, long old)
{
    struct posix_timer *t = posix_timer_find((int)id);
    struct itimerspec s;
    uint64_t value, interval;
    if (!t || !addr)
        return -EINVAL;
    if (user_read(&s, (uaddr_t)addr, sizeof s))
        return -EFAULT;
    if (timespec_to_ns(&s.value, &value) || timespec_to_ns(&s.interval, &interval))
        return -EINVAL;
    if (old && put_setting((uaddr_t)old, t))
        return -EFAULT;
    posix_timer_set(t, value, interval, flags & TIMER_ABSTIME);
    return 0;
}

long sys_timer_getoverrun(long id)
{
    const struct posix_timer *t = posix_timer_find((int)id);
    return t ? posix_timer_overrun(t) : -EINVAL;
}

long sys_timer_delete(long id)
{
    struct posix_timer *t = posix_timer_find((int)id);
    if (!t)
        return -EINVAL;
    posix_timer_delete(t);
    return 0;
}
