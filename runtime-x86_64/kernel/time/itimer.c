/* Interval timers: a signal to the process, once or again and again. All processor time counts as the app's own, so
 * ITIMER_VIRTUAL and ITIMER_PROF run alike. */
#include "time/itimer.h"
#include "thread/signal.h"
#include "time/cpu-timer.h"

static void expired(struct cpu_timer *t);

static struct itimer {
    struct cpu_timer timer;
    uint64_t interval;
    int signal;
} timers[ITIMER_COUNT] = {
    [ITIMER_REAL] = {{.clock = TIMER_MONOTONIC, .fn = expired}, 0, SIGALRM},
    [ITIMER_VIRTUAL] = {{.clock = TIMER_PROCESS, .fn = expired}, 0, SIGVTALRM},
    [ITIMER_PROF] = {{.clock = TIMER_PROCESS, .fn = expired}, 0, SIGPROF},
};

static void expired(struct cpu_timer *t)
{
    const struct itimer *i = container_of(t, struct itimer, timer);
    signal_send_process(i->signal);
    if (i->interval) /* expiries that were missed are not made up for, and the phase is kept */
        cpu_timer_arm(t, t->expiry + (cpu_timer_missed(t, i->interval) + 1) * i->interval);
}

void itimer_get(int which, struct interval *i)
{
    i->interval = timers[which].interval;
    i->value = cpu_timer_left(&timers[which].timer);
}

void itimer_set(int which, const struct interval *i)
{
    struct cpu_timer *t = &timers[which].timer;
    timer_cancel(&t->timer);
    timers[which].interval = i->interval;
    if (i->value)
        cpu_timer_arm(t, cpu_timer_now(t) + i->value);
}
