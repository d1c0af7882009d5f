/* futex(2): requeueing from an address to itself ends, however many may be moved; negative counts are EINVAL. Robust
 * lists that never end, point at themselves or nowhere do not hold up the thread's end. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { WAITERS = 3 };
static int word;
static int waiting;

static long futex(int *addr, int op, long val, long val2, int *addr2, int val3)
{
    return syscall(SYS_futex, addr, op, val, val2, addr2, val3);
}

static void *wait_there(void *arg)
{
    __atomic_add_fetch(&waiting, 1, __ATOMIC_SEQ_CST);
    futex(&word, FUTEX_WAIT, 0, 0, NULL, 0);
    return arg;
}

static int requeue(void)
{
    pthread_t threads[WAITERS];
    for (int i = 0; i < WAITERS; i++)
        pthread_create(&threads[i], NULL, wait_there, NULL);
    while (__atomic_load_n(&waiting, __ATOMIC_SEQ_CST) < WAITERS)
        usleep(1000);
    usleep(50000);
    errno = 0;
    if (futex(&word, FUTEX_CMP_REQUEUE, -1, 1, &word, 0) != -1 || errno != EINVAL)
        return 1;
    if (futex(&word, FUTEX_CMP_REQUEUE, 0, -1, &word, 0) != -1 || errno != EINVAL)
        return 2;
    if (futex(&word, FUTEX_CMP_REQUEUE, 0, INT_MAX, &word, 0) < 0)
        return 3;
    if (futex(&word, FUTEX_REQUEUE, 1, INT_MAX, &word, 0) < 1)
        return 4;
    if (futex(&word, FUTEX_WAKE, INT_MAX, 0, NULL, 0) != WAITERS - 1)
        return 5;
    for (int i = 0; i < WAITERS; i++)
        pthread_join(threads[i], NULL);
    return 0;
}

static struct {
    void *next;
    long offset;
    void *pending;
} heads[4];
static void *ring[2] = {&ring[1], &ring[0]};

static void *end_with(void *head)
{
    syscall(SYS_set_robust_list, head, sizeof heads[0]);
    return NULL;
}

static int robust(void)
{
    heads[0].next = ring; /* never meets the head */
    heads[1].next = (void *)0x7ffffffffffful;
    heads[1].pending = (void *)0xffffffffffffffff;
    heads[2].next = (void *)0xffff800000000000;
    heads[2].offset = LONG_MIN;
    heads[3].next = &heads[3].next;
    heads[3].pending = (void *)1;
    heads[3].offset = LONG_MAX;
    void *all[] = {&heads[0], &heads[1], &heads[2], &heads[3], (void *)-8, (void *)8, (char *)&heads[0] + 1};
    for (unsigned i = 0; i < sizeof all / sizeof *all; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, end_with, all[i]) || pthread_join(thread, NULL))
            return 1;
    }
    return 0;
}

int main(void)
{
    int err = requeue();
    if (err)
        return err;
    err = robust();
    if (err)
        return 10 + err;
    puts("OK");
    return 0;
}
