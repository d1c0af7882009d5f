/* Resource limits. Enforced: descriptors (fs/fd.c), the address space (mm/limit.c, mm/fault.c), the size of files
 * (fs/regular.c), processor time (here). The others are remembered and told back. */
#include "fs/vfs.h"
#include "sys/limits.h"
#include "sys/sys.h"
#include "thread/new.h"
#include "thread/signal.h"
#include "time/cpu-timer.h"

struct rlimit {
    uint64_t soft, hard;
};

static struct rlimit limits[RLIMIT_COUNT] = {
    [RLIMIT_CPU] = {RLIM_INFINITY, RLIM_INFINITY},
    [RLIMIT_FSIZE] = {RLIM_INFINITY, RLIM_INFINITY},
    [RLIMIT_DATA] = {RLIM_INFINITY, RLIM_INFINITY},
    [RLIMIT_STACK] = {STACK_LIMIT, RLIM_INFINITY},
    [RLIMIT_CORE] = {0, 0},
    [RLIMIT_RSS] = {RLIM_INFINITY, RLIM_INFINITY},
    [RLIMIT_NPROC] = {4096, 4096},
    [RLIMIT_MEMLOCK] = {RLIM_INFINITY, RLIM_INFINITY},
    [RLIMIT_AS] = {RLIM_INFINITY, RLIM_INFINITY},
    [RLIMIT_LOCKS] = {RLIM_INFINITY, RLIM_INFINITY},
    [RLIMIT_SIGPENDING] = {1024, 1024},
};

static struct rlimit get_limit(long resource)
{
    if (resource == RLIMIT_NOFILE)
        return (struct rlimit){fd_limit_soft, fd_limit_hard};
    return limits[resource];
}

void process_limit(int resource, uint64_t *soft, uint64_t *hard)
{
    struct rlimit r = get_limit(resource);
    *soft = r.soft;
    *hard = r.hard;
}

uint64_t process_soft_limit(int resource)
{
    return get_limit(resource).soft;
}

#define NS_PER_SECOND 1000000000ul

/* SIGXCPU at the soft limit and each second from then on, SIGKILL at the hard one. */
static void cpu_time_is_up(struct cpu_timer *t)
{
    struct rlimit *r = &limits[RLIMIT_CPU];
    uint64_t seconds = cpu_timer_now(t) / NS_PER_SECOND;
    signal_send_process(seconds >= r->hard ? SIGKILL : SIGXCPU);
    r->soft = seconds + 1;
    cpu_timer_arm(t, r->soft * NS_PER_SECOND);
}

static void limit_cpu_time(uint64_t seconds)
{
    static struct cpu_timer timer = {.clock = TIMER_PROCESS, .fn = cpu_time_is_up};
    timer_cancel(&timer.timer);
    if (seconds < NEVER / NS_PER_SECOND)
        cpu_timer_arm(&timer, MAX(seconds, 1ul) * NS_PER_SECOND);
}

static int set_limit(long resource, const struct rlimit *r)
{
    if (r->soft > r->hard)
        return -EINVAL;
    if (r->hard > get_limit(resource).hard && !process_can(CAP_SYS_RESOURCE))
        return -EPERM;
    if (resource != RLIMIT_NOFILE) {
        limits[resource] = *r;
        if (resource == RLIMIT_CPU)
            limit_cpu_time(r->soft);
        return 0;
    }
    if (r->hard > FD_LIMIT_MAX)
        return -EPERM;
    fd_limit_soft = (unsigned)r->soft;
    fd_limit_hard = (unsigned)r->hard;
    return 0;
}

long sys_prlimit64(long pid, long resource, long next, long old)
{
    struct rlimit r;
    if (resource < 0 || resource >= RLIMIT_COUNT)
        return -EINVAL;
    if (pid && pid != PROCESS_ID)
        return -ESRCH;
    struct rlimit previous = get_limit(resource);
    if (next && user_read(&r, (uaddr_t)next, sizeof r))
        return -EFAULT;
    int err = next ? set_limit(resource, &r) : 0;
    if (!err && old)
        err = user_write((uaddr_t)old, &previous, sizeof previous);
    return err;
}

long sys_getrlimit(long resource, long addr)
{
    return sys_prlimit64(0, resource, 0, addr);
}

long sys_setrlimit(long resource, long addr)
{
    return addr ? sys_prlimit64(0, resource, addr, 0) : -EFAULT;
}
