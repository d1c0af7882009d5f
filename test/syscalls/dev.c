/* Devices: null, zero, full, random, shm, and the links to descriptors. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>

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
    char buf[4096], other[64];
    struct stat st;
    memset(buf, 'x', sizeof buf);
    int fd = open("/dev/null", O_RDWR);
    CHECK(fd >= 0 && write(fd, buf, 4096) == 4096 && read(fd, buf, 10) == 0 && lseek(fd, 5, SEEK_SET) == 0);
    CHECK(fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3));
    struct pollfd p = {fd, POLLIN | POLLOUT, 0};
    CHECK(poll(&p, 1, 0) == 1);
    close(fd);
    fd = open("/dev/zero", O_RDWR);
    CHECK(read(fd, buf, 4096) == 4096 && buf[0] == 0 && buf[4095] == 0 && write(fd, buf, 10) == 10);
    char *map = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    CHECK(map != MAP_FAILED && map[5000] == 0);
    map[5000] = 1;
    CHECK(munmap(map, 8192) == 0);
    close(fd);
    fd = open("/dev/full", O_RDWR);
    FAILS(write(fd, buf, 1), ENOSPC);
    CHECK(read(fd, buf, 4) == 4 && buf[0] == 0);
    close(fd);
    const char *names[] = {"/dev/random", "/dev/urandom"};
    for (int i = 0; i < 2; i++) {
        fd = open(names[i], O_RDWR);
        CHECK(fd >= 0 && read(fd, buf, 64) == 64 && read(fd, other, 64) == 64 && memcmp(buf, other, 64));
        CHECK(read(fd, buf, 4096) == 4096 && write(fd, buf, 16) == 16);
        close(fd);
    }
    CHECK(open("/dev/shm/test", O_CREAT | O_RDWR, 0600) >= 0 && unlink("/dev/shm/test") == 0);
    fd = shm_open("/name", O_CREAT | O_RDWR | O_EXCL, 0600);
    CHECK(fd >= 0 && ftruncate(fd, 4096) == 0 && shm_unlink("/name") == 0);
    CHECK(stat("/dev/fd/0", &st) == 0 && lstat("/dev/stdin", &st) == 0 && S_ISLNK(st.st_mode));
    FAILS(open("/dev/nothing", O_RDONLY), ENOENT);
    FAILS(mknod("/tmp/dev-node", S_IFDIR | 0600, 0), EPERM);
    puts("OK");
    return 0;
}
