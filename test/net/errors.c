/* What the network says about packets that did not arrive, and packets that never leave: "unreachable" ends a connect
 * at once when it quotes the right SYN, and reaches the connected UDP socket; our own address works although the card
 * makes the checksums. */
#include "host.h"

static uint8_t quoted[42]; /* the Ethernet and IP headers of the last packet to PEER, and eight bytes */
static bool swallow(const uint8_t *frame, size_t len)
{
    if (frame[12] != 8 || frame[13] || memcmp(frame + 30, &(uint32_t){PEER}, 4))
        return false;
    memcpy(quoted, frame, sizeof quoted);
    return true;
}

static void put_sum(uint8_t *at, const uint8_t *p, size_t n)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < n; i += 2)
        sum += (uint32_t)p[i] << 8 | p[i + 1];
    sum = (sum >> 16) + (sum & 0xffff);
    sum = ~(sum + (sum >> 16));
    at[0] = (uint8_t)(sum >> 8), at[1] = (uint8_t)sum;
}

static void say_unreachable(uint8_t code)
{
    uint8_t f[70] = {0};
    memcpy(f, "\2\0\0\0\0\1\2\0\0\0\0\2\x8\0\x45", 15);
    f[17] = 56, f[22] = 64, f[23] = 1;
    memcpy(f + 26, &(uint32_t){PEER}, 4);
    memcpy(f + 30, &(uint32_t){HERE}, 4);
    put_sum(f + 24, f + 14, 20);
    f[34] = 3, f[35] = code;
    memcpy(f + 42, quoted + 14, 28);
    put_sum(f + 36, f + 34, 36);
    inject(f, sizeof f);
    netdev_receive_done(&card);
}

static void an_unreachable_host_ends_connect(void)
{
    struct socket *s = new_socket(SOCK_STREAM);
    on_frame = swallow;
    CHECK(connect_to(s, PEER, 80, true) == -EINPROGRESS);
    run_for(10 * MS);
    quoted[41] ^= 1; /* a guess at the sequence number */
    say_unreachable(1);
    CHECK(s->ops->poll(s) == 0);
    quoted[41] ^= 1;
    say_unreachable(1);
    CHECK(s->ops->poll(s) & POLLERR && socket_take_error(s) == -EHOSTUNREACH);
    on_frame = NULL;
    socket_close(s, true);
}

static void a_closed_port_reaches_the_connected_socket(void)
{
    struct socket *s = new_socket(SOCK_DGRAM);
    char c;
    on_frame = swallow;
    CHECK(connect_to(s, PEER, 53, true) == 0 && send_bytes(s, "query", 5, 0) == 5);
    run_for(10 * MS);
    say_unreachable(3);
    CHECK(receive_bytes(s, &c, 1, MSG_DONTWAIT) == -ECONNREFUSED && receive_bytes(s, &c, 1, MSG_DONTWAIT) == -EAGAIN);
    on_frame = NULL;
    socket_close(s, true);
}

static void our_own_address_needs_no_wire(void)
{
    struct socket *l = new_socket(SOCK_STREAM), *a = new_socket(SOCK_STREAM), *b;
    char buf[8];
    uint64_t before = wire.sent;
    bind_to(l, 8080);
    CHECK(l->ops->listen(l, 1) == 0 && connect_to(a, HERE, 8080, false) == 0 && l->ops->accept(l, true, &b) == 0);
    CHECK(send_bytes(a, "request", 7, 0) == 7 && receive_bytes(b, buf, 7, 0) == 7 && wire.sent == before);
    socket_close(a, true), socket_close(b, true), socket_close(l, true);
}

int main(void)
{
    wire.delay = MS;
    card.features = NETDEV_TX_CSUM | NETDEV_TSO4;
    start_network();
    run_for(5 * SECOND);
    an_unreachable_host_ends_connect();
    a_closed_port_reaches_the_connected_socket();
    our_own_address_needs_no_wire();
    run_for(200 * SECOND);
    CHECK(tcp_socket_count == 0 && net_buffers_held == 0);
    return 0;
}
