/* epoll(7), edge-triggered: every change is told once, and none is lost. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
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

int main(void)
{
    struct epoll_event e, out[8];
    int pipes[2], ep = epoll_create1(0), efd = eventfd(0, EFD_NONBLOCK);
    char buf[65536];
    CHECK(pipe2(pipes, O_NONBLOCK) == 0);
    e = (struct epoll_event){.events = EPOLLIN | EPOLLET, .data.u32 = 1};
    CHECK(epoll_ctl(ep, EPOLL_CTL_ADD, pipes[0], &e) == 0 && epoll_wait(ep, out, 8, 0) == 0);
    CHECK(write(pipes[1], "a", 1) == 1 && epoll_wait(ep, out, 8, 0) == 1 && out[0].events == EPOLLIN);
    CHECK(epoll_wait(ep, out, 8, 0) == 0); /* nothing new, though the byte is still there */
    CHECK(write(pipes[1], "b", 1) == 1 && epoll_wait(ep, out, 8, 0) == 1 && epoll_wait(ep, out, 8, 0) == 0);
    CHECK(read(pipes[0], buf, 1) == 1 && epoll_wait(ep, out, 8, 0) == 0);
    e.data.u32 = 2; /* a change of the registration asks again */
    CHECK(epoll_ctl(ep, EPOLL_CTL_MOD, pipes[0], &e) == 0 && epoll_wait(ep, out, 8, 0) == 1 && out[0].data.u32 == 2);
    CHECK(read(pipes[0], buf, 8) == 1);

    /* the writer hears when there is room again */
    e = (struct epoll_event){.events = EPOLLOUT | EPOLLET, .data.u32 = 3};
    CHECK(epoll_ctl(ep, EPOLL_CTL_ADD, pipes[1], &e) == 0);
    CHECK(epoll_wait(ep, out, 8, 0) == 1 && out[0].data.u32 == 3 && epoll_wait(ep, out, 8, 0) == 0);
    CHECK(write(pipes[1], buf, 65536) == 65536 && write(pipes[1], "x", 1) == -1);
    CHECK(epoll_wait(ep, out, 8, 0) == 1 && out[0].data.u32 == 2);
    CHECK(read(pipes[0], buf, 65536) == 65536);
    CHECK(epoll_wait(ep, out, 8, 0) == 1 && out[0].data.u32 == 3 && out[0].events == EPOLLOUT);

    /* an event that is there when the file is registered is told */
    eventfd_write(efd, 1);
    e = (struct epoll_event){.events = EPOLLIN | EPOLLET, .data.u32 = 4};
    CHECK(epoll_ctl(ep, EPOLL_CTL_ADD, efd, &e) == 0 && epoll_wait(ep, out, 8, 0) == 1 && out[0].data.u32 == 4);
    CHECK(epoll_wait(ep, out, 8, 0) == 0);
    eventfd_write(efd, 1);
    CHECK(epoll_wait(ep, out, 8, 0) == 1);
    /* read before it is collected: nothing to tell */
    eventfd_t v;
    eventfd_write(efd, 1);
    CHECK(eventfd_read(efd, &v) == 0 && v == 3 && epoll_wait(ep, out, 8, 0) == 0);

    /* the last writer goes */
    close(pipes[1]);
    CHECK(epoll_wait(ep, out, 8, 0) == 1 && out[0].data.u32 == 2 && out[0].events & EPOLLHUP);
    CHECK(epoll_wait(ep, out, 8, 0) == 0);
    puts("OK");
    return 0;
}
