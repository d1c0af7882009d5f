/* Monotonic time from the time-stamp counter, wall clock as an offset to it. Both live in the page that the vDSO reads.
 */
#include "time/clock.h"
#include "cpu/cpu.h"

#define NS_PER_SEC 1000000000ull
#define REFINE_FIRST_NS 50000000ull /* below the 55 ms in which the PIT's counter wraps */
#define REFINE_LAST_NS 1000000000ull
#define REFINE_TRIES 20

union vvar_page vvar_page __attribute__((aligned(4096)));
static uint64_t tsc_hz;

static void begin_update(void)
{
    vvar_page.data.sequence++;
    __asm__ volatile("" ::: "memory");
}

static void end_update(void)
{
    __asm__ volatile("" ::: "memory");
    vvar_page.data.sequence++;
}

/* From here on time runs at this rate; what it was until now stays. */
static void set_frequency(uint64_t hz)
{
    struct vvar *v = &vvar_page.data;
    uint64_t ns = v->ready ? vvar_monotonic(v) : 0;
    unsigned shift = 32;
    while (shift && (NS_PER_SEC << shift) / hz >= 1ull << 32)
        shift--;
    begin_update();
    if (v->ready) {
        v->base_ns = ns;
        v->base_tsc = rdtsc();
    }
    v->mult = (NS_PER_SEC << shift) / hz;
    v->shift = shift;
    v->ready = 1;
    end_update();
    tsc_hz = hz;
}

static void refine(struct timer *t)
{
    static unsigned failures;
    uint64_t hz = calibrate_refine(), now = clock_monotonic();
    if (hz)
        set_frequency(hz);
    if (hz && now < REFINE_LAST_NS)
        timer_arm(t, REFINE_LAST_NS);
    failures = hz ? 0 : failures + 1;
    if (!hz && failures < REFINE_TRIES)
        timer_arm(t, now + REFINE_FIRST_NS);
}

/* The first use of the clock: by now boot has done useful work between the two readings that a calibration takes. */
static void become_ready(void)
{
    static struct timer refine_timer = {.fn = refine};
    set_frequency(calibrate_finish());
    if (calibrate_is_rough())
        timer_arm(&refine_timer, REFINE_FIRST_NS);
}

void clock_init(void)
{
    vvar_page.data.base_tsc = rdtsc();
    calibrate_start();
}

uint64_t clock_tsc_hz(void)
{
    if (unlikely(!tsc_hz))
        become_ready();
    return tsc_hz;
}

uint64_t clock_monotonic(void)
{
    if (unlikely(!tsc_hz))
        become_ready();
    return vvar_monotonic(&vvar_page.data);
}

/* Read at first use: each access to the clock's chip leaves the virtual machine. */
static uint64_t read_wall_clock(void)
{
    uint64_t now = pvclock_realtime();
    if (!now)
        now = rtc_realtime();
    if (!now)
        log_warn("no wall clock in this machine: time starts at 1970");
    return now;
}

uint64_t clock_realtime(void)
{
    if (unlikely(!vvar_page.data.realtime_ready))
        clock_set_realtime(read_wall_clock());
    return clock_monotonic() + vvar_page.data.realtime_offset;
}

int clock_set_realtime(uint64_t ns)
{
    uint64_t offset = ns - clock_monotonic();
    begin_update();
    vvar_page.data.realtime_offset = offset;
    vvar_page.data.realtime_ready = 1;
    end_update();
    return 0;
}

uint64_t clock_realtime_to_monotonic(uint64_t ns)
{
    uint64_t real = clock_realtime(), now = clock_monotonic(), ahead = ns > real ? ns - real : 0;
    return !ahead ? 0 : ahead < UINT64_MAX - 1 - now ? now + ahead : UINT64_MAX - 1;
}

struct timespec64 ns_to_timespec(uint64_t ns)
{
    return (struct timespec64){(int64_t)(ns / NS_PER_SEC), (int64_t)(ns % NS_PER_SEC)};
}

int timespec_to_ns(const struct timespec64 *ts, uint64_t *ns)
{
    if (ts->sec < 0 || ts->nsec < 0 || ts->nsec >= (int64_t)NS_PER_SEC)
        return -EINVAL;
    bool over = __builtin_mul_overflow((uint64_t)ts->sec, NS_PER_SEC, ns) ||
                __builtin_add_overflow(*ns, (uint64_t)ts->nsec, ns) || *ns > INT64_MAX;
    if (over)
        *ns = INT64_MAX;
    return 0;
}
