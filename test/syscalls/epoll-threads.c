/* epoll_wait(2): threads that sleep are woken by events, time out, and share events without losing or repeating them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <stdatomic.h>

#define CHECK(what)                                                                                                    \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            printf("line %d: %s (errno %d)\n", __LINE__, #what, errno);                                                \
            exit(__COUNTER__ + 1);                                                                                     \
        }                                                                                                              \
    } while (0)
#define FAILS(call, error) CHECK((call) == -1 && errno == (error))

enum { FDS = 16, ROUNDS = 2000 };
static int ep, fds[FDS], done;
static atomic_int taken;

static void *wake_later(void *arg)
{
    usleep(30000);
    eventfd_write(fds[0], 1);
    return arg;
}

static void *collect(void *arg)
{
    struct epoll_event out[4];
    for (;;) {
        int n = epoll_wait(ep, out, 4, -1);
        for (int i = 0; i < n; i++) {
            int fd = out[i].data.fd;
            eventfd_t v;
            if (fd == done)
                return arg;
            if (eventfd_read(fd, &v) == 0)
                taken += (int)v;
            struct epoll_event e = {.events = EPOLLIN | EPOLLONESHOT, .data.fd = fd};
            epoll_ctl(ep, EPOLL_CTL_MOD, fd, &e);
        }
    }
}

int main(void)
{
    struct epoll_event e, out[4];
    struct timespec a, b;
    pthread_t t, workers[3];
    ep = epoll_create1(0);
    for (int i = 0; i < FDS; i++) {
        fds[i] = eventfd(0, EFD_NONBLOCK);
        e = (struct epoll_event){.events = EPOLLIN | EPOLLONESHOT, .data.fd = fds[i]};
        CHECK(epoll_ctl(ep, EPOLL_CTL_ADD, fds[i], &e) == 0);
    }
    clock_gettime(CLOCK_MONOTONIC, &a);
    CHECK(epoll_wait(ep, out, 4, 40) == 0);
    clock_gettime(CLOCK_MONOTONIC, &b);
    long ms = (b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000;
    CHECK(ms >= 39 && ms < 2000);
    CHECK(pthread_create(&t, NULL, wake_later, NULL) == 0);
    CHECK(epoll_wait(ep, out, 4, 5000) == 1 && out[0].data.fd == fds[0]);
    pthread_join(t, NULL);
    eventfd_t v;
    CHECK(eventfd_read(fds[0], &v) == 0);
    e = (struct epoll_event){.events = EPOLLIN | EPOLLONESHOT, .data.fd = fds[0]};
    CHECK(epoll_ctl(ep, EPOLL_CTL_MOD, fds[0], &e) == 0);

    done = eventfd(0, 0);
    e = (struct epoll_event){.events = EPOLLIN, .data.fd = done};
    CHECK(epoll_ctl(ep, EPOLL_CTL_ADD, done, &e) == 0);
    for (int i = 0; i < 3; i++)
        CHECK(pthread_create(&workers[i], NULL, collect, NULL) == 0);
    for (int i = 0; i < ROUNDS; i++)
        CHECK(eventfd_write(fds[i % FDS], 1) == 0);
    for (int i = 0; i < 500 && taken < ROUNDS; i++)
        usleep(10000);
    CHECK(taken == ROUNDS);
    eventfd_write(done, 1);
    for (int i = 0; i < 3; i++)
        pthread_join(workers[i], NULL);
    puts("OK");
    return 0;
}
