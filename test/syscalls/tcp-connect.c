/* connect(2) on TCP: what it refuses, its states when it may not wait, SO_ERROR, and how the result is told. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* Each failed check ends the test with a number of its own. */
#define CHECK(cond)                                                                                                    \
    do {                                                                                                               \
        int number = __COUNTER__ + 1;                                                                                  \
        if (!(cond)) {                                                                                                 \
            printf("check %d, line %d: not true: %s (errno %d)\n", number, __LINE__, #cond, errno);                    \
            fflush(stdout);                                                                                            \
            _exit(number);                                                                                             \
        }                                                                                                              \
    } while (0)
#define FAILS(call, error) CHECK((errno = 0, (call) == -1) && errno == (error))

static struct sockaddr_in loopback(int port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int port_of(int fd)
{
    struct sockaddr_in a;
    socklen_t len = sizeof a;
    CHECK(getsockname(fd, (void *)&a, &len) == 0 && len == sizeof a);
    return ntohs(a.sin_port);
}

static int listener(int backlog)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in a = loopback(0);
    CHECK(fd >= 0 && bind(fd, (void *)&a, sizeof a) == 0 && listen(fd, backlog) == 0);
    return fd;
}

static int connect_to(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in a = loopback(port);
    CHECK(fd >= 0 && connect(fd, (void *)&a, sizeof a) == 0);
    return fd;
}

static int free_port(void)
{
    int l = listener(1), port = port_of(l);
    close(l);
    return port;
}

static int error_of(int fd)
{
    int e;
    socklen_t len = sizeof e;
    CHECK(getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &len) == 0 && len == sizeof e);
    return e;
}

static void nobody_there_is_refused(void)
{
    int s = socket(AF_INET, SOCK_STREAM, 0), l = listener(1);
    struct sockaddr_in a = loopback(free_port());
    FAILS(connect(s, (void *)&a, sizeof a), ECONNREFUSED);
    CHECK(error_of(s) == 0);
    a = loopback(port_of(l)); /* the same socket may try elsewhere */
    CHECK(connect(s, (void *)&a, sizeof a) == 0);
    FAILS(connect(s, (void *)&a, sizeof a), EISCONN);
    FAILS(connect(l, (void *)&a, sizeof a), EISCONN);
    close(s), close(l);
}

static void addresses_are_checked(void)
{
    int s = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in a = loopback(80);
    FAILS(connect(s, (void *)&a, 1), EINVAL);
    FAILS(connect(s, (void *)&a, 8), EINVAL);
    FAILS(connect(s, (void *)16, sizeof a), EFAULT);
    FAILS(connect(s, (void *)&a, 200), EINVAL);
    a.sin_family = AF_UNIX;
    FAILS(connect(s, (void *)&a, sizeof a), EAFNOSUPPORT);
    FAILS(connect(99, (void *)&a, sizeof a), EBADF);
    FAILS(connect(0, (void *)&a, sizeof a), ENOTSOCK);
    close(s);
}

static void without_waiting_the_result_comes_by_poll(void)
{
    int l = listener(1), s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in a = loopback(port_of(l));
    int err = connect(s, (void *)&a, sizeof a);
    CHECK(err == 0 || errno == EINPROGRESS);
    struct pollfd p = {s, POLLOUT | POLLIN | POLLRDHUP, 0};
    CHECK(poll(&p, 1, 5000) == 1 && p.revents == POLLOUT && error_of(s) == 0);
    struct sockaddr_in peer;
    socklen_t len = sizeof peer;
    CHECK(getpeername(s, (void *)&peer, &len) == 0 && peer.sin_port == a.sin_port && port_of(s) > 0);
    if (err) /* the end of the first connect is told once more */
        CHECK(connect(s, (void *)&a, sizeof a) == 0);
    FAILS(connect(s, (void *)&a, sizeof a), EISCONN);
    close(s), close(l);
}

static void a_refusal_comes_by_poll_too(void)
{
    int s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in a = loopback(free_port());
    int err = connect(s, (void *)&a, sizeof a);
    CHECK(err == -1 && (errno == EINPROGRESS || errno == ECONNREFUSED));
    if (errno == EINPROGRESS) {
        struct pollfd p = {s, POLLOUT | POLLIN | POLLRDHUP, 0};
        CHECK(poll(&p, 1, 5000) == 1 && p.revents == (POLLIN | POLLOUT | POLLRDHUP | POLLERR | POLLHUP));
        CHECK(error_of(s) == ECONNREFUSED && error_of(s) == 0);
        FAILS(connect(s, (void *)&a, sizeof a), ECONNABORTED);
    }
    close(s);
}

