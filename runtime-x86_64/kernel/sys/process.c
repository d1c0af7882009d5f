/* The process: there is one, it is its own session and group, and it has no children. */
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

#define WNOHANG 1u
#define WUNTRACED 2u
#define WEXITED 4u
#define WCONTINUED 8u
#define WNOWAIT 0x1000000u
#define WAIT_KINDS 0xe0000000u /* __WNOTHREAD, __WALL, __WCLONE */
enum { P_ALL, P_PID, P_PGID, P_PIDFD };

/* There are no children to wait for. */
long sys_wait4(long pid, long status, long options, long usage)
{
    if ((unsigned)options & ~(WNOHANG | WUNTRACED | WCONTINUED | WAIT_KINDS))
        return -EINVAL;
    return (int)pid == INT32_MIN ? -ESRCH : -ECHILD;
}

long sys_waitid(long which, long id, long info, long options, long usage)
{
    unsigned events = WEXITED | WUNTRACED | WCONTINUED;
    if ((unsigned)options & ~(events | WNOHANG | WNOWAIT | WAIT_KINDS) || !((unsigned)options & events))
        return -EINVAL;
    if (which < P_ALL || which > P_PIDFD || (which == P_PID && id <= 0) || (which > P_PID && id < 0))
        return -EINVAL;
    return which == P_PIDFD ? -EBADF : -ECHILD;
}
