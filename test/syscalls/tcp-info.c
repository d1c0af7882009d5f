/* TCP_INFO: the state that a connection is in (servers ask for CLOSE_WAIT), and its measures. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHECK(what)                                                                                                    \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            printf("line %d: %s (errno %d)\n", __LINE__, #what, errno);                                                \
            exit(__COUNTER__ + 1);                                                                                     \
        }                                                                                                              \
    } while (0)

static struct tcp_info info;

static int state(int fd)
{
    socklen_t len = sizeof info;
    memset(&info, 0xff, sizeof info);
    CHECK(!getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) && len == sizeof info);
    return info.tcpi_state;
}

/* What the other side did arrives soon. */
static int becomes(int fd, int wanted)
{
    for (int n = 0; n < 200 && state(fd) != wanted; n++)
        usleep(10000);
    return info.tcpi_state == wanted;
}

int main(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int l = socket(AF_INET, SOCK_STREAM, 0), a = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(state(l) == TCP_CLOSE);
    CHECK(!bind(l, (void *)&at, sizeof at) && !listen(l, 5) && !getsockname(l, (void *)&at, &len));
    CHECK(state(l) == TCP_LISTEN && info.tcpi_unacked == 0 && info.tcpi_sacked == 5);
    CHECK(!connect(a, (void *)&at, sizeof at));
    CHECK(becomes(l, TCP_LISTEN) && info.tcpi_unacked == 1);
    int b = accept(l, NULL, NULL);
    CHECK(b >= 0 && state(l) == TCP_LISTEN && info.tcpi_unacked == 0);
    CHECK(becomes(b, TCP_ESTABLISHED) && state(a) == TCP_ESTABLISHED);
    CHECK(info.tcpi_snd_mss >= 536 && info.tcpi_snd_cwnd >= 1 && info.tcpi_rto > 0 && info.tcpi_rcv_space > 0);
    CHECK(info.tcpi_options & TCPI_OPT_WSCALE);
    char c;
    CHECK(write(a, "x", 1) == 1 && read(b, &c, 1) == 1);
    uint8_t first[4];
    len = 1;
    CHECK(!getsockopt(a, IPPROTO_TCP, TCP_INFO, first, &len) && len == 1 && first[0] == TCP_ESTABLISHED);
    CHECK(!shutdown(a, SHUT_WR) && becomes(b, TCP_CLOSE_WAIT) && becomes(a, TCP_FIN_WAIT2));
    CHECK(!close(b) && read(a, &c, 1) == 0);
    CHECK(!close(a));
    puts("OK");
    return 0;
}
