/* What the app may ask about the network interfaces; for net/netlink.c, net/socket-ioctl.c and /proc/net. */
#pragma once
#include "net/stack.h"

#define IFF_UP 0x1u
#define IFF_BROADCAST 0x2u
#define IFF_LOOPBACK 0x8u
#define IFF_RUNNING 0x40u
#define IFF_MULTICAST 0x1000u
#define IFF_LOWER_UP 0x10000u
#define ARPHRD_ETHER 1u
#define ARPHRD_LOOPBACK 772u

struct interface_info {
    struct netif *netif;
    const char *name;
    uint32_t index, flags, mtu, hardware; /* hardware: ARPHRD_* */
    const uint8_t *mac;                   /* 6 bytes */
    struct net_counters received, sent;
};
/* Calls fn for each interface in order of index until it returns true. */
bool interface_each(bool (*fn)(const struct interface_info *i, void *arg), void *arg);
bool interface_find(const char *name, struct interface_info *out);
bool interface_find_index(uint32_t index, struct interface_info *out);
/* The n-th address of an interface, IPv4 first; false: no more. */
bool interface_address(const struct interface_info *i, unsigned n, ip_addr_t *address, unsigned *prefix);
