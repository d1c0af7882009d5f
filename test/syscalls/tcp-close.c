/* How TCP connections end: shutdown closes one direction and leaves the other; close with unread data resets; SO_LINGER
 * 0 resets; writing to a reset or closed connection is EPIPE with SIGPIPE; each end is told by poll with the right
 * events. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
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

static int a, b;
static volatile int pipes;

static void on_pipe(int signal)
{
    pipes++;
}

static void connect_pair(void)
{
    int l = listener(1);
    a = connect_to(port_of(l));
    b = accept(l, NULL, NULL);
    CHECK(b >= 0);
    close(l);
}

/* The events of fd, all asked for. */
static short events(int fd)
{
    struct pollfd p = {fd, POLLIN | POLLOUT | POLLPRI | POLLRDHUP, 0};
    CHECK(poll(&p, 1, 0) >= 0);
    return p.revents;
}

static void wait_for(int fd, short wanted)
{
    for (int i = 0; i < 2000 && (events(fd) & wanted) != wanted; i++)
        usleep(1000);
    CHECK((events(fd) & wanted) == wanted);
}

static int error_of(int fd)
{
    int e;
    socklen_t len = sizeof e;
    CHECK(getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &len) == 0);
    return e;
}

static void half_close_leaves_the_other_direction(void)
{
    char buf[16];
    connect_pair();
    CHECK(events(a) == POLLOUT);
    CHECK(write(a, "last", 4) == 4 && shutdown(a, SHUT_WR) == 0);
    wait_for(b, POLLRDHUP);
    CHECK(events(b) == (POLLIN | POLLOUT | POLLRDHUP));
    CHECK(read(b, buf, sizeof buf) == 4 && read(b, buf, sizeof buf) == 0 && read(b, buf, sizeof buf) == 0);
    CHECK(write(b, "answer", 6) == 6);
    wait_for(a, POLLIN);
    CHECK(events(a) == (POLLIN | POLLOUT));
    CHECK(read(a, buf, sizeof buf) == 6 && !memcmp(buf, "answer", 6));
    FAILS(send(a, "x", 1, MSG_NOSIGNAL), EPIPE);
    CHECK(shutdown(b, SHUT_WR) == 0);
    wait_for(a, POLLHUP);
    CHECK(events(a) == (POLLIN | POLLOUT | POLLRDHUP | POLLHUP) && read(a, buf, 1) == 0 && error_of(a) == 0);
    wait_for(b, POLLHUP);
    close(a), close(b);
}

static void shutdown_for_reading_is_local(void)
{
    char c;
    connect_pair();
    CHECK(shutdown(a, SHUT_RD) == 0);
    CHECK(events(a) == (POLLIN | POLLOUT | POLLRDHUP) && read(a, &c, 1) == 0);
    CHECK(events(b) == POLLOUT && write(a, "x", 1) == 1 && read(b, &c, 1) == 1);
    close(a), close(b);
}

static void close_with_unread_data_resets(void)
{
    char c;
    connect_pair();
    CHECK(write(a, "unread", 6) == 6);
    wait_for(b, POLLIN);
    CHECK(close(b) == 0);
    wait_for(a, POLLERR);
    CHECK(events(a) == (POLLIN | POLLOUT | POLLRDHUP | POLLERR | POLLHUP));
    FAILS(read(a, &c, 1), ECONNRESET);
    CHECK(read(a, &c, 1) == 0);
    CHECK(pipes == 0);
    FAILS(write(a, "x", 1), EPIPE);
    CHECK(pipes == 1);
    FAILS(send(a, "x", 1, MSG_NOSIGNAL), EPIPE);
    CHECK(pipes == 1);
    close(a);
}

static void data_that_came_before_the_reset_can_be_read(void)
{
    char buf[16];
    connect_pair();
    CHECK(write(b, "before", 6) == 6 && write(a, "unread", 6) == 6);
    wait_for(b, POLLIN);
    wait_for(a, POLLIN);
    CHECK(close(b) == 0);
    wait_for(a, POLLERR);
    CHECK(read(a, buf, sizeof buf) == 6 && error_of(a) == ECONNRESET && error_of(a) == 0 && read(a, buf, 1) == 0);
    close(a);
}

static void writing_after_the_peer_closed_resets(void)
{
    char c;
    connect_pair();
    CHECK(close(b) == 0);
    wait_for(a, POLLRDHUP);
    CHECK(events(a) == (POLLIN | POLLOUT | POLLRDHUP));
    CHECK(read(a, &c, 1) == 0);
    CHECK(send(a, "x", 1, MSG_NOSIGNAL) == 1); /* the peer answers with a reset */
    wait_for(a, POLLERR);
    FAILS(send(a, "x", 1, MSG_NOSIGNAL), EPIPE);
    close(a);
}

static void linger_of_zero_resets(void)
{
    char c;
    struct linger l = {1, 0};
    connect_pair();
    CHECK(setsockopt(b, SOL_SOCKET, SO_LINGER, &l, sizeof l) == 0 && close(b) == 0);
    wait_for(a, POLLERR);
    FAILS(read(a, &c, 1), ECONNRESET);
    close(a);
}

static void linger_waits_for_the_acknowledgement(void)
{
    char buf[8];
    struct linger l = {1, 5};
    connect_pair();
    CHECK(setsockopt(a, SOL_SOCKET, SO_LINGER, &l, sizeof l) == 0);
    CHECK(write(a, "all", 3) == 3 && close(a) == 0);
    CHECK(read(b, buf, sizeof buf) == 3 && read(b, buf, sizeof buf) == 0);
    close(b);
}

static void what_is_queued_at_close_still_arrives(void)
{
    static char chunk[100000];
    size_t got = 0;
    connect_pair();
    CHECK(fcntl(a, F_SETFL, O_NONBLOCK) == 0);
    ssize_t sent = write(a, chunk, sizeof chunk);
    CHECK(sent > 0 && close(a) == 0);
    for (ssize_t n; (n = read(b, chunk, 1000)) != 0; got += n)
        CHECK(n > 0);
    CHECK(got == (size_t)sent);
    close(b);
}

static void not_connected_is_told(void)
{
    char c;
    int s = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in x;
    socklen_t len = sizeof x;
    CHECK(events(s) == (POLLOUT | POLLHUP));
    FAILS(read(s, &c, 1), ENOTCONN);
    FAILS(send(s, "x", 1, MSG_NOSIGNAL), EPIPE);
    FAILS(shutdown(s, SHUT_WR), ENOTCONN);
    FAILS(getpeername(s, (void *)&x, &len), ENOTCONN);
    FAILS(shutdown(s, 9), EINVAL);
    FAILS(shutdown(0, SHUT_WR), ENOTSOCK);
    FAILS(shutdown(99, SHUT_WR), EBADF);
    close(s);
}

int main(void)
{
    alarm(20);
    signal(SIGPIPE, on_pipe);
    half_close_leaves_the_other_direction();
    shutdown_for_reading_is_local();
    close_with_unread_data_resets();
    data_that_came_before_the_reset_can_be_read();
    writing_after_the_peer_closed_resets();
    linger_of_zero_resets();
    linger_waits_for_the_acknowledgement();
    what_is_queued_at_close_still_arrives();
    not_connected_is_told();
    puts("OK");
    return 0;
}
