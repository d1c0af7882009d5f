/* One run queue by priority, and round robin among equals: real-time threads before time-shared ones, which have
 * priority 0, and SCHED_FIFO for as long as it likes. A thread leaves the processor when it sleeps, yields or ends, and
 * at the return to ring 3 when its slice is over and others wait. There is no idle thread: whoever found nothing to run
 * waits for interrupts on its own stack, so a single thread that sleeps and wakes costs no switch at all. */
#include "thread/schedule.h"
#include "cpu/local.h"
#include "irq/irq.h"
#include "thread/signal.h"
#include "time/time.h"

void thread_switch_stacks(uint64_t *save_sp, uint64_t load_sp);
void thread_switch_finish(void);
void thread_exit_work(struct trap_frame *frame);
void thread_free(struct thread *t);

static struct list run_queue = LIST_INIT(run_queue);
static struct thread *loaded; /* the app thread whose FPU, FS and GS are in the CPU; NULL: it has ended */
static struct thread *dead;   /* ended, its stack was in use until the switch */
struct schedule_switches schedule_switches;
static bool idle; /* the current thread only waits for interrupts */

struct thread *thread_current(void)
{
    return current_thread();
}

uint64_t thread_cpu_ns(const struct thread *t)
{
    return t->cpu_ns + (t == current_thread() && t->state == THREAD_RUNNABLE ? clock_monotonic() - t->run_start : 0);
}

/* Behind those of its priority, or before them when it had to give way to a higher one. */
static void enqueue(struct thread *t, bool first)
{
    struct list *before = run_queue.prev;
    for (; before != &run_queue; before = before->prev) {
        const struct thread *other = list_entry(before, struct thread, run_link);
        if (other->priority >= t->priority + first)
            break;
    }
    list_add(before, &t->run_link);
}

/* Of the thread that would run next. */
static int waiting_priority(void)
{
    return list_empty(&run_queue) ? -1 : list_entry(run_queue.next, struct thread, run_link)->priority;
}

static bool takes_turns(const struct thread *t)
{
    return t->policy != SCHED_FIFO && waiting_priority() == t->priority;
}

static void slice_over(struct timer *timer);
static struct timer slice_timer = {.fn = slice_over};

static void slice_over(struct timer *timer)
{
    struct thread *t = current_thread();
    if (!takes_turns(t))
        return; /* armed again when somebody has to wait */
    if (clock_monotonic() >= t->slice_end)
        t->work |= WORK_RESCHEDULE;
    else
        timer_arm(timer, t->slice_end);
}

/* Somebody waits while the current thread runs: it may go on to the end of its slice, and must give way at once to a
 * higher priority. */
static void limit_slice(void)
{
    struct thread *t = current_thread();
    if (idle || !t)
        return;
    if (unlikely(waiting_priority() > t->priority))
        t->work |= WORK_RESCHEDULE;
    if (slice_timer.armed || !takes_turns(t))
        return;
    if (clock_monotonic() >= t->slice_end)
        t->work |= WORK_RESCHEDULE;
    else
        timer_arm(&slice_timer, t->slice_end);
}

void schedule_add(struct thread *t)
{
    t->state = THREAD_RUNNABLE;
    enqueue(t, false);
    limit_slice();
}

void schedule_set_priority(struct thread *t, unsigned priority)
{
    bool waits = !list_empty(&t->run_link);
    t->priority = (uint8_t)priority;
    if (waits) {
        list_del(&t->run_link);
        enqueue(t, false);
    }
    if (!list_empty(&run_queue))
        limit_slice();
}

void thread_wake(struct thread *t)
{
    if (t->state == THREAD_SLEEPING)
        schedule_add(t);
}

static struct thread *next_thread(void)
{
    idle = true;
    while (list_empty(&run_queue)) {
        timer_run_due();
        if (list_empty(&run_queue))
            irq_wait();
    }
    idle = false;
    struct thread *t = list_entry(run_queue.next, struct thread, run_link);
    list_del(&t->run_link);
    return t;
}

