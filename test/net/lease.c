/* DHCP: the first packet goes out at once and each answer is acted on at once; what the lease brings lands in /etc, but
 * not what would break its lines; who connects before the lease waits for it; without a server it asks on, says so
 * once, and the loopback works; the lease is renewed: at T1 by its server, at T2 by any, with another address when
 * that is refused; and it ends. */
#include "host.h"
#include "lwip/dhcp.h"

enum { DISCOVER = 1, OFFER, REQUEST, DECLINE, ACK, NAK };
#define SERVER 0x0200000au
#define LEASE_SECONDS 600

static unsigned seen[9];
static bool answering = true, answering_unicast = true, refusing;
static unsigned unicast_requests, broadcast_requests;
static uint32_t offered = HERE;
static const char *domain = "example.org", *hostname = "guest-7";
static uint64_t first_discover, bound_at;
static uint32_t nameservers[2] = {0x0300000a, 0x0400000a};

static size_t option(uint8_t *at, uint8_t code, const void *data, size_t n)
{
    at[0] = code;
    at[1] = (uint8_t)n;
    memcpy(at + 2, data, n);
    return n + 2;
}

static uint8_t message_type(const uint8_t *options, const uint8_t *end)
{
    for (; options + 2 < end && *options != 255; options += *options ? 2 + options[1] : 1)
        if (*options == 53)
            return options[2];
    return 0;
}

static uint16_t header_sum(const uint8_t *p, size_t n)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < n; i += 2)
        sum += (uint32_t)p[i] << 8 | p[i + 1];
    sum = (sum >> 16) + (sum & 0xffff);
    return (uint16_t) ~(sum + (sum >> 16));
}

static void reply(const uint8_t *request, uint8_t type)
{
    uint8_t f[600] = {0}, *bootp = f + 42, *o = bootp + 240;
    const uint32_t lease = lwip_htonl(LEASE_SECONDS), mask = 0x00ffffff, server = SERVER;
    memset(f, 255, 6);
    memcpy(f + 6, "\2\0\0\0\0\2\x8\0\x45", 9);
    memcpy(bootp, request + 42, 44);
    bootp[0] = 2;
    memcpy(bootp + 16, &offered, 4);
    memcpy(bootp + 236, "\x63\x82\x53\x63", 4);
    o += option(o, 53, &type, 1);
    o += option(o, 54, &server, 4);
    o += option(o, 51, &lease, 4);
    o += option(o, 1, &mask, 4);
    o += option(o, 3, &server, 4);
    o += option(o, 6, nameservers, 8);
    o += option(o, 15, domain, strlen(domain));
    o += option(o, 12, hostname, strlen(hostname));
    *o++ = 255;
    size_t len = (size_t)(o - f), ip_len = len - 14, udp_len = len - 34;
    memcpy(f + 16, (uint8_t[]){(uint8_t)(ip_len >> 8), (uint8_t)ip_len}, 2);
    f[22] = 64, f[23] = 17;
    memcpy(f + 26, &server, 4);
    memset(f + 30, 255, 4);
    uint16_t sum = lwip_htons(header_sum(f + 14, 20));
    memcpy(f + 24, &sum, 2);
    memcpy(f + 34, (uint8_t[]){0, 67, 0, 68, (uint8_t)(udp_len >> 8), (uint8_t)udp_len}, 6);
    inject(f, len);
}

static uint8_t pending_type, pending_request[600];
static struct timer server_timer;

/* The answer comes a little later, as from a server. */
static void answer(struct timer *t)
{
    reply(pending_request, pending_type == DISCOVER ? OFFER : refusing ? NAK : ACK);
    refusing = false;
    if (pending_type == REQUEST)
        bound_at = now;
    netdev_receive_done(&card);
}

static bool serve(const uint8_t *frame, size_t len)
{
    if (len < 282 || frame[12] != 8 || frame[13] || frame[23] != 17 || frame[37] != 67)
        return false;
    CHECK(len <= sizeof pending_request);
    uint8_t type = message_type(frame + 282, frame + len);
    CHECK(type < ARRAY_LEN(seen));
    if (!seen[type]++ && type == DISCOVER)
        first_discover = now;
    bool unicast = memcmp(frame + 30, "\xff\xff\xff\xff", 4);
    if (type == REQUEST)
        ++*(unicast ? &unicast_requests : &broadcast_requests);
    if (!answering || (unicast && !answering_unicast) || (type != DISCOVER && type != REQUEST))
        return true;
    memcpy(pending_request, frame, len);
    pending_type = type;
    server_timer.fn = answer;
    timer_arm(&server_timer, now + 2 * MS);
    return true;
}

