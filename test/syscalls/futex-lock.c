/* futex(2), LOCK_PI and its family: a free lock is taken, a held one waited for; unlocking passes it on to whoever has
 * waited longest; what cannot be waited for is refused; a signal's handler runs and the wait goes on; an owner that
 * ends leaves the lock to the next, marked. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
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
#ifndef FUTEX_LOCK_PI2
#define FUTEX_LOCK_PI2 13
#endif

static uint32_t word, other;
static volatile int ready, order, handled;

static long futex(uint32_t *addr, int op, const struct timespec *timeout)
{
    return syscall(SYS_futex, addr, op, 0, timeout, NULL, 0);
}

static struct timespec in_ms(clockid_t clock, int ms)
{
    struct timespec ts;
    clock_gettime(clock, &ts);
    int64_t ns = ts.tv_nsec + ms * 1000000ll;
    return (struct timespec){ts.tv_sec + ns / 1000000000, ns % 1000000000};
}

static void wait_until_ready(int n)
{
    while (ready < n)
        usleep(1000);
    usleep(30000); /* and it sleeps */
}

static void *run(void *(*fn)(void *), void *arg)
{
    pthread_t t;
    CHECK(pthread_create(&t, NULL, fn, arg) == 0);
    return (void *)t;
}

static void join(void *t)
{
    CHECK(pthread_join((pthread_t)t, NULL) == 0);
}

static void free_locks_are_taken(void)
{
    uint32_t self = (uint32_t)gettid();
    CHECK(futex(&word, FUTEX_UNLOCK_PI, NULL) == -1 && errno == EPERM);
    CHECK(futex(&word, FUTEX_LOCK_PI, NULL) == 0 && word == self);
    CHECK(futex(&word, FUTEX_LOCK_PI, NULL) == -1 && errno == EDEADLK);
    CHECK(futex(&word, FUTEX_TRYLOCK_PI, NULL) == -1 && errno == EDEADLK);
    CHECK(futex(&word, FUTEX_UNLOCK_PI, NULL) == 0 && word == 0);
    CHECK(futex(&word, FUTEX_TRYLOCK_PI, NULL) == 0 && word == self);
    CHECK(futex(&word, FUTEX_UNLOCK_PI, NULL) == 0 && word == 0);
    word = 0x3ffffff0; /* nobody's */
    CHECK(futex(&word, FUTEX_LOCK_PI, NULL) == -1 && errno == ESRCH);
    word = FUTEX_OWNER_DIED;
    CHECK(futex(&word, FUTEX_LOCK_PI, NULL) == 0 && word == (self | FUTEX_OWNER_DIED));
    word = 0;
    CHECK(futex((uint32_t *)16, FUTEX_LOCK_PI, NULL) == -1 && errno == EFAULT);
    CHECK(futex((uint32_t *)((char *)&word + 1), FUTEX_LOCK_PI, NULL) == -1 && errno == EINVAL);
    struct timespec bad = {0, 1000000000};
    CHECK(futex(&word, FUTEX_LOCK_PI, &bad) == -1 && errno == EINVAL);
}

static void *try_in_vain(void *arg)
{
    struct timespec soon = in_ms(CLOCK_REALTIME, 20), soon2 = in_ms(CLOCK_MONOTONIC, 20);
    CHECK(futex(&word, FUTEX_TRYLOCK_PI, NULL) == -1 && errno == EAGAIN);
    CHECK(futex(&word, FUTEX_LOCK_PI, &soon) == -1 && errno == ETIMEDOUT);
    CHECK(futex(&word, FUTEX_LOCK_PI2, &soon2) == -1 && errno == ETIMEDOUT);
    CHECK(futex(&word, FUTEX_UNLOCK_PI, NULL) == -1 && errno == EPERM);
    return arg;
}

