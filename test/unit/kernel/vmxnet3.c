/* The vmxnet3 driver over a fake device: frames arrive intact and leave as asked, memory returns, a device that errs is
 * reset, a hostile one does no harm. */
#include "nic-host.h"
#include "drivers/vmxnet3.c"

static struct {
    struct shared *shared;
    struct queues *queues;
    uint64_t address;
    uint32_t answer, mac[2], versions, link, masked, acknowledged;
    unsigned rx_next, rx_done, tx_next, tx_done, activations, doorbells;
    bool refuses, line, active, flooding;
} dev;

static void activate_device(void)
{
    dev.shared = (struct shared *)dev.address;
    CHECK(dev.shared->magic == 0xbabefee1 && dev.shared->misc.queues % 128 == 0);
    CHECK(dev.shared->misc.tx_queues == 1 && dev.shared->misc.rx_queues == 1 && dev.shared->misc.mtu == 1500);
    dev.queues = (struct queues *)dev.shared->misc.queues;
    CHECK(dev.queues->rx.ring[0] % 512 == 0 && dev.queues->tx.ring % 512 == 0);
    CHECK(dev.queues->rx.ring_size[0] == RING_SIZE && dev.queues->tx.ring_size == RING_SIZE);
    dev.rx_next = dev.rx_done = dev.tx_next = dev.tx_done = 0;
    dev.activations++;
    dev.active = true;
}

static uint32_t fake_read(unsigned bar, unsigned reg)
{
    CHECK(bar == 1);
    switch (reg) {
    case VRRS:
        return dev.versions;
    case UVRS:
        return 1;
    case CMD:
        return dev.answer;
    case MACL:
        return dev.mac[0];
    case MACH:
        return dev.mac[1];
    case ICR:
        return dev.line;
    }
    CHECK(!"a register that is read");
    return 0;
}

static void run_command(uint32_t command)
{
    dev.answer = 0;
    if (command == CMD_ACTIVATE_DEV && dev.refuses)
        dev.answer = 1;
    else if (command == CMD_ACTIVATE_DEV)
        activate_device();
    else if (command == CMD_RESET_DEV || command == CMD_QUIESCE_DEV)
        dev.active = false;
    else if (command == CMD_GET_LINK)
        dev.answer = dev.link;
}

static void fill_all(void);
static void fake_write(unsigned bar, unsigned reg, uint32_t value)
{
    if (bar == 0 && reg < 8 * MAX_INTERRUPTS)
        dev.masked = value ? dev.masked | 1u << reg / 8 : dev.masked & ~(1u << reg / 8);
    else if (bar == 0 && reg == TXPROD)
        dev.doorbells++;
    else if (bar == 0 && reg == RXPROD && dev.flooding)
        fill_all();
    else if (reg == DSAL)
        dev.address = value;
    else if (reg == DSAH)
        dev.address |= (uint64_t)value << 32;
    else if (reg == ECR)
        dev.shared->events &= ~value;
    else if (reg == CMD)
        run_command(value);
}

static struct card *start(int kind)
{
    struct pci_device d = {.vendor = 0x15ad, .device = 0x07b0};
    memset(&dev, 0, sizeof dev);
    frames = dropped = space_told = link_changes = warnings = rests = 0;
    interrupt_kind = kind;
    dev.mac[0] = 0x12290c00;
    dev.mac[1] = 0x5634;
    dev.versions = 7;
    dev.link = 1;
    dev.masked = UINT32_MAX;
    dev.line = true;
    CHECK(probe(&d) == 0 && dev.active && enabled == 1);
    return container_of(card, struct card, nic.netdev);
}

static void stop(struct card *c)
{
    for (; c->rx_head != c->rx_tail; c->rx_head++)
        nic_buffer_free(c->slots->rx[slot(c->rx_head)]);
    while (c->tx_head != c->tx_tail) {
        struct nic_frame *f = c->slots->tx[slot(c->tx_head)];
        c->tx_head += f->descriptors;
        nic_frame_free(f);
    }
    free_card(c, NULL);
}

