/* Addresses that need no lease: ip= is taken as it stands, nameservers and hostname with it, and nobody is asked by
 * DHCP; IPv6 (RFC 4862) makes a link-local address, asks for routers, makes an address of each prefix that they
 * announce, and forgets it when its time is over. */
#include "host.h"
#include "lwip/nd6.h"

static unsigned dhcp, neighbour_solicitations, router_solicitations;

static bool count(const uint8_t *frame, size_t len)
{
    bool v6 = frame[12] == 0x86 && frame[13] == 0xdd && frame[20] == 58;
    if (frame[12] == 8 && !frame[13] && frame[23] == 17 && frame[37] == 67)
        dhcp++;
    if (v6 && frame[54] == 133)
        router_solicitations++;
    if (v6 && frame[54] == 135)
        neighbour_solicitations++;
    return v6;
}

static void a_static_address_is_taken_as_it_stands(void)
{
    command_line_ip = "10.0.0.9::10.0.0.1:255.255.240.0:guest-9:eth0:off:10.0.0.53:10.0.0.54";
    on_frame = count;
    CHECK(netdev_register(&card) == 0);
    net_init();
    run_for(20 * SECOND);
    const struct netif *n = netif_default;
    CHECK(netif_ip4_addr(n)->addr == 0x0900000a && netif_ip4_netmask(n)->addr == 0x00f0ffff);
    CHECK(netif_ip4_gw(n)->addr == 0x0100000a && dhcp == 0 && warnings == 0);
    CHECK(!strcmp(files[0], "nameserver 10.0.0.53\nnameserver 10.0.0.54\n") && !strcmp(net_hostname, "guest-9"));
}

static uint16_t icmp_sum(const uint8_t *frame, size_t len)
{
    uint32_t sum = (uint32_t)(len - 54) + 58;
    for (size_t i = 22; i < len; i += 2)
        sum += (uint32_t)frame[i] << 8 | frame[i + 1];
    sum = (sum >> 16) + (sum & 0xffff);
    return lwip_htons((uint16_t) ~(sum + (sum >> 16)));
}

/* A router (RFC 4861, 4.2 and 4.6.2) announces 2001:db8:SUBNET::/64. */
static void announce(uint8_t subnet, uint32_t valid)
{
    static const uint8_t ethernet[] = {0x33, 0x33, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x86, 0xdd};
    uint8_t f[14 + 40 + 16 + 32] = {0}, *icmp = f + 54, *prefix = icmp + 16;
    memcpy(f, ethernet, sizeof ethernet);
    f[14] = 0x60, f[19] = 48, f[20] = 58, f[21] = 255;
    f[22] = 0xfe, f[23] = 0x80, f[37] = 1;
    f[38] = 0xff, f[39] = 2, f[53] = 1;
    icmp[0] = 134, icmp[4] = 64, icmp[6] = 7; /* lifetime of the router: half an hour */
    prefix[0] = 3, prefix[1] = 4, prefix[2] = 64, prefix[3] = 0xc0;
    valid = lwip_htonl(valid);
    memcpy(prefix + 4, &valid, 4);
    memcpy(prefix + 8, &valid, 4);
    memcpy(prefix + 16, (uint8_t[]){0x20, 1, 0x0d, 0xb8, 0, subnet}, 6);
    uint16_t sum = icmp_sum(f, sizeof f);
    memcpy(icmp + 2, &sum, 2);
    inject(f, sizeof f);
    netdev_receive_done(&card);
}

static bool has_address(const char *text)
{
    ip6_addr_t wanted;
    CHECK(ip6addr_aton(text, &wanted));
    for (int n = 0; n < LWIP_IPV6_NUM_ADDRESSES; n++)
        if (ip6_addr_ispreferred(netif_ip6_addr_state(netif_default, n)) &&
            ip6_addr_zoneless_eq(netif_ip6_addr(netif_default, n), &wanted))
            return true;
    return false;
}

static void prefixes_become_addresses_and_go_again(void)
{
    CHECK(has_address("fe80::ff:fe00:1") && router_solicitations > 0);
    unsigned before = neighbour_solicitations;
    announce(1, 600);
    run_for(5 * SECOND);
    CHECK(neighbour_solicitations > before); /* is it anybody's? */
    CHECK(has_address("2001:db8:1::ff:fe00:1"));
    announce(2, 3600);
    run_for(300 * SECOND);
    CHECK(has_address("2001:db8:1::ff:fe00:1") && has_address("2001:db8:2::ff:fe00:1"));
    run_for(400 * SECOND);
    CHECK(!has_address("2001:db8:1::ff:fe00:1") && has_address("2001:db8:2::ff:fe00:1"));
}

int main(void)
{
    a_static_address_is_taken_as_it_stands();
    prefixes_become_addresses_and_go_again();
    return 0;
}
