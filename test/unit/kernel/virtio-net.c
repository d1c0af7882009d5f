/* The network card driver over a fake transport: frames arrive intact, memory returns, a hostile device does no harm.
 */
#include "device-host.h"
#include "bus/virtq.c"
#include "bus/virtio.c"
#include "lib/format.c"

static size_t free_pages = 100000;
size_t page_free_count(void)
{
    return free_pages;
}
void entropy_read(void *dst, size_t n)
{
    memset(dst, 0x5d, n);
}
uint64_t clock_monotonic(void)
{
    return 1;
}
#include "nic/receive.c"
#include "nic/transmit.c"
#include "drivers/virtio-net.c"

static unsigned rests;
void timer_arm(struct timer *t, uint64_t deadline)
{
    rests += deadline < WATCH_NS;
    t->armed = true;
}

static uint64_t offered;
static struct config config;
static uint16_t queue_sizes[2] = {64, 64};

static uint64_t read_features(struct virtio *v)
{
    return offered;
}
static void write_features(struct virtio *v, uint64_t f)
{
    CHECK((f & ~offered) == 0);
}
static uint8_t read_status(struct virtio *v)
{
    return v->status;
}
static void write_status(struct virtio *v, uint8_t s)
{
}
static void fake_config(struct virtio *v, unsigned offset, void *dst, unsigned len)
{
    memcpy(dst, (char *)&config + offset, len);
}
static uint16_t queue_max(struct virtio *v, unsigned index)
{
    return index < 2 ? queue_sizes[index] : 0;
}
static int queue_enable(struct virtio *v, struct virtq *q)
{
    return 0;
}
static unsigned doorbells;
static void notify(struct virtio *v, struct virtq *q)
{
    doorbells++;
}
static int interrupts(struct virtio *v)
{
    return 0;
}
static const struct virtio_transport transport = {
    .read_features = read_features,
    .write_features = write_features,
    .read_status = read_status,
    .write_status = write_status,
    .read_config = fake_config,
    .queue_max = queue_max,
    .queue_enable = queue_enable,
    .notify = notify,
    .interrupts = interrupts,
};

static struct netdev *card;
static uint8_t last_frame[1 << 20];
static uint32_t last_len, last_flags;
static unsigned frames, bursts, space_told, held_count;
static struct netbuf *held[4096];
static bool hold;

int netdev_register(struct netdev *d)
{
    card = d;
    return 0;
}
void netdev_receive(struct netdev *d, struct netbuf *b)
{
    frames++;
    last_len = 0;
    last_flags = b->flags;
    for (struct netbuf *next; b; b = next) {
        next = b->next;
        CHECK(last_len + b->len <= sizeof last_frame);
        memcpy(last_frame + last_len, b->data, b->len);
        last_len += b->len;
        if (hold && held_count < ARRAY_LEN(held))
            held[held_count++] = b;
        else
            b->release(b);
    }
}
static unsigned dropped;
void netdev_dropped(struct netdev *d, unsigned count)
{
    dropped += count;
}
void netdev_receive_done(struct netdev *d)
{
    bursts++;
}
void netdev_transmit_space(struct netdev *d)
{
    space_told++;
}
void netdev_link(struct netdev *d, bool up)
{
    d->link_up = up;
}

static struct virtio *start(uint64_t features, bool legacy)
{
    static struct virtio v;
    v = (struct virtio){.transport = &transport, .legacy = legacy, .where = "test"};
    offered = features;
    config = (struct config){{0x52, 0x54, 0, 1, 2, 3}, STATUS_LINK_UP, 1, 1400};
    frames = bursts = space_told = rests = warnings = 0;
    CHECK(probe(&v) == 0);
    return &v;
}

static void stop(struct virtio *v)
{
    struct net *n = v->priv;
    for (unsigned i = 0; i < 2; i++) {
        struct virtq *q = v->queues[i];
        for (unsigned d = 0; d < q->size; d++)
            if (q->token[d] && i == RX_QUEUE)
                kfree(q->token[d]);
            else if (q->token[d])
                nic_frame_free(q->token[d]);
    }
    for (; held_count; held_count--)
        held[held_count - 1]->release(held[held_count - 1]);
    virtio_failed(v);
    kfree(n);
}

static uint16_t seen[2];
static int next_available(struct virtq *q)
{
    unsigned i = q->index;
    return seen[i] == q->avail->idx ? -1 : q->avail->ring[seen[i]++ & (q->size - 1)];
}
static void finish(struct virtq *q, uint32_t id, uint32_t len)
{
    q->used->ring[q->used->idx & (q->size - 1)] = (struct virtq_used_elem){id, len};
    q->used->idx++;
}

