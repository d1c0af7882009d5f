/* The process: identity, limits, prctl. There is one, it is its own session and group, and it has no children. */
#include "cpu/local.h"
#include "fs/vfs.h"
#include "sys/sys.h"
#include "thread/new.h"

long sys_getpid(void)
{
    return PROCESS_ID;
}

long sys_getppid(void)
{
    return 0; /* as for the first process of a PID namespace */
}

long sys_getpgrp(void)
{
    return PROCESS_ID;
}

static long only_self(long pid)
{
    return pid == 0 || pid == PROCESS_ID ? PROCESS_ID : -ESRCH;
}

long sys_getpgid(long pid)
{
    return only_self(pid);
}

long sys_getsid(long pid)
{
    return only_self(pid);
}

/* Linux refuses both to a session leader, which the process is. */
long sys_setsid(void)
{
    return -EPERM;
}

long sys_setpgid(long pid, long group)
{
    return only_self(pid) < 0 ? -ESRCH : group < 0 ? -EINVAL : -EPERM;
}

#define RLIM_INFINITY (~0ul)
enum {
    RLIMIT_CPU,
    RLIMIT_FSIZE,
    RLIMIT_DATA,
    RLIMIT_STACK,
    RLIMIT_CORE,
    RLIMIT_RSS,
    RLIMIT_NPROC,
    RLIMIT_NOFILE,
    RLIMIT_MEMLOCK,
    RLIMIT_AS,
    RLIMIT_LOCKS,
    RLIMIT_SIGPENDING,
    RLIMIT_MSGQUEUE,
    RLIMIT_NICE,
    RLIMIT_RTPRIO,
    RLIMIT_RTTIME,
    RLIMIT_COUNT
};

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

static int set_limit(long resource, const struct rlimit *r)
{
    if (r->soft > r->hard)
        return -EINVAL;
    if (resource != RLIMIT_NOFILE) {
        limits[resource] = *r;
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
    if (only_self(pid) < 0)
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

enum {
    PR_SET_PDEATHSIG = 1,
    PR_GET_PDEATHSIG = 2,
    PR_GET_DUMPABLE = 3,
    PR_SET_DUMPABLE = 4,
    PR_GET_KEEPCAPS = 7,
    PR_SET_KEEPCAPS = 8,
    PR_SET_NAME = 15,
    PR_GET_NAME = 16,
    PR_CAPBSET_READ = 23,
    PR_SET_TIMERSLACK = 29,
    PR_GET_TIMERSLACK = 30,
    PR_SET_NO_NEW_PRIVS = 38,
    PR_GET_NO_NEW_PRIVS = 39
};
#define LAST_CAPABILITY 40
#define TIMER_SLACK_NS 50000

static long set_name(uaddr_t addr)
{
    char *name = current_thread()->name, text[sizeof current_thread()->name];
    ssize_t n = user_read_string(text, addr, sizeof text);
    if (n == -ENAMETOOLONG)
        n = user_read(text, addr, sizeof text - 1) ? -EFAULT : (ssize_t)sizeof text - 1;
    if (n < 0)
        return n;
    text[n] = '\0';
    memcpy(name, text, sizeof text);
    return 0;
}

long sys_prctl(long op, long a, long b, long c, long d)
{
    static int death_signal;
    static bool no_new_privileges;
    switch (op) {
    case PR_SET_NAME:
        return set_name((uaddr_t)a);
    case PR_GET_NAME:
        return user_write((uaddr_t)a, current_thread()->name, sizeof current_thread()->name);
    case PR_SET_PDEATHSIG: /* the parent that could die does not exist */
        if (a < 0 || a > SIGNAL_MAX)
            return -EINVAL;
        death_signal = (int)a;
        return 0;
    case PR_GET_PDEATHSIG:
        return user_put((uaddr_t)a, death_signal);
    case PR_GET_DUMPABLE:
    case PR_GET_KEEPCAPS:
        return 0;
    case PR_SET_DUMPABLE:
    case PR_SET_KEEPCAPS:
        return a == 0 || a == 1 ? 0 : -EINVAL;
    case PR_CAPBSET_READ:
        return a >= 0 && a <= LAST_CAPABILITY ? 1 : -EINVAL;
    case PR_SET_TIMERSLACK: /* timers have none */
        return 0;
    case PR_GET_TIMERSLACK:
        return TIMER_SLACK_NS;
    case PR_SET_NO_NEW_PRIVS: /* there is no execve to gain any by */
        if (a != 1 || b || c || d)
            return -EINVAL;
        no_new_privileges = true;
        return 0;
    case PR_GET_NO_NEW_PRIVS:
        return no_new_privileges;
    default:
        return -EINVAL;
    }
}

long sys_personality(long persona)
{
    return persona == 0xffffffff || persona == 0 ? 0 : -EINVAL;
}

#define MEMBARRIER_QUERY 0
#define MEMBARRIER_GLOBAL 1
#define MEMBARRIER_PRIVATE_EXPEDITED 8
#define MEMBARRIER_REGISTER_PRIVATE_EXPEDITED 16

/* On one CPU the way into the kernel and back is the barrier. */
long sys_membarrier(long command, long flags, long cpu_id)
{
    static bool registered;
    if (flags)
        return -EINVAL;
    switch (command) {
    case MEMBARRIER_QUERY:
        return MEMBARRIER_GLOBAL | MEMBARRIER_PRIVATE_EXPEDITED | MEMBARRIER_REGISTER_PRIVATE_EXPEDITED;
    case MEMBARRIER_GLOBAL:
        return 0;
    case MEMBARRIER_REGISTER_PRIVATE_EXPEDITED:
        registered = true;
        return 0;
    case MEMBARRIER_PRIVATE_EXPEDITED:
        return registered ? 0 : -EPERM;
    default:
        return -EINVAL;
    }
}
