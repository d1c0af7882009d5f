/* Frames from a hostile network into lwIP and the sockets above it: listening and connected TCP, UDP, ICMP, fragments,
 * neighbour discovery and router advertisements, with an app that uses its sockets meanwhile. Checksums are right, or
 * nothing would come further. */
#include "../net/host.h"
#define INPUT_STARTS() (random_state = 88172645463325252u)
#include "input.h"

#define LISTENING 8080
#define DATAGRAMS 5000
#define SOCKETS 4
#define STEPS 64
enum { ICMP4 = 1, TCP = 6, UDP = 17, ICMP6 = 58 };

static struct socket *listener, *datagrams, *sockets[SOCKETS];
static uint8_t sent[1600], frame[1600]; /* the last one that left, one that is made */
static size_t sent_len;
static uint8_t asked_for[16]; /* by the last neighbour solicitation that is not answered yet */
static bool asked;
static const uint8_t our_mac[6] = {2, 0, 0, 0, 0, 1}, peer_mac[6] = {2, 0, 0, 0, 0, 2};
static const uint8_t our_v6[16] = {0xfe, 0x80, [11] = 0xff, 0xfe, 0, 0, 1}, peer_v6[16] = {0xfe, 0x80, [15] = 2};

static uint16_t sum(const uint8_t *p, size_t n, uint32_t total)
{
    for (size_t i = 0; i < n; i++)
        total += i & 1 ? p[i] : (uint32_t)p[i] << 8;
    while (total >> 16)
        total = (total & 0xffff) + (total >> 16);
    return (uint16_t)total;
}

static void put16(uint8_t *to, unsigned v)
{
    to[0] = (uint8_t)(v >> 8), to[1] = (uint8_t)v;
}

static void put32(uint8_t *to, uint32_t v)
{
    put16(to, v >> 16), put16(to + 2, v & 0xffff);
}

static void seal(uint8_t *l4, size_t n, uint8_t protocol, const uint8_t *addresses, size_t addresses_len)
{
    size_t at = protocol == TCP ? 16 : protocol == UDP ? 6 : protocol == ICMP4 || protocol == ICMP6 ? 2 : n;
    if (n < at + 2)
        return;
    put16(l4 + at, 0);
    uint32_t pseudo = protocol == ICMP4 ? 0 : sum(addresses, addresses_len, (uint32_t)(protocol + n));
    put16(l4 + at, (uint16_t)~sum(l4, n, pseudo));
}

static void deliver(size_t len)
{
    inject(frame, MAX(len, (size_t)14));
    netdev_receive_done(&card);
}

/* n bytes are at frame + 34. */
static void deliver_v4(uint8_t protocol, size_t n, uint16_t fragment)
{
    memcpy(frame, our_mac, 6), memcpy(frame + 6, peer_mac, 6), memcpy(frame + 12, "\x8\0\x45", 4);
    memset(frame + 15, 0, 19);
    put16(frame + 16, (unsigned)(20 + n)), put16(frame + 18, 7), put16(frame + 20, fragment);
    frame[22] = 64, frame[23] = protocol;
    memcpy(frame + 26, &(uint32_t){PEER}, 4), memcpy(frame + 30, &(uint32_t){HERE}, 4);
    put16(frame + 24, (uint16_t)~sum(frame + 14, 20, 0));
    if (!fragment)
        seal(frame + 34, n, protocol, frame + 26, 8);
    deliver(34 + n);
}

/* n bytes are at frame + 54. */
static void deliver_v6(uint8_t protocol, size_t n, bool to_all)
{
    memcpy(frame, to_all ? (const uint8_t *)"\x33\x33\0\0\0\1" : our_mac, 6), memcpy(frame + 6, peer_mac, 6);
    memcpy(frame + 12, "\x86\xdd\x60\0\0\0", 6);
    put16(frame + 18, (unsigned)n);
    frame[20] = protocol, frame[21] = 255;
    memcpy(frame + 22, peer_v6, 16);
    memcpy(frame + 38, to_all ? (const uint8_t *)"\xff\2\0\0\0\0\0\0\0\0\0\0\0\0\0\1" : our_v6, 16);
    seal(frame + 54, n, protocol, frame + 22, 32);
    deliver(54 + n);
}