static void switch_app_state(struct thread *next)
{
    if (!next->frame)
        return;
    cpu_set_kernel_stack((uint64_t)(next->frame + 1));
    if (loaded == next)
        return;
    wrmsr(MSR_FS_BASE, next->fs_base);
    if (!loaded || loaded->gs_base != next->gs_base)
        wrmsr(MSR_KERNEL_GS_BASE, next->gs_base);
    if (loaded)
        fpu_save(loaded->fpu);
    fpu_restore(next->fpu);
    loaded = next;
}

unsigned schedule_waiting(void)
{
    unsigned n = 0;
    list_for_each (at, &run_queue)
        n++;
    return n;
}

static void account_before(struct thread *prev, uint64_t now)
{
    prev->cpu_ns += now - prev->run_start;
    ++*(prev->state == THREAD_RUNNABLE ? &schedule_switches.involuntary : &schedule_switches.voluntary);
    if (unlikely(now >= load_next_sample)) /* one that sleeps or ends is not in the queue any more */
        load_account(now, schedule_waiting() + (prev->state != THREAD_RUNNABLE));
}

static void schedule(void)
{
    struct thread *prev = current_thread();
    if (prev)
        account_before(prev, clock_monotonic());
    struct thread *next = next_thread();
    next->run_start = clock_monotonic();
    if (unlikely(next->run_start >= load_next_sample)) /* it waited with nobody running */
        load_account(next->run_start, 0);
    next->slice_end = next->run_start + TIME_SLICE_NS;
    cpu_local.current = next;
    if (!list_empty(&run_queue))
        limit_slice();
    if (next == prev)
        return;
    uint64_t boot_sp;
    switch_app_state(next);
    thread_switch_stacks(prev ? &prev->kernel_sp : &boot_sp, next->kernel_sp);
    thread_switch_finish();
}

/* On the stack of the thread that runs now; also the first thing that a new thread does. */
void thread_switch_finish(void)
{
    if (dead)
        thread_free(dead);
    dead = NULL;
}

_Noreturn void schedule_dead(void)
{
    struct thread *t = current_thread();
    t->state = THREAD_DEAD;
    if (loaded == t)
        loaded = NULL;
    dead = t;
    schedule();
    __builtin_unreachable();
}

_Noreturn void thread_start_first(void)
{
    schedule();
    __builtin_unreachable();
}

void thread_yield(void)
{
    struct thread *t = current_thread();
    if (waiting_priority() < t->priority) {
        t->slice_end = clock_monotonic() + TIME_SLICE_NS;
        return;
    }
    enqueue(t, waiting_priority() > t->priority);
    schedule();
}

void thread_pause(void)
{
    if (clock_monotonic() < current_thread()->slice_end)
        return;
    __asm__ volatile("sti; nop; cli" ::: "memory"); /* an interrupt is taken behind the instruction after sti */
    timer_run_due();
    thread_yield();
}

struct sleep_timer {
    struct timer timer;
    struct thread *thread;
};

static void sleep_over(struct timer *timer)
{
    thread_wake(container_of(timer, struct sleep_timer, timer)->thread);
}

int thread_sleep(uint64_t deadline, bool interruptible)
{
    struct thread *t = current_thread();
    struct sleep_timer s = {.timer.fn = sleep_over, .thread = t};
    if (interruptible && signal_pending())
        return -EINTR;
    if (deadline != NEVER && deadline <= clock_monotonic())
        return -ETIMEDOUT;
    t->state = THREAD_SLEEPING;
    t->interruptible = interruptible;
    if (deadline != NEVER)
        timer_arm(&s.timer, deadline);
    schedule();
    timer_cancel(&s.timer);
    if (interruptible && signal_pending())
        return -EINTR;
    return deadline != NEVER && deadline <= clock_monotonic() ? -ETIMEDOUT : 0;
}

/* From entry/trap.S, before ring 3, when the current thread's work is not 0. */
void thread_exit_work(struct trap_frame *frame)
{
    struct thread *t = current_thread();
    while (t->work) {
        if (t->work & WORK_RESCHEDULE) {
            t->work &= ~WORK_RESCHEDULE;
            thread_yield();
        }
        if (t->work & WORK_SIGNAL)
            signal_deliver(frame);
    }
}
