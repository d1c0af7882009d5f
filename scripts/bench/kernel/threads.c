/* Threads: making them, futexes, giving way. */
#include "bench.h"
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>

struct task {
    void (*fn)(void *);
    void *arg;
};

static void *start(void *arg)
{
    struct task *t = arg;
    t->fn(t->arg);
    return NULL;
}

void with_thread(void (*fn)(void *), void *arg, void (*meanwhile)(unsigned n, void *arg), unsigned n)
{
    pthread_t thread;
    struct task task = {fn, arg};
    CHECK(!pthread_create(&thread, NULL, start, &task));
    meanwhile(n, arg);
    pthread_join(thread, NULL);
}

static void nothing(void *arg)
{
}

static void only_join(unsigned n, void *arg)
{
}

MEASURE(make_thread, "thread made and joined", 2000)
{
    begin();
    for (unsigned i = 0; i < n; i++)
        with_thread(nothing, NULL, only_join, 0);
    end();
}

struct ball {
    uint32_t turn; /* a futex: whose turn it is */
    unsigned rounds;
};

static void wait_turn(uint32_t *turn, uint32_t mine)
{
    uint32_t now;
    while ((now = __atomic_load_n(turn, __ATOMIC_ACQUIRE)) != mine)
        syscall(SYS_futex, turn, FUTEX_WAIT_PRIVATE, now, NULL, NULL, 0);
}

static void give_turn(uint32_t *turn, uint32_t theirs)
{
    __atomic_store_n(turn, theirs, __ATOMIC_RELEASE);
    syscall(SYS_futex, turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void play_second(void *arg)
{
    struct ball *b = arg;
    for (unsigned i = 0; i < b->rounds; i++) {
        wait_turn(&b->turn, 1);
        give_turn(&b->turn, 0);
    }
}

static void play_first(unsigned n, void *arg)
{
    struct ball *b = arg;
    begin();
    for (unsigned i = 0; i < n; i++) {
        give_turn(&b->turn, 1);
        wait_turn(&b->turn, 0);
    }
    end();
}

MEASURE(futexes, "futex ping-pong of two threads", 10000)
{
    struct ball ball = {.rounds = n};
    with_thread(play_second, &ball, play_first, n);
}

MEASURE(futex_nobody, "futex wake of nobody", 20000)
{
    uint32_t word = 0;
    begin();
    for (unsigned i = 0; i < n; i++)
        syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    end();
}

static void yield_many(void *arg)
{
    for (unsigned i = 0, n = *(unsigned *)arg; i < n; i++)
        sched_yield();
}

static void yield_too(unsigned n, void *arg)
{
    sched_yield(); /* now both are in their loops */
    begin();
    yield_many(arg);
    end();
}

MEASURE(yields, "sched_yield to the other thread and back", 10000)
{
    with_thread(yield_many, &n, yield_too, n);
}

struct fight {
    pthread_mutex_t mutex;
    unsigned rounds;
};

static void lock_some(void *arg)
{
    struct fight *f = arg;
    for (unsigned i = 0; i < f->rounds; i++) {
        pthread_mutex_lock(&f->mutex);
        sched_yield(); /* the others queue up */
        pthread_mutex_unlock(&f->mutex);
    }
}

MEASURE(contention, "mutex that eight threads fight for", 16000)
{
    struct fight fight = {PTHREAD_MUTEX_INITIALIZER, n / 8};
    pthread_t threads[8];
    struct task task = {lock_some, &fight};
    begin();
    for (int i = 0; i < 8; i++)
        CHECK(!pthread_create(&threads[i], NULL, start, &task));
    for (int i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    end();
}
