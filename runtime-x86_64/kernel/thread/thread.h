/* Threads, waiting, signals, futexes. One process (pid 1); threads are the app's (clone) or the kernel's own. */
#pragma once
#include "kernel.h"
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
    /* Returns true when this one took the event (counts against n for exclusive waiters). May remove itself from the queue. */
    bool (*wake)(struct waiter *w, uint32_t events);
};
#define WAITQ_INIT(q) {LIST_INIT((q).waiters)}
void waitq_init(struct waitq *q);
void waitq_add(struct waitq *q, struct waiter *w);
void waitq_remove(struct waiter *w);
void waitq_wake(struct waitq *q, uint32_t events, unsigned max_exclusive);
static inline void waitq_wake_all(struct waitq *q)
{
    waitq_wake(q, 0, ~0u);
}
#define NEVER UINT64_MAX
/* Sleeps until woken, the deadline (monotonic ns, NEVER), or a signal: 0, -ETIMEDOUT, -EINTR. Wakes can be spurious: check the
 * condition again. Since kernel code is atomic until it sleeps, `while (!ready) waitq_sleep(&q, …)` cannot lose a wake. May sleep. */
int waitq_sleep(struct waitq *q, uint64_t deadline);
int waitq_sleep_uninterruptible(struct waitq *q, uint64_t deadline);

/* thread/thread.c, thread/schedule.c */
struct thread {
    struct list run_link;     /* run queue */
    struct list all_link;     /* all threads, by tid */
    uint64_t kernel_sp;       /* while switched out */
    void *stack_top;          /* stack_alloc */
    struct trap_frame *frame; /* the app's registers, at the top of the stack; NULL for a kernel thread */
    void *fpu;
    uint64_t fs_base, gs_base;
    int tid;
    char name[16];
    enum { THREAD_RUNNABLE, THREAD_SLEEPING, THREAD_DEAD } state;
    uint64_t slice_end;
    uint64_t user_ns, system_ns;
    uaddr_t clear_child_tid, robust_list;
    /* signals: thread/signal.c */
    uint64_t sig_mask, sig_pending, sig_saved_mask;
    bool sig_restore_mask; /* sigsuspend, ppoll: put sig_saved_mask back after the handler's frame is made */
    struct siginfo_queue *sig_queue;
    struct { uint64_t sp, size; uint32_t flags; } altstack;
    void (*restart)(void); /* reserved for restart_syscall */
};
struct thread *thread_current(void);
struct thread *thread_create_kernel(const char *name, void (*fn)(void *), void *arg);
void thread_wake(struct thread *t);  /* make runnable; harmless when it is */
void thread_yield(void);             /* may sleep */
_Noreturn void thread_start_first(void); /* boot's last step: enter the scheduler */
bool thread_each(bool (*fn)(struct thread *t, void *arg), void *arg); /* stops and returns true when fn does */
unsigned thread_count(void);

/* thread/process.c: ends the app with a wait status as a shell would show it: code, or 128 + signal. */
_Noreturn void process_exit(int code);
_Noreturn void process_killed(int signal);

/* thread/signal.c */
bool signal_pending(void); /* for the current thread, not masked: a sleeping call must return -EINTR */
void signal_send_process(int signal);
void signal_force(int signal, int code, uaddr_t addr); /* a fault of the current thread; ignores mask and SIG_IGN */
/* Called on the way back to ring 3 when signal_pending(). */
void signal_deliver(struct trap_frame *frame);

/* Restart codes, never seen by the app: the call is made again after the handler when SA_RESTART (or no handler ran). */
#define ERESTARTSYS 512
