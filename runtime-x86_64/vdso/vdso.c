/* Clock functions that run in the app and save it a system call. A shared object by itself (version LINUX_2.6,
 * DT_HASH), mapped into the app with the kernel's data page (time/vvar.h) just below it. It has no data of its own and
 * needs no relocation; all of it fits in one page, which is how it finds the data. */
#include <stdint.h>
#include "time/vvar.h"

enum {
    CLOCK_REALTIME = 0,
    CLOCK_MONOTONIC = 1,
    CLOCK_MONOTONIC_RAW = 4,
    CLOCK_REALTIME_COARSE = 5,
    CLOCK_MONOTONIC_COARSE = 6,
    CLOCK_BOOTTIME = 7,
    CLOCK_TAI = 11
};
#define SYS_GETTIMEOFDAY 96
#define SYS_TIME 201
#define SYS_CLOCK_GETTIME 228
#define SYS_CLOCK_GETRES 229
#define NS_PER_SEC 1000000000u
#define PAGE_SIZE 4096ul

struct timespec {
    int64_t sec, nsec;
};
struct timeval {
    int64_t sec, usec;
};
struct timezone {
    int32_t minutes_west, dst_time;
};

int __vdso_clock_gettime(int clock, struct timespec *ts);
int __vdso_clock_getres(int clock, struct timespec *ts);
int __vdso_gettimeofday(struct timeval *tv, struct timezone *tz);
int64_t __vdso_time(int64_t *t);
int __vdso_getcpu(unsigned *cpu, unsigned *node, void *cache);

static const volatile struct vvar *vvar(void)
{
    uintptr_t here;
    __asm__("leaq 0(%%rip), %0" : "=r"(here));
    return (const volatile struct vvar *)((here & ~(PAGE_SIZE - 1)) - PAGE_SIZE);
}

static long syscall2(long number, long a, long b)
{
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "0"(number), "D"(a), "S"(b) : "rcx", "r11", "memory");
    return result;
}

/* Nanoseconds of either clock; 0 while the kernel cannot tell without being asked. */
static inline __attribute__((always_inline)) uint64_t read_clock(int realtime)
{
    const volatile struct vvar *v = vvar();
    uint32_t sequence;
    uint64_t ns;
    do {
        sequence = v->sequence;
        if (!(realtime ? v->realtime_ready : v->ready))
            return 0;
        ns = vvar_monotonic(v) + (realtime ? v->realtime_offset : 0);
    } while ((sequence & 1) || v->sequence != sequence);
    return ns;
}

static int is_realtime(int clock)
{
    return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI;
}

static int is_monotonic(int clock)
{
    return clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_RAW || clock == CLOCK_MONOTONIC_COARSE ||
           clock == CLOCK_BOOTTIME;
}

int __vdso_clock_gettime(int clock, struct timespec *ts)
{
    uint64_t ns = is_monotonic(clock) ? read_clock(0) : is_realtime(clock) ? read_clock(1) : 0;
    if (!ns)
        return (int)syscall2(SYS_CLOCK_GETTIME, clock, (long)ts);
    ts->sec = (int64_t)(ns / NS_PER_SEC);
    ts->nsec = (int64_t)(ns % NS_PER_SEC);
    return 0;
}

int __vdso_clock_getres(int clock, struct timespec *ts)
{
    if (!ts || !(is_realtime(clock) || is_monotonic(clock)))
        return (int)syscall2(SYS_CLOCK_GETRES, clock, (long)ts);
    ts->sec = 0;
    ts->nsec = 1;
    return 0;
}

int __vdso_gettimeofday(struct timeval *tv, struct timezone *tz)
{
    uint64_t ns = read_clock(1);
    if (!ns)
        return (int)syscall2(SYS_GETTIMEOFDAY, (long)tv, (long)tz);
    if (tv) {
        tv->sec = (int64_t)(ns / NS_PER_SEC);
        tv->usec = (int64_t)(ns % NS_PER_SEC / 1000);
    }
    if (tz)
        tz->minutes_west = tz->dst_time = 0;
    return 0;
}

int64_t __vdso_time(int64_t *t)
{
    uint64_t ns = read_clock(1);
    if (!ns)
        return syscall2(SYS_TIME, (long)t, 0);
    if (t)
        *t = (int64_t)(ns / NS_PER_SEC);
    return (int64_t)(ns / NS_PER_SEC);
}

int __vdso_getcpu(unsigned *cpu, unsigned *node, void *cache)
{
    (void)cache;
    if (cpu)
        *cpu = 0;
    if (node)
        *node = 0;
    return 0;
}
