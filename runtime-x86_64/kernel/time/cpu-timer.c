/* Processor time is never faster than the clock: a timer by it waits for as long as is missing, looks, and waits again.
 * So nothing has to be counted while no such timer is armed. */
#include "time/cpu-timer.h"
#include "thread/new.h"

/* Between two looks, at least: a process that sleeps just before the expiry is not to be woken all the time. */
#define LOOK_NS 4000000ull

uint64_t cpu_timer_read(int clock)
{
    if (clock == TIMER_MONOTONIC)
        return clock_monotonic();
    const struct thread *thread = clock ? thread_find(clock) : NULL;
    return !clock ? process_cpu_ns() : thread ? thread_cpu_ns(thread) : NEVER;
}

int cpu_timer_clock(int id)
{
    enum { PROCESS_CPUTIME = 2, THREAD_CPUTIME = 3, SCHED = 2, PER_THREAD = 4 };
    if (id == PROCESS_CPUTIME)
        return TIMER_PROCESS;
    if (id == THREAD_CPUTIME)
        return thread_current()->tid;
    int pid = ~(id >> 3);
    if (id >= 0 || (id & 3) != SCHED)
        return -EINVAL;
    if (!(id & PER_THREAD))
        return pid == 0 || pid == PROCESS_ID ? TIMER_PROCESS : -EINVAL;
    return !pid ? thread_current()->tid : pid > 0 && thread_find(pid) ? pid : -EINVAL;
}

static void look(struct timer *timer)
{
    struct cpu_timer *t = container_of(timer, struct cpu_timer, timer);
    uint64_t now = cpu_timer_now(t);
    if (now < t->expiry)
        cpu_timer_arm(t, t->expiry);
    else if (now != NEVER)
        t->fn(t);
}

void cpu_timer_arm(struct cpu_timer *t, uint64_t expiry)
{
    uint64_t now = cpu_timer_now(t), left = expiry > now ? expiry - now : 0;
    t->expiry = expiry;
    t->timer.fn = look;
    timer_cancel(&t->timer);
    if (t->clock == TIMER_MONOTONIC)
        timer_arm(&t->timer, expiry);
    else if (now != NEVER)
        timer_arm(&t->timer, clock_monotonic() + MIN(MAX(left, LOOK_NS), NEVER / 2));
}

uint64_t cpu_timer_left(const struct cpu_timer *t)
{
    uint64_t now = cpu_timer_now(t);
    return !t->timer.armed ? 0 : t->expiry > now ? t->expiry - now : 1;
}

uint64_t cpu_timer_missed(const struct cpu_timer *t, uint64_t interval)
{
    uint64_t now = cpu_timer_now(t);
    return interval && now > t->expiry ? (now - t->expiry) / interval : 0;
}
