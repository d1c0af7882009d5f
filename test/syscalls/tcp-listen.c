/* Listening: bind and its conflicts (EADDRINUSE, SO_REUSEADDR, SO_REUSEPORT), the queue and its limit, accept and
 * accept4 with their flags and addresses, what becomes of waiting connections when the listener goes. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
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

static int bound(int port, int option)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    struct sockaddr_in a = loopback(port);
    if (option)
        CHECK(setsockopt(fd, SOL_SOCKET, option, &on, sizeof on) == 0);
    int err = bind(fd, (void *)&a, sizeof a);
    if (err == 0)
        return fd;
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

static void ports_conflict_unless_both_agree(void)
{
    int l = listener(1), port = port_of(l);
    CHECK(port >= 1024);
    FAILS(bound(port, 0), EADDRINUSE);
    FAILS(bound(port, SO_REUSEADDR), EADDRINUSE);
    close(l);
    int x = bound(0, SO_REUSEADDR), y = bound(port_of(x), SO_REUSEADDR);
    CHECK(y >= 0);
    CHECK(listen(x, 1) == 0);
    FAILS(listen(y, 1), EADDRINUSE);
    close(x), close(y);
    x = bound(0, SO_REUSEPORT);
    y = bound(port_of(x), SO_REUSEPORT);
    CHECK(y >= 0 && listen(x, 1) == 0 && listen(y, 1) == 0);
    FAILS(bound(port_of(x), 0), EADDRINUSE);
    close(x), close(y);
}

static void bind_checks_its_address(void)
{
    int s = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in a = loopback(0);
    a.sin_addr.s_addr = inet_addr("203.0.113.7");
    FAILS(bind(s, (void *)&a, sizeof a), EADDRNOTAVAIL);
    FAILS(bind(s, (void *)&a, 4), EINVAL);
    a.sin_family = AF_INET6;
    FAILS(bind(s, (void *)&a, sizeof a), EAFNOSUPPORT);
    a = loopback(0);
    CHECK(bind(s, (void *)&a, sizeof a) == 0);
    FAILS(bind(s, (void *)&a, sizeof a), EINVAL);
    close(s);
    FAILS(bind(99, (void *)&a, sizeof a), EBADF);
    FAILS(bind(0, (void *)&a, sizeof a), ENOTSOCK);
}

static void listen_without_bind_chooses_a_port(void)
{
    int s = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(listen(s, 1) == 0 && port_of(s) > 0);
    int accepting;
    socklen_t len = sizeof accepting;
    CHECK(getsockopt(s, SOL_SOCKET, SO_ACCEPTCONN, &accepting, &len) == 0 && accepting == 1);
    char c;
    FAILS(read(s, &c, 1), ENOTCONN);
    CHECK(listen(s, 5) == 0);
    close(s);
}

static void accept_gives_a_fresh_descriptor(void)
{
    int l = listener(4), c = connect_to(port_of(l));
    struct sockaddr_in peer;
    socklen_t len = sizeof peer;
    int s = accept4(l, (void *)&peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
    CHECK(s >= 0 && len == sizeof peer && ntohs(peer.sin_port) == port_of(c));
    CHECK(peer.sin_addr.s_addr == htonl(INADDR_LOOPBACK) && port_of(s) == port_of(l));
    CHECK(fcntl(s, F_GETFL) == (O_RDWR | O_NONBLOCK) && fcntl(s, F_GETFD) == FD_CLOEXEC);
    close(c), close(s);
    c = connect_to(port_of(l));
    CHECK(fcntl(l, F_SETFL, O_NONBLOCK) == 0);
    struct pollfd p = {l, POLLIN | POLLOUT, 0};
    CHECK(poll(&p, 1, 5000) == 1 && p.revents == POLLIN);
    len = 2; /* cut, and the whole length told */
    s = accept(l, (void *)&peer, &len);
    CHECK(s >= 0 && len == sizeof peer && fcntl(s, F_GETFL) == O_RDWR && fcntl(s, F_GETFD) == 0);
    FAILS(accept(l, NULL, NULL), EAGAIN);
    FAILS(accept4(l, NULL, NULL, 1), EINVAL);
    FAILS(accept(s, NULL, NULL), EINVAL);
    close(c), close(s), close(l);
}

static void *accept_one(void *arg)
{
    return (void *)(long)accept(*(int *)arg, NULL, NULL);
}

static void accept_waits(void)
{
    int l = listener(1);
    pthread_t t;
    void *s;
    CHECK(pthread_create(&t, NULL, accept_one, &l) == 0);
    usleep(20000);
    int c = connect_to(port_of(l));
    CHECK(pthread_join(t, &s) == 0 && (long)s >= 0 && write(c, "x", 1) == 1);
    close(c), close((int)(long)s), close(l);
}

static void the_queue_has_a_limit(void)
{
    int l = listener(1), c[4];
    struct sockaddr_in a = loopback(port_of(l));
    for (int i = 0; i < 4; i++) {
        c[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        int err = connect(c[i], (void *)&a, sizeof a);
        CHECK(err == 0 || errno == EINPROGRESS);
        usleep(10000);
    }
    usleep(100000);
    int connected = 0;
    for (int i = 0; i < 4; i++) {
        struct pollfd p = {c[i], POLLOUT, 0};
        connected += poll(&p, 1, 0) == 1 && p.revents == POLLOUT;
    }
    CHECK(connected == 2); /* the backlog and one more */
    int s = accept(l, NULL, NULL);
    CHECK(s >= 0);
    struct pollfd waiting[2] = {{c[2], POLLOUT, 0}, {c[3], POLLOUT, 0}};
    CHECK(poll(waiting, 2, 6000) >= 1); /* a SYN is sent again, and finds room */
    for (int i = 0; i < 4; i++)
        close(c[i]);
    close(s), close(l);
}

static void a_closed_listener_resets_who_waits(void)
{
    int l = listener(2), c = connect_to(port_of(l));
    char x;
    CHECK(close(l) == 0);
    FAILS(read(c, &x, 1), ECONNRESET);
    close(c);
}

static void data_may_come_before_accept(void)
{
    int l = listener(2), c = connect_to(port_of(l));
    char buf[8];
    CHECK(write(c, "early", 5) == 5 && close(c) == 0);
    int s = accept(l, NULL, NULL);
    CHECK(s >= 0 && read(s, buf, 8) == 5 && read(s, buf, 8) == 0);
    close(s), close(l);
}

/* The server closes first and is started again at once: with SO_REUSEADDR its port is free. */
static void time_wait_does_not_hold_the_port(void)
{
    int on = 1, l = bound(0, SO_REUSEADDR), port = port_of(l);
    char x;
    CHECK(listen(l, 1) == 0);
    int c = connect_to(port), s = accept(l, NULL, NULL);
    CHECK(close(s) == 0 && read(c, &x, 1) == 0 && close(c) == 0 && close(l) == 0);
    usleep(50000);
    l = bound(port, SO_REUSEADDR);
    CHECK(l >= 0 && setsockopt(l, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 && listen(l, 1) == 0);
    c = connect_to(port);
    close(c), close(l);
}

int main(void)
{
    alarm(25);
    ports_conflict_unless_both_agree();
    bind_checks_its_address();
    listen_without_bind_chooses_a_port();
    accept_gives_a_fresh_descriptor();
    accept_waits();
    the_queue_has_a_limit();
    a_closed_listener_resets_who_waits();
    data_may_come_before_accept();
    time_wait_does_not_hold_the_port();
    puts("OK");
    return 0;
}
