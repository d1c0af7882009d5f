/* The alarm behind time/timer.c: the TSC deadline where the CPU has it, else the local APIC's timer, else the PIT. An
 * early alarm is harmless (the timer code looks at the clock and sets the next one), so each may cut long waits short.
 */
#include "cpu/cpu.h"
#include "irq/controller.h"
#include "irq/irq.h"
#include "thread/thread.h"
#include "time/time.h"

#define NS_PER_SECOND 1000000000ull
#define MSR_TSC_DEADLINE 0x6e0
#define RATE_SHIFT 22 /* rates are ticks per ns in fixed point; 2^36 Hz still fit 64 bits while they are computed */
#define LONGEST_NS (1ull << 34)

static void (*set)(uint64_t delay_ns);
static uint64_t rate;

static uint64_t rate_of(uint64_t ticks, uint64_t ns)
{
    return (ticks << RATE_SHIFT) / ns;
}

static uint64_t ticks_in(uint64_t ns)
{
    return (uint64_t)((unsigned __int128)MIN(ns, LONGEST_NS) * rate >> RATE_SHIFT);
}

/* The rate each time: the clock's idea of the TSC's frequency gets better with time. */
static void set_tsc_deadline(uint64_t delay_ns)
{
    rate = rate_of(clock_tsc_hz(), NS_PER_SECOND);
    wrmsr(MSR_TSC_DEADLINE, rdtsc() + ticks_in(delay_ns));
}

/* The local APIC timer's frequency is told nowhere that all machines have, and waiting for a good measurement would
 * delay each boot. So it runs from irq_init on; the first alarm compares it with the clock, and each long wait after
 * that refines the rate. Until the first of these, waits are cut by an eighth, against the error of the short
 * measurement. */
#define FIRST_MEASUREMENT_NS 50000u
#define REFINING_NS 4000000u

static struct {
    uint64_t start_tsc; /* when the counter was started */
    uint64_t tsc_hz;    /* by which the clock counted when the rate was refined */
    bool refined;
    uint64_t set_at; /* ns; 0: nothing to refine by */
    uint32_t count;
} lapic;

static uint64_t ns_since_start(void)
{
    return (rdtsc() - lapic.start_tsc) * NS_PER_SECOND / clock_tsc_hz();
}

static void measure_lapic(void)
{
    while (ns_since_start() < FIRST_MEASUREMENT_NS)
        __builtin_ia32_pause();
    uint64_t before = ns_since_start();
    uint32_t left = lapic_timer_left();
    rate = rate_of(UINT32_MAX - left, (before + ns_since_start()) / 2);
    rate = MAX(rate, 1ul);
}

static void set_lapic(uint64_t delay_ns)
{
    if (!rate)
        measure_lapic();
    if (lapic.tsc_hz != clock_tsc_hz()) { /* nanoseconds have another length now */
        lapic.tsc_hz = clock_tsc_hz();
        lapic.refined = false;
    }
    if (!lapic.refined)
        delay_ns -= delay_ns / 8;
    uint64_t ticks = ticks_in(delay_ns);
    lapic.count = (uint32_t)MIN(MAX(ticks, 1ul), (uint64_t)UINT32_MAX);
    lapic.set_at = delay_ns >= REFINING_NS ? clock_monotonic() : 0;
    lapic_timer_set(lapic.count);
}

/* An interrupt can only come late, so a measurement is never above the true rate: the largest is the best. Unless the
 * interrupt is an earlier setting's, which waited while this one was made: then the counter still runs. */
static void refine_lapic(void)
{
    if (!lapic.set_at || lapic_timer_left())
        return;
    uint64_t measured = rate_of(lapic.count, clock_monotonic() - lapic.set_at);
    rate = lapic.refined ? MAX(rate, measured) : measured;
    lapic.refined = true;
    lapic.set_at = 0;
}

/* 8254, channel 0, mode 0: one interrupt when the 16-bit count ends, 55 ms at most. */
enum { PIT_CHANNEL0 = 0x40, PIT_MODE = 0x43, PIT_MODE0_LOW_HIGH = 0x30 };
#define PIT_HZ 1193182u

static void set_pit(uint64_t delay_ns)
{
    uint64_t ticks = MIN(MAX(ticks_in(delay_ns), 1ul), 0xfffful);
    outb(PIT_CHANNEL0, (uint8_t)ticks);
    outb(PIT_CHANNEL0, (uint8_t)(ticks >> 8));
}

static void pit_interrupt(void *arg)
{
    alarm_interrupt();
}

void alarm_init(bool has_lapic)
{
    if (!has_lapic) {
        rate = rate_of(PIT_HZ, NS_PER_SECOND);
        outb(PIT_MODE, PIT_MODE0_LOW_HIGH);
        irq_register_isa(0, pit_interrupt, NULL);
        set = set_pit;
    } else if (cpu.tsc_deadline) {
        lapic_timer_use_deadline();
        set = set_tsc_deadline;
    } else {
        lapic.start_tsc = rdtsc();
        lapic_timer_start();
        set = set_lapic;
    }
    if (timer_next() != NEVER) /* armed before there was an alarm */
        timer_interrupt();
}

bool alarm_counts_on_lapic(void)
{
    return set == set_lapic;
}

void alarm_set(uint64_t deadline_ns)
{
    if (!set)
        return;
    uint64_t now = clock_monotonic();
    set(deadline_ns > now ? deadline_ns - now : 0);
}

void alarm_interrupt(void)
{
    refine_lapic();
    timer_interrupt();
}
