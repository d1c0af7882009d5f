/* timerfd_create(2): one shot, intervals, absolute times, reading what is left. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <poll.h>
#include <stdint.h>
#include <sys/timerfd.h>
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
    uint64_t n;
    struct itimerspec its = {{0, 0}, {0, 20000000}}, cur;
    struct pollfd p;
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    CHECK(fd >= 0);
    p = (struct pollfd){fd, POLLIN, 0};
    FAILS(read(fd, &n, 8), EAGAIN);
    CHECK(timerfd_settime(fd, 0, &its, NULL) == 0 && timerfd_gettime(fd, &cur) == 0);
    CHECK(cur.it_value.tv_sec == 0 && cur.it_value.tv_nsec > 0 && cur.it_value.tv_nsec <= 20000000);
    FAILS(read(fd, &n, 4), EINVAL);
    CHECK(poll(&p, 1, 2000) == 1 && p.revents == POLLIN && read(fd, &n, 8) == 8 && n == 1);
    CHECK(poll(&p, 1, 0) == 0);
    FAILS(read(fd, &n, 8), EAGAIN);

    its.it_interval.tv_nsec = 5000000;
    CHECK(timerfd_settime(fd, 0, &its, NULL) == 0);
    usleep(60000);
    CHECK(read(fd, &n, 8) == 8 && n >= 5);
    CHECK(poll(&p, 1, 2000) == 1 && read(fd, &n, 8) == 8 && n >= 1);
    struct itimerspec off = {0};
    CHECK(timerfd_settime(fd, 0, &off, &cur) == 0 && cur.it_interval.tv_nsec == 5000000);
    CHECK(timerfd_gettime(fd, &cur) == 0 && cur.it_value.tv_nsec == 0 && cur.it_value.tv_sec == 0);
    CHECK(poll(&p, 1, 15) == 0);

    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    its = (struct itimerspec){{0, 0}, {now.tv_sec, now.tv_nsec}}; /* the past: at once */
    CHECK(timerfd_settime(fd, TFD_TIMER_ABSTIME, &its, NULL) == 0 && poll(&p, 1, 1000) == 1 && read(fd, &n, 8) == 8 &&
          n == 1);
    its.it_value.tv_nsec = 1000000000;
    FAILS(timerfd_settime(fd, 0, &its, NULL), EINVAL);
    FAILS(timerfd_settime(1, 0, &off, NULL), EINVAL);
    FAILS(timerfd_create(99, 0), EINVAL);
    close(fd);

    fd = timerfd_create(CLOCK_REALTIME, 0);
    clock_gettime(CLOCK_REALTIME, &now);
    its = (struct itimerspec){{0, 0}, {now.tv_sec, now.tv_nsec + 10000000}};
    if (its.it_value.tv_nsec >= 1000000000) {
        its.it_value.tv_nsec -= 1000000000;
        its.it_value.tv_sec++;
    }
    CHECK(timerfd_settime(fd, TFD_TIMER_ABSTIME, &its, NULL) == 0 && read(fd, &n, 8) == 8 && n == 1); /* blocks */
    puts("OK");
    return 0;
}
