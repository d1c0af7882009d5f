/* epoll(7): an epoll in an epoll, and in poll; loops and too deep nesting are refused. */
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

static int add(int ep, int fd, unsigned events)
{
    struct epoll_event e = {.events = events, .data.fd = fd};
    return epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
}

int main(void)
{
    struct epoll_event out[4];
    int inner = epoll_create1(0), outer = epoll_create1(0), efd = eventfd(0, EFD_NONBLOCK);
    CHECK(add(inner, efd, EPOLLIN) == 0 && add(outer, inner, EPOLLIN) == 0);
    struct pollfd p = {outer, POLLIN, 0};
    CHECK(epoll_wait(outer, out, 4, 0) == 0 && poll(&p, 1, 0) == 0);
    eventfd_write(efd, 1);
    CHECK(poll(&p, 1, 0) == 1 && p.revents == POLLIN);
    CHECK(epoll_wait(outer, out, 4, 0) == 1 && out[0].data.fd == inner);
    CHECK(epoll_wait(inner, out, 4, 0) == 1 && out[0].data.fd == efd);
    eventfd_t v;
    CHECK(eventfd_read(efd, &v) == 0 && epoll_wait(outer, out, 4, 0) == 0 && poll(&p, 1, 0) == 0);
    FAILS(add(inner, outer, EPOLLIN), ELOOP);
    FAILS(add(outer, outer, EPOLLIN), EINVAL);

    int chain[8];
    for (int i = 0; i < 8; i++)
        chain[i] = epoll_create1(0);
    int i = 0;
    while (i < 7 && add(chain[i + 1], chain[i], EPOLLIN) == 0)
        i++;
    CHECK(i < 7 && i >= 3 && errno == ELOOP);
    close(inner);
    CHECK(epoll_wait(outer, out, 4, 0) == 0);
    puts("OK");
    return 0;
}