static bool deliver(struct virtio *v, const struct header *h, size_t header_size, uint32_t len, uint8_t seed)
{
    struct virtq *q = v->queues[RX_QUEUE];
    int head = next_available(q);
    if (head < 0)
        return false;
    uint8_t *to = (uint8_t *)q->desc[head].addr;
    CHECK(header_size + len <= q->desc[head].len);
    if (header_size)
        memcpy(to, h, header_size);
    for (uint32_t i = 0; i < len; i++)
        to[header_size + i] = (uint8_t)(seed + i);
    finish(q, (uint32_t)head, (uint32_t)(header_size + len));
    return true;
}

static void describes_the_card(void)
{
    struct virtio *v = start(VIRTIO_F_VERSION_1 | F_MAC | F_MTU | F_STATUS | F_GUEST_CSUM, false);
    CHECK(card->mac[0] == 0x52 && card->mac[5] == 3 && card->mtu == 1400 && card->link_up);
    CHECK(card->features == NETDEV_RX_CSUM);
    config.status = 0;
    virtio_interrupt_config(v);
    CHECK(!card->link_up);
    stop(v);
    v = start(VIRTIO_F_VERSION_1, false);
    CHECK(card->mac[0] == 0x5e && card->mtu == 1500 && card->link_up); /* drawn, locally administered */
    stop(v);
}

static void frames_arrive(uint64_t features, bool legacy, size_t header_size)
{
    seen[0] = seen[1] = 0;
    struct virtio *v = start(features, legacy);
    struct header h = {.flags = HDR_F_DATA_VALID, .num_buffers = features & F_MRG_RXBUF ? 1 : 77};
    static const uint32_t lengths[] = {14, 60, SMALL_FRAME, SMALL_FRAME + 1, 1514};
    for (unsigned round = 0; round < 500; round++) {
        uint32_t len = lengths[round % ARRAY_LEN(lengths)];
        CHECK(deliver(v, &h, header_size, 60, 0) && deliver(v, &h, header_size, len, (uint8_t)round));
        virtio_interrupt_queues(v);
        CHECK(frames == 2 * (round + 1) && bursts == round + 1 && last_len == len && last_flags == NETBUF_CSUM_OK);
        for (uint32_t i = 0; i < len; i++)
            CHECK(last_frame[i] == (uint8_t)(round + i));
    }
    stop(v);
}

static void joined_frames_arrive_in_parts(void)
{
    seen[0] = seen[1] = 0;
    struct virtio *v = start(VIRTIO_F_VERSION_1 | F_MRG_RXBUF | F_GUEST_CSUM | F_GUEST_TSO4, false);
    struct virtq *q = v->queues[RX_QUEUE];
    CHECK(q->size - q->free_count == RX_FIRST_TSO);
    for (unsigned round = 0; round < 200; round++) {
        struct header h = {.gso_type = HDR_GSO_TCPV4, .num_buffers = 34};
        CHECK(deliver(v, &h, sizeof h, NIC_BUFFER_SPACE - sizeof h, 0));
        for (unsigned i = 1; i < h.num_buffers; i++)
            CHECK(deliver(v, NULL, 0, NIC_BUFFER_SPACE, (uint8_t)(i * NIC_BUFFER_SPACE - sizeof h)));
        virtio_interrupt_queues(v);
        CHECK(frames == round + 1 && last_len == h.num_buffers * NIC_BUFFER_SPACE - sizeof h);
        for (uint32_t i = 0; i < last_len; i++)
            CHECK(last_frame[i] == (uint8_t)i);
    }
    stop(v);
    v = start(VIRTIO_F_VERSION_1 | F_GUEST_CSUM | F_GUEST_TSO4, false);
    CHECK(!(v->features & F_GUEST_TSO4)); /* not without merging */
    stop(v);
}

static void bursts_make_the_ring_grow_while_memory_lasts(void)
{
    seen[0] = seen[1] = 0;
    struct virtio *v = start(VIRTIO_F_VERSION_1, false);
    struct virtq *q = v->queues[RX_QUEUE];
    struct header h = {.num_buffers = 1};
    CHECK(q->size - q->free_count == NIC_RX_FIRST);
    free_pages = 64;
    while (deliver(v, &h, sizeof h, 1000, 0))
        ;
    virtio_interrupt_queues(v);
    CHECK(frames == NIC_RX_FIRST && q->size - q->free_count == NIC_RX_FIRST);
    free_pages = 100000;
    for (unsigned i = 0; i < 4; i++) {
        while (deliver(v, &h, sizeof h, 1000, 0))
            ;
        virtio_interrupt_queues(v);
    }
    CHECK(q->free_count == 0);
    stop(v);
}

