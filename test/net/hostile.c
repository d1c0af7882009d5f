/* Hostile traffic: damaged frames of every protocol crash nothing; a flood of SYNs, of one-byte segments and of
 * segments out of order holds a bounded amount of memory, and who is honest is served during it or soon after; memory
 * that runs out is survived. */
#include "host.h"

#define SAMPLES 64
#define ROUNDS 60000

static struct sample {
    uint8_t bytes[1600];
    size_t len;
} samples[SAMPLES];
static unsigned sample_count;

/* Keeps frames of all kinds, as the wire would bring them. */
static bool collect(const uint8_t *frame, size_t len)
{
    if (len > sizeof samples[0].bytes)
        return false;
    struct sample *s = &samples[sample_count < SAMPLES ? sample_count++ : random_u64() % SAMPLES];
    memcpy(s->bytes, frame, len);
    s->len = len;
    return false;
}

static uint16_t fold(uint32_t sum)
{
    sum = (sum >> 16) + (sum & 0xffff);
    return (uint16_t)(sum + (sum >> 16));
}

static uint32_t words(const uint8_t *p, size_t n)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += i & 1 ? (uint32_t)p[i] << 8 : p[i];
    return sum;
}

/* Makes the checksums right again, so that damage reaches what is behind them. */
static void repair(uint8_t *f, size_t len)
{
    if (len < 34 || f[12] != 8 || f[13])
        return;
    size_t header = (f[14] & 15) * 4u;
    if (header < 20 || 14 + header > len)
        return;
    f[24] = f[25] = 0;
    uint16_t sum = (uint16_t)~fold(words(f + 14, header));
    memcpy(f + 24, &sum, 2);
    size_t at = f[23] == 6 ? 16 : f[23] == 17 ? 6 : f[23] == 1 ? 2 : 0, l4 = 14 + header, n = len - l4;
    if (!at || l4 > len || n < at + 2)
        return;
    memset(f + l4 + at, 0, 2);
    uint32_t total = words(f + l4, n);
    if (f[23] != 1)
        total += words(f + 26, 8) + ((uint32_t)f[23] << 8) + lwip_htons((uint16_t)n);
    sum = (uint16_t)~fold(total);
    memcpy(f + l4 + at, &sum, 2);
}

static void damaged_frames_crash_nothing(void)
{
    struct socket *l = new_socket(SOCK_STREAM), *a = new_socket(SOCK_STREAM), *b, *u = new_socket(SOCK_DGRAM);
    char buf[512];
    bind_to(l, 8080);
    bind_to(u, 5000);
    on_frame = collect;
    CHECK(l->ops->listen(l, 8) == 0 && connect_to(a, PEER, 8080, false) == 0 && l->ops->accept(l, false, &b) == 0);
    CHECK(send_bytes(a, "request", 7, 0) == 7 && send_bytes(b, "response", 8, 0) == 8);
    struct socket *c = new_socket(SOCK_DGRAM);
    CHECK(connect_to(c, PEER, 5000, true) == 0);
    char big[4000] = {0};
    CHECK(send_bytes(c, big, sizeof big, 0) == sizeof big && send_bytes(c, "small", 5, 0) == 5);
    run_for(3 * SECOND);
    on_frame = NULL;
    CHECK(sample_count > 10);
    for (int i = 0; i < ROUNDS; i++) {
        struct sample s = samples[random_u64() % sample_count];
        for (unsigned k = random_u64() % 4; k; k--)
            s.bytes[random_u64() % s.len] = (uint8_t)random_u64();
        if (random_u64() % 8 == 0)
            s.len = random_u64() % (s.len + 1);
        if (random_u64() % 4)
            repair(s.bytes, s.len);
        inject(s.bytes, s.len);
        if (i % 16 == 0) {
            netdev_receive_done(&card);
            run_for(random_u64() % (20 * MS));
            receive_bytes(u, buf, sizeof buf, MSG_DONTWAIT);
            receive_bytes(a, buf, sizeof buf, MSG_DONTWAIT);
            receive_bytes(b, buf, sizeof buf, MSG_DONTWAIT);
            for (struct socket *x; l->ops->accept(l, true, &x) == 0;)
                socket_close(x, true);
        }
    }
    socket_close(a, true), socket_close(b, true), socket_close(c, true), socket_close(l, true), socket_close(u, true);
    run_for(400 * SECOND);
}

