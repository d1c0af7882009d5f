/* lwIP's interfaces as Linux describes them. */
#include "net/interface.h"

static const uint8_t no_mac[6];

static void describe(struct netif *netif, struct interface_info *out)
{
    *out = (struct interface_info){.netif = netif,
                                   .name = "lo",
                                   .index = netif_get_index(netif),
                                   .mtu = 65536,
                                   .mac = no_mac,
                                   .flags = IFF_UP | IFF_RUNNING | IFF_LOOPBACK | IFF_LOWER_UP,
                                   .hardware = ARPHRD_LOOPBACK};
    for (const struct net_interface *i = net_interfaces; i; i = i->next) {
        if (&i->netif != netif)
            continue;
        out->name = i->device->name;
        out->mtu = netif->mtu;
        out->hardware = ARPHRD_ETHER;
        out->mac = i->device->mac;
        out->received = i->received;
        out->sent = i->sent;
        out->flags = IFF_UP | IFF_BROADCAST | IFF_MULTICAST | (i->device->link_up ? IFF_RUNNING | IFF_LOWER_UP : 0);
    }
}

bool interface_find_index(uint32_t index, struct interface_info *out)
{
    struct netif *netif = index <= 255 ? netif_get_by_index((u8_t)index) : NULL;
    if (netif)
        describe(netif, out);
    return netif;
}

bool interface_each(bool (*fn)(const struct interface_info *i, void *arg), void *arg)
{
    struct interface_info info;
    for (uint32_t index = 1; interface_find_index(index, &info); index++)
        if (fn(&info, arg))
            return true;
    return false;
}

bool interface_find(const char *name, struct interface_info *out)
{
    for (uint32_t index = 1; interface_find_index(index, out); index++)
        if (!strcmp(out->name, name))
            return true;
    return false;
}

static unsigned prefix_length(u32_t mask)
{
    u32_t host = ~lwip_ntohl(mask);
    return host ? (unsigned)__builtin_clz(host) : 32;
}

bool interface_address(const struct interface_info *i, unsigned n, ip_addr_t *address, unsigned *prefix)
{
    const struct netif *netif = i->netif;
    if (!ip4_addr_isany(netif_ip4_addr(netif)) && n-- == 0) {
        *address = *netif_ip_addr4(netif);
        *prefix = prefix_length(netif_ip4_netmask(netif)->addr);
        return true;
    }
    for (int k = 0; k < LWIP_IPV6_NUM_ADDRESSES; k++)
        if (ip6_addr_isvalid(netif_ip6_addr_state(netif, k)) && n-- == 0) {
            *address = *netif_ip_addr6(netif, k);
            *prefix = ip6_addr_isloopback(ip_2_ip6(address)) ? 128 : 64;
            return true;
        }
    return false;
}
