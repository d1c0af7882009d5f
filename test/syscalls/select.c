/* select(2), pselect(2): sets in, sets out, counts, bad descriptors, timeouts. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <sys/select.h>
#include <sys/time.h>
#include <time.h>

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
    int ends[2];
    fd_set in, out;
    struct timeval tv = {0, 30000};
    CHECK(pipe(ends) == 0);
    FD_ZERO(&in);
    FD_ZERO(&out);
    FD_SET(ends[0], &in);
    CHECK(select(ends[1] + 1, &in, NULL, NULL, &tv) == 0 && !FD_ISSET(ends[0], &in));
    FD_SET(ends[0], &in);
    FD_SET(ends[1], &out);
    CHECK(select(ends[1] + 1, &in, &out, NULL, NULL) == 1 && !FD_ISSET(ends[0], &in) && FD_ISSET(ends[1], &out));
    CHECK(write(ends[1], "x", 1) == 1);
    FD_SET(ends[0], &in);
    CHECK(select(ends[1] + 1, &in, &out, NULL, NULL) == 2 && FD_ISSET(ends[0], &in) && FD_ISSET(ends[1], &out));
    int high = fcntl(ends[0], F_DUPFD, 200);
    CHECK(high >= 200);
    FD_ZERO(&in);
    FD_SET(high, &in);
    CHECK(select(high + 1, &in, NULL, NULL, NULL) == 1 && FD_ISSET(high, &in));
    close(high);
    FD_SET(high, &in);
    FAILS(select(high + 1, &in, NULL, NULL, NULL), EBADF);
    FAILS(select(-1, NULL, NULL, NULL, NULL), EINVAL);
    tv = (struct timeval){0, 10000};
    CHECK(select(0, NULL, NULL, NULL, &tv) == 0 && tv.tv_sec == 0 && tv.tv_usec == 0);
    close(ends[1]);
    char c;
    CHECK(read(ends[0], &c, 1) == 1);
    FD_ZERO(&in);
    FD_SET(ends[0], &in);
    CHECK(select(ends[0] + 1, &in, NULL, NULL, NULL) == 1); /* end of file is readable */
    struct timespec ts = {0, 1000000};
    FD_ZERO(&in);
    CHECK(pselect(1, &in, NULL, NULL, &ts, NULL) == 0);
    tv = (struct timeval){0, -1};
    FAILS(select(0, NULL, NULL, NULL, &tv), EINVAL);
    puts("OK");
    return 0;
}
