/* Linux promises of holes: truncate, seeking beyond the end, SEEK_DATA, SEEK_HOLE, fallocate. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHECK(what)                                                                                                    \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            printf("line %d: %s (errno %d)\n", __LINE__, #what, errno);                                                \
            exit(__COUNTER__ + 1);                                                                                     \
        }                                                                                                              \
    } while (0)
#define FAILS(call, error) CHECK((call) == -1 && errno == (error))

int main(void)
{
    char name[] = "/tmp/sparse-XXXXXX", buf[8192];
    struct stat st;
    int fd = mkstemp(name);
    CHECK(fd >= 0 && ftruncate(fd, 1l << 30) == 0 && fstat(fd, &st) == 0 && st.st_size == 1l << 30 &&
          st.st_blocks < 100);
    CHECK(pread(fd, buf, 100, 5000) == 100 && buf[0] == 0 && buf[99] == 0);
    CHECK(pwrite(fd, "data", 4, 1 << 20) == 4 && pread(fd, buf, 4096, (1 << 20) - 10) == 4096);
    CHECK(!memcmp(buf, "\0\0\0\0\0\0\0\0\0\0data\0\0", 16));
    CHECK(lseek(fd, 0, SEEK_DATA) == 1 << 20 && lseek(fd, 1 << 20, SEEK_HOLE) == (1 << 20) + 4096);
    CHECK(lseek(fd, 0, SEEK_HOLE) == 0);
    FAILS(lseek(fd, (1 << 20) + 4096, SEEK_DATA), ENXIO);
    FAILS(lseek(fd, 1l << 30, SEEK_DATA), ENXIO);
    CHECK(pwrite(fd, "far", 3, 1l << 40) == 3 && fstat(fd, &st) == 0 && st.st_size == (1l << 40) + 3 &&
          st.st_blocks < 200);
    CHECK(pread(fd, buf, 8, 1l << 40) == 3 && !memcmp(buf, "far", 3));

    /* what is cut off reads as zero when the file grows again */
    memset(buf, 'x', sizeof buf);
    CHECK(ftruncate(fd, 0) == 0 && pwrite(fd, buf, 8192, 0) == 8192 && ftruncate(fd, 5000) == 0);
    CHECK(ftruncate(fd, 8192) == 0 && pread(fd, buf, 8192, 0) == 8192 && buf[4999] == 'x' && buf[5000] == 0);
    CHECK(buf[8191] == 0);
    FAILS(ftruncate(fd, -1), EINVAL);
    FAILS(truncate("/tmp", 0), EISDIR);
    CHECK(truncate(name, 100) == 0 && fstat(fd, &st) == 0 && st.st_size == 100);

    CHECK(fallocate(fd, 0, 0, 65536) == 0 && fstat(fd, &st) == 0 && st.st_size == 65536 && st.st_blocks >= 128);
    CHECK(fallocate(fd, FALLOC_FL_KEEP_SIZE, 65536, 4096) == 0 && fstat(fd, &st) == 0 && st.st_size == 65536);
    memset(buf, 'y', sizeof buf);
    CHECK(pwrite(fd, buf, 8192, 0) == 8192 && pwrite(fd, buf, 8192, 8192) == 8192);
    CHECK(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 1000, 10000) == 0);
    CHECK(pread(fd, buf, 8192, 0) == 8192 && buf[999] == 'y' && buf[1000] == 0 && buf[4096] == 0 && buf[8191] == 0);
    CHECK(pread(fd, buf, 8192, 8192) == 8192 && buf[2807] == 0 && buf[2808] == 'y');
    FAILS(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 10), EOPNOTSUPP);
    FAILS(fallocate(fd, 0, 0, 0), EINVAL);
    FAILS(fallocate(fd, 0, -1, 10), EINVAL);
    CHECK(unlink(name) == 0);
    puts("OK");
    return 0;
}
