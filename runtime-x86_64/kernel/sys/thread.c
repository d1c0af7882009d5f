/* Threads, futexes and scheduling. */
#include "cpu/local.h"
#include "sys/sys.h"
#include "thread/futex.h"
#include "thread/new.h"
#include "thread/schedule.h"
#include "thread/signal.h"
#include "time/time.h"

#define CLONE_VM 0x100ul
#define CLONE_FS 0x200ul
#define CLONE_FILES 0x400ul
#define CLONE_SIGHAND 0x800ul
#define CLONE_THREAD 0x10000ul
#define CLONE_SYSVSEM 0x40000ul
#define CLONE_SETTLS 0x80000ul
#define CLONE_PARENT_SETTID 0x100000ul
#define CLONE_CHILD_CLEARTID 0x200000ul
#define CLONE_DETACHED 0x400000ul
#define CLONE_CHILD_SETTID 0x1000000ul
#define CLONE_IGNORED (CLONE_SYSVSEM | CLONE_DETACHED)
#define CLONE_A_THREAD (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)
#define CLONE_KNOWN                                                                                                    \
    (CLONE_A_THREAD | CLONE_IGNORED | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID)

struct clone_args {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};
#define CLONE_ARGS_SIZE_MIN 64

static void copy_parent(struct thread *t, const struct thread *parent)
{
    *t->frame = *parent->frame;
    t->frame->rax = 0;
    t->frame->orig_rax = ~0ul;
    fpu_save(parent->fpu);
    memcpy(t->fpu, parent->fpu, fpu_area_size());
    t->fs_base = parent->fs_base;
    t->gs_base = parent->gs_base;
    t->sig_mask = parent->sig_mask;
    t->policy = parent->policy;
    t->own_priority = t->priority = parent->own_priority;
}

static long clone_thread(const struct clone_args *a)
{
    if ((a->flags & CLONE_A_THREAD) != CLONE_A_THREAD || (a->flags & ~CLONE_KNOWN))
        return -ENOSYS; /* a process of its own, or a namespace */
    if ((a->flags & CLONE_SETTLS) && a->tls >= USER_MAX)
        return -EPERM;
    struct thread *parent = current_thread(), *t = thread_new_app(parent->name);
    if (!t)
        return -EAGAIN;
    copy_parent(t, parent);
    if (a->stack)
        t->frame->rsp = a->stack + a->stack_size;
    if (a->flags & CLONE_SETTLS)
        t->fs_base = a->tls;
    if (a->flags & CLONE_CHILD_CLEARTID)
        t->clear_child_tid = a->child_tid;
    if (((a->flags & CLONE_PARENT_SETTID) && user_put(a->parent_tid, t->tid)) ||
        ((a->flags & CLONE_CHILD_SETTID) && user_put(a->child_tid, t->tid))) {
        thread_discard_new(t);
        return -EFAULT;
    }
    schedule_add(t);
    return t->tid;
}

long sys_clone(long flags, long stack, long parent_tid, long child_tid, long tls)
{
    enum { EXIT_SIGNAL_MASK = 0xff };
    struct clone_args a = {.flags = (uint64_t)flags & ~(uint64_t)EXIT_SIGNAL_MASK,
                           .stack = (uint64_t)stack,
                           .parent_tid = (uint64_t)parent_tid,
                           .child_tid = (uint64_t)child_tid,
                           .tls = (uint64_t)tls};
    return clone_thread(&a);
}

long sys_clone3(long args, long size)
{
    struct clone_args a = {0};
    if ((uint64_t)size < CLONE_ARGS_SIZE_MIN)
        return -EINVAL;
    int err = user_read_struct(&a, sizeof a, (uaddr_t)args, (size_t)size);
    if (err)
        return err;
    if ((a.exit_signal && a.flags & CLONE_THREAD) || a.set_tid_size || !a.stack != !a.stack_size)
        return -EINVAL;
    return clone_thread(&a);
}

long sys_exit(long code)
{
    thread_exit((int)code);
}

long sys_exit_group(long code)
{
    process_exit((int)code);
}

long sys_gettid(void)
{
    return current_thread()->tid;
}

long sys_set_tid_address(long addr)
{
    current_thread()->clear_child_tid = (uaddr_t)addr;
    return current_thread()->tid;
}

#define ROBUST_HEAD_SIZE 24

long sys_set_robust_list(long head, long size)
{
    if (size != ROBUST_HEAD_SIZE)
        return -EINVAL;
    current_thread()->robust_list = (uaddr_t)head;
    return 0;
}

long sys_get_robust_list(long tid, long head, long size)
{
    const struct thread *t = tid ? thread_find((int)tid) : current_thread();
    if (!t)
        return -ESRCH;
    if (user_put((uaddr_t)size, (uint64_t)ROBUST_HEAD_SIZE) || user_put((uaddr_t)head, t->robust_list))
        return -EFAULT;
    return 0;
}

#define ARCH_SET_GS 0x1001
#define ARCH_SET_FS 0x1002
#define ARCH_GET_FS 0x1003
#define ARCH_GET_GS 0x1004
#define ARCH_GET_CPUID 0x1011
#define ARCH_SET_CPUID 0x1012

/* A base in the kernel's half would be taken for the kernel's own (entry/trap.S, trap_fatal). */
long sys_arch_prctl(long op, long addr)
{
    struct thread *t = current_thread();
    if ((op == ARCH_SET_FS || op == ARCH_SET_GS) && (uint64_t)addr >= USER_MAX)
        return -EPERM;
    switch (op) {
    case ARCH_SET_FS:
        t->fs_base = (uint64_t)addr;
        wrmsr(MSR_FS_BASE, t->fs_base);
        return 0;
    case ARCH_SET_GS:
        t->gs_base = (uint64_t)addr;
        wrmsr(MSR_KERNEL_GS_BASE, t->gs_base);
        return 0;
    case ARCH_GET_FS:
        return user_put((uaddr_t)addr, t->fs_base);
    case ARCH_GET_GS:
        return user_put((uaddr_t)addr, t->gs_base);
    case ARCH_GET_CPUID:
        return 1;
    case ARCH_SET_CPUID: /* CPUID cannot be made to fault */
        return -ENODEV;
    default:
        return -EINVAL;
    }
}
