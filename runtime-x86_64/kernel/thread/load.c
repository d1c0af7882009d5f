/* Load averages as Linux computes them (kernel/sched/loadavg.c): every five seconds the number of threads that run or
 * wait to goes into three averages that forget within 1, 5 and 15 minutes. No timer does it: whoever changes that
 * number first accounts for the time before. */
#include "thread/schedule.h"
#include "time/time.h"

#define PERIOD_NS 5000000000ull
#define LONGEST_NS (3600 * 1000000000ull) /* an hour of nothing has been forgotten by all of them */

uint64_t load_next_sample = PERIOD_NS;
static uint32_t averages[3];

static void add_sample(unsigned active)
{
    static const uint32_t kept[3] = {1884, 2014, 2037}; /* of LOAD_ONE: e^(-5 s / 1, 5, 15 min) */
    uint32_t now = active * LOAD_ONE;
    for (int n = 0; n < 3; n++) {
        uint32_t sum = averages[n] * kept[n] + now * (LOAD_ONE - kept[n]);
        averages[n] = (sum + (now >= averages[n] ? LOAD_ONE - 1 : 0)) / LOAD_ONE;
    }
}

void load_account(uint64_t now, unsigned active)
{
    if (now > load_next_sample && now - load_next_sample > LONGEST_NS)
        load_next_sample = now - LONGEST_NS;
    for (; load_next_sample <= now; load_next_sample += PERIOD_NS)
        add_sample(active);
}

void load_averages(uint32_t out[3])
{
    load_account(clock_monotonic(), 1 + schedule_waiting());
    memcpy(out, averages, sizeof averages);
}
