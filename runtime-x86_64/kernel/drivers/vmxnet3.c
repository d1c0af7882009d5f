/* vmxnet3: VMware's paravirtual network card (PCI 15ad:07b0), version 1 of its interface, which every later device
 * offers too. The interface is described by VMware's headers for Linux (vmxnet3_defs.h); names are from there. One
 * transmit queue, one receive queue with one ring of whole-frame buffers; receive segments are not joined (LRO). A ring
 * entry is the other side's when its generation bit has the value of the current round. */
#include "bus/bus.h"
#include "cpu/cpu.h"
#include "drivers/driver.h"
#include "nic/nic.h"
#include "nic/vmxnet3.h"

#define RING_SIZE 256 /* of each ring: a page of descriptors */
_Static_assert(RING_SIZE * sizeof(struct completion) == PAGE_SIZE && sizeof(struct tx_descriptor) == 16 &&
                   sizeof(struct rx_descriptor) == 16,
               "a page each");
#define RX_MAX (RING_SIZE - 1)
#define MAX_RESETS 16

struct slots {
    struct nic_buffer *rx[RING_SIZE];
    struct nic_frame *tx[RING_SIZE]; /* by first descriptor */
};
struct told { /* what the device reads of us: one page */
    struct queues queues;
    struct shared shared;
};
_Static_assert(sizeof(struct told) <= PAGE_SIZE, "a page");

struct card {
    struct nic nic;
    volatile uint8_t *pass_through, *device; /* BAR 0, BAR 1 */
    struct told *told;
    struct tx_descriptor *tx;
    struct rx_descriptor *rx;
    struct completion *tx_done, *rx_done;
    struct slots *slots;
    unsigned tx_head, tx_tail, tx_told, tx_taken; /* they run freely; taken: completions */
    unsigned rx_head, rx_tail, rx_told, rx_taken;
    unsigned tx_vector, resets;
    int kind;   /* of interrupt */
    bool masks; /* an interrupt masks itself until it is unmasked */
    bool muted, broken;
};

static struct card *card_of(struct nic *n)
{
    return container_of(n, struct card, nic);
}

static unsigned slot(unsigned position)
{
    return position % RING_SIZE;
}

/* The generation of an entry that is valid at this position: 1 in the first round. */
static bool generation(unsigned position)
{
    return !(position / RING_SIZE & 1);
}

static uint32_t command(const struct card *c, uint32_t what)
{
    mmio_write32(c->device + CMD, what);
    return what >> 16 == 0xf00d || what == CMD_ACTIVATE_DEV ? mmio_read32(c->device + CMD) : 0;
}

static void mask(const struct card *c, unsigned vector, bool masked)
{
    mmio_write32(c->pass_through + IMR + 8 * vector, masked);
}

static void post_buffer(struct card *c, struct nic_buffer *b)
{
    unsigned at = slot(c->rx_tail);
    uint32_t valid = generation(c->rx_tail++) ? RX_GENERATION : 0;
    c->slots->rx[at] = b;
    c->rx[at].address = virt_to_phys(b->space);
    nic_write_barrier();
    WRITE_ONCE(c->rx[at].len, NIC_BUFFER_SPACE | valid);
}

/* The device finds buffers by their generation; only one that says so wants to be told. */
static void publish(struct nic *n)
{
    struct card *c = card_of(n);
    if (c->rx_told == c->rx_tail || c->broken)
        return;
    c->rx_told = c->rx_tail;
    nic_write_barrier();
    if (READ_ONCE(c->told->queues.rx.wants_rxprod))
        mmio_write32(c->pass_through + RXPROD, slot(c->rx_tail));
}

static void post_missing(struct nic *n)
{
    struct card *c = card_of(n);
    while (c->rx_tail - c->rx_head < n->rx_target) {
        struct nic_buffer *b = nic_buffer_new();
        if (!b)
            break;
        post_buffer(c, b);
    }
    publish(n);
}

static bool is_done(const struct completion *ring, unsigned taken)
{
    bool valid = READ_ONCE(ring[slot(taken)].word[3]) & COMPLETION_GENERATION;
    return valid == generation(taken);
}

static bool waits(const struct card *c)
{
    return !c->broken && is_done(c->rx_done, c->rx_taken);
}

static void give_up(struct card *c, const char *what, unsigned value)
{
    c->broken = true;
    command(c, CMD_QUIESCE_DEV);
    log_warn("network card %s is given up: it %s %u", c->nic.netdev.name, what, value);
}

