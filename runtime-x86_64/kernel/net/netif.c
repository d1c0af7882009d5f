/* Network cards below lwIP. A received buffer becomes a pbuf in place; what is sent goes to the card as fragments. */
#include "net/stack.h"
#include "mm/mm.h"
#include "lwip/etharp.h"
#include "lwip/ethip6.h"
#include "lwip/priv/tcp_priv.h"
#include "netif/ethernet.h"

#define MAX_FRAGMENTS 16
#define SMALL_FRAME 128
#define CHECKSUM_OFFSET 16 /* in a TCP header */

struct net_interface *net_interfaces;
unsigned net_buffers_held, net_buffers_limit;

_Static_assert(sizeof(struct pbuf_custom) <= sizeof((struct netbuf *)0)->stack,
               "a pbuf fits into the buffer's own room");

static struct netbuf *netbuf_of(struct pbuf *p)
{
    return container_of((void *)p, struct netbuf, stack);
}

static void release_buffer(struct pbuf *p)
{
    struct netbuf *b = netbuf_of(p);
    net_buffers_held--;
    b->release(b);
}

static void note_activity(void)
{
    if (unlikely(!net_activity))
        net_timers_activity();
}

/* lwIP reads the header behind Ethernet's before it looks at lengths: a runt must not reach it. */
static bool has_headers(const struct netbuf *b)
{
    if (b->len < SIZEOF_ETH_HDR + SIZEOF_ETHARP_HDR)
        return false;
    bool v6 = b->data[12] == 0x86 && b->data[13] == 0xdd;
    return !v6 || b->len >= SIZEOF_ETH_HDR + IP6_HLEN;
}

/* Hard limit on what unread data holds: beyond it only small frames come in, among them the acknowledgements that free
 * memory. */
static bool must_drop(uint32_t len)
{
    return len > UINT16_MAX || (net_buffers_held >= net_buffers_limit && len > SMALL_FRAME) ||
           net_buffers_held >= 2 * net_buffers_limit;
}

static void release_all(struct netbuf *b)
{
    while (b) {
        struct netbuf *next = b->next;
        b->release(b);
        b = next;
    }
}

/* The buffer as a pbuf, without copying. */
static struct pbuf *wrap(struct netbuf *b)
{
    struct pbuf_custom *custom = (struct pbuf_custom *)b->stack;
    net_buffers_held++;
    custom->custom_free_function = release_buffer;
    return pbuf_alloced_custom(PBUF_RAW, (u16_t)b->len, PBUF_REF, custom, b->data, (u16_t)b->len);
}

/* A frame that the card joined from several lies in several buffers. */
static struct pbuf *wrap_all(struct netbuf *b)
{
    struct netbuf *next = b->next;
    struct pbuf *p = wrap(b);
    while (next) {
        b = next;
        next = b->next;
        pbuf_cat(p, wrap(b));
    }
    return p;
}

static void set_checks(struct netif *netif, bool done)
{
    u16_t check = NETIF_CHECKSUM_CHECK_TCP | NETIF_CHECKSUM_CHECK_UDP;
    netif->chksum_flags = done ? netif->chksum_flags & (u16_t)~check : netif->chksum_flags | check;
}

void netdev_receive(struct netdev *d, struct netbuf *b)
{
    struct net_interface *i = d->stack;
    uint32_t len = 0;
    for (struct netbuf *part = b; part; part = part->next)
        len += part->len;
    if (unlikely(!i || !has_headers(b) || must_drop(len))) {
        if (i)
            i->received.dropped++;
        release_all(b);
        return;
    }
    note_activity();
    i->received.packets++;
    i->received.bytes += len;
    set_checks(&i->netif, b->flags & NETBUF_CSUM_OK);
    ethernet_input(b->next ? wrap_all(b) : wrap(b), &i->netif); /* takes it in any case */
}

void netdev_receive_done(struct netdev *d)
{
    net_lease_write();
    net_settle();
}

void netdev_transmit_space(struct netdev *d)
{
    struct net_interface *i = d->stack;
    if (!i || !i->stuck)
        return;
    i->stuck = false;
    tcp_txnow();
    net_settle();
}

void netdev_link(struct netdev *d, bool up)
{
    struct net_interface *i = d->stack;
    d->link_up = up;
    if (!i)
        return;
    if (up)
        netif_set_link_up(&i->netif); /* asks for the lease again */
    else
        netif_set_link_down(&i->netif);
    net_timers_dhcp();
    net_settle();
}

/* The card adds the payload to the sum of the pseudo header, which it expects in the checksum field
 * (virtio 1.2, 5.1.6.2). Only for TCP, which never sends fragments; lwIP sums up the rest. */
