/* Inside net/ only: lwIP's headers and what the files here share. lwIP runs in one context: whoever calls it, or is
 * called by it, must not sleep meanwhile; kernel code that does not sleep is atomic, so nothing else is needed. */
#pragma once
#include "kernel.h"
#include "net/net.h"
#include "lwip/opt.h"
#include "lwip/ip.h"
#include "lwip/netif.h"
#include "lwip/pbuf.h"

#define NET_JOINED_MAX 44 /* of 1,460 bytes: 64 KiB, as much as a frame's length field can tell */

/* net/netif.c */
struct net_interface {
    struct netif netif; /* first: lwIP's pointer is ours */
    struct netdev *device;
    bool kick;   /* frames were queued since the device was last told */
    bool stuck;  /* the ring was full: TCP waits for netdev_transmit_space */
    bool leased; /* has an address by DHCP */
    bool late;   /* there was no memory for DHCP when it should have begun */
    struct net_counters {
        uint64_t packets, bytes, dropped;
    } received, sent;
    struct net_joined { /* net/transmit.c: segments of one connection that go out as one frame */
        struct pbuf *parts[NET_JOINED_MAX];
        unsigned count, header_len,
            segment; /* bytes of headers before the payload; payload of each part but the last */
        uint32_t next_sequence;
    } joined;
    struct net_interface *next;
};
extern struct net_interface *net_interfaces;         /* cards only, in order of registration */
extern unsigned net_buffers_held, net_buffers_limit; /* received buffers that are somewhere in the stack */
void net_interfaces_attach(void);                    /* makes lwIP's netifs of the registered cards */
/* Ends every operation that may have made lwIP send: delivers what was sent to ourselves, tells the cards, arms TCP's
 * timer. */
void net_settle(void);

/* net/transmit.c: lwIP's link output; and the end of a burst. */
err_t net_transmit(struct netif *netif, struct pbuf *p);
void net_transmit_joined(struct net_interface *i);

/* net/timers.c */
void net_timers_init(void);
void net_timers_tcp(void);  /* TCP has something that a tick may have to look after */
void net_timers_dhcp(void); /* a request is on its way */
extern bool net_activity;   /* something was sent or received since the last look; who finds it false calls: */
void net_timers_activity(void);
static inline void net_note_activity(void)
{
    if (unlikely(!net_activity))
        net_timers_activity();
}

/* net/init.c */
extern unsigned net_time_wait_limit; /* closed connections that are remembered (TIME-WAIT) */
/* How much a connection may hold for sending, and for receiving: a share of memory, and little when memory is nearly
 * out. */
uint32_t net_share(uint32_t wanted);

/* net/dhcp.c */
extern char net_hostname[64]; /* from ip= or the lease; "" when unknown */
void net_dhcp_start(struct net_interface *i);
void net_static_nameserver(const ip_addr_t *server); /* from ip= */
/* Sleeps until the first card has an address, or until it is clear that it gets none soon: what connects at once need
 * not fail only because it is faster than the lease. May sleep. */
void net_wait_configured(void);
void net_lease_write(void); /* resolv.conf and the hostname, if the lease has changed them */

/* net/ipv6.c */
void net_ipv6_start(void);