/* Descriptors are used in order. Those that the device skips are posted again. */
static bool skip_to(struct card *c, unsigned index)
{
    unsigned skipped = slot(index - c->rx_head);
    if (index >= RING_SIZE || skipped >= c->rx_tail - c->rx_head)
        return false;
    while (skipped--)
        post_buffer(c, c->slots->rx[slot(c->rx_head++)]);
    return true;
}

static bool receive(struct nic *n)
{
    struct card *c = card_of(n);
    if (!waits(c))
        return false;
    nic_read_barrier();
    struct completion done = *(volatile struct completion *)&c->rx_done[slot(c->rx_taken++)];
    unsigned index = done.word[0] & COMPLETION_INDEX, len = done.word[2] & RX_LEN;
    if (!skip_to(c, index) || len > NIC_BUFFER_SPACE) {
        give_up(c, len > NIC_BUFFER_SPACE ? "received a frame of" : "returned a buffer that it does not have,",
                len > NIC_BUFFER_SPACE ? len : index);
        return false;
    }
    struct nic_buffer *b = c->slots->rx[slot(c->rx_head++)];
    struct netbuf *frame = NULL;
    uint32_t whole = RX_SOP | RX_EOP;
    if ((done.word[0] & whole) == whole && !(done.word[2] & RX_ERROR) && len)
        frame = nic_accept(n, b, 0, len, &b);
    else
        netdev_dropped(&n->netdev, 1);
    post_buffer(c, b);
    if (!frame)
        return true;
    frame->flags = !(done.word[0] & RX_SUM_UNKNOWN) && done.word[3] & RX_SUM_OK ? NETBUF_CSUM_OK : 0;
    netdev_receive(&n->netdev, frame);
    return true;
}

static bool listen(struct nic *n)
{
    struct card *c = card_of(n);
    if (waits(c))
        return false;
    if ((c->masks || c->muted) && !c->broken)
        mask(c, 0, false);
    c->muted = false;
    return !waits(c);
}

static void mute(struct nic *n)
{
    struct card *c = card_of(n);
    c->muted = true;
    mask(c, 0, true);
}

static int reap(struct nic *n)
{
    struct card *c = card_of(n);
    while (!c->broken && is_done(c->tx_done, c->tx_taken)) {
        nic_read_barrier();
        unsigned last = READ_ONCE(c->tx_done[slot(c->tx_taken++)].word[0]) & COMPLETION_INDEX;
        struct nic_frame *f = c->tx_head != c->tx_tail ? c->slots->tx[slot(c->tx_head)] : NULL;
        if (!f || last != slot(c->tx_head + f->descriptors - 1)) {
            give_up(c, "sent what was not its turn,", last);
            break;
        }
        c->tx_head += f->descriptors;
        nic_frame_free(f);
    }
    return c->broken ? -EIO : (int)(RING_SIZE - 1 - (c->tx_tail - c->tx_head));
}

/* With one interrupt for everything they are always on. */
static bool sent_interrupts(struct nic *n, bool on)
{
    struct card *c = card_of(n);
    if (c->tx_vector)
        mask(c, c->tx_vector, !on);
    return !is_done(c->tx_done, c->tx_taken);
}

static void fill_offload(struct tx_descriptor *d, uint8_t *frame, const struct netbuf *meta)
{
    if (meta->flags & NETBUF_GSO) {
        nic_clear_sums(frame, meta);
        d->len |= (uint32_t)meta->gso_size << TX_VALUE_SHIFT;
        d->flags |= TX_CUT | meta->header_len;
    } else if (meta->flags & NETBUF_NEEDS_CSUM) {
        d->len |= (uint32_t)(meta->csum_start + meta->csum_offset) << TX_VALUE_SHIFT;
        d->flags |= TX_SUM | meta->csum_start;
    }
}

/* The first descriptor becomes valid last. */
static int queue(struct nic *n, struct nic_frame *f, const struct nic_part *parts, unsigned count,
                 const struct netbuf *meta)
{
    struct card *c = card_of(n);
    unsigned start = c->tx_tail;
    struct tx_descriptor *first = &c->tx[slot(start)];
    uint32_t valid = generation(start) ? TX_GENERATION : 0;
    for (unsigned i = 0; i < count; i++, c->tx_tail++) {
        uint32_t now = generation(c->tx_tail) == (i > 0) ? TX_GENERATION : 0;
        c->tx[slot(c->tx_tail)] = (struct tx_descriptor){
            .address = parts[i].addr,
            .len = parts[i].len | now,
            .flags = i + 1 == count ? TX_END | TX_COMPLETE : 0,
        };
    }
    fill_offload(first, f->linear, meta);
    f->descriptors = count;
    c->slots->tx[slot(start)] = f;
    nic_write_barrier();
    WRITE_ONCE(first->len, (first->len & ~TX_GENERATION) | valid);
    return 0;
}