static size_t make_segment(uint8_t *f, uint32_t source, uint16_t from, uint16_t to, uint32_t seq, uint32_t ack,
                           uint8_t flags, const void *data, size_t n)
{
    uint32_t here = HERE;
    uint16_t ports[2] = {lwip_htons(from), lwip_htons(to)};
    memset(f, 0, 54);
    memcpy(f, "\2\0\0\0\0\1\2\0\0\0\0\2\x8\0\x45", 15);
    f[16] = (uint8_t)((40 + n) >> 8), f[17] = (uint8_t)(40 + n);
    f[22] = 64, f[23] = 6;
    memcpy(f + 26, &source, 4);
    memcpy(f + 30, &here, 4);
    memcpy(f + 34, ports, 4);
    seq = lwip_htonl(seq), ack = lwip_htonl(ack);
    memcpy(f + 38, &seq, 4);
    memcpy(f + 42, &ack, 4);
    f[46] = 0x50, f[47] = flags, f[48] = 0xff, f[49] = 0xff;
    memcpy(f + 54, data, n);
    repair(f, 54 + n);
    return 54 + n;
}

static void a_flood_of_syns_is_bounded(void)
{
    struct socket *l = new_socket(SOCK_STREAM), *s = new_socket(SOCK_STREAM), *b;
    uint8_t f[64];
    bind_to(l, 8080);
    CHECK(l->ops->listen(l, 128) == 0);
    size_t before = heap_objects, most = 0;
    uint64_t next_try = now;
    bool connected = false;
    CHECK(connect_to(s, PEER, 8080, true) == -EINPROGRESS);
    for (int i = 0; i < 50000; i++) {
        inject(f, make_segment(f, (uint32_t)random_u64() | 0x0b, (uint16_t)random_u64(), 8080, (uint32_t)random_u64(),
                               0, 2, "", 0));
        if (i % 8 == 0) {
            netdev_receive_done(&card);
            run_for(MS);
        }
        most = MAX(most, heap_objects);
        connected |= s->ops->poll(s) == (POLLOUT | POLLWRNORM);
    }
    CHECK(next_try && most - before < 128 * 8);
    run_for(4 * SECOND);
    connected |= s->ops->poll(s) == (POLLOUT | POLLWRNORM);
    CHECK(connected && l->ops->accept(l, true, &b) == 0);
    socket_close(b, true), socket_close(s, true), socket_close(l, true);
    run_for(300 * SECOND);
}

static uint32_t last_ack, last_seq;
static bool note_answer(const uint8_t *frame, size_t len)
{
    if (frame[12] == 8 && !frame[13] && frame[23] == 6) {
        memcpy(&last_seq, frame + 38, 4);
        memcpy(&last_ack, frame + 42, 4);
        last_seq = lwip_ntohl(last_seq);
        last_ack = lwip_ntohl(last_ack);
    }
    return frame[12] == 8 && !frame[13];
}

/* One byte in each segment, from a peer that keeps to the window, to an app that does not read. */
static void tiny_segments_are_gathered(void)
{
    struct socket *l = new_socket(SOCK_STREAM), *b;
    uint8_t f[64];
    bind_to(l, 8080);
    CHECK(l->ops->listen(l, 4) == 0);
    on_frame = note_answer;
    inject(f, make_segment(f, PEER, 7777, 8080, 1000, 0, 2, "", 0));
    run_for(5 * MS); /* its answer waits for ARP's */
    inject(f, make_segment(f, PEER, 7777, 8080, 1001, last_seq + 1, 16, "", 0));
    netdev_receive_done(&card);
    CHECK(l->ops->accept(l, true, &b) == 0);
    size_t before = heap_objects;
    for (uint32_t i = 0; i < 60000; i++) {
        inject(f, make_segment(f, PEER, 7777, 8080, 1001 + i, last_seq, 16, "x", 1));
        if (i % 64 == 0)
            netdev_receive_done(&card);
    }
    netdev_receive_done(&card);
    CHECK(tcp_socket_of(b)->unread == 60000 && net_buffers_held < 8 && heap_objects - before < 80);
    socket_close(b, true);
    socket_close(l, true);
    on_frame = NULL;
    run_for(300 * SECOND);
}

