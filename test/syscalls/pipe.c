/* pipe(7): order, blocking, end of file, EPIPE, PIPE_BUF atomicity, sizes. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

#define CHECK(what)                                                                                                    \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            printf("line %d: %s (errno %d)\n", __LINE__, #what, errno);                                                \
            exit(__COUNTER__ + 1);                                                                                     \
        }                                                                                                              \
    } while (0)
#define FAILS(call, error) CHECK((call) == -1 && errno == (error))

static int ends[2];

static void *write_later(void *arg)
{
    usleep(30000);
    CHECK(write(ends[1], "late", 4) == 4);
    return arg;
}

static void *drain(void *arg)
{
    static char buf[4096];
    size_t total = 0;
    ssize_t n;
    while (total < 300000 && (n = read(ends[0], buf, sizeof buf)) > 0) {
        for (ssize_t i = 0; i < n; i++)
            CHECK(buf[i] == (char)((total + (size_t)i) % 251));
        total += (size_t)n;
    }
    return (void *)total;
}

static void *volatile nowhere = (void *)8; /* an address that is never mapped */

int main(void)
{
    char buf[8192];
    struct stat st;
    signal(SIGPIPE, SIG_IGN);
    CHECK(pipe(ends) == 0);
    CHECK(write(ends[1], "abc", 3) == 3 && write(ends[1], "def", 3) == 3);
    int n;
    CHECK(ioctl(ends[0], FIONREAD, &n) == 0 && n == 6);
    CHECK(read(ends[0], buf, 4) == 4 && !memcmp(buf, "abcd", 4) && read(ends[0], buf, 100) == 2);
    FAILS(lseek(ends[0], 0, SEEK_CUR), ESPIPE);
    FAILS(pread(ends[0], buf, 1, 0), ESPIPE);
    FAILS(write(ends[0], "x", 1), EBADF);
    FAILS(read(ends[1], buf, 1), EBADF);
    CHECK(fstat(ends[0], &st) == 0 && S_ISFIFO(st.st_mode));

    pthread_t t;
    CHECK(pthread_create(&t, NULL, write_later, NULL) == 0);
    CHECK(read(ends[0], buf, 100) == 4 && !memcmp(buf, "late", 4)); /* waits for it */
    pthread_join(t, NULL);

    /* more than fits: the writer waits for the reader */
    static char big[300000];
    void *got;
    for (size_t i = 0; i < sizeof big; i++)
        big[i] = (char)(i % 251);
    CHECK(pthread_create(&t, NULL, drain, NULL) == 0);
    CHECK(write(ends[1], big, sizeof big) == sizeof big);
    pthread_join(t, &got);
    CHECK((size_t)got == sizeof big);

    /* O_NONBLOCK: 64 KiB, then EAGAIN; up to PIPE_BUF all or nothing */
    CHECK(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0 && fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0);
    FAILS(read(ends[0], buf, 1), EAGAIN);
    CHECK(fcntl(ends[1], F_GETPIPE_SZ) == 65536 && write(ends[1], big, 65536) == 65536);
    FAILS(write(ends[1], "x", 1), EAGAIN);
    struct pollfd p = {ends[1], POLLOUT, 0};
    CHECK(poll(&p, 1, 0) == 0);
    CHECK(read(ends[0], buf, 4096) == 4096 && poll(&p, 1, 0) == 1 && p.revents == POLLOUT);
    CHECK(write(ends[1], big, 6000) == 4096);
    CHECK(read(ends[0], buf, 8192) == 8192 && write(ends[1], big, 4096) == 4096 && write(ends[1], "y", 1) == 1);
    FAILS(write(ends[1], big, 4096), EAGAIN);
    CHECK(fcntl(ends[1], F_SETPIPE_SZ, 131072) == 131072 && write(ends[1], big, 4096) == 4096);

    /* end of file when all writers are gone, EPIPE when all readers are */
    while (read(ends[0], buf, sizeof buf) > 0)
        ;
    int copy = dup(ends[1]);
    close(ends[1]);
    FAILS(read(ends[0], buf, 1), EAGAIN);
    CHECK(write(copy, "z", 1) == 1 && close(copy) == 0);
    p = (struct pollfd){ends[0], POLLIN, 0};
    CHECK(poll(&p, 1, 0) == 1 && p.revents == (POLLIN | POLLHUP));
    CHECK(read(ends[0], buf, 10) == 1 && read(ends[0], buf, 10) == 0);
    CHECK(poll(&p, 1, 0) == 1 && p.revents == POLLHUP);
    close(ends[0]);
    CHECK(pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0 && fcntl(ends[0], F_GETFD) == FD_CLOEXEC);
    close(ends[0]);
    FAILS(write(ends[1], "x", 1), EPIPE);
    p = (struct pollfd){ends[1], POLLOUT, 0};
    CHECK(poll(&p, 1, 0) == 1 && p.revents & POLLERR);
    FAILS(pipe2(ends, 0x10), EINVAL);
    FAILS(pipe(nowhere), EFAULT);
    puts("OK");
    return 0;
}
