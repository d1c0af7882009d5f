/* Time in nanoseconds. Monotonic starts at boot and never goes back. */
#pragma once
#include "kernel.h"

/* time/clock.c: TSC frequency from pvclock or CPUID leaves, else a short calibration; wall clock from pvclock or RTC.
 */
void clock_init(void);
uint64_t clock_monotonic(void);
uint64_t clock_realtime(void);
uint64_t clock_tsc_hz(void);
int clock_set_realtime(uint64_t ns);
uint64_t clock_realtime_to_monotonic(uint64_t ns); /* of a deadline; NEVER-1 at most, 0 for the past */
struct timespec64 {
    int64_t sec, nsec;
};
struct timespec64 ns_to_timespec(uint64_t ns);
/* -EINVAL unless sec >= 0 and 0 <= nsec < 1e9. Saturates at INT64_MAX, as Linux does: adding one to a time does not
 * wrap. */
int timespec_to_ns(const struct timespec64 *ts, uint64_t *ns);

/* time/timer.c: one-shot timers in a pairing heap by deadline: no allocation, so nothing can fail. The callback runs in
 * kernel context with the timer disarmed, and may arm it again. A timer is zeroed storage of the caller's; arm moves it
 * when it is armed already; cancel is harmless when it is not. Tickless: the hardware is programmed for the next
 * deadline only. */
struct timer {
    uint64_t deadline;
    void (*fn)(struct timer *t);
    struct timer *child, *next, *prev; /* prev: the sibling before, or the parent of a first child */
    bool armed;
};
void timer_arm(struct timer *t, uint64_t deadline);
void timer_cancel(struct timer *t);
void timer_run_due(void);   /* before idling */
void timer_interrupt(void); /* the alarm rang: called by irq/ */
uint64_t timer_next(void);  /* deadline or NEVER */

/* The machine's alarm (LAPIC TSC-deadline, LAPIC one-shot, PIT): set by irq/, used by time/timer.c and the scheduler.
 */
void alarm_set(uint64_t deadline_ns);