static void answer_neighbour(void)
{
    if (!asked)
        return;
    asked = false;
    uint8_t *p = frame + 54;
    memset(p, 0, 32);
    p[0] = 136, p[4] = 0x60;
    memcpy(p + 8, asked_for, 16);
    p[24] = 2, p[25] = 1;
    memcpy(p + 26, peer_mac, 6);
    deliver_v6(ICMP6, 32, false);
}

/* The wire: keeps the last frame, lets ARP be answered, answers for the peer's IPv6 address. */
static bool watch(const uint8_t *f, size_t len)
{
    sent_len = MIN(len, sizeof sent);
    memcpy(sent, f, sent_len);
    if (f[12] == 8)
        return f[13] != 6;
    if (len >= 78 && f[20] == ICMP6 && f[54] == 135 && !memcmp(f + 62, peer_v6, 16)) {
        memcpy(asked_for, f + 62, 16);
        asked = true;
    }
    return true;
}

static void let_go_on(uint64_t ns)
{
    run_for(ns);
    answer_neighbour();
}

/* A segment behind the IP header of that length; what is sent and acknowledged is told relative to what is right. */
static void deliver_segment(bool v6, uint16_t from, uint32_t seq, uint32_t ack, uint8_t flags)
{
    uint8_t *p = frame + (v6 ? 54 : 34);
    uint8_t window = take8(), options = take8() % 11 * 4;
    memset(p, 0, 20);
    put16(p, from), put16(p + 2, LISTENING), put32(p + 4, seq), put32(p + 8, ack);
    p[12] = (uint8_t)((5 + options / 4) << 4), p[13] = flags;
    put16(p + 14, window << 8);
    memset(p + 20, 1, options); /* "no operation" */
    take_bytes(p + 20, options);
    size_t n = 20u + options + take_bytes(p + 20 + options, take16() % 1000);
    if (v6)
        deliver_v6(TCP, n, false);
    else
        deliver_v4(TCP, n, 0);
}

static void open_connection(bool v6, uint16_t port)
{
    deliver_segment(v6, port, 1000, 0, 2);
    let_go_on(5 * MS);
    uint8_t *p = sent + (v6 ? 54 : 34);
    uint32_t theirs = (uint32_t)p[4] << 24 | (uint32_t)p[5] << 16 | (uint32_t)p[6] << 8 | p[7];
    deliver_segment(v6, port, 1001, theirs + 1, 16);
}

static void hostile_segment(void)
{
    struct socket *s = sockets[take8() % SOCKETS];
    struct tcp_pcb *pcb = s ? tcp_socket_of(s)->pcb : NULL;
    if (!pcb || pcb->state < SYN_SENT)
        return;
    bool v6 = IP_GET_TYPE(&pcb->remote_ip) == IPADDR_TYPE_V6;
    uint32_t seq = pcb->rcv_nxt + (uint32_t)(int16_t)take16(), ack = pcb->snd_nxt + (uint32_t)(int16_t)take16();
    deliver_segment(v6, pcb->remote_port, seq, ack, take8());
}

static void use_a_socket(void)
{
    static uint8_t data[20000];
    unsigned choice = take8(), i = choice % SOCKETS;
    struct socket **s = &sockets[i];
    switch (choice / SOCKETS % 8) {
    case 0:
        if (!*s && listener->ops->accept(listener, true, s))
            *s = NULL;
        break;
    case 1:
    case 2:
        if (*s)
            receive_bytes(*s, data, take16() % sizeof data, MSG_DONTWAIT);
        break;
    case 3:
    case 4:
        if (*s)
            send_bytes(*s, data, take16() % sizeof data, MSG_DONTWAIT | MSG_NOSIGNAL);
        break;
    case 5:
        if (*s && (*s)->ops->shutdown)
            (*s)->ops->shutdown(*s, 1 + take8() % 3);
        break;
    case 6:
        if (*s)
            socket_close(*s, true);
        *s = NULL;
        break;
    case 7:
        receive_bytes(datagrams, data, take16() % sizeof data, MSG_DONTWAIT);
        break;
    }
}

