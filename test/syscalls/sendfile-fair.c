/* sendfile(2), copy_file_range(2): while they move a gibibyte, other threads wake from their sleep. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <time.h>
#include <unistd.h>

#define CHECK(what)                                                                                                    \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            printf("line %d: %s (errno %d)\n", __LINE__, #what, errno);                                                \
            exit(__COUNTER__ + 1);                                                                                     \
        }                                                                                                              \
    } while (0)
#define SIZE (1ul << 30)
#define LONG_NS 100000000ul /* so long a call must have let others run */

static atomic_ulong wakes;
static atomic_bool ended;

static void *sleeper(void *arg)
{
    while (!ended) {
        usleep(1000);
        wakes++;
    }
    return arg;
}

static unsigned long now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (unsigned long)t.tv_sec * 1000000000 + (unsigned long)t.tv_nsec;
}

int main(void)
{
    char name[] = "/tmp/sparse-XXXXXX";
    int in = mkstemp(name), out = open("/dev/null", O_WRONLY);
    pthread_t thread;
    CHECK(in >= 0 && out >= 0 && !unlink(name) && !ftruncate(in, SIZE) &&
          !pthread_create(&thread, NULL, sleeper, NULL));
    usleep(20000);
    unsigned long before = wakes, start = now_ns();
    for (size_t done = 0; done < SIZE;) {
        ssize_t n = sendfile(out, in, NULL, SIZE - done);
        CHECK(n > 0);
        done += (size_t)n;
    }
    unsigned long took = now_ns() - start, woken = wakes - before;
    ended = true;
    CHECK(!pthread_join(thread, NULL));
    if (took > LONG_NS && woken < 3) {
        printf("%lu wakes in %lu ms\n", woken, took / 1000000);
        return 1;
    }
    puts("OK");
}
