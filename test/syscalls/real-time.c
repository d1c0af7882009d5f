/* sched_setscheduler(2): real-time threads run in the order of their priorities and before all others, at once when
 * they wake; SCHED_FIFO has no time slices; who holds a lock inherits the priority of who waits for it. Linux asks for
 * a privilege: without it there is nothing but the refusal. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
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

static char order[8];
static volatile int count;
static sem_t go, held;
static pthread_mutex_t mutex;

static int become(int policy, int priority)
{
    struct sched_param p = {.sched_priority = priority};
    return sched_setscheduler(0, policy, &p);
}

static pthread_t create(int policy, int priority, void *(*fn)(void *), const char *name)
{
    pthread_t t;
    pthread_attr_t attr;
    struct sched_param p = {.sched_priority = priority};
    CHECK(!pthread_attr_init(&attr) && !pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED));
    CHECK(!pthread_attr_setschedpolicy(&attr, policy) && !pthread_attr_setschedparam(&attr, &p));
    CHECK(!pthread_create(&t, &attr, fn, (void *)name) && !pthread_attr_destroy(&attr));
    return t;
}

static void spin(int ms)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t end = now.tv_sec * 1000000000ll + now.tv_nsec + ms * 1000000ll;
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while (now.tv_sec * 1000000000ll + now.tv_nsec < end);
}

static void settings_are_told_back(void)
{
    struct sched_param p = {.sched_priority = 7};
    struct timespec slice;
    CHECK(sched_getscheduler(0) == SCHED_FIFO && !sched_setparam(0, &p));
    p.sched_priority = 0;
    CHECK(!sched_getparam(0, &p) && p.sched_priority == 7);
    CHECK(!sched_rr_get_interval(0, &slice) && slice.tv_sec == 0 && slice.tv_nsec == 0);
    CHECK(!become(SCHED_RR, 99) && sched_getscheduler(0) == SCHED_RR);
    CHECK(!sched_rr_get_interval(0, &slice) && slice.tv_nsec > 0);
    CHECK(become(SCHED_FIFO, 0) == -1 && errno == EINVAL);
    CHECK(become(SCHED_FIFO, 100) == -1 && errno == EINVAL);
    CHECK(become(SCHED_OTHER, 1) == -1 && errno == EINVAL);
    CHECK(become(77, 0) == -1 && errno == EINVAL);
    CHECK(sched_getscheduler(0) == SCHED_RR && !become(SCHED_FIFO, 50));
}

static void *note(void *name)
{
    strcat(order, name);
    count++;
    return NULL;
}

static void highest_priority_runs_first(void)
{
    pthread_t t[4] = {create(SCHED_FIFO, 5, note, "c"), create(SCHED_OTHER, 0, note, "d"),
                      create(SCHED_FIFO, 15, note, "a"), create(SCHED_RR, 10, note, "b")};
    spin(20);
    CHECK(count == 0);
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    CHECK(!strcmp(order, "abcd"));
}

static void *note_when_told(void *name)
{
    sem_post(&held);
    sem_wait(&go);
    return note(name);
}

static void wakes_preempt(void)
{
    count = 0;
    pthread_t t = create(SCHED_FIFO, 60, note_when_told, "");
    sem_wait(&held);
    CHECK(count == 0 && !sem_post(&go) && count == 1);
    pthread_join(t, NULL);
}

static void fifo_is_not_sliced(void)
{
    count = 0;
    pthread_t t = create(SCHED_FIFO, 50, note, "");
    spin(40);
    CHECK(count == 0);
    sched_yield();
    CHECK(count == 1);
    pthread_join(t, NULL);
}

static void *note_in_turn(void *name)
{
    sem_wait(&go);
    return note(name);
}

static void highest_priority_is_woken_first(void)
{
    memset(order, 0, sizeof order);
    pthread_t t[3] = {create(SCHED_FIFO, 55, note_in_turn, "b"), create(SCHED_FIFO, 52, note_in_turn, "c"),
                      create(SCHED_FIFO, 58, note_in_turn, "a")};
    for (int i = 0; i < 3; i++)
        sem_post(&go);
    for (int i = 0; i < 3; i++)
        pthread_join(t[i], NULL);
    CHECK(!strcmp(order, "abc"));
}

static void *note_with_lock(void *name)
{
    pthread_mutex_lock(&mutex);
    if (*(char *)name == 'L')
        note_when_told(name);
    else
        note(name);
    pthread_mutex_unlock(&mutex);
    return NULL;
}

static void locks_lend_priority(void)
{
    pthread_mutexattr_t attr;
    CHECK(!pthread_mutexattr_init(&attr) && !pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT));
    CHECK(!pthread_mutex_init(&mutex, &attr));
    memset(order, 0, sizeof order);
    pthread_t low = create(SCHED_FIFO, 5, note_with_lock, "L");
    sem_wait(&held);
    pthread_t high = create(SCHED_FIFO, 15, note_with_lock, "H"), middle = create(SCHED_FIFO, 10, note, "M");
    sem_post(&go);
    pthread_join(low, NULL);
    pthread_join(middle, NULL);
    pthread_join(high, NULL);
    CHECK(!strcmp(order, "LHM"));
}

int main(void)
{
    cpu_set_t all, one;
    CHECK(!sched_getaffinity(0, sizeof all, &all));
    CPU_ZERO(&one);
    for (int i = 0; !CPU_COUNT(&one); i++)
        if (CPU_ISSET(i, &all))
            CPU_SET(i, &one);
    CHECK(!sched_setaffinity(0, sizeof one, &one) && !sem_init(&go, 0, 0) && !sem_init(&held, 0, 0));
    if (become(SCHED_FIFO, 50)) {
        CHECK(errno == EPERM && getpid() != 1);
    } else {
        settings_are_told_back();
        highest_priority_runs_first();
        wakes_preempt();
        highest_priority_is_woken_first();
        fifo_is_not_sliced();
        locks_lend_priority();
    }
    puts("OK");
    return 0;
}
