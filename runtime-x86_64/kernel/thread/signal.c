/* Which signals are pending, for whom. What happens to them is decided in thread/deliver.c. */
#include "thread/signal.h"
#include "cpu/local.h"
#include "mm/mm.h"
#include "thread/new.h"
#include "time/posix-timer.h"

#define QUEUE_MAX 1024 /* entries in all, so that a program cannot fill the kernel's memory with them */
#define SYNCHRONOUS                                                                                                    \
    (SIGNAL_BIT(SIGSEGV) | SIGNAL_BIT(SIGBUS) | SIGNAL_BIT(SIGILL) | SIGNAL_BIT(SIGTRAP) | SIGNAL_BIT(SIGFPE) |        \
     SIGNAL_BIT(SIGSYS))
#define IGNORED_BY_DEFAULT                                                                                             \
    (SIGNAL_BIT(SIGCHLD) | SIGNAL_BIT(SIGCONT) | SIGNAL_BIT(SIGURG) | SIGNAL_BIT(SIGWINCH) | SIGNAL_BIT(SIGSTOP) |     \
     SIGNAL_BIT(SIGTSTP) | SIGNAL_BIT(SIGTTIN) | SIGNAL_BIT(SIGTTOU)) /* nobody could continue a stopped process */

struct queued {
    struct list link;
    struct siginfo info;
};

struct sigaction signal_actions[SIGNAL_MAX + 1];
static uint64_t process_pending;
static struct list process_queue = LIST_INIT(process_queue);
static unsigned queued_count;
struct waitq signal_arrived = WAITQ_INIT(signal_arrived);

const char *signal_name(int signal)
{
    static const char names[][8] = {"signal 0", "SIGHUP",  "SIGINT",   "SIGQUIT", "SIGILL",  "SIGTRAP",  "SIGABRT",
                                    "SIGBUS",   "SIGFPE",  "SIGKILL",  "SIGUSR1", "SIGSEGV", "SIGUSR2",  "SIGPIPE",
                                    "SIGALRM",  "SIGTERM", "SIGSTKFL", "SIGCHLD", "SIGCONT", "SIGSTOP",  "SIGTSTP",
                                    "SIGTTIN",  "SIGTTOU", "SIGURG",   "SIGXCPU", "SIGXFSZ", "SIGVTALR", "SIGPROF",
                                    "SIGWINCH", "SIGIO",   "SIGPWR",   "SIGSYS"};
    return (size_t)signal < ARRAY_LEN(names) ? names[signal] : "a real-time signal";
}

bool signal_is_ignored(int signal)
{
    uint64_t handler = signal_actions[signal].handler;
    return handler == SIG_IGN || (handler == SIG_DFL && (IGNORED_BY_DEFAULT & SIGNAL_BIT(signal)));
}

void signal_init_thread(struct thread *t)
{
    list_init(&t->sig_queue);
}

static void free_queued(struct queued *q)
{
    list_del(&q->link);
    kfree(q);
    queued_count--;
}

/* Drops what of `set` is pending there. */
static void drop(uint64_t *pending, struct list *queue, uint64_t set)
{
    *pending &= ~set;
    list_for_each_safe (pos, next, queue) {
        struct queued *q = list_entry(pos, struct queued, link);
        if (set & SIGNAL_BIT(q->info.signo))
            free_queued(q);
    }
}

void signal_discard_thread(struct thread *t)
{
    drop(&t->sig_pending, &t->sig_queue, ~0ul);
}

static bool forget(struct thread *t, void *set)
{
    drop(&t->sig_pending, &t->sig_queue, *(uint64_t *)set);
    return false;
}

void signal_forget_ignored(int signal)
{
    uint64_t set = SIGNAL_BIT(signal);
    drop(&process_pending, &process_queue, set);
    thread_each(forget, &set);
}

static uint64_t deliverable(const struct thread *t)
{
    return (t->sig_pending | process_pending) & ~t->sig_mask;
}

void signal_update_work(struct thread *t)
{
    if (deliverable(t))
        t->work |= WORK_SIGNAL;
}

static void notify(struct thread *t)
{
    signal_update_work(t);
    if (t->state == THREAD_SLEEPING && t->interruptible && deliverable(t))
        thread_wake(t);
}

bool signal_pending(void)
{
    const struct thread *t = current_thread();
    return deliverable(t);
}

uint64_t signal_pending_set(void)
{
    return current_thread()->sig_pending | process_pending;
}

