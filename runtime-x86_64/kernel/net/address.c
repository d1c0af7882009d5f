/* Socket addresses, local addresses, ephemeral ports, errors. */
#include "net/address.h"

#define SIN6_LEN_RFC2133 24 /* Linux still takes the old structure without the scope */

static bool is_mapped(const uint8_t a[16])
{
    static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};
    return !memcmp(a, prefix, 12);
}

static int from_in6(struct endpoint *e, const struct sockaddr_in6 *a, bool v6only)
{
    if (is_mapped(a->address)) {
        if (v6only)
            return -ENETUNREACH;
        e->ip.type = IPADDR_TYPE_V4;
        memcpy(&ip_2_ip4(&e->ip)->addr, a->address + 12, 4);
        return 0;
    }
    ip6_addr_t *ip6 = ip_2_ip6(&e->ip);
    memcpy(ip6->addr, a->address, 16);
    ip6_addr_clear_zone(ip6);
    e->ip.type = ip6_addr_isany(ip6) && !v6only ? IPADDR_TYPE_ANY : IPADDR_TYPE_V6;
    if (ip6_addr_has_scope(ip6, IP6_UNKNOWN))
        ip6_addr_set_zone(ip6, (u8_t)a->scope);
    return 0;
}

int endpoint_from(struct endpoint *e, const union sockaddr_any *a, unsigned len, int family, bool v6only)
{
    *e = (struct endpoint){0};
    if (len < (family == AF_INET ? sizeof a->in : SIN6_LEN_RFC2133))
        return -EINVAL;
    if (a->family != family)
        return -EAFNOSUPPORT;
    e->port = lwip_ntohs(a->in.port); /* at the same place in both */
    if (family == AF_INET6)
        return from_in6(e, &a->in6, v6only);
    e->ip.type = IPADDR_TYPE_V4;
    ip_2_ip4(&e->ip)->addr = a->in.address;
    return 0;
}

int endpoint_to(const struct endpoint *e, int family, union sockaddr_any *a)
{
    if (family == AF_INET) {
        a->in = (struct sockaddr_in){AF_INET, lwip_htons(e->port), IP_IS_V4(&e->ip) ? ip_2_ip4(&e->ip)->addr : 0, {0}};
        return sizeof a->in;
    }
    a->in6 = (struct sockaddr_in6){.family = AF_INET6, .port = lwip_htons(e->port)};
    if (e->ip.type == IPADDR_TYPE_V4) {
        a->in6.address[10] = a->in6.address[11] = 0xff;
        memcpy(a->in6.address + 12, &ip_2_ip4(&e->ip)->addr, 4);
    } else {
        memcpy(a->in6.address, ip_2_ip6(&e->ip)->addr, 16);
        a->in6.scope = ip6_addr_zone(ip_2_ip6(&e->ip));
    }
    return sizeof a->in6;
}

static bool netif_has(const struct netif *netif, const ip_addr_t *ip)
{
    if (IP_IS_V4(ip))
        return ip4_addr_eq(netif_ip4_addr(netif), ip_2_ip4(ip));
    for (int n = 0; n < LWIP_IPV6_NUM_ADDRESSES; n++)
        if (ip6_addr_isvalid(netif_ip6_addr_state(netif, n)) &&
            ip6_addr_zoneless_eq(netif_ip6_addr(netif, n), ip_2_ip6(ip)))
            return true;
    return false;
}

bool address_is_local(const ip_addr_t *ip)
{
    if (ip_addr_isany(ip))
        return true;
    struct netif *netif;
    NETIF_FOREACH(netif)
    if (netif_has(netif, ip))
        return true;
    return false;
}

int net_errno(err_t err)
{
    switch (err) {
    case ERR_OK:
        return 0;
    case ERR_MEM:
    case ERR_BUF:
        return -ENOBUFS;
    case ERR_RTE:
        return -ENETUNREACH;
    case ERR_USE:
        return -EADDRINUSE;
    case ERR_ISCONN:
        return -EISCONN;
    case ERR_CONN:
        return -ENOTCONN;
    case ERR_IF:
        return -ENETDOWN;
    case ERR_VAL:
        return -EACCES; /* a broadcast without SO_BROADCAST */
    default:
        return -EINVAL;
    }
}

uint16_t port_choose(bool (*taken)(uint16_t port, const void *arg), const void *arg)
{
    const unsigned count = TCP_LOCAL_PORT_RANGE_END - TCP_LOCAL_PORT_RANGE_START + 1;
    unsigned start = net_random() % count;
    for (unsigned i = 0; i < count; i++) {
        uint16_t port = (uint16_t)(TCP_LOCAL_PORT_RANGE_START + (start + i) % count);
        if (!taken(port, arg))
            return port;
    }
    return 0;
}
