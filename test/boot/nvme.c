/* Disks from inside a guest. For each argument PATH prints "PATH SIZE before HASH", writes all of it in requests of
 * many sizes, and prints "PATH after HASH" of what it reads back. PATH@SECTOR expects that sector to be bad both ways,
 * and all others to be good. PATH! has a disk that sits on what comes after its first 256 KiB: it must be had all the
 * same. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define MOST (300u << 10)
#define WHOLE (64u << 10)

static uint32_t buffer[MOST / 4] __attribute__((aligned(4096)));

static _Noreturn void fail(const char *path, const char *what, uint64_t at)
{
    printf("%s: %s at %llu: %s\n", path, what, (unsigned long long)at, strerror(errno));
    exit(1);
}

static uint32_t random32(void)
{
    static uint64_t state = 88172645463325252u;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)state;
}

static uint32_t hash(const char *path, int fd, uint64_t size, int sizes)
{
    uint32_t h = 1;
    for (uint64_t at = 0, n; at < size; at += n) {
        n = sizes ? 4096u * (1 + random32() % (MOST / 4096)) : WHOLE;
        if (n > size - at)
            n = size - at;
        if (pread(fd, buffer, n, (off_t)at) != (ssize_t)n)
            fail(path, "read", at);
        for (uint64_t i = 0; i < n / 4; i++)
            h = ((h << 5 | h >> 27) ^ buffer[i]) * 2654435761u;
    }
    return h;
}

/* Word i of a disk whose path sums up to s is i * 2654435761 + s. */
static void fill(const char *path, int fd, uint64_t size)
{
    uint32_t s = 0;
    for (const char *c = path; *c; c++)
        s += (unsigned char)*c;
    for (uint64_t at = 0, n; at < size; at += n) {
        n = 512 * (1 + random32() % (random32() % 2 ? 16 : MOST / 512));
        if (n > size - at)
            n = size - at;
        for (uint64_t i = 0; i < n / 4; i++)
            buffer[i] = (uint32_t)(at / 4 + i) * 2654435761u + s;
        if (pwrite(fd, buffer, n, (off_t)at) != (ssize_t)n)
            fail(path, "write", at);
    }
    if (fsync(fd))
        fail(path, "fsync", 0);
}

static void good_disk(const char *path)
{
    uint64_t size;
    int fd = open(path, O_RDWR), direct = open(path, O_RDONLY | O_DIRECT);
    if (fd < 0 || direct < 0 || ioctl(fd, BLKGETSIZE64, &size))
        fail(path, "open", 0);
    printf("%s %llu before %08x\n", path, (unsigned long long)size, hash(path, fd, size, 0));
    fill(path, fd, size);
    printf("%s after %08x\n", path, hash(path, direct, size, 1));
}

static void bad_disk(const char *path, uint64_t sector)
{
    int fd = open(path, O_RDWR | O_DIRECT);
    uint64_t bad = sector * 512, good = 1 << 20;
    if (fd < 0)
        fail(path, "open", 0);
    if (pread(fd, buffer, 4096, (off_t)bad) != -1 || errno != EIO)
        fail(path, "read of a bad sector", bad);
    memset(buffer, 0x5a, 4096);
    if (pwrite(fd, buffer, 4096, (off_t)bad) != -1 || errno != EIO)
        fail(path, "write of a bad sector", bad);
    for (int i = 0; i < 100; i++, good += 4096)
        if (pwrite(fd, buffer, 4096, (off_t)good) != 4096 || pread(fd, buffer, 4096, (off_t)good) != 4096)
            fail(path, "good sector", good);
    if (((uint8_t *)buffer)[4095] != 0x5a || fsync(fd))
        fail(path, "what was written", good);
    printf("%s is usable but for sector %llu\n", path, (unsigned long long)sector);
}

static void slow_disk(const char *path)
{
    int fd = open(path, O_RDWR | O_DIRECT);
    if (fd < 0 || pwrite(fd, buffer, 256 << 10, 0) != 256 << 10)
        fail(path, "write", 0);
    if (pread(fd, buffer, 4096, 1 << 20) != 4096)
        fail(path, "read", 1 << 20);
    printf("%s gave it at last\n", path);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        char *at = strpbrk(argv[i], "@!"), what = at ? *at : 0;
        if (at)
            *at = 0;
        if (what == '!')
            slow_disk(argv[i]);
        else if (what)
            bad_disk(argv[i], strtoull(at + 1, NULL, 10));
        else
            good_disk(argv[i]);
    }
    return 7;
}
