/* UDP: datagrams keep their boundaries; connect filters and gives a default; MSG_TRUNC tells what was cut; a full queue
 * loses datagrams, not the sender's time; sendmmsg and recvmmsg move several. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
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

static struct sockaddr_in loopback(int port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static struct sockaddr_in name_of(int fd)
{
    struct sockaddr_in a;
    socklen_t len = sizeof a;
    CHECK(getsockname(fd, (void *)&a, &len) == 0);
    return a;
}

static int bound(void)
{
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in a = loopback(0);
    CHECK(s >= 0 && bind(s, (void *)&a, sizeof a) == 0);
    return s;
}

static void boundaries_and_senders_are_kept(void)
{
    int s = bound(), c = bound();
    struct sockaddr_in to = name_of(s), from;
    socklen_t len = sizeof from;
    char buf[16];
    CHECK(sendto(c, "one", 3, 0, (void *)&to, sizeof to) == 3 && sendto(c, "", 0, 0, (void *)&to, sizeof to) == 0);
    CHECK(sendto(c, "three", 5, 0, (void *)&to, sizeof to) == 5);
    CHECK(recvfrom(s, buf, 16, 0, (void *)&from, &len) == 3 && len == sizeof from);
    CHECK(from.sin_port == name_of(c).sin_port && from.sin_addr.s_addr == htonl(INADDR_LOOPBACK));
    CHECK(recv(s, buf, 16, MSG_PEEK) == 0 && recv(s, buf, 16, 0) == 0);
    int waiting;
    CHECK(ioctl(s, FIONREAD, &waiting) == 0 && waiting == 5);
    CHECK(recv(s, buf, 16, MSG_PEEK) == 5 && recv(s, buf, 16, 0) == 5);
    FAILS(recv(s, buf, 16, MSG_DONTWAIT), EAGAIN);
    close(s), close(c);
}

static void what_does_not_fit_is_cut_and_told(void)
{
    int s = bound(), c = bound();
    struct sockaddr_in to = name_of(s);
    char buf[4];
    struct iovec v = {buf, 4};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
    for (int i = 0; i < 3; i++)
        CHECK(sendto(c, "0123456789", 10, 0, (void *)&to, sizeof to) == 10);
    CHECK(recvmsg(s, &m, 0) == 4 && m.msg_flags == MSG_TRUNC && !memcmp(buf, "0123", 4));
    CHECK(recv(s, buf, 4, MSG_TRUNC) == 10 && recv(s, buf, 4, 0) == 4);
    FAILS(recv(s, buf, 4, MSG_DONTWAIT), EAGAIN);
    close(s), close(c);
}

static void connected_sockets_hear_only_their_peer(void)
{
    int s = bound(), c = bound(), other = bound();
    struct sockaddr_in a = name_of(c), to = name_of(s), peer, none = {.sin_family = AF_UNSPEC};
    socklen_t len = sizeof peer;
    char buf[16];
    FAILS(send(s, "x", 1, 0), EDESTADDRREQ);
    FAILS(getpeername(s, (void *)&peer, &len), ENOTCONN);
    CHECK(connect(s, (void *)&a, sizeof a) == 0 && getpeername(s, (void *)&peer, &len) == 0 &&
          peer.sin_port == a.sin_port);
    CHECK(sendto(other, "no", 2, 0, (void *)&to, sizeof to) == 2 &&
          sendto(c, "yes", 3, 0, (void *)&to, sizeof to) == 3);
    CHECK(recv(s, buf, 16, 0) == 3 && send(s, "reply", 5, 0) == 5 && recv(c, buf, 16, 0) == 5);
    FAILS(recv(s, buf, 16, MSG_DONTWAIT), EAGAIN);
    CHECK(connect(s, (void *)&none, sizeof none) == 0);
    FAILS(send(s, "x", 1, 0), EDESTADDRREQ);
    close(s), close(c), close(other);
}

static void sizes_and_addresses_are_checked(void)
{
    static char big[70000];
    int s = bound(), c = bound();
    struct sockaddr_in to = name_of(s);
    FAILS(sendto(c, big, 65508, 0, (void *)&to, sizeof to), EMSGSIZE);
    CHECK(sendto(c, big, 60000, 0, (void *)&to, sizeof to) == 60000 && recv(s, big, sizeof big, 0) == 60000);
    FAILS(sendto(c, big, 1, 0, (void *)&to, 3), EINVAL);
    FAILS(sendto(c, (void *)16, 1, 0, (void *)&to, sizeof to), EFAULT);
    to.sin_addr.s_addr = htonl(INADDR_BROADCAST);
    FAILS(sendto(c, big, 1, 0, (void *)&to, sizeof to), EACCES);
    FAILS(listen(c, 1), EOPNOTSUPP);
    FAILS(accept(c, NULL, NULL), EOPNOTSUPP);
    to = loopback(ntohs(name_of(s).sin_port));
    int t = socket(AF_INET, SOCK_DGRAM, 0);
    FAILS(bind(t, (void *)&to, sizeof to), EADDRINUSE);
    close(t), close(s), close(c);
}

static void a_full_queue_loses_datagrams(void)
{
    static char data[1000];
    int s = bound(), c = bound(), got = 0;
    struct sockaddr_in to = name_of(s);
    for (int i = 0; i < 2000; i++)
        CHECK(sendto(c, data, sizeof data, 0, (void *)&to, sizeof to) == sizeof data);
    while (recv(s, data, sizeof data, MSG_DONTWAIT) == sizeof data)
        got++;
    CHECK(errno == EAGAIN && got > 20 && got < 2000);
    CHECK(sendto(c, data, 1, 0, (void *)&to, sizeof to) == 1 && recv(s, data, sizeof data, 0) == 1);
    close(s), close(c);
}

static void several_at_once(void)
{
    int s = bound(), c = bound();
    struct sockaddr_in to = name_of(s);
    char text[3][4] = {"aa", "bbb", "c"}, in[4][8];
    struct mmsghdr m[4] = {0};
    struct iovec out[3], vin[4];
    for (int i = 0; i < 3; i++) {
        out[i] = (struct iovec){text[i], strlen(text[i])};
        m[i].msg_hdr = (struct msghdr){.msg_name = &to, .msg_namelen = sizeof to, .msg_iov = &out[i], .msg_iovlen = 1};
    }
    CHECK(sendmmsg(c, m, 3, 0) == 3 && m[0].msg_len == 2 && m[1].msg_len == 3 && m[2].msg_len == 1);
    for (int i = 0; i < 4; i++) {
        vin[i] = (struct iovec){in[i], 8};
        m[i].msg_hdr = (struct msghdr){.msg_iov = &vin[i], .msg_iovlen = 1};
    }
    CHECK(recvmmsg(s, m, 4, MSG_WAITFORONE, NULL) == 3 && m[1].msg_len == 3 && !memcmp(in[1], "bbb", 3));
    FAILS(recvmmsg(s, m, 4, MSG_DONTWAIT, NULL), EAGAIN);
    close(s), close(c);
}

static void poll_tells(void)
{
    int s = bound(), c = bound();
    struct sockaddr_in to = name_of(s);
    struct pollfd p = {s, POLLIN | POLLOUT | POLLRDHUP, 0};
    char x;
    CHECK(poll(&p, 1, 0) == 1 && p.revents == POLLOUT);
    CHECK(sendto(c, "x", 1, 0, (void *)&to, sizeof to) == 1 && poll(&p, 1, 1000) == 1 &&
          p.revents == (POLLIN | POLLOUT));
    CHECK(recv(s, &x, 1, 0) == 1 && poll(&p, 1, 0) == 1 && p.revents == POLLOUT);
    FAILS(shutdown(s, SHUT_RD), ENOTCONN);
    close(s), close(c);
}

static void nobody_there_is_told_to_who_is_connected(void)
{
    int gone = bound(), s = bound(), loose = bound();
    struct sockaddr_in to = name_of(gone);
    struct pollfd p = {s, POLLIN | POLLOUT, 0};
    char x;
    close(gone);
    CHECK(sendto(loose, "x", 1, 0, (void *)&to, sizeof to) == 1);
    FAILS(recv(loose, &x, 1, MSG_DONTWAIT), EAGAIN);
    CHECK(connect(s, (void *)&to, sizeof to) == 0 && send(s, "x", 1, 0) == 1);
    CHECK(poll(&p, 1, 2000) == 1 && p.revents & POLLERR);
    FAILS(recv(s, &x, 1, 0), ECONNREFUSED);
    FAILS(recv(s, &x, 1, MSG_DONTWAIT), EAGAIN);
    CHECK(send(s, "x", 1, 0) == 1);
    FAILS(send(s, "x", 1, 0), ECONNREFUSED);
    close(s), close(loose);
}

int main(void)
{
    alarm(20);
    boundaries_and_senders_are_kept();
    what_does_not_fit_is_cut_and_told();
    connected_sockets_hear_only_their_peer();
    sizes_and_addresses_are_checked();
    a_full_queue_loses_datagrams();
    several_at_once();
    poll_tells();
    nobody_there_is_told_to_who_is_connected();
    puts("OK");
    return 0;
}