static void a_flood_lets_the_app_run(void)
{
    seen[0] = seen[1] = 0;
    queue_sizes[0] = 256;
    struct virtio *v = start(VIRTIO_F_VERSION_1, false);
    struct net *n = v->priv;
    struct header h = {.num_buffers = 1};
    for (unsigned i = 0; i < 6; i++) {
        while (deliver(v, &h, sizeof h, 1000, 0))
            ;
        virtio_interrupt_queues(v);
        n->nic.rest.armed = false;
    }
    unsigned before = rests;
    while (deliver(v, &h, sizeof h, 1000, 0))
        ;
    virtio_interrupt_queues(v);
    CHECK(rests == before + 1 && n->nic.rest.armed);
    unsigned so_far = frames;
    CHECK(deliver(v, &h, sizeof h, 1000, 0));
    virtio_interrupt_queues(v);
    CHECK(frames == so_far); /* at rest */
    n->nic.rest.armed = false;
    n->nic.rest.fn(&n->nic.rest);
    CHECK(frames == so_far + 1);
    stop(v);
    queue_sizes[0] = 64;
}

static void a_lost_interrupt_is_noticed_after_something_was_sent(void)
{
    seen[0] = seen[1] = 0;
    struct virtio *v = start(VIRTIO_F_VERSION_1, false);
    struct nic *n = &((struct net *)v->priv)->nic;
    struct header h = {.num_buffers = 1};
    static const uint8_t frame[100];
    struct net_fragment frag = {frame, sizeof frame};
    CHECK(!n->watch.armed && card->transmit(card, &frag, 1, &(struct netbuf){0}) == 0 && n->watch.armed);
    CHECK(deliver(v, &h, sizeof h, 100, 0)); /* and no interrupt comes */
    n->watch.armed = false;
    n->watch.fn(&n->watch);
    CHECK(frames == 1 && !n->watch.armed);
    stop(v);
}

static void a_lost_doorbell_is_rung_again(void)
{
    seen[0] = seen[1] = 0;
    struct virtio *v = start(VIRTIO_F_VERSION_1 | VIRTIO_F_EVENT_IDX, false);
    struct nic *n = &((struct net *)v->priv)->nic;
    static const uint8_t frame[100];
    struct net_fragment frag = {frame, sizeof frame};
    CHECK(card->transmit(card, &frag, 1, &(struct netbuf){0}) == 0);
    card->kick(card);
    unsigned before = doorbells;
    n->watch.armed = false;
    n->watch.fn(&n->watch);
    CHECK(doorbells == before + 2); /* for what is to be sent, and for the posted buffers */
    finish(v->queues[TX_QUEUE], (uint32_t)next_available(v->queues[TX_QUEUE]), 0);
    n->watch.fn(&n->watch);
    CHECK(doorbells == before + 3);
    stop(v);
}

static void frames_leave(void)
{
    seen[0] = seen[1] = 0;
    struct virtio *v = start(VIRTIO_F_VERSION_1 | F_CSUM | F_HOST_TSO4, false);
    struct virtq *q = v->queues[TX_QUEUE];
    static uint8_t data[65536];
    for (unsigned i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 7 + i / 256);
    for (unsigned round = 0; round < 2000; round++) {
        uint32_t total = 14 + (uint32_t)(random_u64() % (sizeof data - 14)), at = 0;
        struct net_fragment frags[8];
        unsigned count = 0;
        while (count < 7 && at < total) {
            uint32_t part = (uint32_t)(random_u64() % (total - at)) + 1;
            frags[count++] = (struct net_fragment){data + at, part};
            at += part;
        }
        if (at < total)
            frags[count++] = (struct net_fragment){data + at, total - at};
        struct netbuf meta = {
            .flags = NETBUF_NEEDS_CSUM | NETBUF_GSO, .csum_start = 34, .csum_offset = 16, .gso_size = 1460};
        CHECK(card->transmit(card, frags, count, &meta) == 0);
        card->kick(card);
        int head = next_available(q), d = head;
        CHECK(head >= 0);
        struct header *h = (struct header *)q->desc[head].addr;
        CHECK(h->flags == HDR_F_NEEDS_CSUM && h->csum_start == 34 && h->gso_type == HDR_GSO_TCPV4 &&
              h->gso_size == 1460);
        uint32_t offset = 0, skip = sizeof *h;
        for (;; d = q->desc[d].next, skip = 0) {
            CHECK(memcmp((uint8_t *)q->desc[d].addr + skip, data + offset, q->desc[d].len - skip) == 0);
            offset += q->desc[d].len - skip;
            if (!(q->desc[d].flags & DESC_F_NEXT))
                break;
        }
        CHECK(offset == total);
        finish(q, (uint32_t)head, 0);
    }
    stop(v);
}