static void complete(struct card *c, uint32_t word0, uint32_t word2, uint32_t word3)
{
    struct completion *to = &c->rx_done[slot(dev.rx_done)];
    to->word[0] = word0;
    to->word[2] = word2;
    to->word[3] = word3 | (generation(dev.rx_done++) ? COMPLETION_GENERATION : 0);
}

/* The device writes a frame into the next buffer; false: it has none. */
static bool deliver(struct card *c, uint32_t len, uint8_t seed, uint32_t word0, uint32_t word2, uint32_t word3)
{
    struct rx_descriptor *d = &c->rx[slot(dev.rx_next)];
    if (!!(d->len & RX_GENERATION) != generation(dev.rx_next))
        return false;
    CHECK((d->len & 0x3fff) == NIC_BUFFER_SPACE && !(d->len & 0x7fffc000)); /* a head buffer */
    for (uint32_t i = 0; i < len && i < NIC_BUFFER_SPACE; i++)
        ((uint8_t *)d->address)[i] = (uint8_t)(seed + i);
    complete(c, slot(dev.rx_next++) | word0, len | word2, word3);
    return true;
}
static bool deliver_good(struct card *c, uint32_t len, uint8_t seed)
{
    return deliver(c, len, seed, RX_SOP | RX_EOP, 0, RX_SUM_OK);
}
static void run_interrupt(void)
{
    handlers[0](handler_args[0]);
}

static void finds_the_device(void)
{
    struct card *c = start(PCI_MSIX);
    CHECK(!memcmp(card->mac, "\x00\x0c\x29\x12\x34\x56", 6) && card->link_up);
    CHECK(!(dev.masked & 1) && dev.masked & 2); /* sent frames interrupt only when somebody waits for room */
    CHECK(dev.queues->tx.vector == 1 && dev.shared->interrupts.count == 2 && dev.shared->interrupts.auto_mask);
    stop(c);
    c = start(PCI_INTX);
    CHECK(dev.queues->tx.vector == 0 && dev.shared->interrupts.count == 1);
    stop(c);
    struct pci_device d = {.vendor = 0x15ad};
    dev.versions = 2;
    CHECK(probe(&d) == -ENODEV && enabled == 0);
    dev.versions = 1;
    interrupt_kind = -ENOMEM;
    CHECK(probe(&d) == -ENOMEM && enabled == 0);
}

static void frames_arrive(int kind)
{
    struct card *c = start(kind);
    static const uint32_t lengths[] = {14, 60, 256, 257, 1514, 1518};
    for (unsigned round = 0; round < 1000; round++) {
        uint32_t len = lengths[round % ARRAY_LEN(lengths)];
        CHECK(deliver_good(c, 60, 0) && deliver_good(c, len, (uint8_t)round));
        dev.masked |= kind == PCI_POLLED ? 0 : 1; /* the device masks by itself */
        run_interrupt();
        CHECK(frames == 2 * (round + 1) && last_len == len && last_flags == NETBUF_CSUM_OK && !(dev.masked & 1));
        for (uint32_t i = 0; i < len; i++)
            CHECK(last_frame[i] == (uint8_t)(round + i));
    }
    CHECK(dropped == 0 && warnings == 0);
    stop(c);
}

static void anothers_interrupt_on_the_line_is_passed_by(void)
{
    struct card *c = start(PCI_INTX);
    CHECK(deliver_good(c, 60, 0));
    dev.line = false;
    run_interrupt();
    CHECK(frames == 0);
    dev.line = true;
    run_interrupt();
    CHECK(frames == 1);
    stop(c);
}

