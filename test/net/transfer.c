/* Bytes arrive whole and in order over a wire that loses, doubles, delays, reorders and damages frames, and a card
 * whose ring is often full; afterwards nothing is left in memory. */
#include "host.h"

#define SIZE (1u << 20)

static uint8_t pattern(size_t i)
{
    return (uint8_t)(i * 197 + (i >> 9));
}

/* Sends without waiting what there is room for. */
static void send_more(struct socket *s, size_t *at)
{
    uint8_t chunk[7001];
    while (*at < SIZE) {
        size_t n = MIN(sizeof chunk, SIZE - *at);
        for (size_t i = 0; i < n; i++)
            chunk[i] = pattern(*at + i);
        ssize_t sent = send_bytes(s, chunk, n, MSG_DONTWAIT);
        CHECK(sent > 0 || sent == -EAGAIN);
        if (sent < 0)
            return;
        *at += (size_t)sent;
    }
}

static void receive_more(struct socket *s, size_t *at)
{
    uint8_t chunk[5003];
    while (*at < SIZE) {
        ssize_t n = receive_bytes(s, chunk, sizeof chunk, MSG_DONTWAIT);
        CHECK(n > 0 || n == -EAGAIN);
        if (n < 0)
            return;
        for (ssize_t i = 0; i < n; i++)
            CHECK(chunk[i] == pattern(*at + (size_t)i));
        *at += (size_t)n;
    }
}

/* All of it within so much virtual time: what is lost is found out without a time-out, but for a few. */
static void transfer(const char *name, uint64_t bound, struct wire conditions)
{
    struct socket *l = new_socket(SOCK_STREAM), *a = new_socket(SOCK_STREAM), *b;
    size_t up = 0, up_got = 0, down = 0, down_got = 0;
    uint8_t byte;
    wire = conditions;
    bind_to(l, 8080);
    CHECK(l->ops->listen(l, 4) == 0);
    CHECK(connect_to(a, PEER, 8080, false) == 0);
    CHECK(l->ops->accept(l, false, &b) == 0);
    uint64_t start = now;
    while (up_got < SIZE || down_got < SIZE) {
        send_more(a, &up);
        send_more(b, &down);
        run_for(MS);
        receive_more(b, &up_got);
        receive_more(a, &down_got);
        CHECK(now - start < bound);
    }
    CHECK(a->ops->shutdown(a, SOCKET_SHUT_SEND) == 0);
    CHECK(receive_bytes(b, &byte, 1, 0) == 0);
    socket_close(b, true);
    CHECK(receive_bytes(a, &byte, 1, 0) == 0);
    socket_close(a, true);
    socket_close(l, true);
    printf("%s: %llu ms, %llu frames, %llu lost\n", name, (unsigned long long)((now - start) / MS),
           (unsigned long long)wire.sent, (unsigned long long)wire.lost);
    wire = (struct wire){.delay = MS};
    run_for(200 * SECOND); /* TIME-WAIT */
}

static void an_idle_connection_lets_the_machine_sleep(void)
{
    struct socket *l = new_socket(SOCK_STREAM), *a = new_socket(SOCK_STREAM), *b;
    char buf[8];
    bind_to(l, 8080);
    CHECK(l->ops->listen(l, 1) == 0 && connect_to(a, PEER, 8080, false) == 0 && l->ops->accept(l, false, &b) == 0);
    CHECK(send_bytes(a, "request", 7, 0) == 7 && receive_bytes(b, buf, 7, 0) == 7);
    CHECK(send_bytes(b, "answer", 6, 0) == 6 && receive_bytes(a, buf, 6, 0) == 6);
    run_for(5 * SECOND);
    unsigned before = timers_run;
    run_for(600 * SECOND);
    CHECK(timers_run - before <= 2 * 600 / 60); /* the tick of a minute, and what it wakes */
    CHECK(send_bytes(a, "again", 5, 0) == 5 && receive_bytes(b, buf, 5, 0) == 5);
    socket_close(a, true), socket_close(b, true), socket_close(l, true);
    run_for(200 * SECOND);
}

int main(int argc, char **argv)
{
    wire.delay = MS;
    if (argc > 1)
        card.features = NETDEV_TX_CSUM | NETDEV_TSO4;
    start_network();
    run_for(300 * SECOND);
    size_t objects = heap_objects;
    an_idle_connection_lets_the_machine_sleep();
    transfer("clean", SECOND, (struct wire){.delay = MS});
    transfer("no delay", SECOND, (struct wire){0});
    transfer("loss 1%", SECOND, (struct wire){.delay = MS, .loss = 10});
    transfer("loss 10%", 8 * SECOND, (struct wire){.delay = MS, .loss = 100});
    transfer("reordering 20%", 2 * SECOND, (struct wire){.delay = MS, .reordering = 200});
    transfer("duplication 20%", SECOND, (struct wire){.delay = MS, .duplication = 200});
    transfer("damage 2%", SECOND / 2, (struct wire){.delay = MS, .damage = 20});
    transfer("small ring", 2 * SECOND, (struct wire){.delay = MS, .ring = 4});
    transfer("everything", 15 * SECOND,
             (struct wire){.delay = 20 * MS, .loss = 20, .reordering = 50, .duplication = 20, .damage = 5, .ring = 64});
    CHECK(heap_objects == objects);
    CHECK(tcp_socket_count == 0 && net_buffers_held == 0);
    return 0;
}