static void a_lease_comes_without_any_wait(void)
{
    uint64_t start = now;
    struct socket *l = new_socket(SOCK_STREAM), *s = new_socket(SOCK_STREAM);
    bind_to(l, 8080); /* before the lease */
    CHECK(l->ops->listen(l, 1) == 0);
    CHECK(first_discover == start && seen[DISCOVER] == 1);
    CHECK(connect_to(s, PEER, 8080, false) == 0); /* waits for the lease, then for the answer */
    CHECK(bound_at == start + 4 * MS && now - start < 20 * MS && seen[REQUEST] == 1 && seen[DECLINE] == 0);
    CHECK(!strcmp(files[0], "search example.org\nnameserver 10.0.0.3\nnameserver 10.0.0.4\n"));
    CHECK(!strcmp(files[1], "guest-7\n") && !strcmp(net_hostname, "guest-7") && warnings == 0);
    socket_close(s, true);
    socket_close(l, true);
}

static void the_lease_is_renewed(void)
{
    domain = "evil\nnameserver 6.6.6.6";
    nameservers[0] = 0x0900000a;
    run_for((LEASE_SECONDS / 2 + 90) * SECOND);
    CHECK(seen[REQUEST] == 2 && seen[DISCOVER] == 1);
    CHECK(!strcmp(files[0], "search example.org\nnameserver 10.0.0.9\nnameserver 10.0.0.4\n"));
    CHECK(!ip4_addr_isany(netif_ip4_addr(netif_default)));
}

static uint32_t address(void)
{
    return netif_ip4_addr(netif_default)->addr;
}

/* RFC 2131 4.4.5: from T2 (7/8 of the lease) on, any server is asked. */
static void any_server_may_extend_it(void)
{
    unsigned unicast = unicast_requests, broadcast = broadcast_requests;
    answering_unicast = false;
    run_for(LEASE_SECONDS * 6 / 8 * SECOND);
    CHECK(unicast_requests > unicast && broadcast_requests == broadcast && address() == HERE);
    run_for((LEASE_SECONDS / 8 + 90) * SECOND);
    CHECK(broadcast_requests == broadcast + 1 && address() == HERE && seen[DISCOVER] == 1);
    answering_unicast = true;
}

/* 4.4.5: a client that is told NAK begins anew. */
static void refused_it_takes_another_address(void)
{
    refusing = true;
    offered = 0x0700000a;
    run_for((LEASE_SECONDS / 2 + 90) * SECOND);
    CHECK(!refusing && seen[DISCOVER] == 2 && address() == offered);
    struct socket *l = new_socket(SOCK_STREAM), *s = new_socket(SOCK_STREAM);
    bind_to(l, 8080);
    CHECK(l->ops->listen(l, 1) == 0 && connect_to(s, PEER, 8080, false) == 0);
    socket_close(s, true);
    socket_close(l, true);
    run_for(SECOND);
}

static void without_the_server_the_lease_ends(void)
{
    struct socket *s = new_socket(SOCK_STREAM);
    answering = false;
    run_for((LEASE_SECONDS + 120) * SECOND);
    CHECK(ip4_addr_isany(netif_ip4_addr(netif_default)) && seen[DISCOVER] > 1 && warnings >= 1);
    CHECK(connect_to(s, PEER, 8080, false) == -ENETUNREACH);
    socket_close(s, true);
}

static void the_server_comes_back(void)
{
    answering = true;
    run_for(120 * SECOND);
    CHECK(!ip4_addr_isany(netif_ip4_addr(netif_default)));
}

static void loopback_needs_no_lease(void)
{
    struct socket *l = new_socket(SOCK_STREAM), *s = new_socket(SOCK_STREAM);
    bind_to(l, 9000);
    CHECK(l->ops->listen(l, 1) == 0 && connect_to(s, 0x0100007f, 9000, false) == 0);
    socket_close(s, true);
    socket_close(l, true);
}

int main(void)
{
    command_line_ip = "dhcp";
    on_frame = serve;
    CHECK(netdev_register(&card) == 0);
    net_init();
    loopback_needs_no_lease();
    a_lease_comes_without_any_wait();
    the_lease_is_renewed();
    any_server_may_extend_it();
    refused_it_takes_another_address();
    without_the_server_the_lease_ends();
    the_server_comes_back();
    return 0;
}
