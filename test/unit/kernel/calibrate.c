/* The clock's calibration by a model of the 8254, on a host that holds the virtual machine up anywhere and for any
 * time: time must pass at the true rate in the end, and nearly so from the beginning. */
#include <stdio.h>
#include <stdlib.h>
#include "cpu/cpu.h"

#define CHECK(cond) ((cond) ? (void)0 : (fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #cond), exit(1)))
#define US 1000ul
#define MS 1000000ul
#define TSC_HZ 2000000000ull

static uint64_t now; /* true time, ns */
static unsigned accesses;
static struct {
    unsigned at; /* before which device access */
    uint64_t delay;
} held_up;

static uint64_t model_tsc(void)
{
    return (now += 20) * (TSC_HZ / 1000000000);
}

static uint16_t pit_latched;
static bool pit_status, pit_high;

static void access_device(void)
{
    if (++accesses == held_up.at)
        now += held_up.delay;
    now += 2 * US;
}

static void model_outb(uint16_t port, uint8_t value)
{
    access_device();
    if (port != 0x43)
        return;
    pit_status = value == 0xe8;
    pit_high = false;
    pit_latched = (uint16_t) - (uint32_t)((unsigned __int128)now * 1193182 / 1000000000);
}

static uint8_t model_inb(uint16_t port)
{
    access_device();
    if (port != 0x42)
        return 0;
    pit_high = !pit_high;
    return pit_status ? 0xb0 : (uint8_t)(pit_high ? pit_latched : pit_latched >> 8);
}

static void model_cpuid(uint32_t leaf, uint32_t sub, uint32_t r[4])
{
    r[0] = r[1] = r[2] = r[3] = 0;
}

#define rdtsc model_tsc
#define vvar_read_tsc unused_tsc
#define outb model_outb
#define inb model_inb
#define cpuid model_cpuid
#include "time/calibrate.c"
#include "time/vvar.h"
#undef vvar_read_tsc
#define vvar_monotonic model_monotonic
static uint64_t model_monotonic(const volatile struct vvar *v)
{
    return v->base_ns + (uint64_t)(((unsigned __int128)(model_tsc() - v->base_tsc) * v->mult) >> v->shift);
}
#include "time/clock.c"

struct cpu_features cpu;
static struct timer *armed;

void log_warn(const char *fmt, ...)
{
}
bool pvclock_find(void)
{
    return false;
}
uint64_t pvclock_tsc_hz(void)
{
    return 0;
}
uint64_t pvclock_realtime(void)
{
    return 0;
}
uint64_t rtc_realtime(void)
{
    return 0;
}
const void *acpi_table(const char signature[4], size_t min_size)
{
    return NULL;
}
void lapic_timer_start(void)
{
}
uint32_t lapic_timer_left(void)
{
    return 0;
}
bool alarm_counts_on_lapic(void)
{
    return false;
}
void timer_arm(struct timer *t, uint64_t deadline)
{
    t->deadline = deadline;
    armed = t;
}

/* How far a rate is from the true one, in millionths. */
static uint64_t error_of(uint64_t hz)
{
    return (hz > TSC_HZ ? hz - TSC_HZ : TSC_HZ - hz) / (TSC_HZ / 1000000);
}

static uint64_t refine_late; /* the host runs us this much later than a timer asks */

static void boot(unsigned at, uint64_t delay)
{
    memset(&state, 0, sizeof state);
    memset(&vvar_page, 0, sizeof vvar_page);
    tsc_hz = 0;
    armed = NULL;
    accesses = 0;
    held_up.at = at;
    held_up.delay = delay;
    clock_init();
    now += 300 * US; /* boot goes on */
    clock_monotonic();
}

static void run_timers(void)
{
    for (unsigned n = 0; armed; n++) {
        struct timer *t = armed;
        CHECK(n < 30);
        uint64_t clock = clock_monotonic();
        armed = NULL;
        now += (t->deadline > clock ? t->deadline - clock : 0) + refine_late;
        t->fn(t);
    }
}

static void check(unsigned at, uint64_t delay)
{
    boot(at, delay);
    if (error_of(tsc_hz) > 150000)
        fprintf(stderr, "held up by %lu us at access %u: %lu Hz at first\n", delay / US, at, tsc_hz);
    CHECK(error_of(tsc_hz) <= 150000);
    run_timers();
    if (error_of(tsc_hz) > 500)
        fprintf(stderr, "held up by %lu us at access %u: %lu Hz in the end\n", delay / US, at, tsc_hz);
    CHECK(error_of(tsc_hz) <= 500);
}

int main(void)
{
    static const uint64_t delays[] = {0, 30 * US, 400 * US, 5 * MS, 30 * MS, 60 * MS, 170 * MS, 900 * MS};
    static const uint64_t late[] = {0, 40 * MS, 120 * MS, 600 * MS};
    for (unsigned l = 0; l < ARRAY_LEN(late); l++)
        for (unsigned d = 0; d < ARRAY_LEN(delays); d++)
            for (unsigned at = 1; at < 30; at++) {
                refine_late = late[l];
                check(at, delays[d]);
            }
    return 0;
}