static void kick(struct netdev *d)
{
    struct card *c = container_of(d, struct card, nic.netdev);
    if (c->tx_told == c->tx_tail || c->broken)
        return;
    c->tx_told = c->tx_tail;
    nic_write_barrier();
    mmio_write32(c->pass_through + TXPROD, slot(c->tx_tail));
}

static void fill_shared(struct card *c)
{
    struct told *a = c->told;
    *a = (struct told){
        .queues.tx = {.ring = virt_to_phys(c->tx),
                      .completions = virt_to_phys(c->tx_done),
                      .ring_size = RING_SIZE,
                      .completions_size = RING_SIZE,
                      .vector = (uint8_t)c->tx_vector},
        .queues.rx = {.ring = {virt_to_phys(c->rx)},
                      .completions = virt_to_phys(c->rx_done),
                      .ring_size = {RING_SIZE},
                      .completions_size = RING_SIZE},
        .shared = {.magic = MAGIC,
                   .misc = {.driver_version = 1,
                            .guest = GUEST_64_BIT_LINUX,
                            .versions = VERSION_1,
                            .upt_versions = VERSION_1,
                            .features = FEATURE_RXCSUM,
                            .queues = virt_to_phys(&a->queues),
                            .queues_len = sizeof a->queues,
                            .mtu = c->nic.netdev.mtu,
                            .max_rx_fragments = 1,
                            .tx_queues = 1,
                            .rx_queues = 1},
                   .interrupts = {.auto_mask = c->masks,
                                  .count = (uint8_t)(1 + c->tx_vector),
                                  .moderation = {MODERATION_ADAPTIVE, MODERATION_ADAPTIVE}},
                   .filter = {.mode = RX_MODE_UNICAST | RX_MODE_BROADCAST | RX_MODE_ALL_MULTICAST,
                              .vlans = {1 /* untagged */}}},
    };
}

/* With empty rings; buffers are posted afterwards. */
static int activate(struct card *c)
{
    c->tx_head = c->tx_tail = c->tx_told = c->tx_taken = 0;
    c->rx_head = c->rx_tail = c->rx_told = c->rx_taken = 0;
    void *rings[] = {c->tx, c->rx, c->tx_done, c->rx_done};
    for (unsigned i = 0; i < ARRAY_LEN(rings); i++)
        memset(rings[i], 0, PAGE_SIZE);
    fill_shared(c);
    paddr_t shared = virt_to_phys(&c->told->shared);
    nic_write_barrier();
    mmio_write32(c->device + DSAL, (uint32_t)shared);
    mmio_write32(c->device + DSAH, (uint32_t)(shared >> 32));
    if (command(c, CMD_ACTIVATE_DEV))
        return -EIO;
    command(c, CMD_UPDATE_RX_MODE);
    return 0;
}

static bool link_is_up(const struct card *c)
{
    return command(c, CMD_GET_LINK) & LINK_UP;
}

/* After an error that the device tells of, a queue stands still: everything is set up anew. */
static void restart(struct card *c)
{
    struct nic *n = &c->nic;
    if (++c->resets > MAX_RESETS) {
        give_up(c, "had errors; resets so far:", MAX_RESETS);
        return;
    }
    log_warn("network card %s told of an error (sending %x, receiving %x): reset", n->netdev.name,
             c->told->queues.tx.status.error, c->told->queues.rx.status.error);
    command(c, CMD_QUIESCE_DEV);
    command(c, CMD_RESET_DEV);
    for (; c->rx_head != c->rx_tail; c->rx_head++)
        nic_buffer_free(c->slots->rx[slot(c->rx_head)]);
    while (c->tx_head != c->tx_tail) {
        struct nic_frame *f = c->slots->tx[slot(c->tx_head)];
        c->tx_head += f->descriptors;
        nic_frame_free(f);
    }
    if (activate(c)) {
        give_up(c, "could not be reset, try", c->resets);
        return;
    }
    post_missing(n);
    if (!c->muted)
        mask(c, 0, false);
    nic_sent(n);
}

static void handle_events(struct nic *n)
{
    struct card *c = card_of(n);
    uint32_t events = READ_ONCE(c->told->shared.events);
    if (!events || c->broken)
        return;
    mmio_write32(c->device + ECR, events);
    if (events & EVENT_LINK) {
        bool up = link_is_up(c);
        if (up != n->netdev.link_up)
            netdev_link(&n->netdev, up);
    }
    if (events & (EVENT_RX_ERROR | EVENT_TX_ERROR)) {
        command(c, CMD_GET_QUEUE_STATUS);
        restart(c);
    }
}

