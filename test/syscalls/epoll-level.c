/* epoll(7), level-triggered: what holds is told again and again until it does not; ADD, MOD, DEL and their errors. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#define CHECK(what)                                                                                                    \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            printf("line %d: %s (errno %d)\n", __LINE__, #what, errno);                                                \
            exit(__COUNTER__ + 1);                                                                                     \
        }                                                                                                              \
    } while (0)
#define FAILS(call, error) CHECK((call) == -1 && errno == (error))

static int ep;

static int add(int fd, unsigned events, unsigned long data)
{
    struct epoll_event e = {.events = events, .data.u64 = data};
    return epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
}

static void *volatile nowhere = (void *)8; /* an address that is never mapped */

int main(void)
{
    struct epoll_event e, out[8];
    int pipes[2], efd = eventfd(0, EFD_NONBLOCK);
    ep = epoll_create1(EPOLL_CLOEXEC);
    CHECK(ep >= 0 && fcntl(ep, F_GETFD) == FD_CLOEXEC && pipe(pipes) == 0);
    CHECK(epoll_wait(ep, out, 8, 0) == 0);
    CHECK(add(pipes[0], EPOLLIN, 11) == 0 && add(pipes[1], EPOLLOUT, 22) == 0);
    FAILS(add(pipes[0], EPOLLIN, 11), EEXIST);
    CHECK(epoll_wait(ep, out, 8, 0) == 1 && out[0].events == EPOLLOUT && out[0].data.u64 == 22);
    CHECK(epoll_wait(ep, out, 8, 0) == 1); /* still */
    CHECK(write(pipes[1], "x", 1) == 1 && epoll_wait(ep, out, 8, 0) == 2);
    CHECK(epoll_wait(ep, out, 1, 0) == 1);
    unsigned long first = out[0].data.u64;
    CHECK(epoll_wait(ep, out, 1, 0) == 1 && out[0].data.u64 != first); /* nobody starves */
    e = (struct epoll_event){.events = 0, .data.u64 = 33};
    CHECK(epoll_ctl(ep, EPOLL_CTL_MOD, pipes[1], &e) == 0);
    CHECK(epoll_wait(ep, out, 8, 0) == 1 && out[0].data.u64 == 11 && out[0].events == EPOLLIN);
    char c;
    CHECK(read(pipes[0], &c, 1) == 1 && epoll_wait(ep, out, 8, 0) == 0);
    CHECK(epoll_ctl(ep, EPOLL_CTL_DEL, pipes[1], NULL) == 0);
    FAILS(epoll_ctl(ep, EPOLL_CTL_DEL, pipes[1], NULL), ENOENT);
    FAILS(epoll_ctl(ep, EPOLL_CTL_MOD, pipes[1], &e), ENOENT);
    close(pipes[1]);
    CHECK(epoll_wait(ep, out, 8, 0) == 1 && out[0].events == EPOLLHUP); /* told without asking */

    /* a copy of the descriptor keeps the registration; the last close ends it */
    int copy = dup(pipes[0]);
    close(pipes[0]);
    CHECK(epoll_wait(ep, out, 8, 0) == 1);
    close(copy);
    CHECK(epoll_wait(ep, out, 8, 0) == 0);

    /* one shot */
    CHECK(add(efd, EPOLLIN | EPOLLONESHOT, 5) == 0 && eventfd_write(efd, 1) == 0);
    CHECK(epoll_wait(ep, out, 8, 0) == 1 && out[0].data.u64 == 5 && epoll_wait(ep, out, 8, 0) == 0);
    CHECK(eventfd_write(efd, 1) == 0 && epoll_wait(ep, out, 8, 0) == 0);
    e = (struct epoll_event){.events = EPOLLIN | EPOLLONESHOT, .data.u64 = 6};
    CHECK(epoll_ctl(ep, EPOLL_CTL_MOD, efd, &e) == 0 && epoll_wait(ep, out, 8, 0) == 1 && out[0].data.u64 == 6);

    int file = open("/tmp", O_RDONLY);
    FAILS(add(file, EPOLLIN, 0), EPERM);
    FAILS(add(999, EPOLLIN, 0), EBADF);
    FAILS(add(ep, EPOLLIN, 0), EINVAL);
    FAILS(epoll_ctl(efd, EPOLL_CTL_ADD, ep, &e), EINVAL);
    FAILS(epoll_wait(ep, out, 0, 0), EINVAL);
    FAILS(epoll_wait(efd, out, 1, 0), EINVAL);
    FAILS(epoll_wait(999, out, 1, 0), EBADF);
    FAILS(epoll_create1(1), EINVAL);
    FAILS(epoll_ctl(ep, EPOLL_CTL_ADD, file, nowhere), EFAULT);
    puts("OK");
    return 0;
}
