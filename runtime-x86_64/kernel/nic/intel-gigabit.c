/* The 8254x and the 82574 alike: legacy receive descriptors, extended transmit descriptors with contexts for checksums
 * and for cutting segments, one queue each way. */
#include "nic/intel-gigabit.h"

#define CTRL_LRST (1u << 3)
#define CTRL_ASDE (1u << 5)
#define CTRL_SLU (1u << 6)
#define CTRL_ILOS (1u << 7)
#define CTRL_FORCED (3u << 11) /* FRCSPD, FRCDPLX */
#define CTRL_RST (1u << 26)
#define CTRL_VME_PHY_RST (3u << 30)
#define STATUS_LU (1u << 1)
#define EERD_START 1u
#define RAH_AV (1u << 31)
#define RCTL_EN (1u << 1) /* buffers of 2 KiB, and no long frames: nothing beyond 1,522 bytes is written */
#define RCTL_MPE (1u << 4)
#define RCTL_BAM (1u << 15)
#define RCTL_SECRC (1u << 26)
#define RXCSUM_TUOFL (1u << 9)
#define TCTL_EN (1u << 1)
#define TCTL_PSP (1u << 3)
#define TCTL_MULR (1u << 28) /* 82574: several reads at once, as the reset set it */
#define TCTL_COLLISIONS (15u << 4 | 64u << 12)
#define TIPG_COPPER (8u | 8u << 10 | 6u << 20)
#define ITR_INTERVAL 195 /* of 256 ns: 20,000 interrupts a second at most */
#define RESET_NS 20000   /* no register access in the first microsecond */
#define DONE_NS 10000000

struct gigabit_rx {
    uint64_t address;
    uint16_t length, checksum;
    uint8_t status, errors;
    uint16_t special;
};
#define RX_DD 1u
#define RX_EOP 2u
#define RX_IXSM 4u
#define RX_TCPCS 0x20u
#define RX_TCPE 0x20u
#define RX_IPE 0x40u
#define RX_FRAME_ERRORS 0x97u /* CE, SE, SEQ, CXE, RXE */

/* Data, or what the card shall do with the data that follows: such a context descriptor has the same size and the same
 * place for command and status. */
struct gigabit_tx {
    union {
        uint64_t address;
        struct {
            uint8_t ipcss, ipcso;
            uint16_t ipcse;
            uint8_t tucss, tucso;
            uint16_t tucse;
        };
    };
    uint32_t command; /* and length */
    union {
        uint32_t status; /* and options */
        struct {
            uint8_t context_status, hdrlen;
            uint16_t mss;
        };
    };
};
_Static_assert(sizeof(struct gigabit_rx) == 16 && sizeof(struct gigabit_tx) == 16, "descriptors");
#define TX_DATA (1u << 20)
#define TX_EOP (1u << 24)
#define TX_IFCS (1u << 25)
#define TX_TSE (1u << 26)
#define TX_RS (1u << 27)
#define TX_DEXT (1u << 29)
#define TX_CONTEXT_TCP (1u << 24)
#define TX_CONTEXT_IP (1u << 25)
#define TX_DD 1u
#define TX_IXSM (1u << 8)
#define TX_TXSM (2u << 8)

struct gigabit_slots {
    struct nic_buffer *rx[GIGABIT_RING_SIZE];
    struct nic_frame *tx[GIGABIT_RING_SIZE];
};
_Static_assert(sizeof(struct gigabit_slots) == PAGE_SIZE && GIGABIT_RING_SIZE * 16 == PAGE_SIZE, "a page each");

static struct gigabit *gigabit_of(struct nic *n)
{
    return container_of(n, struct gigabit, nic);
}

static unsigned slot(unsigned position)
{
    return position % GIGABIT_RING_SIZE;
}

static void post_buffer(struct gigabit *g, struct nic_buffer *b)
{
    unsigned at = slot(g->rx_tail++);
    g->slots->rx[at] = b;
    g->rx[at] = (struct gigabit_rx){.address = virt_to_phys(b->space)};
}

static void publish(struct nic *n)
{
    struct gigabit *g = gigabit_of(n);
    if (g->rx_told == g->rx_tail || g->broken)
        return;
    g->rx_told = g->rx_tail;
    nic_write_barrier();
    gigabit_write(g, GIGABIT_RDT, slot(g->rx_tail));
}

static void post_missing(struct nic *n)
{
    struct gigabit *g = gigabit_of(n);
    while (g->rx_tail - g->rx_head < n->rx_target) {
        struct nic_buffer *b = nic_buffer_new();
        if (!b)
            break;
        post_buffer(g, b);
    }
    publish(n);
}

