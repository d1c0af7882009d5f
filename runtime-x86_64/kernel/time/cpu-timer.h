/* Timers by the monotonic clock or by processor time. */
#pragma once
#include "time/time.h"

enum { TIMER_MONOTONIC = -1, TIMER_PROCESS = 0 }; /* else the thread of this id */
struct cpu_timer {
    struct timer timer; /* of its fields, others read `armed` */
    uint64_t expiry;    /* ns by its clock */
    int clock;          /* TIMER_*, or a thread */
    void (*fn)(struct cpu_timer *t);
};
uint64_t cpu_timer_read(int clock); /* NEVER: the thread has ended */
/* The `clock` of CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID and of those that name a process or thread:
 * ~id << 3 | 4 for a thread | 2 (Linux, posix-timers_types.h). -EINVAL. */
int cpu_timer_clock(int id);
static inline uint64_t cpu_timer_now(const struct cpu_timer *t)
{
    return cpu_timer_read(t->clock);
}
void cpu_timer_arm(struct cpu_timer *t, uint64_t expiry); /* the clock of a thread that ended: not armed */
/* ns until the expiry, at least 1; 0: disarmed. */
uint64_t cpu_timer_left(const struct cpu_timer *t);
/* After an expiry: so many later ones of this interval have passed, too. */
uint64_t cpu_timer_missed(const struct cpu_timer *t, uint64_t interval);
