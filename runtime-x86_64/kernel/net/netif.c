/* Network cards below lwIP: their registration, and what they receive. A received buffer becomes a pbuf in place. */
#include "net/stack.h"
#include "mm/mm.h"
#include "lwip/etharp.h"
#include "lwip/ethip6.h"
#include "lwip/priv/tcp_priv.h"
#include "netif/ethernet.h"

#define SMALL_FRAME 128

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
    net_note_activity();
    i->received.packets++;
    i->received.bytes += len;
    set_checks(&i->netif, b->flags & NETBUF_CSUM_OK);
    ethernet_input(b->next ? wrap_all(b) : wrap(b), &i->netif); /* takes it in any case */
}

void netdev_dropped(struct netdev *d, unsigned frames)
{
    struct net_interface *i = d->stack;
    if (i)
        i->received.dropped += frames;
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
    netif->linkoutput = net_transmit;
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
    set_checks(netif, true); /* it has never left memory, and a card may have been meant to make the sum */
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
        net_transmit_joined(i);
        if (i->kick) {
            i->kick = false;
            i->device->kick(i->device);
        }
    }
}
