/* time/itimer.c: the process's interval timers (setitimer, alarm). They send signals. */
#pragma once
#include "time/time.h"

enum { ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF, ITIMER_COUNT };
struct interval {
    uint64_t value, interval; /* ns until the next expiry (0: disarmed), and between later ones (0: once) */
};
void itimer_get(int which, struct interval *now);
void itimer_set(int which, const struct interval *next);
