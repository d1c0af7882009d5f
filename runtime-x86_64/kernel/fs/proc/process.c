/* /proc/self: who the process is, how it was started, what it used. */
#include "fs/proc.h"
#include "sys/credentials.h"
#include "sys/limits.h"
#include "thread/signal.h"
#include "thread/new.h"
#include "thread/schedule.h"

#define NS_PER_TICK 10000000ul /* USER_HZ 100 */
#define KIB_PER_PAGE (PAGE_SIZE / 1024)

/* A piece of the app's start stack: what stands there now, as Linux has it. */
static int copy_from_app(struct text *t, uaddr_t start, uaddr_t end)
{
    char part[256];
    while (start < end) {
        size_t n = MIN(end - start, sizeof part);
        if (user_read(part, start, n))
            return 0; /* the app has unmapped it */
        text_append(t, part, n);
        start += n;
    }
    return 0;
}

int proc_cmdline(struct text *t, long arg)
{
    return copy_from_app(t, exec_info.args, exec_info.args_end);
}

int proc_environ(struct text *t, long arg)
{
    return copy_from_app(t, exec_info.env, exec_info.env_end);
}

int proc_auxv(struct text *t, long arg)
{
    return copy_from_app(t, exec_info.auxv, exec_info.auxv_end);
}

int proc_comm(struct text *t, long tid)
{
    struct thread *thread = proc_thread(tid);
    text_print(t, "%s\n", thread ? thread->name : "");
    return 0;
}

static char state_of(const struct thread *t)
{
    return !t || t->state == THREAD_DEAD ? 'Z' : t->state == THREAD_RUNNABLE ? 'R' : 'S';
}

/* proc_pid_stat(5), fields 1 to 52. */
static void print_stat(struct text *t, long id, const struct thread *thread, uint64_t cpu_ns)
{
    text_print(t, "%ld (%s) %c 0 1 1 0 -1 4194304 0 0 0 0 ", id, thread ? thread->name : "", state_of(thread));
    text_print(t, "%lu 0 0 0 20 0 %u 0 0 ", cpu_ns / NS_PER_TICK,
               thread_count()); /* 14..22: times, priority, threads, start */
    text_print(t, "%lu %zu %lu ", space_virtual_pages() << PAGE_SHIFT, space_resident_pages(), UINT64_MAX);
    text_print(t, "0 0 %lu 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 ", exec_info.stack); /* 26..44: startstack is 28 */
    text_print(t, "0 0 0 %lu %lu %lu %lu 0\n", exec_info.args, exec_info.args_end, exec_info.env, exec_info.env_end);
}

int proc_process_stat(struct text *t, long arg)
{
    print_stat(t, 1, proc_thread(1), process_cpu_ns());
    return 0;
}

int proc_thread_stat(struct text *t, long tid)
{
    struct thread *thread = proc_thread(tid);
    if (!thread)
        return -ESRCH;
    print_stat(t, tid, thread, thread_cpu_ns(thread));
    return 0;
}

static void print_signals(struct text *t, const struct thread *thread)
{
    uint64_t ignored = 0, caught = 0;
    for (int n = 1; n <= SIGNAL_MAX; n++) {
        uint64_t handler = signal_actions[n].handler;
        ignored |= handler == SIG_IGN ? SIGNAL_BIT(n) : 0;
        caught |= handler != SIG_IGN && handler != SIG_DFL ? SIGNAL_BIT(n) : 0;
    }
    text_print(t, "SigPnd:\t%016lx\nShdPnd:\t%016lx\nSigBlk:\t%016lx\n", thread ? thread->sig_pending : 0, 0ul,
               thread ? thread->sig_mask : 0);
    text_print(t, "SigIgn:\t%016lx\nSigCgt:\t%016lx\n", ignored, caught);
}

static void print_ids(struct text *t, const char *name, const struct user_ids *i)
{
    text_print(t, "%s:\t%u\t%u\t%u\t%u\n", name, i->real, i->effective, i->saved, *i->fs);
}

