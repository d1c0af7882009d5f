/* Between network card drivers and the TCP/IP stack (lwIP, net/), and what the system calls use of it. */
#pragma once
#include "kernel.h"

/* A frame on its way. The owner of a received one is whoever holds it; `release` gives its memory back. */
struct netbuf {
    uint8_t *data;
    uint32_t len;
    uint32_t flags;                   /* NETBUF_* */
    uint16_t csum_start, csum_offset; /* with NETBUF_NEEDS_CSUM */
    uint16_t gso_size, header_len;    /* with NETBUF_GSO: TCP segments of gso_size */
    void (*release)(struct netbuf *b);
    struct netbuf *next; /* received: the following part of the same frame, or NULL; flags are in the first */
    uint64_t stack[4];   /* net/netif.c's, while the stack holds the buffer: so a received packet costs no allocation */
};
#define NETBUF_CSUM_OK 1u    /* received: the device verified it */
#define NETBUF_NEEDS_CSUM 2u /* to send: the device shall fill in the checksum */
#define NETBUF_GSO 4u

struct net_fragment {
    const void *data; /* direct map */
    uint32_t len;
};
struct netdev {
    char name[8]; /* "eth0" */
    uint8_t mac[6];
    uint16_t mtu;
    uint32_t features; /* NETDEV_* */
    bool link_up;
    /* Copies or queues the frame; the fragments are the caller's again on return. -EAGAIN: ring full, try after
     * net_transmit_space. Never sleeps. */
    int (*transmit)(struct netdev *d, const struct net_fragment *frags, unsigned count, const struct netbuf *meta);
    void (*kick)(struct netdev *d); /* after a burst of transmits */
    void *priv;
    void *stack; /* net/netif.c's */
};
#define NETDEV_TX_CSUM 1u
#define NETDEV_TSO4 2u
#define NETDEV_TSO6 4u
#define NETDEV_RX_CSUM 8u

/* net/netif.c: called by drivers. A received frame may lie in several buffers, linked by next; the first has its flags.
 */
int netdev_register(struct netdev *d);
void netdev_receive(struct netdev *d, struct netbuf *b); /* takes the buffer */
void netdev_receive_done(struct netdev *d);              /* after a burst: wakes and sends what the burst caused */
void netdev_dropped(struct netdev *d, unsigned frames);  /* that the driver, or the card, could not receive */
void netdev_transmit_space(struct netdev *d);
void netdev_link(struct netdev *d, bool up);
/* net/init.c: loopback, addresses by ip= or DHCP; says so on the console when there is no card, and goes on. */
void net_init(void);
