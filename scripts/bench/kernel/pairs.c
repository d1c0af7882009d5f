/* Two threads and what connects them: a byte to and fro, and bulk. */
#include "bench.h"
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#define CHUNK (64u << 10)

struct court {
    int *near, *far; /* each: what to read from, what to write to */
    unsigned rounds;
    size_t size;
};

static void hit_back(void *arg)
{
    struct court *c = arg;
    char ball[8];
    for (unsigned i = 0; i < c->rounds; i++)
        CHECK(read(c->far[0], ball, c->size) > 0 && write(c->far[1], ball, c->size) > 0);
}

static void hit(unsigned n, void *arg)
{
    struct court *c = arg;
    char ball[8] = {1};
    begin();
    for (unsigned i = 0; i < n; i++)
        CHECK(write(c->near[1], ball, c->size) > 0 && read(c->near[0], ball, c->size) > 0);
    end();
}

static void play(int near[2], int far[2], size_t size, unsigned n)
{
    struct court court = {near, far, n, size};
    with_thread(hit_back, &court, hit, n);
}

static void play_on_sockets(const int pair[2], unsigned n)
{
    play((int[]){pair[0], pair[0]}, (int[]){pair[1], pair[1]}, 1, n);
    close(pair[0]);
    close(pair[1]);
}

static void tcp_pair(int pair[2])
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    CHECK(!bind(listener, (struct sockaddr *)&at, size) && !listen(listener, 1));
    getsockname(listener, (struct sockaddr *)&at, &size);
    pair[0] = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(!connect(pair[0], (struct sockaddr *)&at, size) && (pair[1] = accept(listener, NULL, NULL)) >= 0);
    for (int i = 0; i < 2; i++)
        setsockopt(pair[i], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    close(listener);
}

static void udp_pair(int pair[2])
{
    struct sockaddr_in at[2];
    for (int i = 0; i < 2; i++) {
        at[i] = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t size = sizeof at[i];
        pair[i] = socket(AF_INET, SOCK_DGRAM, 0);
        CHECK(!bind(pair[i], (struct sockaddr *)&at[i], size));
        getsockname(pair[i], (struct sockaddr *)&at[i], &size);
    }
    for (int i = 0; i < 2; i++)
        CHECK(!connect(pair[i], (struct sockaddr *)&at[!i], sizeof at[0]));
}

MEASURE(pipes, "pipe ping-pong", 5000)
{
    int there[2], back[2];
    CHECK(!pipe(there) && !pipe(back));
    play((int[]){back[0], there[1]}, (int[]){there[0], back[1]}, 1, n);
    for (int i = 0; i < 2; i++) {
        close(there[i]);
        close(back[i]);
    }
}

MEASURE(eventfds, "eventfd ping-pong", 5000)
{
    int there = eventfd(0, 0), back = eventfd(0, 0);
    play((int[]){back, there}, (int[]){there, back}, 8, n);
    close(there);
    close(back);
}

MEASURE(unix_stream, "UNIX stream ping-pong", 5000)
{
    int pair[2];
    CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    play_on_sockets(pair, n);
}

MEASURE(unix_datagram, "UNIX datagram ping-pong", 5000)
{
    int pair[2];
    CHECK(!socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
    play_on_sockets(pair, n);
}

MEASURE(tcp_loopback, "TCP loopback ping-pong", 5000)
{
    int pair[2];
    tcp_pair(pair);
    play_on_sockets(pair, n);
}

MEASURE(udp_loopback, "UDP loopback ping-pong", 5000)
{
    int pair[2];
    udp_pair(pair);
    play_on_sockets(pair, n);
}

MEASURE(tcp_connections, "TCP loopback: connect, accept, close", 500)
{
    int pair[2];
    begin();
    for (unsigned i = 0; i < n; i++) {
        tcp_pair(pair);
        close(pair[0]);
        close(pair[1]);
    }
    end();
}

struct bulk {
    int from, to;
    size_t size;
};

static char sent[CHUNK], received[CHUNK];

static void drain(void *arg)
{
    struct bulk *b = arg;
    ssize_t got;
    for (size_t done = 0; done < b->size; done += (size_t)got)
        CHECK((got = read(b->from, received, CHUNK)) > 0);
}

static void pour(unsigned n, void *arg)
{
    struct bulk *b = arg;
    ssize_t put;
    for (size_t done = 0; done < b->size; done += (size_t)put) {
        size_t left = b->size - done;
        CHECK((put = write(b->to, sent, left < CHUNK ? left : CHUNK)) > 0);
    }
}

/* n MiB, until all of it has arrived. */
static void move_bulk(int from, int to, unsigned n)
{
    struct bulk bulk = {from, to, (size_t)n << 20};
    begin();
    with_thread(drain, &bulk, pour, n);
    end();
    close(from);
    close(to);
}

MEASURE(pipe_bulk, "1 MiB through a pipe", 32)
{
    int ends[2];
    CHECK(!pipe(ends));
    move_bulk(ends[0], ends[1], n);
}

MEASURE(unix_bulk, "1 MiB through a UNIX stream", 32)
{
    int pair[2];
    CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    move_bulk(pair[0], pair[1], n);
}

MEASURE(tcp_bulk, "1 MiB through TCP loopback", 32)
{
    int pair[2];
    tcp_pair(pair);
    move_bulk(pair[0], pair[1], n);
}
