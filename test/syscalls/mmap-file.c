/* mmap(2) of files: private and shared pages, write back, growth, truncation, what write(2) shows. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

#define CHECK(what)                                                                                                    \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            printf("line %d: %s (errno %d)\n", __LINE__, #what, errno);                                                \
            exit(__COUNTER__ + 1);                                                                                     \
        }                                                                                                              \
    } while (0)
#define FAILS(call, error) CHECK((call) == -1 && errno == (error))

static sigjmp_buf back;

static void on_bus(int n)
{
    siglongjmp(back, n);
}

/* A file that is mapped counts as read. */
static void mapping_is_reading(void)
{
    struct stat before, after;
    struct statvfs fs;
    FILE *file = tmpfile();
    CHECK(file && write(fileno(file), "x", 1) == 1 && fstat(fileno(file), &before) == 0);
    usleep(20000);
    CHECK(write(fileno(file), "y", 1) == 1 && mmap(NULL, 1, PROT_READ, MAP_SHARED, fileno(file), 0) != MAP_FAILED);
    CHECK(fstat(fileno(file), &after) == 0 && fstatvfs(fileno(file), &fs) == 0);
    bool newer = after.st_atim.tv_sec > before.st_atim.tv_sec || after.st_atim.tv_nsec > before.st_atim.tv_nsec;
    CHECK(newer || fs.f_flag & ST_NOATIME);
}

int main(void)
{
    mapping_is_reading();
    char name[] = "/tmp/mmap-XXXXXX", buf[16] = {0};
    int fd = mkstemp(name);
    CHECK(fd >= 0 && ftruncate(fd, 10000) == 0 && pwrite(fd, "first", 5, 0) == 5 && pwrite(fd, "third", 5, 8192) == 5);
    char *shared = mmap(NULL, 16384, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    char *private = mmap(NULL, 12288, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    char *ro = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 4096);
    CHECK(shared != MAP_FAILED && private != MAP_FAILED && ro != MAP_FAILED);
    CHECK(!memcmp(shared, "first", 5) && !memcmp(private + 8192, "third", 5) && shared[4096] == 0 && ro[0] == 0);
    shared[4096] = 'S';
    CHECK(ro[0] == 'S' && pread(fd, buf, 1, 4096) == 1 && buf[0] == 'S');
    CHECK(pwrite(fd, "W", 1, 4097) == 1 && shared[4097] == 'W' && ro[1] == 'W' && private[4097] == 'W');
    private[0] = 'P';
    CHECK(shared[0] == 'f' && pread(fd, buf, 1, 0) == 1 && buf[0] == 'f');
    CHECK(pwrite(fd, "XY", 2, 0) == 2 && private[0] == 'P' && shared[1] == 'Y');
    CHECK(shared[9999] == 0 && shared[10001] == 0 && shared[12287] == 0); /* behind the end, in the last page */
    CHECK(msync(shared, 16384, MS_SYNC) == 0);

    signal(SIGBUS, on_bus);
    if (sigsetjmp(back, 1) == 0) {
        shared[12288] = 1; /* a page behind the end */
        CHECK(0);
    }
    CHECK(ftruncate(fd, 16384) == 0);
    shared[12288] = 'G';
    CHECK(pread(fd, buf, 1, 12288) == 1 && buf[0] == 'G');
    CHECK(ftruncate(fd, 4096) == 0);
    if (sigsetjmp(back, 1) == 0) {
        *(volatile char *)(shared + 8192);
        CHECK(0);
    }
    CHECK(ftruncate(fd, 12288) == 0 && shared[8192] == 0); /* what was cut off is gone */
    CHECK(close(fd) == 0 && unlink(name) == 0 && shared[1] == 'Y');
    CHECK(munmap(shared, 16384) == 0 && munmap(private, 12288) == 0);

    /* the program's own file: read-only data in place, private change */
    fd = open("/proc/self/exe", O_RDONLY);
    char *exe = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    CHECK(exe != MAP_FAILED && !memcmp(exe, "\177ELF", 4));
    exe[0] = 'x';
    CHECK(pread(fd, buf, 4, 0) == 4 && !memcmp(buf, "\177ELF", 4));
    CHECK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED && errno == EACCES);
    int dir = open("/tmp", O_RDONLY);
    CHECK(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, dir, 0) == MAP_FAILED && errno == ENODEV);
    puts("OK");
    return 0;
}
