/* Threads share memory; mutexes, condition variables, barriers and joins order them, also under load; a thread that
 * never calls the kernel is preempted; what a thread returns reaches who joins it; thread-local storage is each
 * thread's own. */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
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
#define THREADS 8
#define ROUNDS 5000

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t not_empty = PTHREAD_COND_INITIALIZER, not_full = PTHREAD_COND_INITIALIZER;
static long counter;
static int queue[4], queued;
static long consumed;
static _Thread_local long own = 7;

static void *count(void *arg)
{
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&mutex);
        long seen = counter;
        if (i % 64 == 0)
            sched_yield();
        counter = seen + 1;
        pthread_mutex_unlock(&mutex);
        own++;
    }
    return (void *)((intptr_t)arg * 1000 + (own == 7 + ROUNDS));
}

static void mutexes_exclude_and_joins_return(void)
{
    pthread_t t[THREADS];
    for (intptr_t i = 0; i < THREADS; i++)
        CHECK(pthread_create(&t[i], NULL, count, (void *)i) == 0);
    for (intptr_t i = 0; i < THREADS; i++) {
        void *result;
        CHECK(pthread_join(t[i], &result) == 0);
        CHECK((intptr_t)result == i * 1000 + 1);
    }
    CHECK(counter == (long)THREADS * ROUNDS);
    CHECK(own == 7);
}

static void *produce(void *arg)
{
    for (int i = 1; i <= ROUNDS; i++) {
        pthread_mutex_lock(&mutex);
        while (queued == 4)
            pthread_cond_wait(&not_full, &mutex);
        queue[queued++] = i;
        pthread_cond_signal(&not_empty);
        pthread_mutex_unlock(&mutex);
    }
    return NULL;
}

static void *consume(void *arg)
{
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&mutex);
        while (queued == 0)
            pthread_cond_wait(&not_empty, &mutex);
        consumed += queue[--queued];
        pthread_cond_broadcast(&not_full);
        pthread_mutex_unlock(&mutex);
    }
    return NULL;
}

static void conditions_hand_over(void)
{
    pthread_t t[4];
    for (int i = 0; i < 4; i++)
        CHECK(pthread_create(&t[i], NULL, i % 2 ? produce : consume, NULL) == 0);
    for (int i = 0; i < 4; i++)
        CHECK(pthread_join(t[i], NULL) == 0);
    CHECK(consumed == 2l * ROUNDS * (ROUNDS + 1) / 2);
}

static volatile int stop;
static int stop_seen;
static void *spin(void *arg)
{
    unsigned long turns = 0;
    while (!stop)
        turns++;
    return turns ? &stop_seen : NULL;
}

/* Two threads spin while this one sleeps, wakes and tells them to stop. */
static void spinning_threads_are_preempted(void)
{
    pthread_t t[2];
    for (int i = 0; i < 2; i++)
        CHECK(pthread_create(&t[i], NULL, spin, NULL) == 0);
    for (int i = 0; i < 5; i++)
        usleep(2000);
    stop = 1;
    for (int i = 0; i < 2; i++) {
        void *turned;
        CHECK(pthread_join(t[i], &turned) == 0 && turned);
    }
}

static pthread_barrier_t barrier;
static int arrived;
static void *meet(void *arg)
{
    for (int i = 0; i < 50; i++) {
        __atomic_add_fetch(&arrived, 1, __ATOMIC_SEQ_CST);
        pthread_barrier_wait(&barrier);
        int all = __atomic_load_n(&arrived, __ATOMIC_SEQ_CST) >= THREADS * (i + 1);
        pthread_barrier_wait(&barrier);
        if (!all)
            return (void *)1;
    }
    return NULL;
}

static void barriers_wait_for_all(void)
{
    pthread_t t[THREADS];
    CHECK(pthread_barrier_init(&barrier, NULL, THREADS) == 0);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&t[i], NULL, meet, NULL) == 0);
    for (int i = 0; i < THREADS; i++) {
        void *result;
        CHECK(pthread_join(t[i], &result) == 0 && !result);
    }
}

static void *tell_tid(void *arg)
{
    return (void *)(intptr_t)syscall(SYS_gettid);
}

/* Many short threads one after another: stacks and ids are given back. */
static void threads_come_and_go(void)
{
    intptr_t last = 0;
    for (int i = 0; i < 500; i++) {
        pthread_t t;
        void *tid;
        CHECK(pthread_create(&t, NULL, tell_tid, NULL) == 0);
        CHECK(pthread_join(t, &tid) == 0);
        CHECK((intptr_t)tid != last && (intptr_t)tid != getpid() && (intptr_t)tid > 0);
        last = (intptr_t)tid;
    }
}

int main(void)
{
    CHECK(syscall(SYS_gettid) == getpid());
    mutexes_exclude_and_joins_return();
    conditions_hand_over();
    spinning_threads_are_preempted();
    barriers_wait_for_all();
    threads_come_and_go();
    puts("OK");
    return 0;
}
