/* virtio-net: network card. Virtio 1.2, 5.1. One receive and one transmit queue, no control queue. */
#include "cpu/cpu.h"
#include "drivers/driver.h"
#include "mm/mm.h"
#include "nic/nic.h"

#define F_CSUM (1ull << 0)
#define F_GUEST_CSUM (1ull << 1)
#define F_MTU (1ull << 3)
#define F_MAC (1ull << 5)
#define F_GUEST_TSO4 (1ull << 7)
#define F_GUEST_TSO6 (1ull << 8)
#define F_HOST_TSO4 (1ull << 11)
#define F_HOST_TSO6 (1ull << 12)
#define F_MRG_RXBUF (1ull << 15)
#define F_STATUS (1ull << 16)
#define F_ANY_LAYOUT (1ull << 27) /* legacy: the header may share a buffer with the frame */

struct header { /* 5.1.6 */
    uint8_t flags, gso_type;
    uint16_t hdr_len, gso_size, csum_start, csum_offset, num_buffers;
};
_Static_assert(sizeof(struct header) == 12, "Virtio 1.2, 5.1.6");
#define LEGACY_HEADER_SIZE 10 /* without num_buffers */
#define HDR_F_NEEDS_CSUM 1
#define HDR_F_DATA_VALID 2
#define HDR_GSO_NONE 0
#define HDR_GSO_TCPV4 1
#define HDR_GSO_TCPV6 4

struct config { /* 5.1.4 */
    uint8_t mac[6];
    uint16_t status, max_pairs, mtu;
};
#define STATUS_LINK_UP 1

enum { RX_QUEUE, TX_QUEUE };
#define RING_SIZE 256
#define RX_FIRST_TSO 64         /* room for one frame of 64 KiB, and some */
#define TSO_MIN_FREE_PAGES 8192 /* 32 MiB: with less, joined frames are not worth their buffers */
#define DEFAULT_MTU 1500
#define MIN_MTU 1280

struct net {
    struct nic nic;
    struct virtio *virtio;
    struct virtq *rx, *tx;
};

static struct net *net_of(struct nic *n)
{
    return container_of(n, struct net, nic);
}

static void post(struct net *n, struct nic_buffer *b)
{
    struct virtq_buffer part = {virt_to_phys(b->space), NIC_BUFFER_SPACE};
    if (virtq_add(n->rx, &part, 0, 1, b))
        nic_buffer_free(b);
}

static void post_missing(struct nic *nic)
{
    struct net *n = net_of(nic);
    while (n->rx->size - n->rx->free_count < nic->rx_target) {
        struct nic_buffer *b = nic_buffer_new();
        if (!b)
            break;
        post(n, b);
    }
    virtq_publish(n->rx);
}

/* A frame on its way up, in one buffer or several. */
struct frame {
    struct netbuf *first, **end;
    bool ok;
};

static void append(struct net *n, struct frame *f, struct nic_buffer *b, uint32_t skip, uint32_t written)
{
    f->ok = f->ok && written > skip;
    struct nic_buffer *again = b;
    struct netbuf *part = f->ok ? nic_accept(&n->nic, b, skip, written - skip, &again) : NULL;
    post(n, again);
    f->ok = part;
    if (!part)
        return;
    *f->end = part;
    f->end = &part->next;
}

static void release_all(struct netbuf *b)
{
    while (b) {
        struct netbuf *next = b->next;
        b->release(b);
        b = next;
    }
}

static bool is_known_gso(uint8_t type)
{
    return type == HDR_GSO_NONE || type == HDR_GSO_TCPV4 || type == HDR_GSO_TCPV6;
}

