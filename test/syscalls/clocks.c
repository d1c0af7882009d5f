/* Clocks: monotonic time never goes back, also between the vDSO and the system call; both tell the same; the wall clock
 * is of this century; processor time grows with work and not with sleep; bad clocks and pointers are refused. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

/* Each failed check ends the test with a number of its own. */
#define CHECK(cond)                                                                                                    \
    do {                                                                                                               \
        int number = __COUNTER__ + 1;                                                                                  \
        if (!(cond)) {                                                                                                 \
            printf("check %d, line %d: not true: %s (errno %d)\n", number, __LINE__, #cond, errno);                    \
            fflush(stdout);                                                                                            \
            _exit(number);                                                                                             \
        }                                                                                                              \
    } while (0)
#define MS 1000000ll
#define YEAR_2020 1577836800ll

static int64_t to_ns(struct timespec ts)
{
    return ts.tv_sec * 1000000000ll + ts.tv_nsec;
}

static int64_t by_library(clockid_t clock)
{
    struct timespec ts = {-1, -1};
    CHECK(clock_gettime(clock, &ts) == 0 && ts.tv_nsec >= 0 && ts.tv_nsec < 1000000000);
    return to_ns(ts);
}

static int64_t by_system_call(clockid_t clock)
{
    struct timespec ts = {-1, -1};
    CHECK(syscall(SYS_clock_gettime, clock, &ts) == 0 && ts.tv_nsec >= 0 && ts.tv_nsec < 1000000000);
    return to_ns(ts);
}

static void monotonic_time_never_goes_back(void)
{
    int64_t last = by_system_call(CLOCK_MONOTONIC), first = last;
    for (int i = 0; i < 20000; i++) {
        int64_t now = i % 3 ? by_library(CLOCK_MONOTONIC) : by_system_call(CLOCK_MONOTONIC);
        CHECK(now >= last);
        last = now;
    }
    CHECK(last > first);
}

/* Each reading of one kind lies between two of the other kind. */
static void both_ways_agree(void)
{
    static const clockid_t clocks[] = {CLOCK_MONOTONIC, CLOCK_REALTIME, CLOCK_BOOTTIME};
    for (int round = 0; round < 100; round++)
        for (int i = 0; i < 3; i++) {
            int64_t a = by_system_call(clocks[i]), b = by_library(clocks[i]), c = by_system_call(clocks[i]);
            CHECK(a <= b && b <= c);
        }
}

static void the_wall_clock_is_plausible(void)
{
    struct timeval tv;
    int64_t before = by_library(CLOCK_REALTIME);
    CHECK(gettimeofday(&tv, NULL) == 0 && tv.tv_usec >= 0 && tv.tv_usec < 1000000);
    int64_t at = tv.tv_sec * 1000000000ll + tv.tv_usec * 1000ll, after = by_library(CLOCK_REALTIME);
    CHECK(at >= before - 1000 && at <= after);
    time_t t = time(NULL);
    CHECK(t >= before / 1000000000 - 1 && t <= by_library(CLOCK_REALTIME) / 1000000000);
    CHECK(t > YEAR_2020);
    CHECK(syscall(SYS_time, NULL) - t <= 1 && syscall(SYS_gettimeofday, &tv, NULL) == 0 && tv.tv_sec - t <= 1);
}

static void clocks_advance_alike(void)
{
    int64_t mono = by_library(CLOCK_MONOTONIC), real = by_library(CLOCK_REALTIME);
    usleep(50000);
    mono = by_library(CLOCK_MONOTONIC) - mono;
    real = by_library(CLOCK_REALTIME) - real;
    CHECK(mono >= 50 * MS && real >= 45 * MS && real - mono < 20 * MS && mono - real < 20 * MS);
}

static void *work(void *arg)
{
    struct timespec ts;
    clockid_t id;
    int64_t until = by_library(CLOCK_THREAD_CPUTIME_ID) + 20 * MS;
    while (by_library(CLOCK_THREAD_CPUTIME_ID) < until)
        ;
    CHECK(pthread_getcpuclockid(pthread_self(), &id) == 0 && clock_gettime(id, &ts) == 0);
    CHECK(to_ns(ts) >= 20 * MS);
    return NULL;
}

static void processor_time_counts_work(void)
{
    int64_t process = by_library(CLOCK_PROCESS_CPUTIME_ID), thread = by_library(CLOCK_THREAD_CPUTIME_ID);
    usleep(100000);
    CHECK(by_library(CLOCK_PROCESS_CPUTIME_ID) - process < 50 * MS);
    CHECK(by_library(CLOCK_THREAD_CPUTIME_ID) - thread < 50 * MS);
    pthread_t t;
    CHECK(pthread_create(&t, NULL, work, NULL) == 0 && pthread_join(t, NULL) == 0);
    CHECK(by_library(CLOCK_PROCESS_CPUTIME_ID) - process >= 20 * MS);
    CHECK(by_library(CLOCK_THREAD_CPUTIME_ID) - thread < 70 * MS);
    struct rusage r;
    struct tms tms;
    CHECK(getrusage(RUSAGE_SELF, &r) == 0 && r.ru_maxrss > 0);
    CHECK(r.ru_utime.tv_sec + r.ru_stime.tv_sec > 0 || r.ru_utime.tv_usec + r.ru_stime.tv_usec >= 20000);
    CHECK(times(&tms) != (clock_t)-1 && tms.tms_utime + tms.tms_stime >= 1);
    CHECK(getrusage(99, &r) == -1 && errno == EINVAL);
}

static void mistakes_are_refused(void)
{
    struct timespec ts = {0, 0};
    CHECK(clock_gettime(77, &ts) == -1 && errno == EINVAL);
    CHECK(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, (void *)16) == -1 && errno == EFAULT);
    CHECK(clock_getres(CLOCK_MONOTONIC, &ts) == 0 && ts.tv_sec == 0 && ts.tv_nsec >= 1 && ts.tv_nsec <= 10 * MS);
    CHECK(syscall(SYS_clock_getres, CLOCK_REALTIME, &ts) == 0 && clock_getres(CLOCK_REALTIME, NULL) == 0);
    CHECK(clock_getres(77, NULL) == -1 && errno == EINVAL);
    ts = (struct timespec){0, 1000000000};
    CHECK(clock_settime(CLOCK_REALTIME, &ts) == -1 && errno == EINVAL);
    CHECK(clock_settime(CLOCK_MONOTONIC, &ts) == -1 && errno == EINVAL);
}

int main(void)
{
    monotonic_time_never_goes_back();
    both_ways_agree();
    the_wall_clock_is_plausible();
    clocks_advance_alike();
    processor_time_counts_work();
    mistakes_are_refused();
    puts("OK");
    return 0;
}