static void *take_in_turn(void *arg)
{
    ready++;
    CHECK(futex(&word, FUTEX_LOCK_PI, NULL) == 0);
    CHECK((word & FUTEX_TID_MASK) == (uint32_t)gettid() && order == (intptr_t)arg);
    order++;
    CHECK(futex(&word, FUTEX_UNLOCK_PI, NULL) == 0);
    return arg;
}

static void held_locks_are_passed_on(void)
{
    enum { THREADS = 3 };
    void *threads[THREADS];
    CHECK(futex(&word, FUTEX_LOCK_PI, NULL) == 0);
    join(run(try_in_vain, NULL));
    for (intptr_t i = 0; i < THREADS; i++) {
        threads[i] = run(take_in_turn, (void *)i);
        wait_until_ready((int)i + 1);
    }
    CHECK(word == ((uint32_t)gettid() | FUTEX_WAITERS) && order == 0);
    CHECK(futex(&word, FUTEX_UNLOCK_PI, NULL) == 0);
    for (int i = 0; i < THREADS; i++)
        join(threads[i]);
    CHECK(word == 0 && order == THREADS);
}

static void *hold_other_and_wait(void *arg)
{
    CHECK(futex(&other, FUTEX_LOCK_PI, NULL) == 0);
    ready = 1;
    CHECK(futex(&word, FUTEX_LOCK_PI, NULL) == 0);
    CHECK(futex(&word, FUTEX_UNLOCK_PI, NULL) == 0 && futex(&other, FUTEX_UNLOCK_PI, NULL) == 0);
    return arg;
}

static void circles_are_refused(void)
{
    ready = 0;
    CHECK(futex(&word, FUTEX_LOCK_PI, NULL) == 0);
    void *t = run(hold_other_and_wait, NULL);
    wait_until_ready(1);
    CHECK(futex(&other, FUTEX_LOCK_PI, NULL) == -1 && errno == EDEADLK);
    CHECK(futex(&word, FUTEX_UNLOCK_PI, NULL) == 0);
    join(t);
}

static void handle(int signal)
{
    handled++;
}

static void *wait_through_a_signal(void *arg)
{
    ready = 1;
    CHECK(futex(&word, FUTEX_LOCK_PI, NULL) == 0 && handled == 1);
    CHECK(futex(&word, FUTEX_UNLOCK_PI, NULL) == 0);
    return arg;
}

static void signals_do_not_end_the_wait(void)
{
    struct sigaction a = {.sa_handler = handle};
    CHECK(sigaction(SIGUSR1, &a, NULL) == 0);
    ready = 0;
    CHECK(futex(&word, FUTEX_LOCK_PI, NULL) == 0);
    void *t = run(wait_through_a_signal, NULL);
    wait_until_ready(1);
    CHECK(pthread_kill((pthread_t)t, SIGUSR1) == 0);
    while (!handled)
        usleep(1000);
    usleep(30000);
    CHECK(futex(&word, FUTEX_UNLOCK_PI, NULL) == 0);
    join(t);
}

static void *end_with_it(void *arg)
{
    CHECK(futex(&word, FUTEX_LOCK_PI, NULL) == 0);
    ready = 1;
    usleep(60000);
    return arg;
}

static void ended_owners_leave_it(void)
{
    ready = 0;
    void *t = run(end_with_it, NULL);
    while (!ready)
        usleep(1000);
    CHECK(futex(&word, FUTEX_LOCK_PI, NULL) == 0);
    CHECK((word & (FUTEX_OWNER_DIED | FUTEX_TID_MASK)) == (FUTEX_OWNER_DIED | (uint32_t)gettid()));
    CHECK(futex(&word, FUTEX_UNLOCK_PI, NULL) == 0);
    join(t);
}

int main(void)
{
    free_locks_are_taken();
    held_locks_are_passed_on();
    circles_are_refused();
    signals_do_not_end_the_wait();
    ended_owners_leave_it();
    puts("OK");
    return 0;
}