static void bad_frames_are_dropped_and_counted(void)
{
    struct card *c = start(PCI_MSI);
    uint32_t whole = RX_SOP | RX_EOP;
    CHECK(deliver(c, 100, 0, whole, RX_ERROR, 0) && deliver(c, 0, 0, whole, 0, 0));
    CHECK(deliver(c, 100, 0, RX_SOP, 0, 0) && deliver(c, 100, 0, RX_EOP, 0, 0));
    run_interrupt();
    CHECK(frames == 0 && dropped == 4 && warnings == 0);
    CHECK(deliver(c, 100, 0, whole | RX_SUM_UNKNOWN, 0, RX_SUM_OK));
    run_interrupt();
    CHECK(frames == 1 && last_flags == 0);
    CHECK(deliver(c, 100, 0, whole, 0, 0));
    run_interrupt();
    CHECK(frames == 2 && last_flags == 0);
    out_of_memory = true;
    CHECK(deliver_good(c, 1000, 0));
    run_interrupt();
    CHECK(frames == 2 && dropped == 5 && c->rx_tail - c->rx_head == c->nic.rx_target);
    out_of_memory = false;
    stop(c);
}

static void skipped_buffers_are_posted_again(void)
{
    struct card *c = start(PCI_MSI);
    for (unsigned round = 0; round < 500; round++) {
        dev.rx_next += 3;
        CHECK(deliver_good(c, 700, (uint8_t)round));
        run_interrupt();
        CHECK(frames == round + 1 && last_frame[0] == (uint8_t)round);
        CHECK(c->rx_tail - c->rx_head >= NIC_RX_FIRST);
    }
    CHECK(warnings == 0);
    stop(c);
}

static void a_wrong_buffer_or_length_gives_the_device_up(void)
{
    for (unsigned i = 0; i < 3; i++) {
        struct card *c = start(PCI_MSI);
        if (i == 0)
            complete(c, (2 * RING_SIZE + 2) | RX_SOP | RX_EOP, 100, 0);
        else if (i == 1)
            complete(c, 200 | RX_SOP | RX_EOP, 100, 0);
        else
            CHECK(deliver_good(c, NIC_BUFFER_SPACE + 1, 0));
        run_interrupt();
        CHECK(frames == 0 && warnings == 1 && !dev.active);
        CHECK(transmit_frame(100, false, 0) == -EIO);
        run_interrupt();
        CHECK(warnings == 1);
        stop(c);
    }
}

static void a_frame_sent_out_of_turn_gives_the_device_up(void)
{
    for (unsigned wrong = 0; wrong < 3; wrong++) {
        struct card *c = start(PCI_MSI);
        for (unsigned i = 0; i < 2 && wrong; i++)
            CHECK(transmit_frame(5000, false, 0) == 0); /* two descriptors each */
        c->tx_done[0].word[0] = wrong == 0 ? 1 : wrong == 1 ? 3 : 2 * RING_SIZE + 1;
        c->tx_done[0].word[3] = COMPLETION_GENERATION;
        CHECK(transmit_frame(100, false, 0) == -EIO && warnings == 1 && !dev.active);
        stop(c);
    }
}

static void bursts_make_the_ring_grow_while_memory_lasts(void)
{
    free_pages = 64;
    struct card *c = start(PCI_MSI);
    for (unsigned i = 0; i < 12; i++) {
        unsigned posted = 0;
        while (deliver_good(c, 1000, 0))
            posted++;
        CHECK(i < 6 ? posted == NIC_RX_FIRST : posted >= NIC_RX_FIRST);
        run_interrupt();
        free_pages = i < 5 ? 64 : 100000;
    }
    CHECK(c->rx_tail - c->rx_head == RX_MAX);
    stop(c);
    free_pages = 2000;
}

/* A device that wants to be told of buffers, and fills them at once. */
static void fill_all(void)
{
    while (deliver_good(container_of(card, struct card, nic.netdev), 100, 0))
        ;
}

