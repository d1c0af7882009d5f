/* Threads, waiting, signals, futexes. One process (pid 1); threads are the app's (clone) or the kernel's own. */
#pragma once
#include "kernel.h"
#include "abi/signal.h"
#include "cpu/cpu.h"

struct waiter;
/* thread/wait.c: a queue of those who want to know that something happened. `wake` callbacks run on the spot, in order;
 * `events` is a mask of POLLIN… that tells what happened, 0 for "anything". */
struct waitq {
    struct list waiters;
};
struct waiter {
    struct list link;
    bool exclusive; /* wake at most `n` of these */
    /* Returns true when this one took the event (counts against n for exclusive waiters). May remove itself from the
     * queue. */
    bool (*wake)(struct waiter *w, uint32_t events);
};
#define WAITQ_INIT(q)                                                                                                  \
    {                                                                                                                  \
        LIST_INIT((q).waiters)                                                                                         \
    }
void waitq_init(struct waitq *q);
void waitq_add(struct waitq *q, struct waiter *w);
void waitq_remove(struct waiter *w);
void waitq_wake(struct waitq *q, uint32_t events, unsigned max_exclusive);
static inline void waitq_wake_all(struct waitq *q)
{
    waitq_wake(q, 0, ~0u);
}
#define NEVER UINT64_MAX
/* Sleeps until woken, the deadline (monotonic ns, NEVER), or a signal: 0, -ETIMEDOUT, -EINTR. Wakes can be spurious:
 * check the condition again. Since kernel code is atomic until it sleeps, `while (!ready) waitq_sleep(&q, …)` cannot
 * lose a wake. May sleep. */
int waitq_sleep(struct waitq *q, uint64_t deadline);
int waitq_sleep_uninterruptible(struct waitq *q, uint64_t deadline);

/* thread/thread.c, thread/schedule.c */
#define WORK_RESCHEDULE 1u /* the time slice is over and somebody waits */
#define WORK_SIGNAL 2u     /* a signal may have to be delivered, a call restarted, or a mask put back */
struct thread {
    uint32_t work;            /* WORK_*: what to do before ring 3; entry/trap.S tests it (cpu/asm.h) */
    int tid;                  /* 0: a kernel thread */
    struct list run_link;     /* run queue */
    struct list all_link;     /* the app's threads, by tid */
    uint64_t kernel_sp;       /* while switched out */
    void *stack_top;          /* stack_alloc */
    struct trap_frame *frame; /* the app's registers, at the top of the stack; NULL for a kernel thread */
    void *fpu;                /* above the frame; NULL for a kernel thread */
    uint64_t fs_base, gs_base;
    char name[16];
    enum { THREAD_RUNNABLE, THREAD_SLEEPING, THREAD_DEAD } state;
    bool interruptible; /* while sleeping: a signal wakes it */
    uint64_t slice_end;
    /* SCHED_*; 1 to 99 for real-time threads, else 0. What it has inherited with a lock counts while it holds that. */
    uint8_t policy, own_priority, priority;
    uint64_t run_start, cpu_ns; /* processor time: cpu_ns up to run_start */
    uaddr_t clear_child_tid, robust_list;
    /* thread/signal.c. Bit n-1 of a mask stands for signal n. */
    uint64_t sig_mask, sig_pending, sig_saved_mask;
    bool sig_restore_mask; /* put sig_saved_mask back on the way out (sigsuspend, ppoll) */
    struct list sig_queue;
    struct {
        uint64_t sp, size;
        uint32_t flags;
    } altstack;
    struct {
        uint64_t number, error, cr2;
    } trap; /* the last fault, for the signal frame */
};
struct thread *thread_current(void);
struct thread *thread_create_kernel(const char *name, void (*fn)(void *), void *arg); /* NULL: out of memory */
struct thread *thread_create_app(uint64_t entry, uint64_t stack); /* the app's first thread; panics */
void thread_wake(struct thread *t);                               /* make runnable; harmless when it is */
void thread_yield(void);                                          /* may sleep */
/* Between two steps of a long system call: when the slice is over, interrupts are taken and others run. May sleep. */
void thread_pause(void);
_Noreturn void thread_start_first(void);                              /* boot's last step: enter the scheduler */
bool thread_each(bool (*fn)(struct thread *t, void *arg), void *arg); /* stops and returns true when fn does */
unsigned thread_count(void);

/* thread/process.c: ends the app with a wait status as a shell would show it: code, or 128 + signal. */
_Noreturn void process_exit(int code);
_Noreturn void process_killed(int signal);
uint64_t process_cpu_ns(void); /* of all threads, ended ones included */
uint64_t thread_cpu_ns(const struct thread *t);

/* thread/signal.c; more in thread/signal.h */
bool signal_pending(void); /* for the current thread, not masked: a sleeping call must return -EINTR */
void signal_send_process(int signal);
void signal_send_thread(int signal);                   /* to the current thread: SIGPIPE */
void signal_force(int signal, int code, uaddr_t addr); /* a fault of the current thread; ignores mask and SIG_IGN */
/* ppoll, pselect6, epoll_pwait, rt_sigsuspend: the mask while this call runs. The old one returns when the call is
 * over, or with the end of the handler that interrupted it. */
void signal_mask_until_return(uint64_t mask);

/* Restart codes, never seen by the app: the call is made again after the handler when SA_RESTART (or no handler ran).
 */
#define ERESTARTSYS 512
#define ERESTARTNOINTR 513 /* again in any case: the call must not fail with EINTR */