static int enqueue(uint64_t *pending, struct list *queue, const struct siginfo *info)
{
    if (info->signo < SIGRTMIN && (*pending & SIGNAL_BIT(info->signo)))
        return 0; /* a standard signal is pending once */
    struct queued *q = queued_count < QUEUE_MAX ? kmalloc(sizeof *q) : NULL;
    if (!q && info->signo >= SIGRTMIN && info->code < 0)
        return -EAGAIN;
    if (q) {
        q->info = *info;
        list_add_tail(queue, &q->link);
        queued_count++;
    }
    *pending |= SIGNAL_BIT(info->signo);
    waitq_wake_all(&signal_arrived);
    return 0;
}

static bool takes(struct thread *t, void *signal)
{
    if (t->sig_mask & SIGNAL_BIT(*(int *)signal))
        return false;
    notify(t);
    return true;
}

/* Timers of processor time: profilers want to know where it goes. */
static bool is_for_running(const struct siginfo *info)
{
    const struct thread *t = current_thread();
    bool by_cpu_time = info->code == SI_KERNEL && (info->signo == SIGPROF || info->signo == SIGVTALRM);
    return by_cpu_time && t->tid && t->state == THREAD_RUNNABLE;
}

static bool is_unblocked(struct thread *t, void *signal)
{
    return !(t->sig_mask & SIGNAL_BIT(*(int *)signal));
}

/* A blocked signal stays, ignored or not: the action may change before it is unblocked. */
bool signal_is_dropped(struct thread *t, int signal)
{
    return signal_is_ignored(signal) && (t ? is_unblocked(t, &signal) : thread_each(is_unblocked, &signal));
}

int signal_send(struct thread *t, const struct siginfo *info)
{
    int signal = info->signo;
    if (signal_is_dropped(t, signal))
        return 0;
    if (t) {
        int err = enqueue(&t->sig_pending, &t->sig_queue, info);
        notify(t);
        return err;
    }
    int err = enqueue(&process_pending, &process_queue, info);
    if (!is_for_running(info) || !takes(current_thread(), &signal))
        thread_each(takes, &signal);
    return err;
}

void signal_send_process(int signal)
{
    signal_send(NULL, &(struct siginfo){.signo = signal, .code = SI_KERNEL});
}

void signal_send_thread(int signal)
{
    signal_send(current_thread(), &(struct siginfo){.signo = signal, .sender.pid = PROCESS_ID});
}

void signal_force(int signal, int code, uaddr_t addr)
{
    struct thread *t = current_thread();
    struct sigaction *action = &signal_actions[signal];
    if ((t->sig_mask & SIGNAL_BIT(signal)) || action->handler == SIG_IGN)
        action->handler = SIG_DFL;
    t->sig_mask &= ~SIGNAL_BIT(signal);
    enqueue(&t->sig_pending, &t->sig_queue, &(struct siginfo){.signo = signal, .code = code, .addr = addr});
    t->work |= WORK_SIGNAL;
}

static bool retarget(struct thread *t, void *arg)
{
    if (t != current_thread())
        notify(t);
    return false;
}

void signal_set_mask(uint64_t mask)
{
    struct thread *t = current_thread();
    uint64_t newly_blocked = mask & ~t->sig_mask;
    t->sig_mask = mask & ~SIGNAL_UNBLOCKABLE;
    signal_update_work(t);
    if (process_pending & newly_blocked) /* it was perhaps this thread that was woken for them */
        thread_each(retarget, NULL);
}

void signal_mask_until_return(uint64_t mask)
{
    struct thread *t = current_thread();
    t->sig_saved_mask = t->sig_mask;
    t->sig_restore_mask = true;
    t->work |= WORK_SIGNAL;
    signal_set_mask(mask);
}

static void dequeue(uint64_t *pending, struct list *queue, int signal, struct siginfo *info)
{
    bool found = false;
    *info = (struct siginfo){.signo = signal};
    *pending &= ~SIGNAL_BIT(signal);
    list_for_each_safe (pos, next, queue) {
        struct queued *q = list_entry(pos, struct queued, link);
        if (q->info.signo != signal)
            continue;
        if (found) {
            *pending |= SIGNAL_BIT(signal);
            return;
        }
        found = true;
        *info = q->info;
        free_queued(q);
    }
}

int signal_take(uint64_t set, struct siginfo *info)
{
    struct thread *t = current_thread();
    uint64_t own = t->sig_pending & set, all = own | (process_pending & set);
    if (!all)
        return 0;
    uint64_t first = own & SYNCHRONOUS ? own & SYNCHRONOUS : own ? own : all;
    int signal = __builtin_ctzl(first) + 1;
    if (own & SIGNAL_BIT(signal))
        dequeue(&t->sig_pending, &t->sig_queue, signal, info);
    else
        dequeue(&process_pending, &process_queue, signal, info);
    if (info->code == SI_TIMER)
        posix_timer_taken(info);
    return signal;
}