static void a_flood_lets_the_app_run(int kind)
{
    struct card *c = start(kind);
    dev.queues->rx.wants_rxprod = 1;
    dev.flooding = true;
    fill_all();
    run_interrupt();
    CHECK(frames == 256 && rests == 1 && c->nic.rest.armed && dev.masked & 1);
    run_interrupt();
    CHECK(frames == 256); /* at rest */
    fire(&c->nic.rest);
    CHECK(frames == 512 && rests == 2 && dev.masked & 1);
    dev.flooding = false;
    fire(&c->nic.rest);
    CHECK(!c->nic.rest.armed && !(dev.masked & 1));
    stop(c);
}

static void the_link_goes_down_and_up(int kind)
{
    struct card *c = start(kind);
    for (unsigned i = 1; i <= 4; i++) {
        dev.link = i & 1 ? 0 : 10000 << 16 | 1;
        dev.shared->events |= EVENT_LINK;
        run_interrupt();
        CHECK(link_changes == i && card->link_up == !(i & 1) && dev.shared->events == 0);
    }
    stop(c);
}

/* Puts the next frame together as the device sees it, and completes it. */
static uint8_t seen[1 << 17];
static uint32_t first_len, first_flags;
static unsigned take_frame(struct card *c, bool finish)
{
    unsigned len = 0;
    for (bool first = true, end = false; !end; first = false) {
        struct tx_descriptor *d = &c->tx[slot(dev.tx_next)];
        CHECK(!!(d->len & TX_GENERATION) == generation(dev.tx_next));
        dev.tx_next++;
        unsigned part = d->len & 0x3fff;
        first_len = first ? d->len : first_len;
        first_flags = first ? d->flags : first_flags;
        memcpy(seen + len, (void *)d->address, part);
        len += part;
        end = d->flags & TX_END;
    }
    if (finish) {
        struct completion *to = &c->tx_done[slot(dev.tx_done)];
        to->word[0] = slot(dev.tx_next - 1);
        to->word[3] = generation(dev.tx_done++) ? COMPLETION_GENERATION : 0;
    }
    return len;
}
static bool has_frame(const struct card *c)
{
    return !!(c->tx[slot(dev.tx_next)].len & TX_GENERATION) == generation(dev.tx_next);
}

static void frames_leave(void)
{
    struct card *c = start(PCI_MSIX);
    for (unsigned round = 0; round < 3000; round++) {
        bool v6 = round % 2, cut = round % 3 == 0, sum = cut || round % 5 == 0;
        uint32_t total = cut ? 200 + (uint32_t)(random_u64() % 65000) : 60 + (uint32_t)(random_u64() % 1455);
        CHECK(!has_frame(c));
        CHECK(transmit_frame(total, v6, (sum ? NETBUF_NEEDS_CSUM : 0) | (cut ? NETBUF_GSO : 0)) == 0);
        card->kick(card);
        CHECK(dev.doorbells == round + 1 && take_frame(c, true) == total);
        if (cut)
            expect_cleared_sums();
        CHECK(memcmp(seen, sent_data, total) == 0);
        CHECK((first_flags & 0xc00) == (cut ? TX_CUT : sum ? TX_SUM : 0));
        CHECK(first_len >> 18 == (cut ? 1448u : sum ? sent_meta.csum_start + 16u : 0));
        CHECK((first_flags & 0x3ff) == (cut ? sent_meta.header_len : sum ? sent_meta.csum_start : 0));
    }
    stop(c);
}

static void a_full_ring_says_again_and_then_tells(int kind)
{
    struct card *c = start(kind);
    unsigned queued = 0;
    while (transmit_frame(100, false, 0) == 0)
        queued++;
    CHECK(queued == RING_SIZE - 1 && transmit_frame(100, false, 0) == -EAGAIN && dev.doorbells == 1);
    CHECK(kind != PCI_MSIX || !(dev.masked & 2));
    while (has_frame(c))
        take_frame(c, true);
    handlers[kind == PCI_MSIX](handler_args[0]);
    CHECK(space_told == 1 && c->tx_head == c->tx_tail && (kind != PCI_MSIX || dev.masked & 2));
    CHECK(transmit_frame(100, false, 0) == 0);
    stop(c);
}

