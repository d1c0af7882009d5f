/* /proc/net and /sys/class/net: interfaces, routes and sockets, in the columns that proc_pid_net(5) gives them. */
#include "fs/proc.h"
#include "net/interface.h"
#include "net/tcp.h"
#include "net/udp.h"

#define RTF_UP 1u
#define RTF_GATEWAY 2u

static bool print_counters(const struct interface_info *i, void *arg)
{
    text_print(arg, "%6s: %7lu %7lu    0 %4lu    0     0          0         0 ", i->name, i->received.bytes,
               i->received.packets, i->received.dropped);
    text_print(arg, "%8lu %7lu    0 %4lu    0     0       0          0\n", i->sent.bytes, i->sent.packets,
               i->sent.dropped);
    return false;
}

int proc_net_dev(struct text *t, long arg)
{
    static const char side[] = "bytes    packets errs drop fifo ";
    text_print(t, "Inter-|   Receive%48s|  Transmit\n face |%sframe compressed multicast|%scolls carrier compressed\n",
               "", side, side);
    interface_each(print_counters, t);
    return 0;
}

static void print_route(struct text *t, const char *name, u32_t to, u32_t by, u32_t mask)
{
    text_print(t, "%s\t%08X\t%08X\t%04X\t0\t0\t0\t%08X\t0\t0\t0\n", name, to, by, RTF_UP | (by ? RTF_GATEWAY : 0),
               mask);
}

static bool print_routes(const struct interface_info *i, void *arg)
{
    u32_t address = netif_ip4_addr(i->netif)->addr, mask = netif_ip4_netmask(i->netif)->addr;
    u32_t gateway = netif_ip4_gw(i->netif)->addr;
    if (!address || i->flags & IFF_LOOPBACK)
        return false;
    if (gateway && i->netif == netif_default)
        print_route(arg, i->name, 0, gateway, 0);
    print_route(arg, i->name, address & mask, 0, mask);
    return false;
}

int proc_net_route(struct text *t, long arg)
{
    text_print(t, "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n");
    interface_each(print_routes, t);
    return 0;
}

static bool print_addresses6(const struct interface_info *i, void *arg)
{
    ip_addr_t a;
    unsigned prefix;
    for (unsigned n = 0; interface_address(i, n, &a, &prefix); n++) {
        const u32_t *w = ip_2_ip6(&a)->addr;
        unsigned scope = ip6_addr_isloopback(ip_2_ip6(&a)) ? 0x10 : ip6_addr_islinklocal(ip_2_ip6(&a)) ? 0x20 : 0;
        if (IP_IS_V6(&a))
            text_print(arg, "%08x%08x%08x%08x %02x %02x %02x 80 %8s\n", lwip_ntohl(w[0]), lwip_ntohl(w[1]),
                       lwip_ntohl(w[2]), lwip_ntohl(w[3]), i->index, prefix, scope, i->name);
    }
    return false;
}

int proc_net_if_inet6(struct text *t, long arg)
{
    interface_each(print_addresses6, t);
    return 0;
}

/* --- one interface in /sys/class/net, by its index */

static int print_counter(struct text *t, long index, size_t offset)
{
    struct interface_info i;
    if (interface_find_index((uint32_t)index, &i))
        text_print(t, "%lu\n", *(uint64_t *)((char *)&i + offset));
    return 0;
}

#define COUNTER(file, field)                                                                                           \
    int proc_net_##file(struct text *t, long arg)                                                                      \
    {                                                                                                                  \
        return print_counter(t, arg, offsetof(struct interface_info, field));                                          \
    }
COUNTER(rx_bytes, received.bytes)
COUNTER(rx_packets, received.packets)
COUNTER(tx_bytes, sent.bytes)
COUNTER(tx_packets, sent.packets)

int proc_net_mtu(struct text *t, long arg)
{
    struct interface_info i;
    if (interface_find_index((uint32_t)arg, &i))
        text_print(t, "%u\n", i.mtu);
    return 0;
}

