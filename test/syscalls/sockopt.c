/* Socket options: what is set is read back, with Linux's defaults, limits and errors; time-outs end waits; SO_RCVLOWAT
 * and TCP_CORK hold back; socket(2) refuses what there is not. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
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

static int get(int fd, int level, int name)
{
    int v = -12345;
    socklen_t len = sizeof v;
    CHECK(getsockopt(fd, level, name, &v, &len) == 0 && len == sizeof v);
    return v;
}

static int set(int fd, int level, int name, int v)
{
    return setsockopt(fd, level, name, &v, sizeof v);
}

static void round_trip(int fd, int level, int name, int v)
{
    CHECK(set(fd, level, name, v) == 0 && get(fd, level, name) == v);
}

static void pair(int fds[2])
{
    int l = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    CHECK(bind(l, (void *)&a, sizeof a) == 0 && listen(l, 1) == 0 && getsockname(l, (void *)&a, &len) == 0);
    fds[0] = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(connect(fds[0], (void *)&a, sizeof a) == 0);
    fds[1] = accept(l, NULL, NULL);
    CHECK(fds[1] >= 0 && close(l) == 0);
}

static void socket_checks_what_it_is_asked_for(void)
{
    FAILS(socket(AF_INET, 77, 0), EINVAL);
    FAILS(socket(999, SOCK_STREAM, 0), EAFNOSUPPORT);
    FAILS(socket(AF_INET, SOCK_STREAM, IPPROTO_UDP), EPROTONOSUPPORT);
    FAILS(socket(AF_INET, SOCK_STREAM | 0x100000, 0), EINVAL);
    FAILS(socket(AF_UNIX, SOCK_STREAM, 7), EPROTONOSUPPORT);
    int s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct stat st;
    CHECK(fcntl(s, F_GETFL) == (O_RDWR | O_NONBLOCK) && fcntl(s, F_GETFD) == FD_CLOEXEC);
    CHECK(fstat(s, &st) == 0 && S_ISSOCK(st.st_mode));
    FAILS(lseek(s, 0, SEEK_SET), ESPIPE);
    close(s);
}

static void kinds_are_told(void)
{
    int t = socket(AF_INET, SOCK_STREAM, 0), u = socket(AF_INET6, SOCK_DGRAM, 0),
        x = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    CHECK(get(t, SOL_SOCKET, SO_TYPE) == SOCK_STREAM && get(t, SOL_SOCKET, SO_DOMAIN) == AF_INET);
    CHECK(get(t, SOL_SOCKET, SO_PROTOCOL) == IPPROTO_TCP && get(t, SOL_SOCKET, SO_ACCEPTCONN) == 0);
    CHECK(get(u, SOL_SOCKET, SO_TYPE) == SOCK_DGRAM && get(u, SOL_SOCKET, SO_PROTOCOL) == IPPROTO_UDP);
    CHECK(get(u, SOL_SOCKET, SO_DOMAIN) == AF_INET6 && get(x, SOL_SOCKET, SO_TYPE) == SOCK_SEQPACKET);
    FAILS(set(t, SOL_SOCKET, SO_TYPE, 1), ENOPROTOOPT);
    close(t), close(u), close(x);
}

static void flags_are_kept(void)
{
    int t = socket(AF_INET, SOCK_STREAM, 0);
    round_trip(t, SOL_SOCKET, SO_REUSEADDR, 1);
    round_trip(t, SOL_SOCKET, SO_REUSEPORT, 1);
    round_trip(t, SOL_SOCKET, SO_KEEPALIVE, 1);
    round_trip(t, IPPROTO_TCP, TCP_NODELAY, 1);
    round_trip(t, IPPROTO_TCP, TCP_NODELAY, 0);
    round_trip(t, IPPROTO_TCP, TCP_CORK, 1);
    CHECK(get(t, IPPROTO_TCP, TCP_KEEPIDLE) == 7200 && get(t, IPPROTO_TCP, TCP_KEEPINTVL) == 75);
    CHECK(get(t, IPPROTO_TCP, TCP_KEEPCNT) == 9);
    round_trip(t, IPPROTO_TCP, TCP_KEEPIDLE, 33);
    round_trip(t, IPPROTO_TCP, TCP_KEEPINTVL, 11);
    round_trip(t, IPPROTO_TCP, TCP_KEEPCNT, 3);
    FAILS(set(t, IPPROTO_TCP, TCP_KEEPIDLE, 0), EINVAL);
    FAILS(set(t, IPPROTO_TCP, TCP_KEEPCNT, 128), EINVAL);
    round_trip(t, IPPROTO_IP, IP_TTL, 17);
    FAILS(set(t, IPPROTO_IP, IP_TTL, 256), EINVAL);
    FAILS(set(t, IPPROTO_TCP, 9999, 1), ENOPROTOOPT);
    FAILS(set(t, SOL_SOCKET, 9999, 1), ENOPROTOOPT);
    close(t);
}

static void lengths_and_addresses_are_checked(void)
{
    int t = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    short v = 7;
    socklen_t len = sizeof v;
    FAILS(setsockopt(t, SOL_SOCKET, SO_REUSEADDR, &on, 3), EINVAL);
    FAILS(setsockopt(t, SOL_SOCKET, SO_REUSEADDR, (void *)16, 4), EFAULT);
    FAILS(setsockopt(t, SOL_SOCKET, SO_REUSEADDR, &on, -1), EINVAL);
    CHECK(getsockopt(t, SOL_SOCKET, SO_TYPE, &v, &len) == 0 && len == 2 && v == SOCK_STREAM);
    FAILS(getsockopt(t, SOL_SOCKET, SO_TYPE, &v, (void *)16), EFAULT);
    len = -1;
    FAILS(getsockopt(t, SOL_SOCKET, SO_TYPE, &v, &len), EINVAL);
    FAILS(setsockopt(99, SOL_SOCKET, SO_REUSEADDR, &on, 4), EBADF);
    FAILS(setsockopt(0, SOL_SOCKET, SO_REUSEADDR, &on, 4), ENOTSOCK);
    close(t);
}

static void buffer_sizes_are_doubled(void)
{
    int t = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(set(t, SOL_SOCKET, SO_RCVBUF, 10000) == 0 && get(t, SOL_SOCKET, SO_RCVBUF) == 20000);
    CHECK(set(t, SOL_SOCKET, SO_SNDBUF, 10000) == 0 && get(t, SOL_SOCKET, SO_SNDBUF) == 20000);
    CHECK(set(t, SOL_SOCKET, SO_RCVBUF, 1) == 0 && get(t, SOL_SOCKET, SO_RCVBUF) >= 2048);
    close(t);
}

static void linger_and_timeouts_are_structures(void)
{
    int t = socket(AF_INET, SOCK_STREAM, 0);
    struct linger l = {1, 7};
    struct timeval tv = {1, 500000}, bad = {0, 1000000};
    socklen_t len = sizeof l;
    CHECK(setsockopt(t, SOL_SOCKET, SO_LINGER, &l, sizeof l) == 0);
    l = (struct linger){0};
    CHECK(getsockopt(t, SOL_SOCKET, SO_LINGER, &l, &len) == 0 && l.l_onoff == 1 && l.l_linger == 7);
    FAILS(setsockopt(t, SOL_SOCKET, SO_LINGER, &l, 4), EINVAL);
    CHECK(setsockopt(t, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv) == 0);
    FAILS(setsockopt(t, SOL_SOCKET, SO_RCVTIMEO, &bad, sizeof bad), EDOM);
    tv = (struct timeval){0};
    len = sizeof tv;
    CHECK(getsockopt(t, SOL_SOCKET, SO_RCVTIMEO, &tv, &len) == 0 && tv.tv_sec == 1 && tv.tv_usec == 500000);
    close(t);
}

static long now_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void a_timeout_ends_the_wait(void)
{
    int p[2];
    char c;
    struct timeval tv = {0, 60000};
    pair(p);
    CHECK(setsockopt(p[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv) == 0);
    long start = now_ms();
    FAILS(read(p[0], &c, 1), EAGAIN);
    CHECK(now_ms() - start >= 55);
    close(p[0]), close(p[1]);
}

static void low_water_holds_back_readers(void)
{
    int p[2];
    char buf[8];
    pair(p);
    CHECK(set(p[0], SOL_SOCKET, SO_RCVLOWAT, 4) == 0 && write(p[1], "ab", 2) == 2);
    struct pollfd f = {p[0], POLLIN, 0};
    CHECK(poll(&f, 1, 50) == 0);
    CHECK(write(p[1], "cd", 2) == 2 && poll(&f, 1, 2000) == 1 && read(p[0], buf, 8) == 4);
    close(p[0]), close(p[1]);
}

static void a_cork_holds_back_and_lets_go(void)
{
    int p[2];
    char buf[16];
    pair(p);
    CHECK(set(p[0], IPPROTO_TCP, TCP_CORK, 1) == 0 && write(p[0], "corked", 6) == 6);
    struct pollfd f = {p[1], POLLIN, 0};
    CHECK(poll(&f, 1, 50) == 0);
    CHECK(set(p[0], IPPROTO_TCP, TCP_CORK, 0) == 0 && read(p[1], buf, 16) == 6);
    CHECK(send(p[0], "more", 4, MSG_MORE) == 4 && poll(&f, 1, 50) == 0);
    CHECK(send(p[0], "end", 3, 0) == 3 && recv(p[1], buf, 7, MSG_WAITALL) == 7 && !memcmp(buf, "moreend", 7));
    close(p[0]), close(p[1]);
}

int main(void)
{
    alarm(20);
    socket_checks_what_it_is_asked_for();
    kinds_are_told();
    flags_are_kept();
    lengths_and_addresses_are_checked();
    buffer_sizes_are_doubled();
    linger_and_timeouts_are_structures();
    a_timeout_ends_the_wait();
    low_water_holds_back_readers();
    a_cork_holds_back_and_lets_go();
    puts("OK");
    return 0;
}
