/* Many requests at once. For each argument PATH or PATH@SECTOR four threads write and read back areas of their own,
 * past the cache, in requests of many sizes. Those that touch SECTOR must fail with EIO, and no others may fail. Prints
 * "PATH: N good, N bad" when all went as it should. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define THREADS 4
#define AREA (1u << 20)
#define MOST (256u << 10)
#define ROUNDS 60
#define MAX_DISKS 4

struct worker {
    pthread_t thread;
    const char *path;
    int fd;
    unsigned number;
    uint64_t bad; /* byte position */
    unsigned good_count, bad_count;
};

static _Noreturn void fail(const struct worker *w, const char *what, uint64_t at)
{
    printf("%s: %s at %llu: %s\n", w->path, what, (unsigned long long)at, strerror(errno));
    exit(1);
}

/* Returns whether it succeeded; ends the program when it should have ended otherwise. */
static int move(struct worker *w, uint8_t *data, uint64_t at, uint64_t n, int writes)
{
    int is_bad = w->bad >= at && w->bad < at + n;
    ssize_t got = writes ? pwrite(w->fd, data, n, (off_t)at) : pread(w->fd, data, n, (off_t)at);
    if (is_bad ? got != -1 || errno != EIO : got != (ssize_t)n)
        fail(w, writes ? "write" : "read", at);
    w->bad_count += is_bad;
    w->good_count += !is_bad;
    return !is_bad;
}

static void *work(void *argument)
{
    struct worker *w = argument;
    uint32_t state = w->number + 1;
    uint8_t *data = aligned_alloc(4096, MOST), *back = aligned_alloc(4096, MOST);
    for (unsigned round = 0; round < ROUNDS; round++) {
        state = state * 1664525 + 1013904223;
        uint64_t n = 4096u * (1 + (state >> 8) % (MOST / 4096));
        uint64_t at = (uint64_t)w->number * AREA + ((state >> 4) % ((AREA - n) / 4096 + 1)) * 4096;
        for (uint64_t i = 0; i < n; i++)
            data[i] = (uint8_t)(i * 7 + (i >> 8) + state);
        if (move(w, data, at, n, 1) && move(w, back, at, n, 0) && memcmp(data, back, n))
            fail(w, "what was written", at);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    static struct worker workers[MAX_DISKS][THREADS];
    for (int i = 1; i < argc && i <= MAX_DISKS; i++) {
        char *at = strchr(argv[i], '@');
        if (at)
            *at = 0;
        int fd = open(argv[i], O_RDWR | O_DIRECT);
        for (unsigned t = 0; t < THREADS; t++) {
            struct worker *w = &workers[i - 1][t];
            *w = (struct worker){.path = argv[i], .fd = fd, .number = t};
            w->bad = at ? strtoull(at + 1, NULL, 10) * 512 : UINT64_MAX;
            if (fd < 0 || pthread_create(&w->thread, NULL, work, w))
                fail(w, "start", 0);
        }
    }
    for (int i = 1; i < argc && i <= MAX_DISKS; i++) {
        unsigned good = 0, bad = 0;
        for (struct worker *w = workers[i - 1]; w < workers[i]; w++) {
            pthread_join(w->thread, NULL);
            good += w->good_count;
            bad += w->bad_count;
        }
        if (fsync(workers[i - 1]->fd))
            fail(workers[i - 1], "fsync", 0);
        printf("%s: %u good, %u bad\n", argv[i], good, bad);
    }
    return 7;
}