static void prepare_checksum(struct pbuf *p, struct netbuf *meta)
{
    uint8_t *frame = p->payload, *ip = frame + SIZEOF_ETH_HDR;
    if (p->len < SIZEOF_ETH_HDR + IP_HLEN + TCP_HLEN)
        return;
    bool v4 = frame[12] == 0x08 && frame[13] == 0x00, v6 = frame[12] == 0x86 && frame[13] == 0xdd;
    unsigned start = SIZEOF_ETH_HDR + (v4 ? (ip[0] & 15) * 4u : IP6_HLEN);
    if (!(v4 || v6) || ip[v4 ? 9 : 6] != IP_PROTO_TCP || p->len < start + TCP_HLEN)
        return;
    uint32_t sum = net_checksum(ip + (v4 ? 12 : 8), v4 ? 8 : 32);
    sum += lwip_htons(IP_PROTO_TCP) + lwip_htons((uint16_t)(p->tot_len - start));
    sum = (sum >> 16) + (sum & 0xffff);
    uint16_t folded = (uint16_t)(sum + (sum >> 16));
    __builtin_memcpy(frame + start + CHECKSUM_OFFSET, &folded, 2);
    meta->flags = NETBUF_NEEDS_CSUM;
    meta->csum_start = (uint16_t)start;
    meta->csum_offset = CHECKSUM_OFFSET;
}

static err_t transmit(struct net_interface *i, struct pbuf *p)
{
    struct net_fragment frags[MAX_FRAGMENTS] __attribute__((uninitialized)); /* filled below as far as it is used */
    struct netbuf meta = {.len = p->tot_len};
    unsigned n = 0;
    for (struct pbuf *q = p; q; q = q->next)
        if (q->len)
            frags[n++] = (struct net_fragment){q->payload, q->len};
    if (i->device->features & NETDEV_TX_CSUM)
        prepare_checksum(p, &meta);
    int err = i->device->transmit(i->device, frags, n, &meta);
    i->kick = true;
    if (err == -EAGAIN) {
        i->stuck = true;
        i->sent.dropped++;
        return ERR_MEM; /* TCP keeps the segment and tries again; a datagram is lost */
    }
    if (err)
        return ERR_IF;
    i->sent.packets++;
    i->sent.bytes += p->tot_len;
    return ERR_OK;
}

static err_t link_output(struct netif *netif, struct pbuf *p)
{
    struct net_interface *i = (struct net_interface *)netif;
    note_activity();
    if (pbuf_clen(p) <= MAX_FRAGMENTS)
        return transmit(i, p);
    struct pbuf *whole = pbuf_clone(PBUF_RAW, PBUF_RAM, p);
    if (!whole)
        return ERR_MEM;
    err_t err = transmit(i, whole);
    pbuf_free(whole);
    return err;
}

static err_t interface_init(struct netif *netif)
{
    struct net_interface *i = (struct net_interface *)netif;
    struct netdev *d = i->device;
    memcpy(netif->name, "et", 2); /* lwIP's; Linux's name is the device's */
    memcpy(netif->hwaddr, d->mac, sizeof d->mac);
    netif->hwaddr_len = sizeof d->mac;
    netif->mtu = d->mtu;
    netif->output = etharp_output;
    netif->output_ip6 = ethip6_output;
    netif->linkoutput = link_output;
    netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET | NETIF_FLAG_MLD6 |
                   (d->link_up ? NETIF_FLAG_LINK_UP : 0);
    netif->chksum_flags = NETIF_CHECKSUM_ENABLE_ALL;
    if (d->features & NETDEV_TX_CSUM)
        netif->chksum_flags &= (u16_t)~NETIF_CHECKSUM_GEN_TCP;
    netif->hostname = net_hostname[0] ? net_hostname : NULL;
    return ERR_OK;
}

static void attach(struct net_interface *i)
{
    netif_add_noaddr(&i->netif, i, interface_init, ethernet_input);
    if (!netif_default)
        netif_set_default(&i->netif);
    i->device->stack = i;
}

int netdev_register(struct netdev *d)
{
    struct net_interface *i = kzalloc(sizeof *i), **end = &net_interfaces;
    if (!i)
        return -ENOMEM;
    i->device = d;
    while (*end)
        end = &(*end)->next;
    *end = i;
    return 0;
}

void net_interfaces_attach(void)
{
    for (struct net_interface *i = net_interfaces; i; i = i->next)
        attach(i);
}

/* netif_poll delivers what is queued, and what that causes to be queued on the same interface. */
static bool deliver_own(struct netif *netif)
{
    if (likely(!netif->loop_first))
        return false;
    netif_poll(netif);
    return true;
}

void net_settle(void)
{
    bool again;
    do {
        again = false;
        for (struct netif *netif = netif_list; netif; netif = netif->next)
            again |= deliver_own(netif);
    } while (again);
    net_timers_tcp();
    for (struct net_interface *i = net_interfaces; i; i = i->next) {
        if (i->kick) {
            i->kick = false;
            i->device->kick(i->device);
        }
    }
}
