/* Files of disks from inside a guest: what Linux promises of /dev/vda. Arguments: MODE PATH [MORE]. Prints what the
 * host compares, and ends with 0 when all went well. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define CHECK(cond) ((cond) ? (void)0 : fail(__LINE__, #cond))
static _Noreturn void fail(int line, const char *what)
{
    printf("line %d: not true: %s (errno %d)\n", line, what, errno);
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

static uint64_t size;
static uint32_t sector;

static int open_disk(const char *path, int flags)
{
    int fd = open(path, flags), read_only;
    struct stat st;
    CHECK(fd >= 0 && ioctl(fd, BLKGETSIZE64, &size) == 0 && ioctl(fd, BLKSSZGET, &sector) == 0);
    CHECK(fstat(fd, &st) == 0 && S_ISBLK(st.st_mode));
    CHECK(ioctl(fd, BLKROGET, &read_only) == 0 && lseek(fd, 0, SEEK_END) == (off_t)size);
    return fd;
}

/* Random reads and writes of any length at any byte, against a copy in memory. */
#define MODEL (2u << 20)
static void any_byte(const char *path)
{
    static unsigned char model[MODEL], buffer[200000];
    int fd = open_disk(path, O_RDWR);
    CHECK(pread(fd, model, MODEL, 0) == MODEL);
    for (int n = 0; n < 600; n++) {
        size_t at = random32() % MODEL, len = 1 + random32() % (n % 3 ? 3000 : sizeof buffer);
        len = len < MODEL - at ? len : MODEL - at;
        if (n % 2) {
            CHECK(pread(fd, buffer, len, (off_t)at) == (ssize_t)len);
            CHECK(!memcmp(buffer, model + at, len));
            continue;
        }
        for (size_t i = 0; i < len; i++)
            buffer[i] = model[at + i] = (unsigned char)random32();
        struct iovec halves[] = {{buffer, len / 2}, {buffer + len / 2, len - len / 2}};
        CHECK(pwritev(fd, halves, 2, (off_t)at) == (ssize_t)len);
    }
    int direct = open_disk(path, O_RDONLY | O_DIRECT);
    unsigned char *aligned = aligned_alloc(4096, MODEL);
    CHECK(pread(direct, aligned, MODEL, 0) == MODEL && !memcmp(aligned, model, MODEL));
    close(direct);
    close(fd);
    free(aligned);
}

static void ends(const char *path)
{
    static char two[8192];
    int fd = open_disk(path, O_RDWR), direct = open_disk(path, O_RDWR | O_DIRECT);
    CHECK(pread(fd, two, sizeof two, (off_t)size) == 0 && pread(fd, two, sizeof two, (off_t)size - 5) == 5);
    CHECK(pwrite(fd, two, 1, (off_t)size) == -1 && errno == ENOSPC);
    CHECK(pwrite(fd, two, sizeof two, (off_t)size - 4096) == 4096);
    CHECK(lseek(fd, (off_t)size + 1, SEEK_SET) == -1 && errno == EINVAL);
    char *aligned = aligned_alloc(4096, 8192);
    CHECK(pread(direct, aligned + 1, sector, 0) == -1 && errno == EINVAL);
    CHECK(pread(direct, aligned, sector - 1, 0) == -1 && errno == EINVAL);
    CHECK(pread(direct, aligned, sector, 1) == -1 && errno == EINVAL);
    CHECK(pread(direct, aligned, sector, sector) == (ssize_t)sector);
    CHECK(pread(fd, (char *)1, 4096, 0) == -1 && errno == EFAULT);
    CHECK(pwrite(fd, (char *)1, 4096, 0) == -1 && errno == EFAULT);
    CHECK(ioctl(fd, 0x1234, 0) == -1 && errno == ENOTTY);
    free(aligned);
    close(direct);
    close(fd);
}

/* Each thread has every fourth stretch; word i of the disk becomes i * 2654435761. Odd threads pass by the cache. */
#define THREADS 4
#define STRETCH (256u << 10)
static const char *shared_path;
static void *fill_quarter(void *arg)
{
    uintptr_t thread = (uintptr_t)arg;
    uint32_t *words = aligned_alloc(4096, STRETCH), *back = aligned_alloc(4096, STRETCH);
    int fd = open(shared_path, O_RDWR | (thread % 2 ? O_DIRECT : 0));
    CHECK(fd >= 0 && words && back);
    for (uint64_t at = thread * STRETCH; at < size; at += THREADS * STRETCH) {
        size_t n = size - at < STRETCH ? size - at : STRETCH;
        for (uint64_t i = 0; i < n / 4; i++)
            words[i] = (uint32_t)(at / 4 + i) * 2654435761u;
        CHECK(pwrite(fd, words, n, (off_t)at) == (ssize_t)n);
        CHECK(pread(fd, back, n, (off_t)at) == (ssize_t)n && !memcmp(words, back, n));
    }
    CHECK(fsync(fd) == 0 && close(fd) == 0);
    free(words);
    free(back);
    return NULL;
}

static void fill(const char *path)
{
    pthread_t threads[THREADS];
    shared_path = path;
    for (uintptr_t i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, fill_quarter, (void *)i) == 0);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
}

static void read_only(const char *path)
{
    int fd = open_disk(path, O_RDONLY), is = 0;
    char c;
    CHECK(open(path, O_RDWR) == -1 && errno == EROFS);
    CHECK(ioctl(fd, BLKROGET, &is) == 0 && is == 1);
    CHECK(pread(fd, &c, 1, 0) == 1 && write(fd, &c, 1) == -1 && errno == EBADF);
}

static void bad_sector(const char *path, uint64_t bad)
{
    static char buffer[64 << 10];
    int fd = open_disk(path, O_RDWR);
    off_t at = (off_t)(bad * 512), first = at & -4096;
    CHECK(pread(fd, buffer, 100, at) == -1 && errno == EIO);
    CHECK(pread(fd, buffer, 100, first) == -1 && errno == EIO);
    CHECK(pread(fd, buffer, sizeof buffer, first - 8192) == 8192); /* up to the bad page */
    CHECK(pread(fd, buffer, sizeof buffer, first + 4096) == sizeof buffer);
    CHECK(pwrite(fd, buffer, 4096, first) == -1 && errno == EIO);
    CHECK(pwrite(fd, buffer, 4096, first + 4096) == 4096);
}

int main(int argc, char **argv)
{
    const char *mode = argv[1];
    for (int i = 2; i < argc; i++) {
        const char *path = argv[i];
        if (!strcmp(mode, "all")) {
            any_byte(path);
            ends(path);
            fill(path);
            printf("%s has %llu bytes in sectors of %u\n", path, (unsigned long long)size, sector);
        } else if (!strcmp(mode, "read-only")) {
            read_only(path);
        } else if (!strcmp(mode, "bad-sector")) {
            bad_sector(path, strtoull(argv[++i], NULL, 0));
        } else if (!strcmp(mode, "write")) {
            CHECK(pwrite(open_disk(path, O_RDWR), "x", 1, 0) == 1);
        } else if (!strcmp(mode, "bad-flush")) {
            int fd = open_disk(path, O_RDWR), synchronous = open_disk(path, O_RDWR | O_SYNC);
            CHECK(pwrite(fd, "x", 1, 0) == 1 && fsync(fd) == -1 && errno == EIO);
            CHECK(pwrite(synchronous, "x", 1, 0) == -1 && errno == EIO);
        }
    }
    puts("OK");
    return 0;
}