static void give_up(struct gigabit *g, const char *what, unsigned value)
{
    g->broken = true;
    gigabit_write(g, GIGABIT_IMC, UINT32_MAX);
    gigabit_write(g, GIGABIT_RCTL, 0);
    gigabit_write(g, GIGABIT_TCTL, 0);
    log_warn("network card %s is given up: it %s %u", g->nic.netdev.name, what, value);
}

static bool waits(const struct gigabit *g)
{
    return !g->broken && g->rx_head != g->rx_tail && READ_ONCE(g->rx[slot(g->rx_head)].status) & RX_DD;
}

static bool receive(struct nic *n)
{
    struct gigabit *g = gigabit_of(n);
    if (!waits(g))
        return false;
    nic_read_barrier();
    unsigned at = slot(g->rx_head);
    struct gigabit_rx d = *(volatile struct gigabit_rx *)&g->rx[at];
    struct nic_buffer *b = g->slots->rx[at];
    if (d.length > NIC_BUFFER_SPACE) {
        give_up(g, "received a frame of", d.length);
        return false;
    }
    struct netbuf *frame = NULL;
    bool whole = d.status & RX_EOP && !g->in_parts && !(d.errors & RX_FRAME_ERRORS) && d.length;
    g->in_parts = !(d.status & RX_EOP);
    g->rx_head++;
    if (whole)
        frame = nic_accept(n, b, 0, d.length, &b);
    else
        netdev_dropped(&n->netdev, 1);
    post_buffer(g, b);
    if (!frame)
        return true;
    if ((d.status & (RX_TCPCS | RX_IXSM)) == RX_TCPCS && !(d.errors & (RX_TCPE | RX_IPE)))
        frame->flags = NETBUF_CSUM_OK;
    netdev_receive(&n->netdev, frame);
    return true;
}

static void unmask(struct gigabit *g)
{
    if (!g->broken)
        gigabit_write(g, GIGABIT_IMS, g->rx_causes | g->other_causes | (g->nic.tx_waiting ? g->tx_causes : 0));
    g->muted = false;
}

static bool listen(struct nic *n)
{
    struct gigabit *g = gigabit_of(n);
    if (!waits(g) && (g->masks || g->muted))
        unmask(g);
    return !waits(g);
}

static void mute(struct nic *n)
{
    struct gigabit *g = gigabit_of(n);
    g->muted = true;
    gigabit_write(g, GIGABIT_IMC, g->rx_causes);
}

/* Of the oldest frame: are all its descriptors done? */
static bool is_sent(const struct gigabit *g)
{
    if (g->tx_head == g->tx_tail)
        return false;
    unsigned last = g->tx_head + g->slots->tx[slot(g->tx_head)]->descriptors - 1;
    return READ_ONCE(g->tx[slot(last)].status) & TX_DD;
}

static int reap(struct nic *n)
{
    struct gigabit *g = gigabit_of(n);
    while (is_sent(g)) {
        struct nic_frame *f = g->slots->tx[slot(g->tx_head)];
        g->tx_head += f->descriptors;
        nic_frame_free(f);
    }
    return g->broken ? -EIO : (int)(GIGABIT_RING_SIZE - 1 - (g->tx_tail - g->tx_head));
}

static bool sent_interrupts(struct nic *n, bool on)
{
    struct gigabit *g = gigabit_of(n);
    gigabit_write(g, on ? GIGABIT_IMS : GIGABIT_IMC, g->tx_causes);
    return !is_sent(g);
}

/* What the card shall sum up or cut in the frame that follows. */
static void put_context(struct gigabit *g, const uint8_t *frame, const struct netbuf *meta)
{
    bool v6 = nic_is_ipv6(frame), cut = meta->flags & NETBUF_GSO;
    struct gigabit_tx d = {
        .ipcss = 14,
        .ipcso = v6 ? 0 : 14 + 10,
        .ipcse = (uint16_t)(meta->csum_start - 1),
        .tucss = (uint8_t)meta->csum_start,
        .tucso = (uint8_t)(meta->csum_start + meta->csum_offset),
        .command = TX_DEXT | TX_CONTEXT_TCP | (v6 ? 0 : TX_CONTEXT_IP),
    };
    if (cut) {
        d.command |= TX_TSE | (meta->len - meta->header_len);
        d.hdrlen = (uint8_t)meta->header_len;
        d.mss = meta->gso_size;
    }
    g->tx[slot(g->tx_tail++)] = d;
}

