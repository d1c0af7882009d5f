/* timer_settime(2), timerfd_settime(2), setitimer(2): intervals of any length are taken. A timer that fires once in
 * centuries fires once; one that fires at every nanosecond does not stop a program that ignores its signal. */
#define _GNU_SOURCE
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t count;

static void on_signal(int signal)
{
    count++;
}

static void spend(long ns)
{
    struct timespec start, now;
    clock_gettime(CLOCK_MONOTONIC, &start);
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while ((now.tv_sec - start.tv_sec) * 1000000000l + now.tv_nsec - start.tv_nsec < ns);
}

static int run(int notify, int signal, struct timespec interval)
{
    struct sigevent event = {.sigev_notify = notify, .sigev_signo = signal};
    struct itimerspec spec = {interval, {0, 1}};
    timer_t timer;
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) || timer_settime(timer, 0, &spec, NULL))
        return 1;
    spend(20000000);
    return timer_delete(timer);
}

static const struct timespec lengths[] = {
    {0, 1}, {LONG_MAX, 999999999}, {18446744073, 709551613}, {9223372036, 854775807}};

static int signals(void)
{
    signal(SIGUSR1, SIG_IGN);
    signal(SIGUSR2, on_signal);
    for (unsigned i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        if (run(SIGEV_NONE, 0, lengths[i]) || run(SIGEV_SIGNAL, SIGUSR1, lengths[i]))
            return 1;
        count = 0;
        if (i && (run(SIGEV_SIGNAL, SIGUSR2, lengths[i]) || count != 1))
            return 2;
    }
    return 0;
}

static int descriptors(void)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    for (unsigned i = 1; i < sizeof lengths / sizeof *lengths; i++) {
        struct itimerspec spec = {lengths[i], {0, 1}};
        uint64_t n = 0;
        if (timerfd_settime(fd, 0, &spec, NULL))
            return 1;
        spend(1000000);
        if (read(fd, &n, sizeof n) != sizeof n || n != 1)
            return 2;
        if (read(fd, &n, sizeof n) != -1)
            return 3;
    }
    close(fd);
    return 0;
}

static int interval_timer(void)
{
    struct itimerval fast = {{0, 1}, {0, 1}}, off = {{0, 0}, {0, 0}};
    signal(SIGALRM, SIG_IGN);
    if (setitimer(ITIMER_REAL, &fast, NULL))
        return 1;
    spend(20000000);
    return setitimer(ITIMER_REAL, &off, NULL);
}

int main(void)
{
    int err = signals();
    if (err)
        return err;
    err = descriptors();
    if (err)
        return 10 + err;
    err = interval_timer();
    if (err)
        return 20 + err;
    puts("OK");
    return 0;
}
