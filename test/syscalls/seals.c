/* memfd_create(2) and F_ADD_SEALS beyond the first steps (anonymous-files.c): who may write decides about F_SEAL_WRITE,
 * and the seals about who may write; MFD_NOEXEC_SEAL. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
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
#define NO_MAP(prot, flags, fd, error) CHECK(mmap(NULL, 4096, prot, flags, fd, 0) == MAP_FAILED && errno == (error))
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8u
#define MFD_EXEC 0x10u
#endif
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x20
#endif
#define WRITABLE (PROT_READ | PROT_WRITE)

static void test_write_seal(void)
{
    int fd = memfd_create("a", MFD_ALLOW_SEALING);
    CHECK(fd >= 0 && !ftruncate(fd, 4096));
    char *shared = mmap(NULL, 4096, WRITABLE, MAP_SHARED, fd, 0);
    CHECK(shared != MAP_FAILED);
    FAILS(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
    CHECK(fcntl(fd, F_GET_SEALS) == 0 && !munmap(shared, 4096));
    char *private = mmap(NULL, 4096, WRITABLE, MAP_PRIVATE, fd, 0);
    CHECK(private != MAP_FAILED && !fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) && fcntl(fd, F_GET_SEALS) == F_SEAL_WRITE);
    private[0] = 'x';
    NO_MAP(WRITABLE, MAP_SHARED, fd, EPERM);
    CHECK((shared = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0)) != MAP_FAILED && shared[0] == 0);
    FAILS(mprotect(shared, 4096, WRITABLE), EACCES);
    FAILS(write(fd, "x", 1), EPERM);
    close(fd);
}

static void test_future_write_seal(void)
{
    int fd = memfd_create("b", MFD_ALLOW_SEALING);
    CHECK(fd >= 0 && !ftruncate(fd, 4096));
    char *shared = mmap(NULL, 4096, WRITABLE, MAP_SHARED, fd, 0);
    CHECK(shared != MAP_FAILED && !fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE));
    shared[1] = 'y';
    NO_MAP(WRITABLE, MAP_SHARED, fd, EPERM);
    FAILS(write(fd, "x", 1), EPERM);
    char c;
    CHECK(pread(fd, &c, 1, 1) == 1 && c == 'y');
    close(fd);
}

static void test_exec_seal(void)
{
    struct stat st;
    FAILS(memfd_create("c", MFD_NOEXEC_SEAL | MFD_EXEC), EINVAL);
    int fd = memfd_create("c", MFD_NOEXEC_SEAL);
    CHECK(fd >= 0 && !fstat(fd, &st) && (st.st_mode & 0777) == 0666 && fcntl(fd, F_GET_SEALS) == F_SEAL_EXEC);
    FAILS(fchmod(fd, 0777), EPERM);
    CHECK(!fchmod(fd, 0600));
    close(fd);
    fd = memfd_create("d", MFD_EXEC);
    CHECK(fd >= 0 && !fstat(fd, &st) && (st.st_mode & 0777) == 0777 && fcntl(fd, F_GET_SEALS) == F_SEAL_SEAL);
    close(fd);
}

int main(void)
{
    test_write_seal();
    test_future_write_seal();
    test_exec_seal();
    puts("OK");
    return 0;
}