static int queue(struct nic *n, struct nic_frame *f, const struct nic_part *parts, unsigned count,
                 const struct netbuf *meta)
{
    struct gigabit *g = gigabit_of(n);
    unsigned first = g->tx_tail;
    uint32_t command = TX_DEXT | TX_DATA | TX_IFCS, options = 0;
    if (meta->flags & NETBUF_NEEDS_CSUM) {
        put_context(g, f->linear, meta);
        options = TX_TXSM;
    }
    if (meta->flags & NETBUF_GSO) {
        nic_clear_sums(f->linear, meta);
        command |= TX_TSE;
        options |= nic_is_ipv6(f->linear) ? 0 : TX_IXSM;
    }
    for (unsigned i = 0; i < count; i++)
        g->tx[slot(g->tx_tail++)] = (struct gigabit_tx){
            .address = parts[i].addr,
            .command = parts[i].len | command | (i + 1 == count ? TX_EOP | TX_RS : 0),
            .status = options,
        };
    f->descriptors = g->tx_tail - first;
    g->slots->tx[slot(first)] = f;
    return 0;
}

static void kick(struct netdev *d)
{
    struct gigabit *g = container_of(d, struct gigabit, nic.netdev);
    if (g->tx_told == g->tx_tail || g->broken)
        return;
    g->tx_told = g->tx_tail;
    nic_write_barrier();
    gigabit_write(g, GIGABIT_TDT, slot(g->tx_tail));
}

static bool link_is_up(const struct gigabit *g)
{
    return gigabit_read(g, GIGABIT_STATUS) & STATUS_LU;
}

static void other_causes(struct gigabit *g, uint32_t causes)
{
    if (causes & GIGABIT_CAUSE_RXO)
        netdev_dropped(&g->nic.netdev, gigabit_read(g, GIGABIT_MPC));
    bool up = causes & GIGABIT_CAUSE_LSC ? link_is_up(g) : g->nic.netdev.link_up;
    if (up != g->nic.netdev.link_up)
        netdev_link(&g->nic.netdev, up);
}

/* The line may be shared: reading the causes clears them. */
void gigabit_interrupt(void *gigabit)
{
    struct gigabit *g = gigabit;
    if (!g->messages) {
        uint32_t causes = gigabit_read(g, GIGABIT_ICR);
        if (!causes)
            return;
        other_causes(g, causes);
    }
    nic_interrupt(&g->nic);
}

void gigabit_other_interrupt(void *gigabit)
{
    struct gigabit *g = gigabit;
    if (!g->messages)
        return;
    uint32_t causes = gigabit_read(g, GIGABIT_ICR) & (g->other_causes | GIGABIT_CAUSE_OTHER);
    gigabit_write(g, GIGABIT_ICR, causes);
    other_causes(g, causes);
    if (!g->muted)
        unmask(g);
}

static void events(struct nic *n)
{
    struct gigabit *g = gigabit_of(n);
    if (g->broken)
        return;
    if (g->messages)
        gigabit_other_interrupt(g);
    else
        other_causes(g, gigabit_read(g, GIGABIT_ICR));
}

/* Until the bits are as wanted, or it has taken too long. */
static bool wait_for(const struct gigabit *g, unsigned reg, uint32_t mask, uint32_t wanted)
{
    uint64_t end = clock_monotonic() + DONE_NS;
    while ((gigabit_read(g, reg) & mask) != wanted)
        if (clock_monotonic() >= end)
            return false;
    return true;
}

static bool reset(struct gigabit *g)
{
    gigabit_write(g, GIGABIT_IMC, UINT32_MAX);
    gigabit_write(g, GIGABIT_RCTL, 0);
    gigabit_write(g, GIGABIT_TCTL, 0);
    gigabit_write(g, GIGABIT_CTRL, gigabit_read(g, GIGABIT_CTRL) | CTRL_RST);
    for (uint64_t end = clock_monotonic() + RESET_NS; clock_monotonic() < end;)
        ;
    if (!wait_for(g, GIGABIT_CTRL, CTRL_RST, 0))
        return false;
    gigabit_write(g, GIGABIT_IMC, UINT32_MAX);
    gigabit_read(g, GIGABIT_ICR);
    return true;
}

