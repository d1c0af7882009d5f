/* Scheduling parameters. There is one CPU; real-time policies are what they promise, time-shared ones are all alike. */
#include "cpu/local.h"
#include "fs/vfs.h"
#include "sys/limits.h"
#include "sys/sys.h"
#include "thread/futex.h"
#include "thread/new.h"
#include "thread/schedule.h"
#include "time/time.h"

#define SCHED_DEADLINE 6 /* without priorities */
#define SCHED_RESET_ON_FORK 0x40000000
#define CPU_SET_SIZE 8
#define REAL_TIME_MAX 99
#define NICE_MIN -20
#define NICE_MAX 19
enum { PRIO_PROCESS, PRIO_PGRP, PRIO_USER };

static bool exists(long tid)
{
    return tid == 0 || (tid > 0 && thread_find((int)tid));
}

static struct thread *thread_of(long tid)
{
    return tid ? thread_find((int)tid) : current_thread();
}

static int check_thread(long tid)
{
    return tid < 0 ? -EINVAL : exists(tid) ? 0 : -ESRCH;
}

static bool is_time_shared(long policy)
{
    return policy == SCHED_OTHER || policy == SCHED_BATCH || policy == SCHED_IDLE;
}

long sys_sched_yield(void)
{
    thread_yield();
    return 0;
}

long sys_sched_getaffinity(long tid, long size, long addr)
{
    if (!exists(tid))
        return -ESRCH;
    if (size < CPU_SET_SIZE || size % CPU_SET_SIZE)
        return -EINVAL;
    return user_put((uaddr_t)addr, 1ul) ? -EFAULT : CPU_SET_SIZE;
}

long sys_sched_setaffinity(long tid, long size, long addr)
{
    uint64_t set = 0;
    if (!exists(tid))
        return -ESRCH;
    if (size < 0 || user_read(&set, (uaddr_t)addr, MIN((size_t)size, sizeof set)))
        return -EFAULT;
    return set & 1 ? 0 : -EINVAL;
}

long sys_sched_getscheduler(long tid)
{
    int err = check_thread(tid);
    return err ? err : thread_of(tid)->policy;
}

static bool is_real_time(long policy)
{
    return policy == SCHED_FIFO || policy == SCHED_RR;
}

static int set_scheduling(struct thread *t, long policy, int32_t priority)
{
    if (is_real_time(policy) ? priority < 1 || priority > REAL_TIME_MAX : !is_time_shared(policy) || priority)
        return -EINVAL;
    bool more = is_real_time(policy) && (policy != t->policy || priority > t->own_priority);
    if (more && !process_can(CAP_SYS_NICE) && (uint64_t)priority > process_soft_limit(RLIMIT_RTPRIO))
        return -EPERM;
    t->policy = (uint8_t)policy;
    t->own_priority = (uint8_t)priority;
    futex_priority_set(t);
    return 0;
}

static int read_priority(long tid, long addr, int32_t *priority)
{
    if (tid < 0 || !addr)
        return -EINVAL;
    if (user_read(priority, (uaddr_t)addr, sizeof *priority))
        return -EFAULT;
    return check_thread(tid);
}

long sys_sched_setscheduler(long tid, long policy, long addr)
{
    int32_t priority;
    int err = policy < 0 ? -EINVAL : read_priority(tid, addr, &priority);
    return err ? err : set_scheduling(thread_of(tid), policy & ~SCHED_RESET_ON_FORK, priority);
}

long sys_sched_getparam(long tid, long addr)
{
    int err = addr ? check_thread(tid) : -EINVAL;
    return err ? err : user_put((uaddr_t)addr, (int32_t)thread_of(tid)->own_priority);
}

long sys_sched_setparam(long tid, long addr)
{
    int32_t priority;
    int err = read_priority(tid, addr, &priority);
    return err ? err : set_scheduling(thread_of(tid), thread_of(tid)->policy, priority);
}

static long priority_limit(long policy, long realtime)
{
    if (is_real_time(policy))
        return realtime;
    return is_time_shared(policy) || policy == SCHED_DEADLINE ? 0 : -EINVAL;
}

long sys_sched_get_priority_max(long policy)
{
    return priority_limit(policy, REAL_TIME_MAX);
}

long sys_sched_get_priority_min(long policy)
{
    return priority_limit(policy, 1);
}

long sys_sched_rr_get_interval(long tid, long addr)
{
    int err = check_thread(tid);
    if (err)
        return err;
    return user_put((uaddr_t)addr, ns_to_timespec(thread_of(tid)->policy == SCHED_FIFO ? 0 : TIME_SLICE_NS));
}

static long nice_value;

/* One process is its group and all that its user runs. */
static int check_priority_of(long which, long who)
{
    if (which < PRIO_PROCESS || which > PRIO_USER)
        return -EINVAL;
    bool found = which == PRIO_PROCESS ? exists((int)who)
                 : which == PRIO_PGRP  ? !who || who == PROCESS_ID
                                       : !who || who == sys_getuid();
    return found ? 0 : -ESRCH;
}

/* The system call gives 20 - nice, so that no value looks like an error. */
long sys_getpriority(long which, long who)
{
    int err = check_priority_of(which, who);
    return err ? err : 20 - nice_value;
}

long sys_setpriority(long which, long who, long nice)
{
    int err = check_priority_of(which, who);
    if (err)
        return err;
    nice = MAX(MIN((long)(int)nice, (long)NICE_MAX), (long)NICE_MIN);
    if (nice < nice_value && !process_can(CAP_SYS_NICE))
        return -EACCES;
    nice_value = nice;
    return 0;
}
