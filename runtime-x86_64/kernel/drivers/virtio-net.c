/* virtio-net: network card. Virtio 1.2, 5.1. One receive and one transmit queue, no control queue.
 *
 * Received frames go up in the buffer that the device filled; small ones are copied, so that a waiting request holds
 * 300 bytes and not 2 KiB. Few buffers are posted at first (a small guest has little memory), more when bursts use them
 * up. Frames to send are copied. Their memory is taken back at the next occasion; the device interrupts for it only
 * while the ring is full. */
#include "cpu/cpu.h"
#include "drivers/driver.h"
#include "mm/mm.h"
#include "net/net.h"
#include "time/time.h"

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
#define RX_BUFFER_SIZE 2048
#define RX_FIRST 16
#define RX_FIRST_TSO 64         /* room for one frame of 64 KiB, and some */
#define TSO_MIN_FREE_PAGES 8192 /* 32 MiB: with less, joined frames are not worth their buffers */
#define SMALL_FRAME 256
#define BURST 256          /* frames for which an interrupt keeps the app waiting */
#define REST_NS 100000     /* and how long the app then runs in a flood */
#define ETHERNET_HEADER 18 /* with a VLAN tag */
#define DEFAULT_MTU 1500
#define MIN_MTU 1280
#define TX_LINEAR 1900 /* a frame up to this is one heap object; the rest of a longer one goes to pages */
#define TX_MAX_PAGES 17

struct rx_buffer {
    struct netbuf netbuf;
    uint8_t space[];
};
#define RX_SPACE (RX_BUFFER_SIZE - sizeof(struct rx_buffer))

struct tx_frame {
    unsigned page_count;
    void *pages[TX_MAX_PAGES];
    uint8_t linear[]; /* the header, and what fits */
};

struct net {
    struct netdev netdev;
    struct virtio *virtio;
    struct virtq *rx, *tx;
    unsigned header_size;
    unsigned rx_target; /* buffers that the device shall have */
    bool tx_waiting;    /* the stack was told to come again */
    struct timer rest;
};

static void release_buffer(struct netbuf *b)
{
    kfree(container_of(b, struct rx_buffer, netbuf));
}

static struct rx_buffer *new_buffer(void)
{
    struct rx_buffer *b = kmalloc(RX_BUFFER_SIZE);
    if (b)
        b->netbuf = (struct netbuf){.release = release_buffer};
    return b;
}

static void post(struct net *n, struct rx_buffer *b)
{
    struct virtq_buffer part = {virt_to_phys(b->space), RX_SPACE};
    if (virtq_add(n->rx, &part, 0, 1, b))
        kfree(b);
}

static void post_missing(struct net *n)
{
    while (n->rx->size - n->rx->free_count < n->rx_target) {
        struct rx_buffer *b = new_buffer();
        if (!b)
            break;
        post(n, b);
    }
    virtq_publish(n->rx);
}

/* Doubles while a burst uses half of them, and while they would take less than 1/16 of what is free. */
static void grow(struct net *n, unsigned burst)
{
    unsigned more = n->rx_target;
    if (burst * 2 < n->rx_target || n->rx_target * 2 > n->rx->size ||
        more * RX_BUFFER_SIZE > page_free_count() * (PAGE_SIZE / 16))
        return;
    n->rx_target += more;
    post_missing(n);
}

static struct netbuf *copy_small(const uint8_t *data, uint32_t len)
{
    struct rx_buffer *b = kmalloc(sizeof *b + len);
    if (!b)
        return NULL;
    b->netbuf = (struct netbuf){.data = b->space, .len = len, .release = release_buffer};
    memcpy(b->space, data, len);
    return &b->netbuf;
}

/* A frame on its way up, in one buffer or several. */
struct frame {
    struct netbuf *first, **end;
    bool ok;
};