/* Segments behind a hole that is never filled. */
static void segments_out_of_order_are_bounded(void)
{
    struct socket *l = new_socket(SOCK_STREAM), *b;
    static uint8_t f[1600], data[1000];
    bind_to(l, 8080);
    CHECK(l->ops->listen(l, 4) == 0);
    on_frame = note_answer;
    inject(f, make_segment(f, PEER, 7778, 8080, 1000, 0, 2, "", 0));
    run_for(5 * MS);
    inject(f, make_segment(f, PEER, 7778, 8080, 1001, last_seq + 1, 16, "", 0));
    CHECK(l->ops->accept(l, true, &b) == 0);
    for (uint32_t i = 1; i < 20000; i++)
        inject(f, make_segment(f, PEER, 7778, 8080, 1001 + i % 60 * 1000 + i % 7, last_seq, 16, data, sizeof data));
    CHECK(net_buffers_held <= 256);
    socket_close(b, true);
    socket_close(l, true);
    on_frame = NULL;
    run_for(300 * SECOND);
    CHECK(net_buffers_held == 0);
}

/* The header ends where the length of its last option should be. */
static void an_option_without_length_is_not_read_beyond(void)
{
    struct socket *l = new_socket(SOCK_STREAM);
    uint8_t f[64];
    bind_to(l, 8080);
    CHECK(l->ops->listen(l, 4) == 0);
    size_t n = make_segment(f, PEER, 7779, 8080, 1000, 0, 2, "\1\1\1\2", 4);
    f[46] = 0x60;
    repair(f, n);
    inject(f, n);
    socket_close(l, true);
    run_for(300 * SECOND);
}

/* A destination options header of which only the first bytes came, and one whose last option has no length. */
static void ipv6_extensions_are_not_read_beyond(void)
{
    static const uint8_t tails[][8] = {{59}, {59, 0, 5, 3, 0, 0, 0, 0x1e}};
    static const uint8_t lengths[] = {1, 8};
    for (unsigned i = 0; i < ARRAY_LEN(tails); i++) {
        uint8_t f[64] = "\2\0\0\0\0\1\2\0\0\0\0\2\x86\xdd\x60";
        f[19] = lengths[i], f[20] = 60, f[21] = 64;
        f[22] = f[38] = 0xfe, f[23] = f[39] = 0x80, f[37] = 2;
        f[49] = 0xff, f[50] = 0xfe, f[53] = 1; /* our link-local address */
        memcpy(f + 54, tails[i], 8);
        inject(f, 54u + lengths[i]);
    }
}

static void no_memory_is_survived(void)
{
    for (size_t room = 0; room < 60; room++) {
        struct socket *l, *a = NULL, *b = NULL;
        char buf[100];
        l = new_socket(SOCK_STREAM);
        bind_to(l, 8080);
        CHECK(l->ops->listen(l, 4) == 0);
        heap_limit = heap_objects + room;
        if (socket_create(AF_INET, SOCK_STREAM, 0, &a) == 0) {
            connect_to(a, PEER, 8080, true);
            run_for(100 * MS);
            l->ops->accept(l, true, &b);
            send_bytes(a, buf, sizeof buf, MSG_DONTWAIT);
            run_for(100 * MS);
            if (b)
                receive_bytes(b, buf, sizeof buf, MSG_DONTWAIT);
        }
        if (a)
            socket_close(a, true);
        run_for(100 * MS);
        heap_limit = SIZE_MAX;
        if (b)
            socket_close(b, true);
        socket_close(l, true);
        run_for(200 * SECOND);
    }
}

int main(void)
{
    wire.delay = MS;
    on_frame = collect; /* IPv6 begins here, too */
    start_network();
    run_for(300 * SECOND);
    size_t objects = heap_objects;
    damaged_frames_crash_nothing();
    a_flood_of_syns_is_bounded();
    tiny_segments_are_gathered();
    segments_out_of_order_are_bounded();
    an_option_without_length_is_not_read_beyond();
    ipv6_extensions_are_not_read_beyond();
    no_memory_is_survived();
    run_for(400 * SECOND);
    CHECK(tcp_socket_count == 0 && net_buffers_held == 0);
    CHECK(heap_objects <= objects + 16); /* neighbours and routers that the damaged frames announced */
    return 0;
}
