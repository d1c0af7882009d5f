/* Signals: actions, masks, waiting, sending. */
#include "cpu/local.h"
#include "sys/sys.h"
#include "thread/new.h"
#include "thread/schedule.h"
#include "thread/signal.h"
#include "time/time.h"

#define SIGSET_SIZE 8

static bool is_signal(long signal)
{
    return signal >= 1 && signal <= SIGNAL_MAX;
}

long sys_rt_sigaction(long signal, long act, long old, long size)
{
    struct sigaction previous, next;
    if (size != SIGSET_SIZE || !is_signal(signal) || (act && (signal == SIGKILL || signal == SIGSTOP)))
        return -EINVAL;
    previous = signal_actions[signal];
    if (act && user_read(&next, (uaddr_t)act, sizeof next))
        return -EFAULT;
    if (old && user_write((uaddr_t)old, &previous, sizeof previous))
        return -EFAULT;
    if (!act)
        return 0;
    next.mask &= ~SIGNAL_UNBLOCKABLE;
    signal_actions[signal] = next;
    if (signal_is_ignored((int)signal))
        signal_forget_ignored((int)signal);
    return 0;
}

long sys_rt_sigprocmask(long how, long set, long old, long size)
{
    uint64_t mask = current_thread()->sig_mask, bits;
    if (size != SIGSET_SIZE)
        return -EINVAL;
    if (set && user_read(&bits, (uaddr_t)set, sizeof bits))
        return -EFAULT;
    if (set && (how < SIG_BLOCK || how > SIG_SETMASK))
        return -EINVAL;
    if (old && user_put((uaddr_t)old, mask))
        return -EFAULT;
    if (set)
        signal_set_mask(how == SIG_BLOCK ? mask | bits : how == SIG_UNBLOCK ? mask & ~bits : bits);
    return 0;
}

long sys_rt_sigpending(long set, long size)
{
    if ((uint64_t)size > SIGSET_SIZE)
        return -EINVAL;
    uint64_t pending = signal_pending_set() & current_thread()->sig_mask;
    return user_write((uaddr_t)set, &pending, (size_t)size);
}

static long wait_for_handler(void)
{
    while (!signal_pending())
        thread_sleep(NEVER, true);
    return -EINTR;
}

long sys_pause(void)
{
    return wait_for_handler();
}

long sys_rt_sigsuspend(long set, long size)
{
    uint64_t mask;
    if (size != SIGSET_SIZE)
        return -EINVAL;
    if (user_read(&mask, (uaddr_t)set, sizeof mask))
        return -EFAULT;
    signal_mask_until_return(mask);
    return wait_for_handler();
}

/* While it waits the thread takes the signals of the set, which it blocks otherwise. */
static long wait_for_signal(uint64_t set, uint64_t deadline, struct siginfo *info)
{
    uint64_t mask = current_thread()->sig_mask;
    int signal = signal_take(set, info), err = 0;
    while (!signal && !err) {
        signal_set_mask(mask & ~set);
        err = thread_sleep(deadline, true);
        signal = signal_take(set, info);
        signal_set_mask(mask);
    }
    return signal ? signal : err == -ETIMEDOUT ? -EAGAIN : -EINTR;
}

long sys_rt_sigtimedwait(long set_addr, long info_addr, long timeout, long size)
{
    uint64_t set, ns, deadline = NEVER;
    struct timespec64 ts;
    struct siginfo info;
    if (size != SIGSET_SIZE)
        return -EINVAL;
    if (user_read(&set, (uaddr_t)set_addr, sizeof set) || (timeout && user_read(&ts, (uaddr_t)timeout, sizeof ts)))
        return -EFAULT;
    if (timeout) {
        if (timespec_to_ns(&ts, &ns))
            return -EINVAL;
        uint64_t now = clock_monotonic();
        deadline = ns < NEVER - 1 - now ? now + ns : NEVER - 1;
    }
    long signal = wait_for_signal(set & ~SIGNAL_UNBLOCKABLE, deadline, &info);
    if (signal > 0 && info_addr && user_write((uaddr_t)info_addr, &info, sizeof info))
        return -EFAULT;
    return signal;
}

long sys_rt_sigreturn(void)
{
    struct trap_frame *frame = sys_frame();
    if (sigframe_pop(frame))
        signal_force(SIGSEGV, SI_KERNEL, 0);
    return (long)frame->rax;
}

static long send(struct thread *t, long signal, int code)
{
    struct siginfo info = {.signo = (int32_t)signal, .code = code, .sender.pid = PROCESS_ID};
    return signal ? signal_send(t, &info) : 0;
}

/* As in Linux, any of its threads stands for the process. */
static bool is_process(long pid)
{
    return pid == PROCESS_ID || (pid > 0 && thread_find((int)pid));
}

/* Process and group 1 are all there is. -1 is not that group but all other processes: a program that does not look at
 * what fork gave it passes that. */
long sys_kill(long pid, long signal)
{
    if (signal && !is_signal(signal))
        return -EINVAL;
    if (!is_process(pid) && pid != 0)
        return -ESRCH;
    return send(NULL, signal, SI_USER);
}

static long send_to_thread(long group, long tid, long signal)
{
    if (tid <= 0 || group <= 0 || (signal && !is_signal(signal)))
        return -EINVAL;
    struct thread *t = group == PROCESS_ID ? thread_find((int)tid) : NULL;
    return t ? send(t, signal, SI_TKILL) : -ESRCH;
}

long sys_tkill(long tid, long signal)
{
    return send_to_thread(PROCESS_ID, tid, signal);
}

long sys_tgkill(long group, long tid, long signal)
{
    return send_to_thread(group, tid, signal);
}

static long queue(struct thread *t, long signal, long info_addr)
{
    struct siginfo info;
    if (user_read(&info, (uaddr_t)info_addr, sizeof info))
        return -EFAULT;
    if (signal && !is_signal(signal))
        return -EINVAL;
    info.signo = (int32_t)signal;
    return signal ? signal_send(t, &info) : 0;
}

long sys_rt_sigqueueinfo(long pid, long signal, long info)
{
    return is_process(pid) ? queue(NULL, signal, info) : -ESRCH;
}

long sys_rt_tgsigqueueinfo(long group, long tid, long signal, long info)
{
    struct thread *t = group == PROCESS_ID ? thread_find((int)tid) : NULL;
    return t ? queue(t, signal, info) : -ESRCH;
}

static int set_altstack(struct thread *t, const struct stack_t *s)
{
    uint32_t mode = (uint32_t)s->flags & ~SS_AUTODISARM;
    if (sigframe_altstack_flags(t) == SS_ONSTACK)
        return -EPERM;
    if (mode != 0 && mode != SS_DISABLE && mode != SS_ONSTACK)
        return -EINVAL;
    bool disable = mode == SS_DISABLE;
    if (!disable && s->size < MINSIGSTKSZ)
        return -ENOMEM;
    t->altstack.sp = disable ? 0 : s->sp;
    t->altstack.size = disable ? 0 : s->size;
    t->altstack.flags = (uint32_t)s->flags & SS_AUTODISARM;
    return 0;
}

long sys_sigaltstack(long set, long old)
{
    struct thread *t = current_thread();
    struct stack_t previous = {t->altstack.sp, sigframe_altstack_flags(t) | (int32_t)t->altstack.flags, 0,
                               t->altstack.size};
    struct stack_t next;
    if (set && user_read(&next, (uaddr_t)set, sizeof next))
        return -EFAULT;
    int err = set ? set_altstack(t, &next) : 0;
    if (!err && old)
        err = user_write((uaddr_t)old, &previous, sizeof previous);
    return err;
}