/* From the first receive address, which the reset loads; else as the first three words of the EEPROM tell. */
static bool read_mac(const struct gigabit *g, uint8_t mac[6], uint32_t eerd_done)
{
    uint32_t low = gigabit_read(g, GIGABIT_RAL), high = gigabit_read(g, GIGABIT_RAH);
    uint16_t words[3] = {(uint16_t)low, (uint16_t)(low >> 16), (uint16_t)high};
    bool loaded = high & RAH_AV && (low || (uint16_t)high);
    for (unsigned i = 0; i < ARRAY_LEN(words) && !loaded; i++) {
        gigabit_write(g, GIGABIT_EERD, EERD_START | i * (eerd_done == 2 ? 4 : 256));
        if (!wait_for(g, GIGABIT_EERD, eerd_done, eerd_done))
            return false;
        words[i] = (uint16_t)(gigabit_read(g, GIGABIT_EERD) >> 16);
    }
    memcpy(mac, words, sizeof words);
    if (!loaded) {
        gigabit_write(g, GIGABIT_RAL, words[0] | (uint32_t)words[1] << 16);
        gigabit_write(g, GIGABIT_RAH, words[2] | RAH_AV);
    }
    return true;
}

static const struct nic_ops ops = {
    .receive = receive,
    .publish = publish,
    .listen = listen,
    .mute = mute,
    .post = post_missing,
    .reap = reap,
    .events = events,
    .sent_interrupts = sent_interrupts,
    .queue = queue,
};

struct gigabit *gigabit_open(struct pci_device *d, uint32_t eerd_done)
{
    struct gigabit *g = kzalloc(sizeof *g);
    if (!g)
        return NULL;
    pci_enable(d);
    g->registers = pci_map_bar(d, 0, 0, GIGABIT_REGISTERS);
    g->rx = page_alloc_zeroed(0);
    g->tx = page_alloc_zeroed(0);
    g->slots = page_alloc_zeroed(0);
    struct nic *n = &g->nic;
    const char *missing = !g->registers                            ? "registers"
                          : !g->rx || !g->tx || !g->slots          ? "memory"
                          : !reset(g)                              ? "answer to a reset"
                          : !read_mac(g, n->netdev.mac, eerd_done) ? "address"
                                                                   : NULL;
    if (missing) {
        log_warn("PCI %02x:%02x.%x: network card without %s", d->bus, d->slot, d->function, missing);
        gigabit_close(g, d);
        return NULL;
    }
    n->ops = &ops;
    n->rx_max = GIGABIT_RING_SIZE - 1; /* a tail at the head means none */
    n->rx_target = nic_rx_first(n->rx_max);
    n->extra_descriptors = 1;
    n->netdev.mtu = 1500;
    n->netdev.kick = kick;
    return g;
}

void gigabit_close(struct gigabit *g, struct pci_device *d)
{
    pci_disable(d);
    void *pages[] = {g->rx, g->tx, g->slots};
    for (unsigned i = 0; i < ARRAY_LEN(pages); i++)
        if (pages[i])
            page_free(pages[i], 0);
    kfree(g);
}

static void set_ring(const struct gigabit *g, unsigned base, const void *ring)
{
    paddr_t address = virt_to_phys(ring);
    gigabit_write(g, base, (uint32_t)address);
    gigabit_write(g, base + GIGABIT_RDBAH - GIGABIT_RDBAL, (uint32_t)(address >> 32));
    gigabit_write(g, base + GIGABIT_RDLEN - GIGABIT_RDBAL, PAGE_SIZE);
    gigabit_write(g, base + GIGABIT_RDH - GIGABIT_RDBAL, 0);
    gigabit_write(g, base + GIGABIT_RDT - GIGABIT_RDBAL, 0);
}

int gigabit_start(struct gigabit *g)
{
    set_ring(g, GIGABIT_RDBAL, g->rx);
    set_ring(g, GIGABIT_TDBAL, g->tx);
    gigabit_write(g, GIGABIT_RDTR, 0);
    gigabit_write(g, GIGABIT_RADV, 0);
    gigabit_write(g, GIGABIT_ITR, ITR_INTERVAL);
    gigabit_write(g, GIGABIT_RXCSUM, RXCSUM_TUOFL);
    uint32_t off = CTRL_LRST | CTRL_ILOS | CTRL_FORCED | CTRL_VME_PHY_RST;
    gigabit_write(g, GIGABIT_CTRL, (gigabit_read(g, GIGABIT_CTRL) & ~off) | CTRL_SLU | CTRL_ASDE);
    gigabit_write(g, GIGABIT_RCTL, RCTL_EN | RCTL_MPE | RCTL_BAM | RCTL_SECRC);
    gigabit_write(g, GIGABIT_TIPG, TIPG_COPPER);
    gigabit_write(g, GIGABIT_TCTL, (gigabit_read(g, GIGABIT_TCTL) & TCTL_MULR) | TCTL_EN | TCTL_PSP | TCTL_COLLISIONS);
    g->nic.netdev.link_up = link_is_up(g);
    unmask(g);
    int err = nic_register(&g->nic);
    if (err)
        give_up(g, "cannot be registered, error", (unsigned)-err);
    return err;
}