/* The ring never shrinks: without a replacement the buffer is posted again, and the frame is lost. */
static void append(struct net *n, struct frame *f, struct rx_buffer *b, uint32_t skip, uint32_t written)
{
    f->ok = f->ok && written > skip;
    struct rx_buffer *fresh = f->ok ? new_buffer() : NULL;
    post(n, fresh ? fresh : b);
    f->ok = fresh;
    if (!fresh)
        return;
    b->netbuf.data = b->space + skip;
    b->netbuf.len = written - skip;
    *f->end = &b->netbuf;
    f->end = &b->netbuf.next;
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

static void receive(struct net *n, struct rx_buffer *b, uint32_t written)
{
    struct header h;
    memcpy(&h, b->space, sizeof h);
    if (!(n->virtio->features & F_MRG_RXBUF))
        h.num_buffers = 1; /* not there in a legacy header, and QEMU 7.2 leaves it unset in others */
    struct frame f = {.end = &f.first, .ok = is_known_gso(h.gso_type)};
    if (f.ok && h.num_buffers == 1 && written > n->header_size && written - n->header_size <= SMALL_FRAME) {
        f.first = copy_small(b->space + n->header_size, written - n->header_size);
        post(n, b);
    } else {
        append(n, &f, b, n->header_size, written);
        for (unsigned i = 1; i < h.num_buffers && (b = virtq_take(n->rx, &written)); i++)
            append(n, &f, b, 0, written);
    }
    if (!f.ok)
        release_all(f.first);
    if (!f.ok || !f.first)
        return;
    f.first->flags = h.flags & (HDR_F_NEEDS_CSUM | HDR_F_DATA_VALID) ? NETBUF_CSUM_OK : 0;
    netdev_receive(&n->netdev, f.first);
}

static void free_frame(struct tx_frame *f)
{
    for (unsigned i = 0; i < f->page_count; i++)
        page_free(f->pages[i], 0);
    kfree(f);
}

static void reap(struct net *n)
{
    struct tx_frame *f;
    while ((f = virtq_take(n->tx, NULL)))
        free_frame(f);
}

/* Interrupts for sent frames are on only while the stack waits for room. */
static void sent(struct net *n)
{
    reap(n);
    if (!n->tx_waiting || !n->tx->free_count)
        return;
    n->tx_waiting = false;
    virtq_interrupts(n->tx, false);
    netdev_transmit_space(&n->netdev);
}

static void rx_work(struct net *n)
{
    unsigned count = 0;
    bool idle;
    virtq_interrupts(n->rx, false);
    do {
        uint32_t written;
        struct rx_buffer *b;
        while (count < BURST && (b = virtq_take(n->rx, &written))) {
            receive(n, b, written);
            count++;
        }
        virtq_publish(n->rx);
        idle = count < BURST && virtq_interrupts(n->rx, true);
    } while (!idle && count < BURST);
    sent(n);
    grow(n, count);
    if (count)
        netdev_receive_done(&n->netdev);
    if (!idle)
        timer_arm(&n->rest, clock_monotonic() + REST_NS);
}

static void rx_interrupt(struct virtq *q)
{
    struct net *n = q->priv;
    if (!n->rest.armed)
        rx_work(n);
}

static void rest_over(struct timer *t)
{
    rx_work(container_of(t, struct net, rest));
}

static void tx_interrupt(struct virtq *q)
{
    sent(q->priv);
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

/* Copies the fragments behind the header: first into the linear part, then into pages. NULL when out of memory. */
static struct tx_frame *copy_frame(struct net *n, const struct net_fragment *frags, unsigned count, size_t total,
                                   struct virtq_buffer *parts)
{
    size_t linear = MIN(total, (size_t)TX_LINEAR), room = linear;
    struct tx_frame *f = kmalloc(sizeof *f + n->header_size + linear);
    if (!f)
        return NULL;
    f->page_count = 0;
    uint8_t *to = f->linear + n->header_size;
    parts[0] = (struct virtq_buffer){virt_to_phys(f->linear), (uint32_t)(n->header_size + linear)};
    for (unsigned i = 0; i < count; i++) {
        const uint8_t *from = frags[i].data;
        for (size_t left = frags[i].len, part; left;
             left -= part, from += part, to += part, room -= part, total -= part) {
            if (!room) {
                to = page_alloc(0);
                if (!to) {
                    free_frame(f);
                    return NULL;
                }
                room = MIN(total, PAGE_SIZE);
                f->pages[f->page_count++] = to;
                parts[f->page_count] = (struct virtq_buffer){virt_to_phys(to), (uint32_t)room};
            }
            part = MIN(left, room);
            memcpy(to, from, part);
        }
    }
    return f;
}

/* Room for a chain of that many buffers; when there is none, the device is asked to tell when it has finished
 * something. */
static bool has_room(struct net *n, unsigned needed)
{
    reap(n);
    if (n->tx->free_count >= needed)
        return true;
    virtq_publish(n->tx);
    while (!virtq_interrupts(n->tx, true)) {
        reap(n);
        if (n->tx->free_count >= needed)
            return true;
    }
    n->tx_waiting = true;
    return false;
}

static int transmit(struct netdev *d, const struct net_fragment *frags, unsigned count, const struct netbuf *meta)
{
    struct net *n = d->priv;
    struct virtq_buffer parts[1 + TX_MAX_PAGES];
    size_t total = 0;
    for (unsigned i = 0; i < count; i++)
        total += frags[i].len;
    if (total < 14 || total > TX_LINEAR + TX_MAX_PAGES * PAGE_SIZE)
        return -EMSGSIZE;
    size_t paged = total > TX_LINEAR ? total - TX_LINEAR : 0;
    if (!has_room(n, 1 + (unsigned)(ALIGN_UP(paged, PAGE_SIZE) / PAGE_SIZE)))
        return n->tx->broken ? -EIO : -EAGAIN;
    struct tx_frame *f = copy_frame(n, frags, count, total, parts);
    if (!f)
        return -ENOMEM;
    struct header h;
    fill_header(&h, meta, f->linear[n->header_size + 12] == 0x86);
    memcpy(f->linear, &h, n->header_size);
    int err = virtq_add(n->tx, parts, 1 + f->page_count, 0, f);
    if (err)
        free_frame(f);
    return err;
}

static void kick(struct netdev *d)
{
    virtq_publish(((struct net *)d->priv)->tx);
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
    if (up != n->netdev.link_up)
        netdev_link(&n->netdev, up);
}

static void describe(struct net *n)
{
    static unsigned cards;
    struct config c;
    uint64_t features = n->virtio->features;
    read_config(n, &c);
    struct netdev *d = &n->netdev;
    format(d->name, sizeof d->name, "eth%u", cards++);
    memcpy(d->mac, c.mac, sizeof d->mac);
    /* A larger one needs buffers that nobody here makes; a smaller one is not IPv6's. */
    d->mtu = (uint16_t)MIN(MAX(c.mtu, MIN_MTU), RX_SPACE - sizeof(struct header) - ETHERNET_HEADER);
    d->link_up = c.status & STATUS_LINK_UP;
    d->features = (features & F_CSUM ? NETDEV_TX_CSUM : 0) | (features & F_GUEST_CSUM ? NETDEV_RX_CSUM : 0);
    if (n->tx->size >= 2 * (1 + TX_MAX_PAGES))
        d->features |= (features & F_HOST_TSO4 ? NETDEV_TSO4 : 0) | (features & F_HOST_TSO6 ? NETDEV_TSO6 : 0);
    d->transmit = transmit;
    d->kick = kick;
    d->priv = n;
}

static int make_queues(struct net *n)
{
    n->rx = virtio_queue(n->virtio, RX_QUEUE, RING_SIZE, rx_interrupt);
    n->tx = virtio_queue(n->virtio, TX_QUEUE, RING_SIZE, tx_interrupt);
    if (!n->rx || !n->tx)
        return -ENOMEM;
    n->rx->priv = n->tx->priv = n;
    unsigned first = n->virtio->features & (F_GUEST_TSO4 | F_GUEST_TSO6) ? RX_FIRST_TSO : RX_FIRST;
    n->rx_target = MIN(first, n->rx->size);
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

static int probe(struct virtio *v)
{
    int err = negotiate(v);
    struct net *n = err ? NULL : kzalloc(sizeof *n);
    if (!n)
        return err ? err : -ENOMEM;
    n->virtio = v;
    n->rest.fn = rest_over;
    n->header_size = v->legacy && !(v->features & F_MRG_RXBUF) ? LEGACY_HEADER_SIZE : sizeof(struct header);
    v->priv = n;
    v->config_changed = v->features & F_STATUS ? config_changed : NULL;
    err = make_queues(n);
    if (err) {
        kfree(n);
        return err;
    }
    describe(n);
    post_missing(n);
    return netdev_register(&n->netdev);
}

DRIVER(virtio_net) = {
    .name = "virtio-net",
    .devices = "virtio network card (PCI 1af4:1000, 1af4:1041; MMIO)",
    .virtio_id = 1,
    .probe_virtio = probe,
};
