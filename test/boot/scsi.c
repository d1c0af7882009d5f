/* The guest's side of scsi.test.ts: what it is told to do with disks, one action for each argument, ACTION:DEVICE or
 * ACTION:DEVICE:NUMBER. Prints what it finds; the status is 0 if every action ended as it should. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include <linux/fs.h>

#define MIB (1 << 20)
#define WORDS (MIB / sizeof(uint32_t))
static uint32_t buffer[WORDS];

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int open_disk(const char *name, int flags)
{
    char path[64];
    snprintf(path, sizeof path, "/dev/%s", name);
    int fd = open(path, flags);
    if (fd < 0)
        printf("%s: cannot be opened: %s\n", name, strerror(errno));
    return fd;
}

static int transfer(int fd, unsigned mib, int writes)
{
    size_t done = 0;
    while (done < MIB) {
        off_t at = (off_t)mib * MIB + (off_t)done;
        ssize_t n = writes ? pwrite(fd, (char *)buffer + done, MIB - done, at)
                           : pread(fd, (char *)buffer + done, MIB - done, at);
        if (n <= 0) {
            printf("%s at %u MiB: %s\n", writes ? "write" : "read", mib, n ? strerror(errno) : "end");
            return 1;
        }
        done += (size_t)n;
    }
    return 0;
}

/* 32-bit words, each times-and-plus of the one before (Numerical Recipes), so that every sector differs. */
static int write_pattern(const char *name, unsigned mib)
{
    int fd = open_disk(name, O_RDWR);
    if (fd < 0)
        return 1;
    uint32_t x = 12345;
    double start = now();
    for (unsigned i = 0; i < mib; i++) {
        for (unsigned w = 0; w < WORDS; w++)
            buffer[w] = x = x * 1664525u + 1013904223u;
        if (transfer(fd, i, 1))
            return 1;
    }
    if (fsync(fd) || ioctl(fd, BLKFLSBUF, 0)) {
        printf("%s: not flushed: %s\n", name, strerror(errno));
        return 1;
    }
    fprintf(stderr, "%s: written at %.1f MiB/s\n", name, mib / (now() - start));
    return close(fd);
}

/* FNV-1a over the words. */
static int sum(const char *name, unsigned mib)
{
    int fd = open_disk(name, O_RDONLY);
    if (fd < 0)
        return 1;
    uint32_t h = 2166136261u;
    double start = now();
    for (unsigned i = 0; i < mib; i++) {
        if (transfer(fd, i, 0))
            return 1;
        for (unsigned w = 0; w < WORDS; w++)
            h = (h ^ buffer[w]) * 16777619u;
    }
    fprintf(stderr, "%s: read at %.1f MiB/s\n", name, mib / (now() - start));
    printf("%s: sum %08x\n", name, h);
    return close(fd);
}

static int info(const char *name)
{
    uint64_t size = 0;
    int sector = 0, read_only = 0, fd = open_disk(name, O_RDONLY);
    if (fd < 0 || ioctl(fd, BLKGETSIZE64, &size) || ioctl(fd, BLKSSZGET, &sector) || ioctl(fd, BLKROGET, &read_only))
        return 1;
    printf("%s: %lu bytes, sectors of %d%s\n", name, (unsigned long)size, sector, read_only ? ", read-only" : "");
    return close(fd);
}

/* One sector by itself, past the cache; whatever becomes of it is the answer. */
static int one_sector(const char *name, unsigned long sector, int writes)
{
    int fd = open_disk(name, (writes ? O_RDWR : O_RDONLY) | O_DIRECT);
    if (fd < 0)
        return 0;
    static _Alignas(4096) char data[4096];
    memset(data, 'x', sizeof data);
    double start = now();
    ssize_t n = writes ? pwrite(fd, data, 512, (off_t)sector * 512) : pread(fd, data, 512, (off_t)sector * 512);
    printf("%s: %s of sector %lu: %s\n", name, writes ? "write" : "read", sector, n == 512 ? "done" : strerror(errno));
    fprintf(stderr, "%s: after %.1f s\n", name, now() - start);
    return close(fd);
}

static int act(char *text)
{
    const char *action = strtok(text, ":"), *name = strtok(NULL, ":"), *number = strtok(NULL, ":");
    unsigned long n = number ? strtoul(number, NULL, 10) : 0;
    if (!action || !name)
        return 2;
    if (!strcmp(action, "write"))
        return write_pattern(name, (unsigned)n);
    if (!strcmp(action, "sum"))
        return sum(name, (unsigned)n);
    if (!strcmp(action, "info"))
        return info(name);
    if (!strcmp(action, "read-sector"))
        return one_sector(name, n, 0);
    return strcmp(action, "write-sector") ? 2 : one_sector(name, n, 1);
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 1; i < argc; i++) {
        int status = act(argv[i]);
        if (status)
            return status;
    }
    puts("done");
    return 0;
}
