/* futex(2): WAIT sleeps only while the word has the value, until WAKE, the timeout or a signal; wakes are counted;
 * bitsets select; REQUEUE moves waiters; WAKE_OP modifies and compares; the robust list of a dying owner is honoured.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
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
static uint32_t word, word2;
static int woken;

static long futex(uint32_t *addr, int op, uint32_t val, const void *timeout, uint32_t *addr2, uint32_t val3)
{
    return syscall(SYS_futex, addr, op, val, timeout, addr2, val3);
}

static int64_t now_ns(clockid_t clock)
{
    struct timespec ts;
    clock_gettime(clock, &ts);
    return ts.tv_sec * 1000000000ll + ts.tv_nsec;
}

static struct timespec in_ms(clockid_t clock, int ms)
{
    int64_t ns = now_ns(clock) + ms * 1000000ll;
    return (struct timespec){ns / 1000000000, ns % 1000000000};
}

static void wait_returns_at_once_when_it_must(void)
{
    errno = 0;
    CHECK(futex(&word, FUTEX_WAIT, 1, NULL, NULL, 0) == -1 && errno == EAGAIN);
    CHECK(futex((uint32_t *)((char *)&word + 1), FUTEX_WAIT, 0, NULL, NULL, 0) == -1 && errno == EINVAL);
    CHECK(futex((uint32_t *)16, FUTEX_WAIT, 0, NULL, NULL, 0) == -1 && errno == EFAULT);
    struct timespec bad = {0, 1000000000};
    CHECK(futex(&word, FUTEX_WAIT, 0, &bad, NULL, 0) == -1 && errno == EINVAL);
    CHECK(futex(&word, FUTEX_WAIT_BITSET, 0, NULL, NULL, 0) == -1 && errno == EINVAL);
    CHECK(futex(&word, FUTEX_WAKE, 1, NULL, NULL, 0) == 0);
    CHECK(futex(&word, 99, 0, NULL, NULL, 0) == -1 && errno == ENOSYS);
}

static void timeouts_end_waits(void)
{
    struct timespec ten_ms = {0, 10000000};
    int64_t start = now_ns(CLOCK_MONOTONIC);
    CHECK(futex(&word, FUTEX_WAIT_PRIVATE, 0, &ten_ms, NULL, 0) == -1 && errno == ETIMEDOUT);
    CHECK(now_ns(CLOCK_MONOTONIC) - start >= 10000000);
    struct timespec until = in_ms(CLOCK_MONOTONIC, 10);
    start = now_ns(CLOCK_MONOTONIC);
    CHECK(futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 0, &until, NULL, ~0u) == -1 && errno == ETIMEDOUT);
    CHECK(now_ns(CLOCK_MONOTONIC) - start >= 9000000);
    until = in_ms(CLOCK_REALTIME, 10);
    int op = FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME;
    CHECK(futex(&word, op, 0, &until, NULL, ~0u) == -1 && errno == ETIMEDOUT);
    CHECK(now_ns(CLOCK_REALTIME) >= until.tv_sec * 1000000000ll + until.tv_nsec);
    until = (struct timespec){1, 0}; /* long past */
    CHECK(futex(&word, op, 0, &until, NULL, ~0u) == -1 && errno == ETIMEDOUT);
}

static void *wait_on_word(void *bits)
{
    long r = futex(&word, FUTEX_WAIT_BITSET, 0, NULL, NULL, (uint32_t)(uintptr_t)bits);
    __atomic_add_fetch(&woken, 1, __ATOMIC_SEQ_CST);
    return (void *)r;
}

static void start_waiters(pthread_t *t, int count, uintptr_t bits)
{
    for (int i = 0; i < count; i++)
        CHECK(pthread_create(&t[i], NULL, wait_on_word, (void *)(bits ? bits : (uintptr_t)1 << i)) == 0);
    usleep(20000);
}

