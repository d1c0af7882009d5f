/* Sleeping lasts at least as long as asked, by duration or until a point in time, and a signal ends it with what was
 * left; setitimer and alarm send SIGALRM once or again and again; POSIX timers count what they could not deliver. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
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

static volatile int alarms, last_value;

static void on_alarm(int signal, siginfo_t *info, void *context)
{
    alarms++;
    last_value = info->si_value.sival_int;
}

static void handle(int signal)
{
    struct sigaction a = {.sa_sigaction = on_alarm, .sa_flags = SA_SIGINFO};
    CHECK(sigaction(signal, &a, NULL) == 0);
    alarms = 0;
}

static int64_t now(clockid_t clock)
{
    struct timespec ts;
    clock_gettime(clock, &ts);
    return ts.tv_sec * 1000000000ll + ts.tv_nsec;
}

static struct timespec to_timespec(int64_t ns)
{
    return (struct timespec){ns / 1000000000, ns % 1000000000};
}

static void sleeps_last_long_enough(void)
{
    for (int ms = 1; ms <= 32; ms *= 2) {
        struct timespec ts = to_timespec(ms * MS);
        int64_t start = now(CLOCK_MONOTONIC);
        CHECK(nanosleep(&ts, NULL) == 0);
        CHECK(now(CLOCK_MONOTONIC) - start >= ms * MS);
    }
    struct timespec none = {0, 0}, bad = {0, 1000000000}, negative = {-1, 0};
    CHECK(nanosleep(&none, NULL) == 0);
    CHECK(nanosleep(&bad, NULL) == -1 && errno == EINVAL);
    CHECK(nanosleep(&negative, NULL) == -1 && errno == EINVAL);
    CHECK(syscall(SYS_nanosleep, 16, NULL) == -1 && errno == EFAULT);
}

static void sleeps_end_at_a_time(void)
{
    static const clockid_t clocks[] = {CLOCK_MONOTONIC, CLOCK_REALTIME, CLOCK_BOOTTIME};
    for (int i = 0; i < 3; i++) {
        int64_t end = now(clocks[i]) + 10 * MS;
        struct timespec ts = to_timespec(end), past = {0, 1};
        CHECK(clock_nanosleep(clocks[i], TIMER_ABSTIME, &ts, NULL) == 0 && now(clocks[i]) >= end);
        CHECK(clock_nanosleep(clocks[i], TIMER_ABSTIME, &past, NULL) == 0);
    }
    struct timespec ts = {0, 1};
    CHECK(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &ts, NULL) == EINVAL);
    CHECK(clock_nanosleep(99, 0, &ts, NULL) == EINVAL);
}

static void signals_end_sleeps(void)
{
    handle(SIGALRM);
    struct itimerval soon = {.it_value = {0, 20000}};
    struct timespec long_time = {10, 0}, left = {0, 0};
    CHECK(setitimer(ITIMER_REAL, &soon, NULL) == 0);
    CHECK(nanosleep(&long_time, &left) == -1 && errno == EINTR && alarms == 1);
    int64_t ns = left.tv_sec * 1000000000ll + left.tv_nsec;
    CHECK(ns > 5000 * MS && ns < 10000 * MS);
}

static void intervals_repeat(void)
{
    handle(SIGALRM);
    struct itimerval every = {{0, 5000}, {0, 5000}}, got, off = {{0, 0}, {0, 0}};
    int64_t start = now(CLOCK_MONOTONIC);
    CHECK(setitimer(ITIMER_REAL, &every, NULL) == 0);
    while (alarms < 5)
        pause();
    CHECK(now(CLOCK_MONOTONIC) - start >= 25 * MS);
    CHECK(getitimer(ITIMER_REAL, &got) == 0 && got.it_interval.tv_usec == 5000);
    CHECK(got.it_value.tv_sec == 0 && got.it_value.tv_usec <= 5000);
    CHECK(setitimer(ITIMER_REAL, &off, &got) == 0 && got.it_interval.tv_usec == 5000);
    int seen = alarms;
    usleep(15000);
    CHECK(alarms == seen);
    CHECK(getitimer(ITIMER_REAL, &got) == 0 && got.it_value.tv_sec == 0 && got.it_value.tv_usec == 0);
    CHECK(setitimer(17, &off, NULL) == -1 && errno == EINVAL);
}

static void alarm_counts_seconds(void)
{
    handle(SIGALRM);
    CHECK(alarm(100) == 0);
    CHECK(alarm(1) == 100);
    int64_t start = now(CLOCK_MONOTONIC);
    pause();
    CHECK(alarms == 1 && now(CLOCK_MONOTONIC) - start >= 990 * MS);
    CHECK(alarm(0) == 0);
}

/* pause() would sleep for ever after one that came before it. */
static void wait_for_alarm(int n)
{
    while (alarms < n)
        usleep(1000);
}

static void posix_timers_send_their_value(void)
{
    timer_t id;
    struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN, .sigev_value.sival_int = 4711};
    struct itimerspec once = {{0, 0}, {0, 10 * MS}}, every = {{0, 2 * MS}, {0, 2 * MS}}, got;
    handle(SIGRTMIN);
    CHECK(timer_create(CLOCK_MONOTONIC, &e, &id) == 0);
    CHECK(timer_gettime(id, &got) == 0 && got.it_value.tv_sec == 0 && got.it_value.tv_nsec == 0);
    int64_t start = now(CLOCK_MONOTONIC);
    CHECK(timer_settime(id, 0, &once, NULL) == 0);
    wait_for_alarm(1);
    CHECK(alarms == 1 && last_value == 4711 && now(CLOCK_MONOTONIC) - start >= 10 * MS);
    once.it_value = to_timespec(now(CLOCK_MONOTONIC) + 5 * MS);
    CHECK(timer_settime(id, TIMER_ABSTIME, &once, NULL) == 0);
    wait_for_alarm(2);
    CHECK(alarms == 2);
    sigset_t set;
    siginfo_t info;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &set, NULL);
    CHECK(timer_settime(id, 0, &every, NULL) == 0);
    usleep(30000);
    CHECK(sigwaitinfo(&set, &info) == SIGRTMIN && info.si_code == SI_TIMER && info.si_overrun >= 5);
    CHECK(timer_getoverrun(id) >= 5);
    CHECK(timer_delete(id) == 0);
    CHECK(timer_delete(id) == -1 && errno == EINVAL);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* A signal that would be ignored stays while it is blocked: its action may change. */
static void blocked_timers_count_overruns(void)
{
    timer_t id;
    struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGURG};
    struct itimerspec every = {{0, 2 * MS}, {0, 2 * MS}}, off = {0};
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGURG);
    sigprocmask(SIG_BLOCK, &set, NULL);
    CHECK(timer_create(CLOCK_MONOTONIC, &e, &id) == 0 && timer_settime(id, 0, &every, NULL) == 0);
    usleep(30000);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    CHECK(timer_getoverrun(id) >= 5);
    CHECK(timer_settime(id, 0, &off, NULL) == 0 && timer_delete(id) == 0);
}

int main(void)
{
    sleeps_last_long_enough();
    sleeps_end_at_a_time();
    signals_end_sleeps();
    intervals_repeat();
    alarm_counts_seconds();
    posix_timers_send_their_value();
    blocked_timers_count_overruns();
    puts("OK");
    return 0;
}
