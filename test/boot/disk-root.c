/* A root file system larger than memory, from inside. For each argument HOW:PATH it prints "HOW:PATH SIZE HASH", where
 * HOW is read, map, or threads (four read it at once, one of them by mapping it); or it does what it says below. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHECK(cond) ((cond) ? (void)0 : fail(__LINE__, #cond))
static _Noreturn void fail(int line, const char *what)
{
    printf("line %d: not true: %s (errno %d)\n", line, what, errno);
    exit(1);
}

static size_t size;
static int open_file(const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY);
    CHECK(fd >= 0 && fstat(fd, &st) == 0);
    size = (size_t)st.st_size;
    return fd;
}

/* Words only; the tests' files are a multiple of four long. */
static uint32_t hash(uint32_t h, const void *data, size_t n)
{
    const uint32_t *words = data;
    for (size_t i = 0; i < n / 4; i++)
        h = ((h << 5 | h >> 27) ^ words[i]) * 2654435761u;
    return h;
}

static uint32_t hash_read(const char *path)
{
    char *buffer = malloc(100000);
    int fd = open_file(path);
    uint32_t h = 1;
    ssize_t n;
    while ((n = read(fd, buffer, 100000)) > 0)
        h = hash(h, buffer, (size_t)n);
    CHECK(n == 0 && close(fd) == 0);
    free(buffer);
    return h;
}

static const char *map(const char *path)
{
    int fd = open_file(path);
    char *at = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    CHECK(at != MAP_FAILED && close(fd) == 0);
    return at;
}

static uint32_t hash_mapped(const char *path)
{
    const char *at = map(path);
    uint32_t h = hash(1, at, size);
    munmap((void *)at, size);
    return h;
}

static void *hash_thread(void *arg)
{
    return (void *)(uintptr_t)hash_read(arg);
}

static uint32_t hash_by_threads(const char *path)
{
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        CHECK(pthread_create(&threads[i], NULL, hash_thread, (void *)path) == 0);
    uint32_t h = hash_mapped(path);
    for (int i = 0; i < 3; i++) {
        void *other;
        CHECK(pthread_join(threads[i], &other) == 0 && (uint32_t)(uintptr_t)other == h);
    }
    return h;
}

/* Memory of the app's own pushes the file's pages out, though they are mapped; they come back when looked at. */
static uint32_t hash_squeezed(const char *path)
{
    const char *at = map(path);
    size_t most = 36u << 20;
    uint32_t h = hash(1, at, size);
    unsigned char *own = malloc(most);
    for (size_t i = 0; i < most; i += 512)
        own[i] = (unsigned char)(i >> 9);
    CHECK(hash(1, at, size) == h);
    for (size_t i = 0; i < most; i += 512)
        CHECK(own[i] == (unsigned char)(i >> 9));
    free(own);
    return h;
}

/* What is written stays in memory; the rest is still the disk's. */
static uint32_t change(const char *path)
{
    uint32_t before = hash_read(path), words[3] = {1, 2, 3}, back[3];
    int fd = open(path, O_RDWR), copy = open("/tmp/copy", O_RDWR | O_CREAT, 0600);
    off_t at = (off_t)(size / 2 & ~4095ul) + 4090, zero = 0;
    CHECK(fd >= 0 && pread(fd, back, 12, at) == 12 && pwrite(fd, words, 12, at) == 12);
    CHECK(hash_read(path) != before && hash_mapped(path) != before);
    CHECK(pwrite(fd, back, 12, at) == 12 && hash_read(path) == before && hash_mapped(path) == before);
    CHECK(sendfile(copy, fd, &zero, 1u << 20) == 1 << 20);
    size_t part = 8u << 20;
    char *mapped = mmap(NULL, part, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    CHECK(mapped != MAP_FAILED && !memcmp(mapped, map("/tmp/copy"), 1u << 20));
    open_file(path);
    uint32_t part_before = hash(1, mapped, part);
    mapped[4096] ^= 1; /* a copy of the app's own */
    CHECK(hash(1, mapped, part) != part_before);
    mapped[4096] ^= 1;
    CHECK(hash(1, mapped, part) == part_before && munmap(mapped, part) == 0);
    CHECK(ftruncate(fd, at) == 0 && ftruncate(fd, (off_t)size) == 0);
    CHECK(pread(fd, back, 12, at) == 12 && !back[0] && !back[1] && !back[2]);
    CHECK(unlink(path) == 0 && pread(fd, back, 12, 0) == 12 && close(fd) == 0 && close(copy) == 0);
    return before;
}

static sigjmp_buf jump;
static void on_bus(int signal)
{
    siglongjmp(jump, signal);
}

/* A sector under the file is bad: EIO, SIGBUS, and good pages on both sides. Returns the number of bad pages. */
static uint32_t count_bad(const char *path)
{
    static char page[4096];
    int fd = open_file(path);
    uint32_t bad = 0, killed = 0;
    const volatile char *at = map(path);
    signal(SIGBUS, on_bus);
    for (size_t offset = 0; offset < size; offset += 4096) {
        ssize_t n = pread(fd, page, 4096, (off_t)offset);
        CHECK(n > 0 || (n == -1 && errno == EIO));
        bad += n < 0;
        if (sigsetjmp(jump, 1))
            killed++;
        else
            (void)at[offset];
    }
    CHECK(bad == killed);
    return bad;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *how;
        uint32_t (*fn)(const char *path);
    } ways[] = {{"read:", hash_read},        {"map:", hash_mapped}, {"threads:", hash_by_threads},
                {"squeeze:", hash_squeezed}, {"change:", change},   {"bad:", count_bad}};
    for (int i = 1; i < argc; i++) {
        for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
            size_t n = strlen(ways[w].how);
            if (strncmp(argv[i], ways[w].how, n))
                continue;
            uint32_t h = ways[w].fn(argv[i] + n);
            printf("%s %zu %08x\n", argv[i], size, h);
        }
    }
    puts("OK");
    return 0;
}
