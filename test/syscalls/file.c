/* Linux promises of open, read, write, lseek, pread, pwrite, O_APPEND, O_TRUNC, O_EXCL and their errors. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <sys/uio.h>

#define CHECK(what)                                                                                                    \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            printf("line %d: %s (errno %d)\n", __LINE__, #what, errno);                                                \
            exit(__COUNTER__ + 1);                                                                                     \
        }                                                                                                              \
    } while (0)
#define FAILS(call, error) CHECK((call) == -1 && errno == (error))

static void *volatile nowhere = (void *)8; /* an address that is never mapped */
static volatile int minus_one = -1;

int main(void)
{
    char buf[64] = {0};
    struct stat st;
    char name[] = "/tmp/file-XXXXXX";
    int fd = mkstemp(name);
    CHECK(fd >= 0);
    CHECK(write(fd, "hello world", 11) == 11);
    CHECK(lseek(fd, 0, SEEK_CUR) == 11);
    CHECK(lseek(fd, 6, SEEK_SET) == 6 && read(fd, buf, 64) == 5 && !memcmp(buf, "world", 5));
    CHECK(read(fd, buf, 64) == 0);
    CHECK(pread(fd, buf, 5, 0) == 5 && !memcmp(buf, "hello", 5) && lseek(fd, 0, SEEK_CUR) == 11);
    CHECK(pwrite(fd, "HE", 2, 0) == 2 && pread(fd, buf, 3, 0) == 3 && !memcmp(buf, "HEl", 3));
    CHECK(lseek(fd, -1, SEEK_END) == 10);
    FAILS(lseek(fd, -100, SEEK_CUR), EINVAL);
    FAILS(lseek(fd, 0, 99), EINVAL);
    FAILS(pread(fd, buf, 1, -1), EINVAL);
    CHECK(fstat(fd, &st) == 0 && st.st_size == 11 && S_ISREG(st.st_mode) && st.st_nlink == 1);
    CHECK((st.st_mode & 07777) == 0600);

    int other = open(name, O_WRONLY | O_APPEND);
    CHECK(other >= 0 && write(other, "!!", 2) == 2 && lseek(other, 0, SEEK_CUR) == 13);
    CHECK(pwrite(other, "?", 1, 0) == 1 && fstat(fd, &st) == 0 && st.st_size == 14); /* appends, too */
    FAILS(read(other, buf, 1), EBADF);
    CHECK(close(other) == 0);
    FAILS(close(other), EBADF);

    other = open(name, O_RDONLY);
    FAILS(write(other, "x", 1), EBADF);
    FAILS(ftruncate(other, 0), EINVAL);
    CHECK(close(other) == 0);
    FAILS(open(name, O_RDWR | O_CREAT | O_EXCL, 0600), EEXIST);
    FAILS(open("/tmp/no/such", O_RDONLY), ENOENT);
    FAILS(open("/tmp", O_WRONLY), EISDIR);
    FAILS(open("/tmp", O_RDONLY | O_CREAT, 0600), EISDIR);
    FAILS(open(name, O_RDONLY | O_DIRECTORY), ENOTDIR);
    CHECK(lseek(fd, 0, SEEK_SET) == 0);
    FAILS(read(fd, nowhere, 4), EFAULT);
    FAILS(write(fd, nowhere, 4), EFAULT);
    int dir = open("/tmp", O_RDONLY);
    FAILS(read(dir, buf, 1), EISDIR);
    CHECK(close(dir) == 0);

    struct iovec in[3] = {{"ab", 2}, {"", 0}, {"cde", 3}}, out[2] = {{buf, 3}, {buf + 10, 10}};
    CHECK(ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0);
    CHECK(writev(fd, in, 3) == 5 && lseek(fd, 0, SEEK_SET) == 0 && readv(fd, out, 2) == 5);
    CHECK(!memcmp(buf, "abc", 3) && !memcmp(buf + 10, "de", 2));
    CHECK(preadv(fd, out, 2, 1) == 4 && !memcmp(buf, "bcd", 3));
    CHECK(pwritev(fd, in, 3, 100) == 5 && fstat(fd, &st) == 0 && st.st_size == 105);
    CHECK(preadv2(fd, out, 1, -1, 0) == 3 && lseek(fd, 0, SEEK_CUR) == 8);
    FAILS(writev(fd, in, minus_one), EINVAL);
    FAILS(writev(fd, in, minus_one + 1026), EINVAL);

    other = open(name, O_WRONLY | O_TRUNC);
    CHECK(other >= 0 && fstat(fd, &st) == 0 && st.st_size == 0);
    CHECK(fsync(fd) == 0 && fdatasync(fd) == 0);
    CHECK(unlink(name) == 0 && fstat(fd, &st) == 0 && st.st_nlink == 0);
    CHECK(write(fd, "still", 5) == 5 && pread(fd, buf, 5, 8) == 5 && !memcmp(buf, "still", 5));
    FAILS(open(name, O_RDONLY), ENOENT);
    FAILS(write(-1, "x", 1), EBADF);
    FAILS(write(1000, "x", 1), EBADF);
    puts("OK");
    return 0;
}
