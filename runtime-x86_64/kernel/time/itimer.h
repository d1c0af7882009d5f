/* time/itimer.c: the process's interval timer (ITIMER_REAL, alarm), and POSIX timers. Both send signals. */
#pragma once
#include "time/time.h"

struct interval {
    uint64_t value, interval; /* ns until the next expiry (0: disarmed), and between later ones (0: once) */
};
void itimer_get(struct interval *now);
void itimer_set(const struct interval *next);
