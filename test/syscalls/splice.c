/* splice(2): from file to pipe, from pipe to file and pipe; what is not written stays in the pipe. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <pthread.h>
#include <sys/socket.h>

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
    usleep(20000);
    CHECK(write(ends[1], "late", 4) == 4);
    return arg;
}

int main(void)
{
    static char data[300000], back[300000];
    char a[] = "/tmp/splice-a-XXXXXX", b[] = "/tmp/splice-b-XXXXXX";
    int in = mkstemp(a), out = mkstemp(b), other[2], sockets[2];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (char)(i * 11 % 251);
    CHECK(write(in, data, sizeof data) == sizeof data && lseek(in, 0, SEEK_SET) == 0 && pipe(ends) == 0 &&
          pipe(other) == 0);
    size_t total = 0;
    ssize_t n;
    while ((n = splice(in, NULL, ends[1], NULL, sizeof data, SPLICE_F_NONBLOCK)) > 0) {
        size_t left = (size_t)n;
        total += left;
        while (left) {
            ssize_t m = splice(ends[0], NULL, out, NULL, left, 0);
            CHECK(m > 0);
            left -= (size_t)m;
        }
    }
    CHECK(n == 0 && total == sizeof data && pread(out, back, sizeof back, 0) == sizeof back &&
          !memcmp(data, back, sizeof data));
    CHECK(lseek(in, 0, SEEK_CUR) == sizeof data && lseek(out, 0, SEEK_CUR) == sizeof data);

    loff_t at = 100;
    CHECK(splice(in, &at, ends[1], NULL, 50, 0) == 50 && at == 150 && lseek(in, 0, SEEK_CUR) == sizeof data);
    CHECK(splice(ends[0], NULL, other[1], NULL, 30, 0) == 30 && read(other[0], back, 100) == 30 &&
          !memcmp(back, data + 100, 30));
    at = 7;
    CHECK(splice(ends[0], NULL, out, &at, 100, 0) == 20 && at == 27);
    CHECK(pread(out, back, 20, 7) == 20 && !memcmp(back, data + 130, 20));
    FAILS(splice(ends[0], NULL, out, NULL, 10, SPLICE_F_NONBLOCK), EAGAIN);

    /* a reader that cannot take everything: nothing is lost */
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets) == 0);
    size_t sent = 0, got = 0;
    while (write(sockets[0], data, 4096) > 0)
        sent += 4096;
    CHECK(write(ends[1], data, 5000) == 5000);
    FAILS(splice(ends[0], NULL, sockets[0], NULL, 5000, 0), EAGAIN);
    while ((n = read(sockets[1], back, sizeof back)) > 0)
        got += (size_t)n;
    CHECK(got >= sent);
    for (got = 0; got < 5000; got += (size_t)n)
        CHECK((n = splice(ends[0], NULL, sockets[0], NULL, 5000, 0)) > 0);
    CHECK(read(sockets[1], back, sizeof back) == 5000 && !memcmp(back, data, 5000));

    pthread_t t;
    CHECK(pthread_create(&t, NULL, write_later, NULL) == 0);
    CHECK(splice(ends[0], NULL, other[1], NULL, 100, 0) == 4 && read(other[0], back, 100) == 4); /* waits */
    pthread_join(t, NULL);
    FAILS(splice(in, NULL, out, NULL, 10, 0), EINVAL);
    FAILS(splice(ends[0], NULL, ends[1], NULL, 10, 0), EINVAL);
    FAILS(splice(ends[0], &at, out, NULL, 10, 0), ESPIPE);
    FAILS(splice(999, NULL, ends[1], NULL, 10, 0), EBADF);
    close(ends[1]);
    CHECK(splice(ends[0], NULL, out, NULL, 10, 0) == 0);
    unlink(a);
    unlink(b);
    puts("OK");
    return 0;
}
