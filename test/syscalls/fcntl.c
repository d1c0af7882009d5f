/* fcntl(2), dup, close_range, flock: descriptors and their flags. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/resource.h>

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
    char name[] = "/tmp/fcntl-XXXXXX", c;
    int fd = mkstemp(name), on = 1;
    int copy = dup(fd);
    CHECK(copy > fd && write(fd, "abc", 3) == 3 && lseek(copy, 0, SEEK_CUR) == 3); /* one position */
    CHECK(lseek(copy, 0, SEEK_SET) == 0 && read(fd, &c, 1) == 1 && c == 'a');
    CHECK(fcntl(fd, F_GETFD) == 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
    CHECK(fcntl(copy, F_GETFD) == 0);
    CHECK((fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR && fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK) == 0);
    CHECK((fcntl(copy, F_GETFL) & (O_APPEND | O_NONBLOCK)) == (O_APPEND | O_NONBLOCK));
    CHECK(ioctl(fd, FIONBIO, &(int){0}) == 0 && !(fcntl(fd, F_GETFL) & O_NONBLOCK) && ioctl(fd, FIONCLEX) == 0);
    CHECK(fcntl(fd, F_GETFD) == 0 && ioctl(fd, FIONBIO, &on) == 0 && ioctl(fd, FIONREAD, &on) == 0 && on == 2);
    FAILS(ioctl(fd, TIOCGWINSZ, &on), ENOTTY);
    CHECK(fcntl(fd, F_DUPFD, 50) == 50 && fcntl(fd, F_DUPFD_CLOEXEC, 50) == 51 && fcntl(51, F_GETFD) == FD_CLOEXEC);
    CHECK(dup2(fd, 60) == 60 && dup2(60, 60) == 60 && dup3(fd, 61, O_CLOEXEC) == 61 &&
          fcntl(61, F_GETFD) == FD_CLOEXEC);
    FAILS(dup3(fd, fd, 0), EINVAL);
    FAILS(dup2(999, 62), EBADF);
    FAILS(dup2(999, 999), EBADF);
    FAILS(dup2(fd, -1), EBADF);
    FAILS(fcntl(fd, 12345), EINVAL);
    FAILS(fcntl(999, F_GETFD), EBADF);
    FAILS(fcntl(fd, F_DUPFD, -1), EINVAL);
    CHECK(close_range(50, 55, 0) == 0 && close_range(60, ~0u, CLOSE_RANGE_CLOEXEC) == 0);
    FAILS(close(50), EBADF);
    CHECK(fcntl(60, F_GETFD) == FD_CLOEXEC);
    FAILS(close_range(9, 8, 0), EINVAL);
    int low = open("/", O_RDONLY);
    CHECK(close(copy) == 0 && open("/", O_RDONLY) == copy && low == copy + 1); /* the lowest number that is free */

    struct rlimit limit = {100, 100}, old;
    CHECK(getrlimit(RLIMIT_NOFILE, &old) == 0);
    limit.rlim_max = old.rlim_max;
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    while (dup(fd) >= 0)
        ;
    CHECK(errno == EMFILE);
    CHECK(close_range(copy, ~0u, 0) == 0 && setrlimit(RLIMIT_NOFILE, &old) == 0);

    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    CHECK(fcntl(fd, F_SETLK, &lock) == 0 && fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type == F_UNLCK);
    lock.l_type = 9;
    FAILS(fcntl(fd, F_SETLK, &lock), EINVAL);
    int other = open(name, O_RDONLY);
    CHECK(flock(fd, LOCK_EX) == 0);
    FAILS(flock(other, LOCK_SH | LOCK_NB), EWOULDBLOCK);
    CHECK(flock(fd, LOCK_SH) == 0 && flock(other, LOCK_SH | LOCK_NB) == 0);
    FAILS(flock(fd, LOCK_EX | LOCK_NB), EWOULDBLOCK);
    CHECK(close(other) == 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 && flock(fd, LOCK_UN) == 0);
    FAILS(flock(fd, 0), EINVAL);

    int place = open(name, O_PATH);
    FAILS(read(place, &c, 1), EBADF);
    FAILS(ioctl(place, FIONREAD, &on), EBADF);
    struct stat st;
    CHECK(fstat(place, &st) == 0 && st.st_size == 3 && fcntl(place, F_GETFL) & O_PATH);
    unlink(name);
    puts("OK");
    return 0;
}
