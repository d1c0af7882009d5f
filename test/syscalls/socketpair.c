/* socketpair(2) and unnamed AF_UNIX sockets: a stream is a stream, datagrams and SOCK_SEQPACKET keep boundaries; the
 * end of one side is seen by the other; a full pair refuses and recovers. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
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

static short events(int fd)
{
    struct pollfd p = {fd, POLLIN | POLLOUT | POLLPRI | POLLRDHUP, 0};
    CHECK(poll(&p, 1, 0) >= 0);
    return p.revents;
}

static void a_stream_flows_both_ways(void)
{
    int s[2], waiting;
    char buf[16];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
    CHECK(events(s[0]) == POLLOUT);
    CHECK(write(s[0], "one", 3) == 3 && write(s[0], "two", 3) == 3);
    CHECK(events(s[1]) == (POLLIN | POLLOUT) && ioctl(s[1], FIONREAD, &waiting) == 0 && waiting == 6);
    CHECK(recv(s[1], buf, 2, MSG_PEEK) == 2 && read(s[1], buf, 16) == 6 && !memcmp(buf, "onetwo", 6));
    CHECK(write(s[1], "back", 4) == 4 && recv(s[0], buf, 4, MSG_WAITALL) == 4);
    FAILS(recv(s[0], buf, 1, MSG_DONTWAIT), EAGAIN);
    struct sockaddr_un name;
    socklen_t len = sizeof name;
    CHECK(getsockname(s[0], (void *)&name, &len) == 0 && len == 2 && name.sun_family == AF_UNIX);
    len = sizeof name;
    CHECK(getpeername(s[0], (void *)&name, &len) == 0 && len == 2);
    close(s[0]), close(s[1]);
}

static void the_end_is_seen(void)
{
    int s[2];
    char buf[16];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
    CHECK(write(s[0], "last", 4) == 4 && close(s[0]) == 0);
    CHECK(events(s[1]) == (POLLIN | POLLOUT | POLLRDHUP | POLLHUP));
    CHECK(read(s[1], buf, 16) == 4 && read(s[1], buf, 16) == 0);
    signal(SIGPIPE, SIG_IGN);
    FAILS(write(s[1], "x", 1), EPIPE);
    close(s[1]);
}

static void unread_data_at_close_is_a_reset(void)
{
    int s[2];
    char c;
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
    CHECK(write(s[0], "unread", 6) == 6 && close(s[1]) == 0);
    FAILS(read(s[0], &c, 1), ECONNRESET);
    CHECK(read(s[0], &c, 1) == 0);
    close(s[0]);
}

static void shutdown_closes_one_direction(void)
{
    int s[2];
    char buf[16];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
    CHECK(shutdown(s[0], SHUT_WR) == 0 && read(s[1], buf, 16) == 0);
    CHECK(events(s[1]) == (POLLIN | POLLOUT | POLLRDHUP));
    FAILS(send(s[0], "x", 1, MSG_NOSIGNAL), EPIPE);
    CHECK(write(s[1], "still", 5) == 5 && read(s[0], buf, 16) == 5);
    close(s[0]), close(s[1]);
}

static void boundaries_are_kept(int type)
{
    int s[2];
    char buf[16];
    CHECK(socketpair(AF_UNIX, type, 0, s) == 0);
    CHECK(send(s[0], "first", 5, 0) == 5 && send(s[0], "second", 6, 0) == 6);
    CHECK(recv(s[1], buf, 3, 0) == 3 && recv(s[1], buf, 16, 0) == 6 && !memcmp(buf, "second", 6));
    struct iovec v = {buf, 2};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
    CHECK(send(s[0], "cut", 3, 0) == 3 && recvmsg(s[1], &m, 0) == 2 && m.msg_flags & MSG_TRUNC);
    FAILS(recv(s[1], buf, 16, MSG_DONTWAIT), EAGAIN);
    static char big[1 << 20];
    FAILS(send(s[0], big, sizeof big, 0), EMSGSIZE);
    close(s[0]), close(s[1]);
}

static void a_full_pair_refuses_and_recovers(void)
{
    static char chunk[10000];
    int s[2];
    size_t sent = 0, got = 0;
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, s) == 0);
    for (ssize_t n; (n = write(s[0], chunk, sizeof chunk)) > 0;)
        sent += n;
    CHECK(errno == EAGAIN && sent > 50000 && events(s[0]) == 0);
    for (ssize_t n; (n = read(s[1], chunk, sizeof chunk)) > 0;)
        got += n;
    CHECK(got == sent && events(s[0]) == POLLOUT);
    close(s[0]), close(s[1]);
}

static int end[2];

static void *sender(void *arg)
{
    static char chunk[30000];
    for (int i = 0; i < 100; i++) {
        memset(chunk, i, sizeof chunk);
        CHECK(write(end[0], chunk, sizeof chunk) == sizeof chunk);
    }
    close(end[0]);
    return NULL;
}

static void a_blocked_writer_goes_on_when_there_is_room(void)
{
    static char chunk[30000];
    pthread_t t;
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, end) == 0 && pthread_create(&t, NULL, sender, NULL) == 0);
    for (int i = 0; i < 100; i++) {
        CHECK(recv(end[1], chunk, sizeof chunk, MSG_WAITALL) == sizeof chunk);
        CHECK(chunk[0] == i && chunk[sizeof chunk - 1] == i);
    }
    CHECK(read(end[1], chunk, 1) == 0 && pthread_join(t, NULL) == 0);
    close(end[1]);
}

static void arguments_are_checked(void)
{
    int s[2], *volatile nowhere = (void *)16;
    FAILS(socketpair(AF_INET, SOCK_STREAM, 0, s), EOPNOTSUPP);
    FAILS(socketpair(AF_UNIX, 77, 0, s), EINVAL);
    FAILS(socketpair(AF_UNIX, SOCK_STREAM, 0, nowhere), EFAULT);
    CHECK(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, s) == 0 && fcntl(s[0], F_GETFD) == FD_CLOEXEC);
    close(s[0]), close(s[1]);
}

int main(void)
{
    alarm(20);
    a_stream_flows_both_ways();
    the_end_is_seen();
    unread_data_at_close_is_a_reset();
    shutdown_closes_one_direction();
    boundaries_are_kept(SOCK_DGRAM);
    boundaries_are_kept(SOCK_SEQPACKET);
    a_full_pair_refuses_and_recovers();
    a_blocked_writer_goes_on_when_there_is_room();
    arguments_are_checked();
    puts("OK");
    return 0;
}