static bool receive(struct nic *nic)
{
    struct net *n = net_of(nic);
    struct header h;
    uint32_t written;
    struct nic_buffer *b = virtq_take(n->rx, &written);
    if (!b)
        return false;
    memcpy(&h, b->space, sizeof h);
    if (!(n->virtio->features & F_MRG_RXBUF))
        h.num_buffers = 1; /* not there in a legacy header, and QEMU 7.2 leaves it unset in others */
    struct frame f = {.end = &f.first, .ok = is_known_gso(h.gso_type)};
    append(n, &f, b, nic->headroom, written);
    for (unsigned i = 1; i < h.num_buffers && (b = virtq_take(n->rx, &written)); i++)
        append(n, &f, b, 0, written);
    if (!f.ok) {
        release_all(f.first);
        return true;
    }
    f.first->flags = h.flags & (HDR_F_NEEDS_CSUM | HDR_F_DATA_VALID) ? NETBUF_CSUM_OK : 0;
    netdev_receive(&nic->netdev, f.first);
    return true;
}

static void publish(struct nic *n)
{
    virtq_publish(net_of(n)->rx);
}

static bool listen(struct nic *n)
{
    return virtq_interrupts(net_of(n)->rx, true);
}

static void nudge(struct nic *n)
{
    virtq_nudge(net_of(n)->rx);
    virtq_nudge(net_of(n)->tx);
}

static void rx_interrupt(struct virtq *q)
{
    struct net *n = q->priv;
    virtq_interrupts(q, false);
    nic_interrupt(&n->nic);
}

static void tx_interrupt(struct virtq *q)
{
    nic_sent(&((struct net *)q->priv)->nic);
}

static int reap(struct nic *n)
{
    struct virtq *q = net_of(n)->tx;
    struct nic_frame *f;
    while ((f = virtq_take(q, NULL)))
        nic_frame_free(f);
    return q->broken ? -EIO : (int)q->free_count;
}

static bool sent_interrupts(struct nic *n, bool on)
{
    return virtq_interrupts(net_of(n)->tx, on);
}

static void fill_header(struct header *h, const struct netbuf *meta, bool v6)
{
    *h = (struct header){0};
    if (meta->flags & NETBUF_NEEDS_CSUM) {
        h->flags = HDR_F_NEEDS_CSUM;
        h->csum_start = meta->csum_start;
        h->csum_offset = meta->csum_offset;
    }
    if (meta->flags & NETBUF_GSO) {
        h->gso_type = v6 ? HDR_GSO_TCPV6 : HDR_GSO_TCPV4;
        h->gso_size = meta->gso_size;
        h->hdr_len = meta->header_len;
    }
}

static int queue(struct nic *nic, struct nic_frame *f, const struct nic_part *parts, unsigned count,
                 const struct netbuf *meta)
{
    struct virtq_buffer buffers[NIC_MAX_PARTS] __attribute__((uninitialized)); /* filled as far as it is used */
    struct header h;
    for (unsigned i = 0; i < count; i++)
        buffers[i] = (struct virtq_buffer){parts[i].addr, parts[i].len};
    fill_header(&h, meta, nic_is_ipv6(f->linear + nic->headroom));
    memcpy(f->linear, &h, nic->headroom);
    return virtq_add(net_of(nic)->tx, buffers, count, 0, f);
}

static void kick(struct netdev *d)
{
    virtq_publish(container_of(d, struct net, nic.netdev)->tx);
}

static void read_config(struct net *n, struct config *c)
{
    bool has_mtu = n->virtio->features & F_MTU;
    *c = (struct config){.status = STATUS_LINK_UP, .mtu = DEFAULT_MTU};
    struct config read = {0};
    n->virtio->transport->read_config(n->virtio, 0, &read, has_mtu ? 12 : 8);
    if (n->virtio->features & F_STATUS)
        c->status = read.status;
    if (has_mtu)
        c->mtu = read.mtu;
    if (n->virtio->features & F_MAC) {
        memcpy(c->mac, read.mac, sizeof c->mac);
        return;
    }
    entropy_read(c->mac, sizeof c->mac);
    c->mac[0] = (c->mac[0] & 0xfe) | 2; /* IEEE 802: not a group, locally administered */
}

