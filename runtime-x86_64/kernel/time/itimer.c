/* ITIMER_REAL: SIGALRM to the process, once or again and again. */
#include "time/itimer.h"
#include "thread/signal.h"

static uint64_t interval;

static void expired(struct timer *t)
{
    uint64_t now = clock_monotonic();
    signal_send_process(SIGALRM);
    if (interval) /* expiries that were missed are not made up for, and the phase is kept */
        timer_arm(t, t->deadline + ((now - t->deadline) / interval + 1) * interval);
}

static struct timer timer = {.fn = expired};

void itimer_get(struct interval *i)
{
    uint64_t now = clock_monotonic();
    i->interval = interval;
    i->value = !timer.armed ? 0 : timer.deadline > now ? timer.deadline - now : 1;
}

void itimer_set(const struct interval *i)
{
    timer_cancel(&timer);
    interval = i->interval;
    if (i->value)
        timer_arm(&timer, clock_monotonic() + i->value);
}