static void interrupt(void *card)
{
    struct card *c = card;
    if (c->kind == PCI_INTX && !mmio_read32(c->device + ICR))
        return; /* another device's on the same line */
    if (c->broken)
        return;
    handle_events(&c->nic);
    nic_interrupt(&c->nic);
}

static void sent_interrupt(void *card)
{
    struct card *c = card;
    if (c->kind == PCI_MSIX && !c->broken)
        nic_sent(&c->nic);
}

static const struct nic_ops ops = {
    .receive = receive,
    .publish = publish,
    .listen = listen,
    .mute = mute,
    .post = post_missing,
    .reap = reap,
    .events = handle_events,
    .sent_interrupts = sent_interrupts,
    .queue = queue,
};

static int find_memory(struct card *c)
{
    void **pages[] = {(void **)&c->told,    (void **)&c->tx,      (void **)&c->rx,
                      (void **)&c->tx_done, (void **)&c->rx_done, (void **)&c->slots};
    for (unsigned i = 0; i < ARRAY_LEN(pages); i++) {
        *pages[i] = page_alloc_zeroed(0);
        if (!*pages[i])
            return -ENOMEM;
    }
    return 0;
}

static void free_card(struct card *c, struct pci_device *d)
{
    void *pages[] = {c->told, c->tx, c->rx, c->tx_done, c->rx_done, c->slots};
    pci_disable(d);
    for (unsigned i = 0; i < ARRAY_LEN(pages); i++)
        if (pages[i])
            page_free(pages[i], 0);
    kfree(c);
}

static int open_device(struct card *c, struct pci_device *d)
{
    pci_enable(d);
    c->pass_through = pci_map_bar(d, 0, 0, REGISTERS);
    c->device = pci_map_bar(d, 1, 0, REGISTERS);
    if (!c->pass_through || !c->device)
        return -ENODEV;
    if (!(mmio_read32(c->device + VRRS) & VERSION_1) || !(mmio_read32(c->device + UVRS) & VERSION_1))
        return -ENODEV;
    mmio_write32(c->device + VRRS, VERSION_1);
    mmio_write32(c->device + UVRS, VERSION_1);
    command(c, CMD_RESET_DEV);
    return find_memory(c);
}

static void describe(struct card *c)
{
    struct nic *n = &c->nic;
    uint32_t mac[2] = {mmio_read32(c->device + MACL), mmio_read32(c->device + MACH)};
    memcpy(n->netdev.mac, mac, sizeof n->netdev.mac);
    n->netdev.mtu = 1500;
    n->netdev.features = NETDEV_TX_CSUM | NETDEV_TSO4 | NETDEV_TSO6 | NETDEV_RX_CSUM;
    n->netdev.kick = kick;
    n->ops = &ops;
    n->rx_max = RX_MAX;
    n->rx_target = nic_rx_first(n->rx_max);
}

/* Handlers look at the rings only once the device is active: until then there is nothing in them. */
static int set_interrupts(struct card *c, struct pci_device *d)
{
    c->kind = pci_interrupts(d, 2, (void (*const[])(void *)){interrupt, sent_interrupt}, (void *const[]){c, c});
    if (c->kind < 0)
        return c->kind;
    c->tx_vector = c->kind == PCI_MSIX;
    c->masks = (command(c, CMD_GET_CONF_INTR) >> MASK_MODE_SHIFT & MASK_MODE_MASK) == MASK_MODE_AUTO;
    return 0;
}

static int probe(struct pci_device *d)
{
    struct card *c = kzalloc(sizeof *c);
    if (!c)
        return -ENOMEM;
    int err = open_device(c, d);
    if (!err) {
        describe(c);
        err = set_interrupts(c, d);
    }
    if (err) {
        free_card(c, d);
        return err;
    }
    err = activate(c);
    if (err) { /* the handlers may still be called: its memory stays */
        c->broken = true;
        pci_disable(d);
        return err;
    }
    c->nic.netdev.link_up = link_is_up(c);
    err = nic_register(&c->nic);
    if (err)
        give_up(c, "cannot be registered, error", (unsigned)-err);
    mmio_write32(c->pass_through + RXPROD, slot(c->rx_tail));
    mask(c, 0, false);
    return err;
}

static const struct pci_match matches[] = {
    {.vendor = 0x15ad, .device = 0x07b0},
    {0},
};

DRIVER(vmxnet3) = {
    .name = "vmxnet3",
    .devices = "VMware vmxnet3 network card (PCI 15ad:07b0)",
    .pci = matches,
    .probe_pci = probe,
};
