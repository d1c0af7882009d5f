/* preadv2(2), pwritev2(2): RWF_APPEND writes at the end wherever the position is, RWF_NOWAIT does not sleep. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
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
    char name[] = "/tmp/rwf-XXXXXX", buf[32] = {0};
    struct iovec two = {"xy", 2}, in = {buf, sizeof buf};
    int fd = mkstemp(name), ends[2], pair[2];
    CHECK(fd >= 0 && !unlink(name) && write(fd, "0123456789", 10) == 10 && lseek(fd, 3, SEEK_SET) == 3);
    CHECK(pwritev2(fd, &two, 1, 0, RWF_APPEND) == 2 && lseek(fd, 0, SEEK_CUR) == 3);
    CHECK(pwritev2(fd, &two, 1, -1, RWF_APPEND) == 2 && lseek(fd, 0, SEEK_CUR) == 14);
    CHECK(pwritev2(fd, &two, 1, 1, RWF_DSYNC) == 2);
    CHECK(preadv2(fd, &in, 1, 0, RWF_HIPRI) == 14 && !memcmp(buf, "0xy3456789xyxy", 14));
    CHECK(preadv2(fd, &in, 1, 10, RWF_NOWAIT) == 4 && !memcmp(buf, "xyxy", 4));
    FAILS(preadv2(fd, &in, 1, 0, 0x4000), EOPNOTSUPP);
    FAILS(preadv2(fd, &in, 1, -2, 0), EINVAL);

    CHECK(!pipe(ends));
    FAILS(preadv2(ends[0], &in, 1, -1, RWF_NOWAIT), EAGAIN);
    FAILS(preadv2(ends[0], &in, 1, 0, RWF_NOWAIT), ESPIPE);
    CHECK(pwritev2(ends[1], &two, 1, -1, RWF_NOWAIT) == 2 && preadv2(ends[0], &in, 1, -1, RWF_NOWAIT) == 2);
    CHECK(!(fcntl(ends[0], F_GETFL) & O_NONBLOCK));
    CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    FAILS(preadv2(pair[0], &in, 1, -1, RWF_NOWAIT), EAGAIN);
    CHECK(write(pair[1], "abc", 3) == 3 && preadv2(pair[0], &in, 1, -1, RWF_NOWAIT) == 3);
    int e = eventfd(0, 0);
    FAILS(preadv2(e, &in, 1, -1, RWF_NOWAIT), EAGAIN);
    puts("OK");
    return 0;
}
