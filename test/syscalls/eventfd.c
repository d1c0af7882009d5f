/* eventfd(2): counting, semaphores, blocking, overflow. */
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
#include <stdint.h>
#include <sys/eventfd.h>

#define CHECK(what)                                                                                                    \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            printf("line %d: %s (errno %d)\n", __LINE__, #what, errno);                                                \
            exit(__COUNTER__ + 1);                                                                                     \
        }                                                                                                              \
    } while (0)
#define FAILS(call, error) CHECK((call) == -1 && errno == (error))

static int fd;

static void *add_later(void *arg)
{
    usleep(20000);
    CHECK(eventfd_write(fd, 7) == 0);
    return arg;
}

int main(void)
{
    eventfd_t v;
    char small[4];
    struct pollfd p;
    fd = eventfd(3, EFD_NONBLOCK | EFD_CLOEXEC);
    CHECK(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
    p = (struct pollfd){fd, POLLIN | POLLOUT, 0};
    CHECK(poll(&p, 1, 0) == 1 && p.revents == (POLLIN | POLLOUT));
    CHECK(eventfd_write(fd, 4) == 0 && eventfd_read(fd, &v) == 0 && v == 7);
    FAILS(eventfd_read(fd, &v), EAGAIN);
    CHECK(poll(&p, 1, 0) == 1 && p.revents == POLLOUT);
    FAILS(read(fd, small, 4), EINVAL);
    FAILS(write(fd, small, 4), EINVAL);
    FAILS(eventfd_write(fd, UINT64_MAX), EINVAL);
    CHECK(eventfd_write(fd, UINT64_MAX - 1) == 0);
    FAILS(eventfd_write(fd, 1), EAGAIN);
    CHECK(poll(&p, 1, 0) == 1 && p.revents == POLLIN);
    close(fd);

    fd = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);
    CHECK(eventfd_read(fd, &v) == 0 && v == 1 && eventfd_read(fd, &v) == 0 && v == 1);
    FAILS(eventfd_read(fd, &v), EAGAIN);
    close(fd);

    pthread_t t;
    fd = eventfd(0, 0);
    CHECK(pthread_create(&t, NULL, add_later, NULL) == 0);
    CHECK(eventfd_read(fd, &v) == 0 && v == 7);
    pthread_join(t, NULL);
    FAILS(eventfd(0, 0x1000), EINVAL);
    puts("OK");
    return 0;
}