/* 203.0.113.0/24 (TEST-NET-3) answers nobody; a listener whose queue is full does not either, and is here. */
static void unanswered_connects_are_in_progress(void)
{
    int l = listener(0), c[3];
    struct sockaddr_in a = loopback(port_of(l));
    for (int i = 0; i < 3; i++) {
        c[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        int err = connect(c[i], (void *)&a, sizeof a);
        CHECK(err == 0 || errno == EINPROGRESS);
        usleep(20000);
    }
    struct pollfd p = {c[2], POLLOUT | POLLIN | POLLRDHUP, 0};
    CHECK(poll(&p, 1, 50) == 0);
    FAILS(connect(c[2], (void *)&a, sizeof a), EALREADY);
    char x;
    FAILS(read(c[2], &x, 1), EAGAIN);
    FAILS(write(c[2], "x", 1), EAGAIN);
    struct timeval tv = {0, 50000};
    int s = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv) == 0);
    FAILS(connect(s, (void *)&a, sizeof a), EINPROGRESS); /* a time-out */
    for (int i = 0; i < 3; i++)
        close(c[i]);
    close(s), close(l);
}

static void epoll_tells_each_change_once_when_asked_so(void)
{
    int l = listener(1), s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), e = epoll_create1(0);
    struct sockaddr_in a = loopback(port_of(l));
    struct epoll_event want = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.u64 = 7}, got;
    CHECK(epoll_ctl(e, EPOLL_CTL_ADD, s, &want) == 0);
    CHECK(epoll_wait(e, &got, 1, 0) == 1 && got.events == (EPOLLOUT | EPOLLHUP));
    CHECK(connect(s, (void *)&a, sizeof a) == 0 || errno == EINPROGRESS);
    CHECK(epoll_wait(e, &got, 1, 5000) == 1 && got.events == EPOLLOUT && got.data.u64 == 7);
    CHECK(epoll_wait(e, &got, 1, 20) == 0);
    int b = accept(l, NULL, NULL);
    CHECK(write(b, "x", 1) == 1 && epoll_wait(e, &got, 1, 5000) == 1 && got.events == (EPOLLIN | EPOLLOUT));
    CHECK(epoll_wait(e, &got, 1, 20) == 0);
    CHECK(write(b, "y", 1) == 1 && epoll_wait(e, &got, 1, 5000) == 1 && got.events == (EPOLLIN | EPOLLOUT));
    CHECK(close(b) == 0 && epoll_wait(e, &got, 1, 5000) == 1 && got.events == (EPOLLIN | EPOLLOUT | EPOLLRDHUP));
    close(s), close(l), close(e);
}

static void the_wildcard_is_this_machine(void)
{
    int l = listener(1), s = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in a = loopback(port_of(l));
    a.sin_addr.s_addr = INADDR_ANY;
    CHECK(connect(s, (void *)&a, sizeof a) == 0);
    close(s), close(l);
}

static void unspec_dissolves_the_connection(void)
{
    int l = listener(1), s = connect_to(port_of(l)), b = accept(l, NULL, NULL);
    struct sockaddr_in none = {.sin_family = AF_UNSPEC};
    struct sockaddr_in a = loopback(port_of(l));
    char x;
    CHECK(connect(s, (void *)&none, sizeof none) == 0);
    FAILS(read(b, &x, 1), ECONNRESET);
    FAILS(read(s, &x, 1), ECONNRESET);
    FAILS(read(s, &x, 1), ENOTCONN);
    CHECK(connect(s, (void *)&a, sizeof a) == 0);
    close(s), close(b), close(l);
}

static void ephemeral_ports_are_not_in_a_row(void)
{
    int l = listener(16), in_a_row = 0, last = 0;
    for (int i = 0; i < 10; i++) {
        int s = connect_to(port_of(l)), port = port_of(s);
        CHECK(port >= 32768 && port <= 60999);
        in_a_row += port == last + 1;
        last = port;
        close(accept(l, NULL, NULL));
        close(s);
    }
    CHECK(in_a_row < 5);
    close(l);
}

int main(void)
{
    alarm(25);
    nobody_there_is_refused();
    addresses_are_checked();
    without_waiting_the_result_comes_by_poll();
    a_refusal_comes_by_poll_too();
    unanswered_connects_are_in_progress();
    epoll_tells_each_change_once_when_asked_so();
    the_wildcard_is_this_machine();
    unspec_dissolves_the_connection();
    ephemeral_ports_are_not_in_a_row();
    puts("OK");
    return 0;
}