int proc_status(struct text *t, long tid)
{
    struct thread *thread = proc_thread(tid);
    uint64_t size = space_virtual_pages() * KIB_PER_PAGE, resident = space_resident_pages() * KIB_PER_PAGE;
    char state = state_of(thread);
    text_print(t, "Name:\t%s\nUmask:\t%04o\nState:\t%c (%s)\n", thread ? thread->name : "", vfs_umask, state,
               state == 'R'   ? "running"
               : state == 'S' ? "sleeping"
                              : "zombie");
    text_print(t, "Tgid:\t1\nNgid:\t0\nPid:\t%ld\nPPid:\t0\nTracerPid:\t0\n", tid);
    print_ids(t, "Uid", &process_user);
    print_ids(t, "Gid", &process_group);
    text_print(t, "FDSize:\t64\nGroups:\t");
    for (unsigned n = 0; n < vfs_ids.group_count; n++)
        text_print(t, "%u ", vfs_ids.groups[n]);
    text_print(t, "\n");
    text_print(t, "VmPeak:\t%8lu kB\nVmSize:\t%8lu kB\nVmLck:\t%8lu kB\nVmHWM:\t%8lu kB\nVmRSS:\t%8lu kB\n", size, size,
               space_locked_pages() * KIB_PER_PAGE, space_resident_peak() * KIB_PER_PAGE, resident);
    text_print(t, "VmSwap:\t       0 kB\nThreads:\t%u\n", thread_count());
    print_signals(t, thread);
    const struct capability_sets *c = &capability_sets;
    text_print(t, "CapInh:\t%016lx\nCapPrm:\t%016lx\nCapEff:\t%016lx\nCapBnd:\t%016lx\nCapAmb:\t%016lx\n",
               c->inheritable, c->permitted, vfs_ids.capabilities, c->bounding, c->ambient);
    text_print(t, "NoNewPrivs:\t0\nSeccomp:\t0\nCpus_allowed:\t1\nCpus_allowed_list:\t0\n");
    return 0;
}

int proc_limits(struct text *t, long arg)
{
    static const struct {
        const char *name, *unit;
    } rows[RLIMIT_COUNT] = {
        [RLIMIT_CPU] = {"Max cpu time", "seconds"},         [RLIMIT_FSIZE] = {"Max file size", "bytes"},
        [RLIMIT_DATA] = {"Max data size", "bytes"},         [RLIMIT_STACK] = {"Max stack size", "bytes"},
        [RLIMIT_CORE] = {"Max core file size", "bytes"},    [RLIMIT_RSS] = {"Max resident set", "bytes"},
        [RLIMIT_NPROC] = {"Max processes", "processes"},    [RLIMIT_NOFILE] = {"Max open files", "files"},
        [RLIMIT_MEMLOCK] = {"Max locked memory", "bytes"},  [RLIMIT_AS] = {"Max address space", "bytes"},
        [RLIMIT_LOCKS] = {"Max file locks", "locks"},       [RLIMIT_SIGPENDING] = {"Max pending signals", "signals"},
        [RLIMIT_MSGQUEUE] = {"Max msgqueue size", "bytes"}, [RLIMIT_NICE] = {"Max nice priority", ""},
        [RLIMIT_RTPRIO] = {"Max realtime priority", ""},    [RLIMIT_RTTIME] = {"Max realtime timeout", "us"},
    };
    text_print(t, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit", "Hard Limit", "Units");
    for (int n = 0; n < RLIMIT_COUNT; n++) {
        uint64_t values[2];
        char text[2][24];
        process_limit(n, &values[0], &values[1]);
        for (int k = 0; k < 2; k++)
            format(text[k], sizeof text[k], values[k] == RLIM_INFINITY ? "unlimited" : "%lu", values[k]);
        text_print(t, "%-25s %-20s %-20s %-10s\n", rows[n].name, text[0], text[1], rows[n].unit);
    }
    return 0;
}
