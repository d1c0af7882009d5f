/* timer_create(2)'s timers. An expiry sends one signal; the next one is computed when that signal is taken, so a
 * blocked signal costs no interrupts, and what passed meanwhile is its overrun. */
#pragma once
#include "abi/signal.h"
#include "time/cpu-timer.h"

struct posix_timer;
/* signal 0: none is sent. tid 0: to the process. *id is what the app knows it by, and the signal's value when has_value
 * is false. */
struct posix_timer_options {
    int clock; /* TIMER_* or a thread, of cpu-timer.h */
    bool realtime;
    int signal, tid;
    bool has_value;
    uint64_t value;
};
int posix_timer_create(const struct posix_timer_options *options, int *id); /* -EAGAIN: too many, or no memory */
struct posix_timer *posix_timer_find(int id);                               /* NULL: none of this id */
/* ns until the next expiry (0: disarmed), and between expiries. */
void posix_timer_get(const struct posix_timer *t, uint64_t *value, uint64_t *interval);
void posix_timer_set(struct posix_timer *t, uint64_t value, uint64_t interval, bool absolute);
int posix_timer_overrun(const struct posix_timer *t);
void posix_timer_delete(struct posix_timer *t);
/* thread/signal.c: a signal with SI_TIMER leaves the queue; fills in its overrun. */
void posix_timer_taken(struct siginfo *info);