/* An error about the packet that left last. */
static void quote(bool v6)
{
    uint8_t *p = frame + (v6 ? 54 : 34), type = take8();
    size_t n = MIN(sent_len - MIN(sent_len, (size_t)14), (size_t)take8());
    memset(p, 0, 8);
    p[0] = v6 ? 1 + type % 4 : type % 8 ? 3 : type, p[1] = take8();
    take_bytes(p + 4, 4);
    memcpy(p + 8, sent + 14, n);
    if (v6)
        deliver_v6(ICMP6, 8 + n, false);
    else
        deliver_v4(ICMP4, 8 + n, 0);
}

static void hostile_packet(unsigned kind)
{
    static const uint8_t v4[] = {ICMP4, TCP, UDP, 2}, v6[] = {ICMP6, ICMP6, ICMP6, TCP, UDP, 0, 43, 44, 60};
    uint8_t choice = take8();
    if (kind == 0) {
        size_t n = take_bytes(frame + 34, take16() % 1480);
        deliver_v4(v4[choice % 4], n, choice & 0x80 ? take16() & 0x3fff : 0);
    } else if (kind == 1) {
        size_t n = take_bytes(frame + 54, take16() % 1460);
        deliver_v6(v6[choice % ARRAY_LEN(v6)], n, choice & 0x80);
    } else if (kind == 2) {
        bool is_v6 = choice & 1;
        uint8_t *p = frame + (is_v6 ? 54 : 34);
        size_t n = 8 + take_bytes(p + 8, take16() % 1400);
        put16(p, 53), put16(p + 2, choice & 2 ? DATAGRAMS : take16()), put16(p + 4, (unsigned)n);
        if (is_v6)
            deliver_v6(UDP, n, choice & 0x80);
        else
            deliver_v4(UDP, n, 0);
    } else {
        take_bytes(frame, 14);
        deliver(14 + take_bytes(frame + 14, take16() % 1500));
    }
}

static void step_of_it(void)
{
    uint8_t command = take8();
    switch (command % 12) {
    case 0:
        let_go_on((uint64_t)take8() * 40 * MS);
        break;
    case 1:
        let_go_on((uint64_t)take8() * SECOND);
        break;
    case 2:
        open_connection(command & 0x80, 1024 + command % 64);
        break;
    case 3:
        quote(command & 0x80);
        break;
    case 4:
    case 5:
    case 6:
        use_a_socket();
        break;
    case 7:
    case 8:
        hostile_segment();
        break;
    default:
        hostile_packet((command / 12) % 4);
    }
}

static void start(void)
{
    static bool started;
    union sockaddr_any any = {.in6 = {.family = AF_INET6, .port = lwip_htons(LISTENING)}};
    if (!started) {
        on_frame = watch;
        start_network();
        run_for(100 * SECOND);
    }
    started = true;
    CHECK(socket_create(AF_INET6, SOCK_STREAM, 0, &listener) == 0);
    CHECK(socket_create(AF_INET6, SOCK_DGRAM, 0, &datagrams) == 0);
    CHECK(listener->ops->bind(listener, &any, sizeof any.in6) == 0 && listener->ops->listen(listener, 8) == 0);
    any.in6.port = lwip_htons(DATAGRAMS);
    CHECK(datagrams->ops->bind(datagrams, &any, sizeof any.in6) == 0);
}

/* Whatever came: nothing is left when all is closed and time has passed, but neighbours and routers. */
static void end(void)
{
    for (unsigned i = 0; i < SOCKETS; i++)
        if (sockets[i])
            socket_close(sockets[i], true);
    memset(sockets, 0, sizeof sockets);
    socket_close(listener, true), socket_close(datagrams, true);
    while (tcp_active_pcbs)
        tcp_abandon(tcp_active_pcbs, 0); /* else it would take an hour of retransmissions */
    while (tcp_tw_pcbs)
        tcp_abandon(tcp_tw_pcbs, 0);
    run_for(70 * SECOND);
    CHECK(tcp_socket_count == 0 && net_buffers_held == 0);
}

static void run(void)
{
    start();
    size_t objects = heap_objects;
    open_connection(false, 999);
    listener->ops->accept(listener, true, &sockets[0]);
    open_connection(true, 998);
    listener->ops->accept(listener, true, &sockets[1]);
    for (unsigned i = 0; i < STEPS && input_left; i++)
        step_of_it();
    end();
    CHECK(heap_objects <= objects + 16);
}
FUZZ(run)
