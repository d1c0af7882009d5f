/* A TCP connection carries bytes in order, both ways, through any cut: read and write, send and recv with MSG_PEEK,
 * MSG_DONTWAIT, MSG_WAITALL and MSG_TRUNC, vectors, and more than all buffers hold. Bad addresses give EFAULT and leave
 * the stream as it was. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
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

static int a, b; /* the two ends */

static void connect_pair(void)
{
    int l = listener(1);
    a = connect_to(port_of(l));
    b = accept(l, NULL, NULL);
    CHECK(b >= 0);
    close(l);
}

static void close_pair(void)
{
    CHECK(close(a) == 0 && close(b) == 0);
}

static void bytes_arrive_in_order(void)
{
    char buf[64] = {0};
    CHECK(write(a, "one", 3) == 3 && write(a, "two", 3) == 3);
    CHECK(recv(b, buf, 6, MSG_WAITALL) == 6 && !memcmp(buf, "onetwo", 6));
    CHECK(send(b, "back", 4, MSG_NOSIGNAL) == 4);
    CHECK(read(a, buf, sizeof buf) == 4 && !memcmp(buf, "back", 4));
}

static void peeking_leaves_the_bytes(void)
{
    char buf[16];
    int waiting;
    CHECK(write(a, "peek me", 7) == 7);
    CHECK(recv(b, buf, 4, MSG_PEEK) == 4 && !memcmp(buf, "peek", 4));
    CHECK(recv(b, buf, sizeof buf, MSG_PEEK) == 7);
    CHECK(ioctl(b, FIONREAD, &waiting) == 0 && waiting == 7);
    CHECK(recv(b, buf, sizeof buf, 0) == 7 && !memcmp(buf, "peek me", 7));
    CHECK(ioctl(b, FIONREAD, &waiting) == 0 && waiting == 0);
}

static void nothing_to_read_is_eagain_when_it_may_not_wait(void)
{
    char c;
    FAILS(recv(b, &c, 1, MSG_DONTWAIT), EAGAIN);
    CHECK(fcntl(b, F_SETFL, O_NONBLOCK) == 0);
    FAILS(read(b, &c, 1), EAGAIN);
    CHECK(fcntl(b, F_SETFL, 0) == 0);
    FAILS(recv(b, &c, 1, MSG_OOB), EINVAL);
    CHECK(read(b, &c, 0) == 0);
    FAILS(recv(b, &c, 0, MSG_DONTWAIT), EAGAIN);
}

static void trunc_discards(void)
{
    char buf[8] = "........";
    CHECK(write(a, "discarded!", 10) == 10);
    CHECK(recv(b, buf, 9, MSG_TRUNC | MSG_WAITALL) == 9 && buf[0] == '.');
    CHECK(recv(b, buf, 8, 0) == 1 && buf[0] == '!');
}

static void vectors_gather_and_scatter(void)
{
    char x[4], y[8];
    struct iovec out[3] = {{"ab", 2}, {"", 0}, {"cdefg", 5}}, in[2] = {{x, 4}, {y, 8}};
    CHECK(writev(a, out, 3) == 7);
    struct msghdr m = {.msg_iov = in, .msg_iovlen = 2};
    CHECK(recvmsg(b, &m, MSG_WAITALL & 0) == 7 && !memcmp(x, "abcd", 4) && !memcmp(y, "efg", 3));
    CHECK(m.msg_flags == 0 && m.msg_namelen == 0 && m.msg_controllen == 0);
}

static void bad_addresses_fault_and_spoil_nothing(void)
{
    void *volatile nowhere = (void *)16;
    char buf[8192], *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(page != MAP_FAILED && munmap(page + 4096, 4096) == 0);
    FAILS(write(a, nowhere, 10), EFAULT);
    FAILS(send(a, page + 4096, 10, 0), EFAULT);
    CHECK(write(a, "good", 4) == 4);
    FAILS(recv(b, nowhere, 4, 0), EFAULT);
    CHECK(recv(b, buf, sizeof buf, 0) == 4 && !memcmp(buf, "good", 4));
    munmap(page, 4096);
}

#define BULK (8u << 20)

static unsigned char pattern(size_t i)
{
    return (unsigned char)(i * 131 + (i >> 11));
}

static void *send_bulk(void *arg)
{
    unsigned char chunk[50000];
    for (size_t at = 0; at < BULK;) {
        size_t n = sizeof chunk < BULK - at ? sizeof chunk : BULK - at;
        for (size_t i = 0; i < n; i++)
            chunk[i] = pattern(at + i);
        CHECK(write(a, chunk, n) == (ssize_t)n);
        at += n;
    }
    CHECK(shutdown(a, SHUT_WR) == 0);
    return NULL;
}

static void more_than_all_buffers_hold_goes_through(void)
{
    pthread_t sender;
    unsigned char chunk[30011];
    size_t at = 0;
    CHECK(pthread_create(&sender, NULL, send_bulk, NULL) == 0);
    for (ssize_t n; (n = read(b, chunk, sizeof chunk)) != 0; at += n) {
        CHECK(n > 0);
        for (ssize_t i = 0; i < n; i++)
            CHECK(chunk[i] == pattern(at + i));
    }
    CHECK(at == BULK);
    pthread_join(sender, NULL);
}

static void a_full_connection_refuses_and_recovers(void)
{
    static char chunk[65536];
    size_t sent = 0, got = 0;
    CHECK(fcntl(a, F_SETFL, O_NONBLOCK) == 0);
    for (ssize_t n; (n = write(a, chunk, sizeof chunk)) > 0;)
        sent += n;
    CHECK(errno == EAGAIN && sent > 0);
    for (int round = 0; got < sent; round++) {
        ssize_t n = read(b, chunk, sizeof chunk);
        CHECK(n > 0);
        got += n;
    }
    CHECK(got == sent && write(a, "x", 1) == 1 && read(b, chunk, 1) == 1);
}

/* Many small pieces that nobody reads for a while: they must all be there. */
static void small_pieces_wait_for_a_slow_reader(void)
{
    char buf[3000];
    int on = 1;
    CHECK(setsockopt(a, IPPROTO_TCP, 1 /* TCP_NODELAY */, &on, sizeof on) == 0);
    for (int i = 0; i < 3000; i++) {
        char c = (char)('a' + i % 26);
        CHECK(write(a, &c, 1) == 1);
    }
    CHECK(recv(b, buf, sizeof buf, MSG_WAITALL) == 3000);
    for (int i = 0; i < 3000; i++)
        CHECK(buf[i] == 'a' + i % 26);
}

int main(void)
{
    alarm(20);
    connect_pair();
    bytes_arrive_in_order();
    peeking_leaves_the_bytes();
    nothing_to_read_is_eagain_when_it_may_not_wait();
    trunc_discards();
    vectors_gather_and_scatter();
    bad_addresses_fault_and_spoil_nothing();
    small_pieces_wait_for_a_slow_reader();
    a_full_connection_refuses_and_recovers();
    close_pair();
    connect_pair();
    more_than_all_buffers_hold_goes_through();
    close_pair();
    puts("OK");
    return 0;
}
