/* Waiting for many: epoll with thousands of idle sockets and a few active ones, nested epolls, poll. */
#include "bench.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#define PAIRS 5000 /* 10,000 sockets */
#define ACTIVE 10
#define EVENTS 64

static int (*open_pairs(void))[2]
{
    int(*pairs)[2] = malloc(PAIRS * sizeof *pairs);
    for (int i = 0; i < PAIRS; i++)
        CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]));
    return pairs;
}

static void close_pairs(int (*pairs)[2])
{
    for (int i = 0; i < PAIRS; i++) {
        close(pairs[i][0]);
        close(pairs[i][1]);
    }
    free(pairs);
}

static void watch(int ep, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};
    CHECK(!epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event));
}

static int watch_all(int (*pairs)[2], uint32_t events)
{
    int ep = epoll_create1(0);
    for (int i = 0; i < PAIRS; i++) {
        watch(ep, pairs[i][0], events);
        watch(ep, pairs[i][1], events);
    }
    return ep;
}

/* In each round ten sockets get a byte, epoll tells it, the bytes are read. */
static void serve_rounds(uint32_t events, unsigned n)
{
    int(*pairs)[2] = open_pairs(), ep = watch_all(pairs, events);
    struct epoll_event got[EVENTS];
    char byte;
    begin();
    for (unsigned i = 0; i < n; i++) {
        for (int k = 0; k < ACTIVE; k++)
            CHECK(write(pairs[(i * ACTIVE + (unsigned)k) * 7 % PAIRS][0], "x", 1) == 1);
        CHECK(epoll_wait(ep, got, EVENTS, -1) == ACTIVE);
        for (int k = 0; k < ACTIVE; k++)
            CHECK(read(got[k].data.fd, &byte, 1) == 1);
        CHECK(epoll_wait(ep, got, EVENTS, 0) == 0);
    }
    end();
    close(ep);
    close_pairs(pairs);
}

MEASURE(level, "epoll: 10,000 sockets, 10 active, level", 1000)
{
    serve_rounds(EPOLLIN, n);
}

MEASURE(edge, "epoll: 10,000 sockets, 10 active, edge", 1000)
{
    serve_rounds(EPOLLIN | EPOLLET, n);
}

MEASURE(registering, "epoll: add and remove 10,000 sockets", 1)
{
    int(*pairs)[2] = open_pairs();
    begin();
    int ep = watch_all(pairs, EPOLLIN);
    for (int i = 0; i < PAIRS; i++)
        for (int k = 0; k < 2; k++)
            CHECK(!epoll_ctl(ep, EPOLL_CTL_DEL, pairs[i][k], NULL));
    end();
    close(ep);
    close_pairs(pairs);
}

MEASURE(open_many, "UNIX sockets: open and close 10,000", 1)
{
    begin();
    close_pairs(open_pairs());
    end();
}

/* Four epolls one in the other, the innermost with a hundred eventfds of which all are ready. */
MEASURE(nested, "epoll: nested four deep, 100 ready inside", 200)
{
    int eps[4], fds[100];
    struct epoll_event got[EVENTS];
    for (int i = 0; i < 4; i++) {
        CHECK((eps[i] = epoll_create1(0)) >= 0);
        if (i)
            watch(eps[i], eps[i - 1], EPOLLIN);
    }
    for (int i = 0; i < 100; i++)
        watch(eps[0], fds[i] = eventfd(1, 0), EPOLLIN);
    begin();
    for (unsigned i = 0; i < n; i++)
        CHECK(epoll_wait(eps[3], got, EVENTS, -1) == 1 && epoll_wait(eps[0], got, EVENTS, -1) == EVENTS);
    end();
    for (int i = 0; i < 100; i++)
        close(fds[i]);
    for (int i = 0; i < 4; i++)
        close(eps[i]);
}

/* A tree: each level's epoll holds five of the next; one leaf is written and read. */
#define FANOUT 5
#define LEVELS 3

static int make_tree(int level, int leaf)
{
    int ep = epoll_create1(0);
    for (int i = 0; i < FANOUT; i++) {
        if (level == LEVELS)
            watch(ep, leaf, EPOLLIN);
        else
            watch(ep, make_tree(level + 1, leaf), EPOLLIN);
        if (level == LEVELS)
            break;
    }
    return ep;
}

MEASURE(tree, "epoll: a tree of 31 epolls over one eventfd", 100)
{
    int leaf = eventfd(0, EFD_NONBLOCK), root = make_tree(1, leaf);
    uint64_t value = 1;
    struct epoll_event got[EVENTS];
    begin();
    for (unsigned i = 0; i < n; i++) {
        CHECK(write(leaf, &value, sizeof value) == sizeof value);
        CHECK(epoll_wait(root, got, EVENTS, -1) == FANOUT);
        CHECK(read(leaf, &value, sizeof value) == sizeof value);
        CHECK(epoll_wait(root, got, EVENTS, 0) == 0);
    }
    end();
    close_range((unsigned)leaf, ~0u, 0);
}

MEASURE(poll_many, "poll of 100 idle eventfds and one ready", 1000)
{
    struct pollfd fds[101];
    for (int i = 0; i < 101; i++)
        fds[i] = (struct pollfd){.fd = eventfd(i == 100, 0), .events = POLLIN};
    begin();
    for (unsigned i = 0; i < n; i++)
        CHECK(poll(fds, 101, -1) == 1);
    end();
    for (int i = 0; i < 101; i++)
        close(fds[i].fd);
}