static void errors_reset_the_device_a_few_times(void)
{
    struct card *c = start(PCI_MSIX);
    for (unsigned i = 1; i <= MAX_RESETS; i++) {
        CHECK(transmit_frame(3000, false, 0) == 0 && deliver_good(c, 100, 0));
        dev.shared->events |= i & 1 ? EVENT_TX_ERROR : EVENT_RX_ERROR;
        run_interrupt();
        CHECK(dev.activations == 1 + i && dev.active && warnings == i && c->tx_tail == 0);
        CHECK(deliver_good(c, 500, 3));
        run_interrupt();
        CHECK(last_len == 500);
    }
    dev.shared->events |= EVENT_TX_ERROR;
    run_interrupt();
    CHECK(dev.activations == 1 + MAX_RESETS && !dev.active && warnings == MAX_RESETS + 1);
    CHECK(transmit_frame(100, false, 0) == -EIO);
    stop(c);
    c = start(PCI_MSIX);
    dev.refuses = true;
    dev.shared->events |= EVENT_TX_ERROR;
    run_interrupt();
    CHECK(c->broken && warnings == 2);
    stop(c);
}

static void hostile_round(void)
{
    static const int kinds[] = {PCI_MSIX, PCI_MSI, PCI_INTX, PCI_POLLED};
    struct card *c = start(kinds[random_u64() % ARRAY_LEN(kinds)]);
    for (unsigned step = 0; step < 300 && random_left(); step++) {
        uint64_t dice = random_u64() % 10;
        if (dice < 3)
            deliver(c, (uint32_t)(random_u64() % 1600), 1, (uint32_t)random_u64() & 0xffffc000,
                    (uint32_t)random_u64() & RX_ERROR, (uint32_t)random_u64() & ~COMPLETION_GENERATION);
        else if (dice < 6)
            transmit_frame(100 + (uint32_t)(random_u64() % 9000), false, random_u64() % 2 ? NETBUF_NEEDS_CSUM : 0);
        else if (dice < 8 && has_frame(c))
            take_frame(c, true);
        else if (dice == 8)
            c->rx[random_u64() % RING_SIZE] = (struct rx_descriptor){random_u64(), (uint32_t)random_u64(), 0};
        else if (random_u64() % 20 == 0)
            ((random_u64() % 2) ? c->tx_done : c->rx_done)[random_u64() % RING_SIZE].word[random_u64() % 4] =
                (uint32_t)random_u64();
        if (random_u64() % 100 == 0)
            dev.shared->events = (uint32_t)random_u64();
        dev.link = (uint32_t)random_u64();
        run_interrupt();
        handlers[1](handler_args[1]);
        if (c->nic.rest.armed)
            fire(&c->nic.rest);
        if (dice == 8) /* the descriptors that the fake device reads itself */
            break;
    }
    CHECK(warnings <= 2 + MAX_RESETS);
    stop(c);
}

static void survives_a_hostile_device(void)
{
    for (unsigned round = 0; round < 400; round++)
        hostile_round();
}

int main(void)
{
    finds_the_device();
    static const int kinds[] = {PCI_MSIX, PCI_MSI, PCI_INTX, PCI_POLLED};
    for (unsigned i = 0; i < ARRAY_LEN(kinds); i++) {
        frames_arrive(kinds[i]);
        the_link_goes_down_and_up(kinds[i]);
        a_full_ring_says_again_and_then_tells(kinds[i]);
        a_flood_lets_the_app_run(kinds[i]);
    }
    anothers_interrupt_on_the_line_is_passed_by();
    bad_frames_are_dropped_and_counted();
    skipped_buffers_are_posted_again();
    a_wrong_buffer_or_length_gives_the_device_up();
    a_frame_sent_out_of_turn_gives_the_device_up();
    bursts_make_the_ring_grow_while_memory_lasts();
    frames_leave();
    errors_reset_the_device_a_few_times();
    survives_a_hostile_device();
    puts("OK");
}
