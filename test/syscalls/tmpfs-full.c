/* tmpfs(5): files take memory up to the file system's limit; then a write gives ENOSPC and what was written stays
 * whole; memory is left for the program, and what is removed can be written again. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define CHECK(what)                                                                                                    \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            printf("line %d: %s (errno %d)\n", __LINE__, #what, errno);                                                \
            exit(__COUNTER__ + 1);                                                                                     \
        }                                                                                                              \
    } while (0)
#define MIB (1ul << 20)
#define TOO_LARGE (512 * MIB) /* to be filled by a test */

static char block[65536], other[65536];

static unsigned long room(void)
{
    struct statvfs s;
    CHECK(!statvfs("/tmp", &s));
    return s.f_bavail * s.f_frsize;
}

static long fill(int fd)
{
    long done = 0;
    ssize_t n;
    memset(block, 'f', sizeof block);
    while ((n = write(fd, block, sizeof block)) > 0)
        done += n;
    CHECK(n == -1 && errno == ENOSPC);
    return done;
}

int main(void)
{
    char name[] = "/tmp/full-XXXXXX";
    unsigned long before = room();
    int fd = mkstemp(name);
    CHECK(fd >= 0 && before > 0);
    if (before > TOO_LARGE) {
        puts("OK");
        return 0;
    }
    long first = fill(fd);
    CHECK(first > (long)(before / 2) && first <= (long)(before + MIB) && room() < 65536);
    CHECK(lseek(fd, 0, SEEK_END) == first && pread(fd, other, sizeof other, first - 65536) == 65536);
    CHECK(!memcmp(block, other, sizeof other));
    char *p = malloc(8 * MIB);
    CHECK(p && memset(p, 1, 8 * MIB));
    CHECK(!ftruncate(fd, 0) && room() > before / 2);
    CHECK(fill(fd) > first - (long)MIB);
    CHECK(!unlink(name) && !close(fd) && room() > before - MIB);
    puts("OK");
    return 0;
}