int proc_net_operstate(struct text *t, long arg)
{
    struct interface_info i;
    if (interface_find_index((uint32_t)arg, &i))
        text_print(t, i.flags & IFF_LOOPBACK ? "unknown\n" : i.flags & IFF_RUNNING ? "up\n" : "down\n");
    return 0;
}

int proc_net_address(struct text *t, long arg)
{
    struct interface_info i;
    for (unsigned n = 0; interface_find_index((uint32_t)arg, &i) && n < 6; n++)
        text_print(t, n < 5 ? "%02x:" : "%02x\n", i.mac[n]);
    return 0;
}

/* --- sockets. A table holds those of one family. */

struct table {
    struct text *text;
    int family;
    unsigned row;
};

static void print_endpoint(struct text *t, const struct endpoint *e, int family)
{
    union sockaddr_any a = {0};
    uint32_t words[4] = {0};
    endpoint_to(e, family, &a);
    if (family == AF_INET)
        words[0] = a.in.address;
    else
        memcpy(words, a.in6.address, sizeof words);
    for (unsigned n = 0; n < (family == AF_INET ? 1 : 4); n++)
        text_print(t, "%08X", words[n]);
    text_print(t, ":%04X ", e->port);
}

static void print_socket(struct table *x, const struct endpoint ends[2], unsigned state, unsigned sending,
                         unsigned received, const struct socket *s)
{
    int family = s ? s->family : IP_IS_V4(&ends[0].ip) ? AF_INET : AF_INET6;
    if (family != x->family)
        return;
    text_print(x->text, "%4u: ", x->row++);
    print_endpoint(x->text, &ends[0], family);
    print_endpoint(x->text, &ends[1], family);
    text_print(x->text, "%02X %08X:%08X 00:00000000 00000000     0        0 %lu 1 0\n", state, sending, received,
               s ? s->cookie : 0);
}

static void print_heading(struct text *t)
{
    text_print(t, "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n");
}

/* A connection that nobody has accepted yet still refers to the listening socket, one in TIME-WAIT to none. */
static void print_connections(struct table *x, const struct tcp_pcb *p)
{
    for (; p; p = p->next) {
        const struct tcp_socket *t = p->state == TIME_WAIT ? NULL : p->callback_arg;
        struct endpoint ends[2] = {{p->local_ip, p->local_port}, {p->remote_ip, p->remote_port}};
        bool own = t && t->pcb == p;
        print_socket(x, ends, tcp_state_number(p->state), own ? tcp_queued(t) : 0, own ? t->unread : 0,
                     own ? &t->base : NULL);
    }
}

static int print_tcp(struct text *text, int family)
{
    struct table x = {text, family, 0};
    print_heading(text);
    for (const struct tcp_pcb_listen *p = tcp_listen_pcbs.listen_pcbs; p; p = p->next) {
        const struct tcp_socket *t = p->callback_arg;
        struct endpoint ends[2] = {{p->local_ip, p->local_port}, {.ip.type = p->local_ip.type}};
        print_socket(&x, ends, tcp_state_number(LISTEN), 0, t->ready_count, &t->base);
    }
    print_connections(&x, tcp_active_pcbs);
    print_connections(&x, tcp_tw_pcbs);
    return 0;
}

int proc_net_tcp(struct text *t, long arg)
{
    return print_tcp(t, AF_INET);
}

int proc_net_tcp6(struct text *t, long arg)
{
    return print_tcp(t, AF_INET6);
}

static void print_datagrams(const struct socket *s, const struct endpoint ends[2], unsigned received, void *arg)
{
    /* TCP's numbers: connected is as established, else closed. */
    print_socket(arg, ends, tcp_state_number(ends[1].port ? ESTABLISHED : CLOSED), 0, received, s);
}

static int print_udp(struct text *t, int family)
{
    struct table x = {t, family, 0};
    print_heading(t);
    udp_each(print_datagrams, &x);
    return 0;
}

int proc_net_udp(struct text *t, long arg)
{
    return print_udp(t, AF_INET);
}

int proc_net_udp6(struct text *t, long arg)
{
    return print_udp(t, AF_INET6);
}
