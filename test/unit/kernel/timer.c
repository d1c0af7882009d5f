/* The timer heap against a plain list: random arming, moving and cancelling; order of expiry; callbacks that arm again.
 */
#include <stdio.h>
#include <stdlib.h>
#include "time/timer.c"

#define CHECK(cond) ((cond) ? (void)0 : (fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #cond), exit(1)))
#define COUNT 200

static uint64_t now, alarm_at;
static unsigned alarms_set;

uint64_t clock_monotonic(void)
{
    return now;
}
void alarm_set(uint64_t deadline)
{
    alarms_set++;
    alarm_at = deadline;
}

static struct timer timers[COUNT];
static bool expected_armed[COUNT];
static uint64_t last_fired;
static unsigned fired;

static void record(struct timer *t)
{
    CHECK(!t->armed && expected_armed[t - timers]);
    CHECK(t->deadline <= now && t->deadline >= last_fired);
    expected_armed[t - timers] = false;
    last_fired = t->deadline;
    fired++;
}

static uint64_t earliest(void)
{
    uint64_t first = NEVER;
    for (unsigned i = 0; i < COUNT; i++)
        if (expected_armed[i])
            first = MIN(first, timers[i].deadline);
    return first;
}

static void advance(uint64_t to)
{
    now = to;
    last_fired = 0;
    if (alarm_at <= now)
        timer_interrupt();
    else
        timer_run_due();
    CHECK(earliest() > now);
}

static void agrees_with_a_list(void)
{
    srand(1);
    for (unsigned i = 0; i < COUNT; i++)
        timers[i].fn = record;
    for (unsigned step = 0; step < 200000; step++) {
        unsigned i = (unsigned)rand() % COUNT, what = (unsigned)rand() % 10;
        if (what < 6) {
            timer_arm(&timers[i], now + 1 + (unsigned)rand() % 5000);
            expected_armed[i] = true;
        } else if (what < 9) {
            timer_cancel(&timers[i]);
            expected_armed[i] = false;
        } else {
            advance(now + (unsigned)rand() % 200);
        }
        CHECK(timers[i].armed == expected_armed[i]);
        CHECK(timer_next() == earliest());
        CHECK(timer_next() == NEVER || alarm_at <= timer_next()); /* the alarm rings in time */
    }
    CHECK(fired > 1000);
    advance(now + 10000);
    CHECK(timer_next() == NEVER);
}

static void a_later_deadline_is_not_programmed(void)
{
    static struct timer a = {.fn = record}, b = {.fn = record};
    timer_arm(&a, now + 1000);
    unsigned before = alarms_set;
    timer_arm(&b, now + 2000);
    timer_cancel(&b);
    timer_arm(&a, now + 3000);
    CHECK(alarms_set == before);
    timer_cancel(&a);
}

/* The hardware's alarm is a little early: nothing is due, and it must be set again. */
static void an_early_alarm_is_set_again(void)
{
    timer_interrupt();
    timer_arm(&timers[0], now + 1000);
    expected_armed[0] = true;
    CHECK(alarm_at == now + 1000);
    now += 999;
    alarm_at = 0;
    timer_interrupt();
    CHECK(timers[0].armed && alarm_at == timers[0].deadline);
    advance(now + 1);
    CHECK(!timers[0].armed);
}

/* After an alarm with nothing armed, the next timer is programmed although the old deadline was earlier. */
static void an_alarm_without_timers_is_forgotten(void)
{
    timer_arm(&timers[1], now + 10);
    timer_cancel(&timers[1]);
    now += 20;
    timer_interrupt();
    timer_arm(&timers[1], now + 500);
    expected_armed[1] = true;
    CHECK(alarm_at == now + 500);
    advance(now + 500);
}

static unsigned rounds;
static void again(struct timer *t)
{
    if (++rounds < 5)
        timer_arm(t, t->deadline + 10);
}

static void a_callback_may_arm_again(void)
{
    static struct timer t = {.fn = again};
    timer_arm(&t, now + 10);
    now += 100;
    timer_interrupt();
    CHECK(rounds == 5 && !t.armed);
}

int main(void)
{
    agrees_with_a_list();
    a_later_deadline_is_not_programmed();
    an_early_alarm_is_set_again();
    an_alarm_without_timers_is_forgotten();
    a_callback_may_arm_again();
    puts("OK");
}
