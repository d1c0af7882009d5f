/* The alarm on a model of the local APIC's timer, with the timers on top: it must learn the timer's true rate, and
 * learn nothing from an interrupt that an earlier setting left behind. */
#include <stdio.h>
#include <stdlib.h>
#include "irq/alarm.c"
#include "time/timer.c"

#define CHECK(cond) ((cond) ? (void)0 : (fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #cond), exit(1)))
#define MS 1000000ull
#define TSC_HZ 2000000000ull
#define LAPIC_HZ 1000000000ull

struct cpu_features cpu;
static uint64_t now = 1, told_tsc_hz = TSC_HZ;
static struct {
    uint64_t start_tsc;      /* while it runs from the largest count: real time, as alarm.c reads it */
    uint64_t ends;           /* when it reaches 0; 0: it still runs from the largest count */
    bool running, requested; /* an interrupt is requested, and not delivered yet */
} chip;

uint64_t clock_monotonic(void)
{
    return now;
}
uint64_t clock_tsc_hz(void)
{
    return told_tsc_hz;
}
int irq_register_isa(unsigned isa, void (*fn)(void *), void *arg)
{
    return -1;
}
void lapic_timer_use_deadline(void)
{
}
void lapic_timer_start(void)
{
    chip.start_tsc = rdtsc();
}
uint32_t lapic_timer_left(void)
{
    if (!chip.ends)
        return UINT32_MAX - (uint32_t)((rdtsc() - chip.start_tsc) / (TSC_HZ / LAPIC_HZ));
    return chip.running ? (uint32_t)(chip.ends - now) : 0;
}
void lapic_timer_set(uint32_t count)
{
    chip.ends = now + ((uint64_t)count * TSC_HZ + told_tsc_hz - 1) / told_tsc_hz; /* `now` is what the clock tells */
    chip.running = true;
}

/* Time passes; a timer that ends requests its interrupt, which waits while interrupts are off. */
static void pass(uint64_t to)
{
    now = to;
    if (chip.running && chip.ends <= now) {
        chip.running = false;
        chip.requested = true;
    }
}

static void deliver(void)
{
    if (chip.requested) {
        chip.requested = false;
        alarm_interrupt();
    }
}

static uint64_t fired_at;

static void fire(struct timer *t)
{
    fired_at = now;
}

static void sleep_until_fired(void)
{
    fired_at = 0;
    for (unsigned interrupts = 0; !fired_at; interrupts++) {
        CHECK(chip.running && interrupts < 100);
        pass(chip.ends);
        deliver();
    }
}

/* How late a timer of that length fires. */
static uint64_t lateness(uint64_t length)
{
    static struct timer t = {.fn = fire};
    uint64_t deadline = now + length;
    timer_arm(&t, deadline);
    sleep_until_fired();
    CHECK(fired_at >= deadline);
    return fired_at - deadline;
}

static void learns_the_rate(void)
{
    CHECK(lateness(1 * MS) < MS);
    CHECK(lateness(100 * MS) < MS);
    for (uint64_t length = 1000; length < 1000 * MS; length *= 7)
        CHECK(lateness(length) <= length / 100 + 2000);
    CHECK(lateness(20000 * MS) < MS); /* longer than the counter */
}

/* A minute is longer than the counter: its interrupt comes early, here while interrupts are off. What then arms a
 * shorter timer sets the counter anew, and only after that the old interrupt is delivered. */
static void is_not_misled_by_an_old_interrupt(void)
{
    static struct timer minute = {.fn = fire}, tick = {.fn = fire};
    timer_arm(&minute, now + 60000 * MS);
    pass(chip.ends);
    CHECK(chip.requested);
    timer_arm(&tick, now + 250 * MS);
    pass(now + 5000);
    deliver();
    sleep_until_fired();
    timer_cancel(&minute);
    for (uint64_t length = 1000; length < 1000 * MS; length *= 7)
        CHECK(lateness(length) <= length / 100 + 2000);
}

/* The clock ran slow until it found out: a rate that was right by it would be too high for ever. */
static void follows_the_clock(void)
{
    told_tsc_hz = TSC_HZ + TSC_HZ / 10;
    learns_the_rate();
    told_tsc_hz = TSC_HZ;
    learns_the_rate();
}

int main(void)
{
    alarm_init(true);
    learns_the_rate();
    follows_the_clock();
    is_not_misled_by_an_old_interrupt();
    return 0;
}
