/* Clocks, sleeping, interval timers, processor time. */
#include "cpu/local.h"
#include "fs/vfs.h"
#include "sys/sys.h"
#include "thread/new.h"
#include "thread/schedule.h"
#include "thread/signal.h"
#include "time/cpu-timer.h"
#include "time/time.h"

enum {
    CLOCK_REALTIME,
    CLOCK_MONOTONIC,
    CLOCK_PROCESS_CPUTIME_ID,
    CLOCK_THREAD_CPUTIME_ID,
    CLOCK_MONOTONIC_RAW,
    CLOCK_REALTIME_COARSE,
    CLOCK_MONOTONIC_COARSE,
    CLOCK_BOOTTIME,
    CLOCK_REALTIME_ALARM,
    CLOCK_BOOTTIME_ALARM,
    CLOCK_TAI = 11
};
#define TIMER_ABSTIME 1
#define NS_PER_USEC 1000
#define NS_PER_TICK 10000000ull /* times(2) counts in 1/100 s */

struct timeval {
    int64_t sec, usec;
};

static struct timeval to_timeval(uint64_t ns)
{
    struct timespec64 ts = ns_to_timespec(ns);
    return (struct timeval){ts.sec, ts.nsec / NS_PER_USEC};
}

static int read_clock(int id, uint64_t *ns)
{
    switch (id) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_REALTIME_ALARM:
    case CLOCK_TAI:
        *ns = clock_realtime();
        return 0;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
    case CLOCK_BOOTTIME_ALARM:
        *ns = clock_monotonic();
        return 0;
    default:
        id = cpu_timer_clock(id);
        *ns = id < 0 ? 0 : cpu_timer_read(id);
        return MIN(id, 0);
    }
}

long sys_clock_gettime(long id, long ts)
{
    uint64_t ns;
    int err = read_clock((int)id, &ns);
    return err ? err : user_put((uaddr_t)ts, ns_to_timespec(ns));
}

long sys_clock_getres(long id, long ts)
{
    uint64_t ns;
    int err = read_clock((int)id, &ns);
    return err || !ts ? err : user_put((uaddr_t)ts, ns_to_timespec(1));
}

long sys_clock_settime(long id, long addr)
{
    struct timespec64 ts;
    uint64_t ns;
    if (id != CLOCK_REALTIME)
        return -EINVAL;
    if (user_read(&ts, (uaddr_t)addr, sizeof ts))
        return -EFAULT;
    int err = timespec_to_ns(&ts, &ns);
    return err ? err : !process_can(CAP_SYS_TIME) ? -EPERM : clock_set_realtime(ns);
}

long sys_gettimeofday(long tv, long tz)
{
    const uint32_t utc[2] = {0, 0};
    if (tv && user_put((uaddr_t)tv, to_timeval(clock_realtime())))
        return -EFAULT;
    return tz ? user_write((uaddr_t)tz, utc, sizeof utc) : 0;
}

long sys_settimeofday(long addr, long tz)
{
    struct timeval tv;
    uint64_t ns;
    if (!addr)
        return 0;
    if (user_read(&tv, (uaddr_t)addr, sizeof tv))
        return -EFAULT;
    if (tv.usec < 0 || tv.usec >= 1000000)
        return -EINVAL;
    int err = timespec_to_ns(&(struct timespec64){tv.sec, tv.usec * NS_PER_USEC}, &ns);
    return err ? err : !process_can(CAP_SYS_TIME) ? -EPERM : clock_set_realtime(ns);
}

long sys_time(long addr)
{
    int64_t sec = (int64_t)(clock_realtime() / 1000000000ull);
    return addr && user_put((uaddr_t)addr, sec) ? -EFAULT : sec;
}

static bool is_clock_to_sleep_by(long id)
{
    return id == CLOCK_REALTIME || id == CLOCK_MONOTONIC || id == CLOCK_BOOTTIME || id == CLOCK_REALTIME_ALARM ||
           id == CLOCK_BOOTTIME_ALARM || id == CLOCK_TAI;
}

static bool is_realtime(long id)
{
    return id == CLOCK_REALTIME || id == CLOCK_REALTIME_ALARM || id == CLOCK_TAI;
}

long sys_clock_nanosleep(long id, long flags, long request, long remaining)
{
    struct timespec64 ts;
    uint64_t ns, now = clock_monotonic();
    if (!is_clock_to_sleep_by(id))
        return id == CLOCK_THREAD_CPUTIME_ID || id < 0 || id > CLOCK_TAI ? -EINVAL : -EOPNOTSUPP;
    if (user_read(&ts, (uaddr_t)request, sizeof ts))
        return -EFAULT;
    if (timespec_to_ns(&ts, &ns))
        return -EINVAL;
    bool absolute = flags & TIMER_ABSTIME;
    uint64_t deadline = ns < NEVER - 1 - now ? now + ns : NEVER - 1;
    if (absolute)
        deadline = is_realtime(id) ? clock_realtime_to_monotonic(ns) : ns;
    int err = 0;
    while (!err)
        err = thread_sleep(deadline, true);
    if (err == -ETIMEDOUT)
        return 0;
    now = clock_monotonic();
    if (!absolute && remaining && user_put((uaddr_t)remaining, ns_to_timespec(deadline > now ? deadline - now : 0)))
        return -EFAULT;
    return -EINTR;
}

long sys_nanosleep(long request, long remaining)
{
    return sys_clock_nanosleep(CLOCK_MONOTONIC, 0, request, remaining);
}

long sys_times(long addr)
{
    uint64_t ticks[4] = {process_cpu_ns() / NS_PER_TICK, 0, 0, 0};
    if (addr && user_write((uaddr_t)addr, ticks, sizeof ticks))
        return -EFAULT;
    return (long)(clock_monotonic() / NS_PER_TICK);
}

struct rusage {
    struct timeval user, system;
    int64_t maxrss, unused1[3];
    uint64_t minor_faults;
    int64_t unused2[7];
    uint64_t voluntary_switches, involuntary_switches;
};
_Static_assert(sizeof(struct rusage) == 144, "struct rusage");

long sys_getrusage(long who, long addr)
{
    enum { SELF = 0, CHILDREN = -1, THREAD = 1 };
    struct rusage r = {0};
    who = (int)who;
    if (who != SELF && who != CHILDREN && who != THREAD)
        return -EINVAL;
    if (who != CHILDREN) {
        r.user = to_timeval(who == THREAD ? thread_cpu_ns(current_thread()) : process_cpu_ns());
        r.maxrss = (int64_t)(space_resident_peak() * PAGE_SIZE / 1024);
    }
    if (who == SELF) {
        r.minor_faults = space_faults();
        r.voluntary_switches = schedule_switches.voluntary;
        r.involuntary_switches = schedule_switches.involuntary;
    }
    return user_write((uaddr_t)addr, &r, sizeof r);
}