static void a_full_ring_says_again_and_then_tells(void)
{
    seen[0] = seen[1] = 0;
    struct virtio *v = start(VIRTIO_F_VERSION_1, false);
    struct virtq *q = v->queues[TX_QUEUE];
    static const uint8_t frame[100];
    struct net_fragment frag = {frame, sizeof frame};
    struct netbuf meta = {0};
    for (unsigned i = 0; i < q->size; i++)
        CHECK(card->transmit(card, &frag, 1, &meta) == 0);
    CHECK(q->avail->flags == AVAIL_F_NO_INTERRUPT);
    CHECK(card->transmit(card, &frag, 1, &meta) == -EAGAIN);
    CHECK(q->avail->flags == 0 && q->avail->idx == q->size);
    finish(q, (uint32_t)next_available(q), 0);
    virtio_interrupt_queues(v);
    CHECK(space_told == 1 && q->avail->flags == AVAIL_F_NO_INTERRUPT);
    finish(q, (uint32_t)next_available(q), 0);
    virtio_interrupt_queues(v);
    CHECK(space_told == 1); /* nobody waits any more */
    CHECK(card->transmit(card, &frag, 1, &meta) == 0);
    CHECK(card->transmit(card, &frag, 1, &meta) == 0 && card->transmit(card, &frag, 1, &meta) == -EAGAIN);
    finish(q, (uint32_t)next_available(q), 0);
    CHECK(card->transmit(card, &frag, 1, &meta) == 0); /* another finds the room before the interrupt comes */
    finish(q, (uint32_t)next_available(q), 0);
    virtio_interrupt_queues(v);
    CHECK(space_told == 2);
    CHECK(card->transmit(card, &frag, 1, &meta) == 0 && card->transmit(card, &frag, 1, &meta) == -EAGAIN);
    finish(q, (uint32_t)next_available(q), 0);
    finish(q, (uint32_t)next_available(q), 0);
    CHECK(card->transmit(card, &frag, 1, &meta) == 0); /* and takes back all that is finished */
    virtio_interrupt_queues(v);
    CHECK(space_told == 3);
    CHECK(card->transmit(card, &frag, 0, &meta) == -EMSGSIZE);
    stop(v);
}

static void hostile_round(void)
{
    seen[0] = seen[1] = 0;
    held_count = 0;
    struct virtio *v = start(random_u64() | VIRTIO_F_VERSION_1, false);
    hold = random_u64() % 2;
    static const uint8_t frame[3000];
    struct net_fragment frag = {frame, sizeof frame};
    struct netbuf meta = {0};
    for (unsigned step = 0; step < 200 && random_left(); step++) {
        struct virtq *q = v->queues[random_u64() % 2];
        struct header h = {.gso_type = random_u64() % 3 == 0,
                           .csum_start = (uint16_t)random_u64(),
                           .csum_offset = (uint16_t)random_u64(),
                           .num_buffers = (uint16_t)(random_u64() % 8 ? 1 + (random_u64() % 4 == 0) : random_u64())};
        int short_one = q->index == RX_QUEUE && random_u64() % 8 == 0 ? next_available(q) : -1;
        if (short_one >= 0)
            finish(q, (uint32_t)short_one, (uint32_t)(random_u64() % 13));
        else if (q->index == RX_QUEUE)
            deliver(v, &h, sizeof h, random_u64() % 1500, 1);
        else if (card->transmit(card, &frag, 1, &meta) == 0)
            card->kick(card);
        int head = q->index == TX_QUEUE ? next_available(q) : -1;
        if (head >= 0)
            finish(q, (uint32_t)head, 0);
        if (random_u64() % 50 == 0)
            finish(q, (uint32_t)(random_u64() % 70), (uint32_t)random_u64());
        if (random_u64() % 50 == 0)
            ((uint8_t *)q->used)[random_u64() % (6 + 8u * q->size)] = (uint8_t)random_u64();
        virtio_interrupt_queues(v);
        ((struct net *)v->priv)->nic.rest.armed = false;
    }
    hold = false;
    stop(v);
}

static void survives_a_hostile_device(void)
{
    for (unsigned round = 0; round < 300; round++)
        hostile_round();
}

int main(void)
{
    direct_map_base = 0;
    describes_the_card();
    frames_arrive(VIRTIO_F_VERSION_1 | VIRTIO_F_EVENT_IDX | F_GUEST_CSUM | F_MRG_RXBUF, false, 12);
    frames_arrive(VIRTIO_F_VERSION_1, false, 12);
    frames_arrive(F_ANY_LAYOUT, true, 10);
    frames_arrive(F_ANY_LAYOUT | F_MRG_RXBUF, true, 12);
    joined_frames_arrive_in_parts();
    bursts_make_the_ring_grow_while_memory_lasts();
    a_flood_lets_the_app_run();
    a_lost_interrupt_is_noticed_after_something_was_sent();
    a_lost_doorbell_is_rung_again();
    frames_leave();
    a_full_ring_says_again_and_then_tells();
    survives_a_hostile_device();
    puts("OK");
}
