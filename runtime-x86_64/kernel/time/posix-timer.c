#include "time/posix-timer.h"
#include "mm/mm.h"
#include "thread/new.h"
#include "thread/signal.h"

#define TIMERS_MAX 256

struct posix_timer {
    struct cpu_timer timer;
    struct posix_timer_options options;
    uint64_t interval;
    int id, overrun; /* of the last signal that was taken */
};
static struct posix_timer *timers[TIMERS_MAX];

static void arm_next(struct posix_timer *t, uint64_t skip)
{
    if (t->interval)
        cpu_timer_arm(&t->timer, t->timer.expiry + (skip + 1) * t->interval);
}

static void expired(struct cpu_timer *timer)
{
    struct posix_timer *t = container_of(timer, struct posix_timer, timer);
    int signal = t->options.signal;
    struct thread *target = t->options.tid ? thread_find(t->options.tid) : NULL;
    if (!signal || (t->options.tid && !target) || signal_is_dropped(target, signal)) {
        arm_next(t, cpu_timer_missed(&t->timer, t->interval));
        return;
    }
    struct siginfo info = {.signo = signal, .code = SI_TIMER};
    info.timer.id = t->id;
    info.timer.value = t->options.has_value ? t->options.value : (uint64_t)t->id;
    if (signal_send(target, &info))
        arm_next(t, cpu_timer_missed(&t->timer, t->interval));
}

void posix_timer_taken(struct siginfo *info)
{
    struct posix_timer *t = posix_timer_find(info->timer.id);
    if (!t || t->timer.timer.armed)
        return;
    uint64_t skip = cpu_timer_missed(&t->timer, t->interval);
    t->overrun = (int)MIN(skip, (uint64_t)INT32_MAX);
    info->timer.overrun = t->overrun;
    arm_next(t, skip);
}

int posix_timer_create(const struct posix_timer_options *options, int *id)
{
    for (int i = 0; i < TIMERS_MAX; i++) {
        if (timers[i])
            continue;
        timers[i] = kzalloc(sizeof *timers[i]);
        if (!timers[i])
            return -EAGAIN;
        *timers[i] =
            (struct posix_timer){.timer = {.fn = expired, .clock = options->clock}, .options = *options, .id = i};
        *id = i;
        return 0;
    }
    return -EAGAIN;
}

struct posix_timer *posix_timer_find(int id)
{
    return id >= 0 && id < TIMERS_MAX ? timers[id] : NULL;
}

void posix_timer_get(const struct posix_timer *t, uint64_t *value, uint64_t *interval)
{
    *interval = t->interval;
    *value = cpu_timer_left(&t->timer);
}

void posix_timer_set(struct posix_timer *t, uint64_t value, uint64_t interval, bool absolute)
{
    timer_cancel(&t->timer.timer);
    t->interval = interval;
    t->overrun = 0;
    if (!value)
        return;
    uint64_t now = cpu_timer_now(&t->timer), deadline = value < NEVER - 1 - now ? now + value : NEVER - 1;
    if (absolute)
        deadline = t->options.realtime ? clock_realtime_to_monotonic(value) : value;
    cpu_timer_arm(&t->timer, deadline);
}

int posix_timer_overrun(const struct posix_timer *t)
{
    return t->overrun;
}

void posix_timer_delete(struct posix_timer *t)
{
    timer_cancel(&t->timer.timer);
    timers[t->id] = NULL;
    kfree(t);
}
