/* IPv6 sockets: a dual-stack wildcard takes IPv4 connections and shows them as ::ffff:a.b.c.d; IPV6_V6ONLY does not,
 * and leaves the port to an IPv4 socket; ::1 works for TCP and UDP. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
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

static struct sockaddr_in6 address(const char *text, int port)
{
    struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    CHECK(inet_pton(AF_INET6, text, &a.sin6_addr) == 1);
    return a;
}

static struct sockaddr_in loopback(int port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int port_of(int fd)
{
    struct sockaddr_in6 a;
    socklen_t len = sizeof a;
    CHECK(getsockname(fd, (void *)&a, &len) == 0);
    return ntohs(a.sin6_port);
}

static int listener(const char *text, int v6only)
{
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    struct sockaddr_in6 a = address(text, 0);
    CHECK(fd >= 0 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof v6only) == 0);
    CHECK(bind(fd, (void *)&a, sizeof a) == 0 && listen(fd, 4) == 0);
    return fd;
}

static void check_peer(int fd, const char *text)
{
    struct sockaddr_in6 a;
    socklen_t len = sizeof a;
    char found[64];
    CHECK(getpeername(fd, (void *)&a, &len) == 0 && len == sizeof a && a.sin6_family == AF_INET6);
    CHECK(inet_ntop(AF_INET6, &a.sin6_addr, found, sizeof found) && !strcmp(found, text));
}

static void the_wildcard_takes_both(void)
{
    int l = listener("::", 0), c4 = socket(AF_INET, SOCK_STREAM, 0), c6 = socket(AF_INET6, SOCK_STREAM, 0);
    struct sockaddr_in a4 = loopback(port_of(l));
    struct sockaddr_in6 a6 = address("::1", port_of(l));
    CHECK(connect(c4, (void *)&a4, sizeof a4) == 0);
    int s = accept(l, NULL, NULL);
    check_peer(s, "::ffff:127.0.0.1");
    char buf[4];
    CHECK(write(c4, "v4", 2) == 2 && read(s, buf, 4) == 2);
    close(s);
    CHECK(connect(c6, (void *)&a6, sizeof a6) == 0);
    s = accept(l, NULL, NULL);
    check_peer(s, "::1");
    check_peer(c6, "::1");
    CHECK(write(s, "v6", 2) == 2 && read(c6, buf, 4) == 2);
    close(s), close(c4), close(c6);
    int b = socket(AF_INET, SOCK_STREAM, 0);
    FAILS(bind(b, (void *)&a4, sizeof a4), EADDRINUSE);
    close(b), close(l);
}

static void v6only_leaves_the_port_to_ipv4(void)
{
    int l = listener("::", 1), c = socket(AF_INET, SOCK_STREAM, 0), v6only;
    socklen_t len = sizeof v6only;
    struct sockaddr_in a4 = loopback(port_of(l));
    CHECK(getsockopt(l, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, &len) == 0 && v6only == 1);
    FAILS(connect(c, (void *)&a4, sizeof a4), ECONNREFUSED);
    int b = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(bind(b, (void *)&a4, sizeof a4) == 0 && listen(b, 1) == 0);
    CHECK(connect(c, (void *)&a4, sizeof a4) == 0);
    FAILS(setsockopt(l, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof v6only), EINVAL);
    close(b), close(c), close(l);
}

static void mapped_addresses_reach_ipv4(void)
{
    int l = socket(AF_INET, SOCK_STREAM, 0), c = socket(AF_INET6, SOCK_STREAM, 0);
    struct sockaddr_in a4 = loopback(0);
    CHECK(bind(l, (void *)&a4, sizeof a4) == 0 && listen(l, 1) == 0);
    struct sockaddr_in6 a6 = address("::ffff:127.0.0.1", port_of(l));
    CHECK(connect(c, (void *)&a6, sizeof a6) == 0);
    check_peer(c, "::ffff:127.0.0.1");
    struct sockaddr_in peer;
    socklen_t len = sizeof peer;
    int s = accept(l, (void *)&peer, &len);
    CHECK(s >= 0 && peer.sin_family == AF_INET && peer.sin_addr.s_addr == htonl(INADDR_LOOPBACK));
    close(s), close(c);
    int on = 1;
    c = socket(AF_INET6, SOCK_STREAM, 0);
    CHECK(setsockopt(c, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) == 0);
    FAILS(connect(c, (void *)&a6, sizeof a6), ENETUNREACH);
    FAILS(connect(c, (void *)&a6, 20), EINVAL);
    FAILS(connect(c, (void *)&a4, sizeof a4), EINVAL);
    close(c), close(l);
}

static void datagrams_go_both_ways(void)
{
    int s = socket(AF_INET6, SOCK_DGRAM, 0), c = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in6 a6 = address("::", 0), from;
    socklen_t len = sizeof from;
    char buf[8], text[64];
    CHECK(bind(s, (void *)&a6, sizeof a6) == 0);
    struct sockaddr_in a4 = loopback(port_of(s));
    CHECK(sendto(c, "four", 4, 0, (void *)&a4, sizeof a4) == 4);
    CHECK(recvfrom(s, buf, 8, 0, (void *)&from, &len) == 4 && len == sizeof from);
    CHECK(inet_ntop(AF_INET6, &from.sin6_addr, text, sizeof text) && !strcmp(text, "::ffff:127.0.0.1"));
    CHECK(sendto(s, "back", 4, 0, (void *)&from, sizeof from) == 4 && recv(c, buf, 8, 0) == 4);
    int c6 = socket(AF_INET6, SOCK_DGRAM, 0);
    a6 = address("::1", port_of(s));
    CHECK(connect(c6, (void *)&a6, sizeof a6) == 0 && send(c6, "six", 3, 0) == 3);
    CHECK(recvfrom(s, buf, 8, 0, (void *)&from, &len) == 3);
    CHECK(inet_ntop(AF_INET6, &from.sin6_addr, text, sizeof text) && !strcmp(text, "::1"));
    close(s), close(c), close(c6);
}

int main(void)
{
    alarm(20);
    the_wildcard_takes_both();
    v6only_leaves_the_port_to_ipv4();
    mapped_addresses_reach_ipv4();
    datagrams_go_both_ways();
    puts("OK");
    return 0;
}