static void join_waiters(pthread_t *t, int count)
{
    for (int i = 0; i < count; i++) {
        void *result;
        CHECK(pthread_join(t[i], &result) == 0 && result == NULL);
    }
}

static void wakes_are_counted(void)
{
    pthread_t t[4];
    woken = 0;
    start_waiters(t, 4, 0xff);
    CHECK(futex(&word, FUTEX_WAKE, 1, NULL, NULL, 0) == 1);
    usleep(10000);
    CHECK(__atomic_load_n(&woken, __ATOMIC_SEQ_CST) == 1);
    CHECK(futex(&word, FUTEX_WAKE, 100, NULL, NULL, 0) == 3);
    join_waiters(t, 4);
}

static void bitsets_select(void)
{
    pthread_t t[4];
    woken = 0;
    start_waiters(t, 4, 0);
    CHECK(futex(&word, FUTEX_WAKE_BITSET, 100, NULL, NULL, 0x10) == 0);
    CHECK(futex(&word, FUTEX_WAKE_BITSET, 100, NULL, NULL, 0x5) == 2);
    CHECK(futex(&word, FUTEX_WAKE_BITSET, 100, NULL, NULL, 0) == -1 && errno == EINVAL);
    CHECK(futex(&word, FUTEX_WAKE, 100, NULL, NULL, 0) == 2);
    join_waiters(t, 4);
}

static void requeue_moves(void)
{
    pthread_t t[4];
    start_waiters(t, 4, 0xff);
    CHECK(futex(&word, FUTEX_CMP_REQUEUE, 1, (void *)100, &word2, 77) == -1 && errno == EAGAIN);
    CHECK(futex(&word, FUTEX_CMP_REQUEUE, 1, (void *)2, &word2, 0) == 3);
    CHECK(futex(&word2, FUTEX_WAKE, 100, NULL, NULL, 0) == 2);
    CHECK(futex(&word, FUTEX_WAKE, 100, NULL, NULL, 0) == 1);
    join_waiters(t, 4);
}

static void wake_op_modifies_and_compares(void)
{
    word2 = 5;
    int op = FUTEX_OP(FUTEX_OP_ADD, 3, FUTEX_OP_CMP_EQ, 5);
    CHECK(futex(&word, FUTEX_WAKE_OP, 1, (void *)1, &word2, (uint32_t)op) == 0 && word2 == 8);
    op = FUTEX_OP((FUTEX_OP_SET | FUTEX_OP_OPARG_SHIFT), 4, FUTEX_OP_CMP_LT, 0);
    CHECK(futex(&word, FUTEX_WAKE_OP, 1, (void *)1, &word2, (uint32_t)op) == 0 && word2 == 16);
    op = FUTEX_OP(FUTEX_OP_ANDN, 16, FUTEX_OP_CMP_GE, 1);
    CHECK(futex(&word, FUTEX_WAKE_OP, 1, (void *)1, &word2, (uint32_t)op) == 0 && word2 == 0);
}

static pthread_mutex_t robust;
static void *die_holding_it(void *arg)
{
    return (void *)(intptr_t)pthread_mutex_lock(&robust);
}

static void dead_owners_are_told(void)
{
    pthread_mutexattr_t a;
    pthread_t t;
    pthread_mutexattr_init(&a);
    CHECK(pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST) == 0);
    CHECK(pthread_mutex_init(&robust, &a) == 0);
    CHECK(pthread_create(&t, NULL, die_holding_it, NULL) == 0);
    CHECK(pthread_join(t, NULL) == 0);
    CHECK(pthread_mutex_lock(&robust) == EOWNERDEAD);
    CHECK(pthread_mutex_consistent(&robust) == 0);
    CHECK(pthread_mutex_unlock(&robust) == 0);
}

int main(void)
{
    wait_returns_at_once_when_it_must();
    timeouts_end_waits();
    wakes_are_counted();
    bitsets_select();
    requeue_moves();
    wake_op_modifies_and_compares();
    dead_owners_are_told();
    puts("OK");
    return 0;
}
