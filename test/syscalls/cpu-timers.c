/* Timers by processor time: ITIMER_VIRTUAL and ITIMER_PROF, timer_create on the clocks of the process and of a thread.
 * They ring while the processor is used, and not while it is not. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define CHECK(what)                                                                                                    \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            printf("line %d: %s (errno %d)\n", __LINE__, #what, errno);                                                \
            exit(__COUNTER__ + 1);                                                                                     \
        }                                                                                                              \
    } while (0)
#define FAILS(call, error) CHECK((call) == -1 && errno == (error))
#define MS 1000000ul

static volatile sig_atomic_t count[65], value, in_main;

static void handler(int signal, siginfo_t *info, void *context)
{
    (void)context;
    count[signal]++;
    in_main += gettid() == getpid();
    value = info->si_value.sival_int;
}

static uint64_t now(clockid_t clock)
{
    struct timespec t;
    CHECK(!clock_gettime(clock, &t));
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Nearly all of it outside of the system: ITIMER_VIRTUAL counts nothing else. */
static void burn(unsigned ms)
{
    uint64_t end = now(CLOCK_THREAD_CPUTIME_ID) + ms * MS;
    while (now(CLOCK_THREAD_CPUTIME_ID) < end)
        for (volatile int n = 0; n < 20000; n++)
            ;
}

static void test_interval(int which, int signal)
{
    struct itimerval once = {.it_value = {0, 60000}}, often = {{0, 20000}, {0, 20000}}, off = {0}, got;
    count[signal] = 0;
    FAILS(setitimer(3, &once, NULL), EINVAL);
    CHECK(!setitimer(which, &once, NULL));
    CHECK(!getitimer(which, &got) && got.it_value.tv_sec == 0 && got.it_value.tv_usec > 0);
    usleep(150000); /* not used: does not count */
    CHECK(!count[signal]);
    CHECK(!getitimer(which, &got) && got.it_value.tv_usec > 10000);
    burn(120);
    CHECK(count[signal] == 1);
    CHECK(!getitimer(which, &got) && !got.it_value.tv_usec && !got.it_value.tv_sec);
    count[signal] = 0;
    CHECK(!setitimer(which, &often, NULL));
    burn(210);
    CHECK(!setitimer(which, &off, &got) && got.it_interval.tv_usec == 20000);
    CHECK(count[signal] >= 3 && count[signal] <= 25);
}

static timer_t make(clockid_t clock, int signal, int tag, unsigned ms)
{
    struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = signal, .sigev_value.sival_int = tag};
    struct itimerspec t = {.it_value.tv_nsec = (long)(ms * MS)};
    timer_t id;
    CHECK(!timer_create(clock, &e, &id) && !timer_settime(id, 0, &t, NULL));
    return id;
}

static void *burn_in_thread(void *arg)
{
    pthread_barrier_wait(arg);
    burn(200);
    pthread_barrier_wait(arg);
    return NULL;
}

static void test_created(void)
{
    pthread_t t;
    pthread_barrier_t barrier;
    clockid_t clock;
    struct itimerspec left;
    timer_t process = make(CLOCK_PROCESS_CPUTIME_ID, SIGUSR1, 7, 50),
            own = make(CLOCK_THREAD_CPUTIME_ID, SIGUSR2, 8, 100);
    FAILS(timer_create((clockid_t)(~(uint32_t)999999 << 3 | 6), NULL, &process), EINVAL);
    pthread_barrier_init(&barrier, NULL, 2);
    pthread_create(&t, NULL, burn_in_thread, &barrier);
    CHECK(!pthread_getcpuclockid(t, &clock));
    timer_t other = make(clock, SIGALRM, 9, 50);
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    CHECK(count[SIGUSR1] == 1 && count[SIGALRM] == 1);
    CHECK(!count[SIGUSR2]); /* this thread slept */
    burn(150);
    CHECK(count[SIGUSR2] == 1 && value == 8);
    CHECK(!timer_gettime(own, &left) && !left.it_value.tv_nsec && !left.it_value.tv_sec);
    pthread_join(t, NULL);
    CHECK(!timer_delete(process) && !timer_delete(own) && !timer_delete(other));
}

static void *burn_elsewhere(void *arg)
{
    burn(120);
    return arg;
}

/* What a profiler asks for: the signal comes to the thread that uses the processor. */
static void test_who_is_told(void)
{
    struct itimerval often = {{0, 20000}, {0, 20000}}, off = {0};
    pthread_t thread;
    count[SIGPROF] = 0;
    CHECK(!pthread_create(&thread, NULL, burn_elsewhere, NULL));
    in_main = 0;
    CHECK(!setitimer(ITIMER_PROF, &often, NULL) && !pthread_join(thread, NULL) && !setitimer(ITIMER_PROF, &off, NULL));
    CHECK(count[SIGPROF] >= 3 && in_main <= 1);
}

int main(void)
{
    struct sigaction a = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_RESTART};
    int signals[] = {SIGVTALRM, SIGPROF, SIGUSR1, SIGUSR2, SIGALRM};
    for (int n = 0; n < 5; n++)
        sigaction(signals[n], &a, NULL);
    test_interval(ITIMER_PROF, SIGPROF);
    test_interval(ITIMER_VIRTUAL, SIGVTALRM);
    test_created();
    test_who_is_told();
    puts("OK");
    return 0;
}
