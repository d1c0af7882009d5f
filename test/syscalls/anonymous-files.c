/* memfd_create, O_TMPFILE, linkat of what has no name, seals. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <sys/mman.h>

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
    char buf[64] = {0}, path[64];
    struct stat st;
    int fd = memfd_create("things", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    CHECK(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC && write(fd, "hello", 5) == 5 && fstat(fd, &st) == 0);
    CHECK(st.st_size == 5 && S_ISREG(st.st_mode) && st.st_nlink == 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    CHECK(readlink(path, buf, sizeof buf) > 0 && !strcmp(buf, "/memfd:things (deleted)"));
    char *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(map != MAP_FAILED && !memcmp(map, "hello", 5));
    map[0] = 'J';
    CHECK(pread(fd, buf, 5, 0) == 5 && !memcmp(buf, "Jello", 5) && munmap(map, 4096) == 0);
    CHECK(fcntl(fd, F_GET_SEALS) == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) == 0);
    FAILS(ftruncate(fd, 3), EPERM);
    FAILS(ftruncate(fd, 7), EPERM);
    FAILS(pwrite(fd, "longer", 6, 0), EPERM);
    CHECK(pwrite(fd, "other", 5, 0) == 5 && fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL) == 0);
    FAILS(pwrite(fd, "x", 1, 0), EPERM);
    FAILS(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW), EPERM);
    CHECK(fcntl(fd, F_GET_SEALS) == (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL));
    int plain = memfd_create("plain", 0);
    CHECK(fcntl(plain, F_GET_SEALS) == F_SEAL_SEAL);
    FAILS(fcntl(plain, F_ADD_SEALS, F_SEAL_GROW), EPERM);
    FAILS(memfd_create("x", 0x8000), EINVAL);

    fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);
    CHECK(fd >= 0 && write(fd, "nameless", 8) == 8 && fstat(fd, &st) == 0 && st.st_nlink == 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    unlink("/tmp/named");
    CHECK(linkat(AT_FDCWD, path, AT_FDCWD, "/tmp/named", AT_SYMLINK_FOLLOW) == 0 && stat("/tmp/named", &st) == 0);
    CHECK(st.st_size == 8 && st.st_nlink == 1 && unlink("/tmp/named") == 0);
    FAILS(open("/tmp", O_TMPFILE | O_RDONLY, 0600), EINVAL);
    puts("OK");
    return 0;
}