static void config_changed(struct virtio *v)
{
    struct net *n = v->priv;
    struct config c;
    read_config(n, &c);
    bool up = c.status & STATUS_LINK_UP;
    if (up != n->nic.netdev.link_up)
        netdev_link(&n->nic.netdev, up);
}

static void describe(struct net *n)
{
    struct config c;
    uint64_t features = n->virtio->features;
    read_config(n, &c);
    struct netdev *d = &n->nic.netdev;
    memcpy(d->mac, c.mac, sizeof d->mac);
    /* A larger one needs buffers that nobody here makes; a smaller one is not IPv6's. */
    d->mtu = (uint16_t)MIN(MAX(c.mtu, MIN_MTU), NIC_BUFFER_SPACE - sizeof(struct header) - NIC_ETHERNET_HEADER);
    d->link_up = c.status & STATUS_LINK_UP;
    d->features = (features & F_CSUM ? NETDEV_TX_CSUM : 0) | (features & F_GUEST_CSUM ? NETDEV_RX_CSUM : 0);
    if (n->tx->size >= 2 * NIC_MAX_PARTS)
        d->features |= (features & F_HOST_TSO4 ? NETDEV_TSO4 : 0) | (features & F_HOST_TSO6 ? NETDEV_TSO6 : 0);
    d->kick = kick;
}

static int make_queues(struct net *n)
{
    n->rx = virtio_queue(n->virtio, RX_QUEUE, RING_SIZE, rx_interrupt);
    n->tx = virtio_queue(n->virtio, TX_QUEUE, RING_SIZE, tx_interrupt);
    if (!n->rx || !n->tx)
        return -ENOMEM;
    n->rx->priv = n->tx->priv = n;
    unsigned first = n->virtio->features & (F_GUEST_TSO4 | F_GUEST_TSO6) ? RX_FIRST_TSO : NIC_RX_FIRST;
    n->nic.rx_max = n->rx->size;
    n->nic.rx_target = MIN(first, n->rx->size);
    virtq_interrupts(n->tx, false);
    return virtio_ready(n->virtio);
}

/* Joined frames need buffers that can be merged, or else 64 KiB each. */
static int negotiate(struct virtio *v)
{
    uint64_t wanted = F_CSUM | F_GUEST_CSUM | F_MTU | F_MAC | F_HOST_TSO4 | F_HOST_TSO6 | F_MRG_RXBUF | F_STATUS;
    uint64_t required = v->legacy ? F_ANY_LAYOUT : 0, joined = F_GUEST_TSO4 | F_GUEST_TSO6;
    int err = virtio_negotiate(v, wanted | (page_free_count() >= TSO_MIN_FREE_PAGES ? joined : 0), required);
    if (!err && v->features & joined && !(v->features & F_MRG_RXBUF && v->features & F_GUEST_CSUM))
        err = virtio_negotiate(v, wanted, required);
    return err;
}

static const struct nic_ops ops = {
    .receive = receive,
    .publish = publish,
    .listen = listen,
    .post = post_missing,
    .reap = reap,
    .nudge = nudge,
    .sent_interrupts = sent_interrupts,
    .queue = queue,
};

static int probe(struct virtio *v)
{
    int err = negotiate(v);
    struct net *n = err ? NULL : kzalloc(sizeof *n);
    if (!n)
        return err ? err : -ENOMEM;
    n->virtio = v;
    n->nic.ops = &ops;
    n->nic.headroom = v->legacy && !(v->features & F_MRG_RXBUF) ? LEGACY_HEADER_SIZE : sizeof(struct header);
    v->priv = n;
    v->config_changed = v->features & F_STATUS ? config_changed : NULL;
    err = make_queues(n);
    if (err) {
        kfree(n);
        return err;
    }
    describe(n);
    return nic_register(&n->nic);
}

DRIVER(virtio_net) = {
    .name = "virtio-net",
    .devices = "virtio network card (PCI 1af4:1000, 1af4:1041; MMIO)",
    .virtio_id = 1,
    .probe_virtio = probe,
};
