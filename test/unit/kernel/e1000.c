/* The drivers of Intel's gigabit cards over a fake card: frames arrive intact and leave as asked, memory returns, a
 * hostile card does no harm. */
#include "nic-host.h"
#include "nic/intel-gigabit.c"
#define probe probe_e1000
#define matches matches_e1000
#include "drivers/e1000.c"
#undef probe
#undef matches
#undef INTEL
#undef EERD_DONE
#define probe probe_e1000e
#define matches matches_e1000e
#include "drivers/e1000e.c"
#undef probe
#undef matches

static uint32_t registers[BAR_SIZE / 4];
static uint32_t pending, wanted; /* interrupt causes; those not masked */
static unsigned rx_next, tx_next;
static bool is_82574;
static bool late_link;
static bool deaf; /* does not come out of its reset */
static const uint16_t eeprom[3] = {0x5452, 0x3412, 0x7856};

#define REG(name) registers[GIGABIT_##name / 4]
static uint32_t fake_read(unsigned bar, unsigned reg)
{
    CHECK(bar == 0);
    uint32_t value = registers[reg / 4];
    if (reg == GIGABIT_ICR) {
        value = pending;
        pending = 0;
        if (REG(CTRL_EXT) & 1u << 27)
            wanted &= ~REG(IAM);
    }
    if (reg == GIGABIT_MPC)
        registers[reg / 4] = 0;
    return value;
}
static bool flooding; /* the card fills each buffer as soon as it is told of it */
static void fill_all(void);
static void fake_write(unsigned bar, unsigned reg, uint32_t value)
{
    CHECK(bar == 0);
    registers[reg / 4] = value;
    if (reg == GIGABIT_CTRL && !deaf)
        registers[reg / 4] &= ~CTRL_RST;
    if (reg == GIGABIT_IMS)
        wanted |= value;
    if (reg == GIGABIT_IMC)
        wanted &= ~value;
    if (reg == GIGABIT_ICR)
        pending &= ~value;
    if (reg == GIGABIT_RDT && flooding)
        fill_all();
    if (reg == GIGABIT_EERD && value & 1) {
        unsigned done = is_82574 ? 2 : 16, word = value >> (is_82574 ? 2 : 8) & 0xff;
        registers[reg / 4] = word < 3 ? (uint32_t)eeprom[word] << 16 | done : 0;
    }
}

static struct gigabit *start(uint16_t device, int kind)
{
    struct pci_device d = {.vendor = 0x8086, .device = device};
    memset(registers, 0, sizeof registers);
    pending = wanted = rx_next = tx_next = 0;
    frames = dropped = space_told = link_changes = warnings = rests = 0;
    interrupt_kind = kind;
    REG(RAL) = 0x12005452;
    REG(RAH) = RAH_AV | 0x5634;
    REG(STATUS) = late_link ? 0 : STATUS_LU;
    is_82574 = device == 0x10d3;
    CHECK((is_82574 ? probe_e1000e : probe_e1000)(&d) == 0 && enabled == 1);
    return container_of(card, struct gigabit, nic.netdev);
}

static void stop(struct gigabit *g)
{
    for (; g->rx_head != g->rx_tail; g->rx_head++)
        nic_buffer_free(g->slots->rx[slot(g->rx_head)]);
    while (g->tx_head != g->tx_tail) {
        struct nic_frame *f = g->slots->tx[slot(g->tx_head)];
        g->tx_head += f->descriptors;
        nic_frame_free(f);
    }
    gigabit_close(g, NULL);
}

/* The card writes a frame into the next buffer; false: it has none. */
static bool deliver(struct gigabit *g, uint32_t len, uint8_t seed, uint8_t status, uint8_t errors)
{
    if (rx_next == REG(RDT))
        return false;
    struct gigabit_rx *d = &g->rx[rx_next];
    for (uint32_t i = 0; i < len && i < 1522; i++)
        ((uint8_t *)d->address)[i] = (uint8_t)(seed + i);
    d->length = (uint16_t)len;
    d->errors = errors;
    d->status = status;
    rx_next = (rx_next + 1) % GIGABIT_RING_SIZE;
    return true;
}
static void interrupt(uint32_t causes)
{
    pending |= causes;
    handlers[0](handler_args[0]);
}

static void finds_its_address(void)
{
    struct gigabit *g = start(0x100e, PCI_INTX);
    CHECK(!memcmp(card->mac, "\x52\x54\x00\x12\x34\x56", 6) && card->link_up && card->mtu == 1500);
    CHECK(card->features == (NETDEV_TX_CSUM | NETDEV_RX_CSUM | NETDEV_TSO4));
    CHECK(wanted == (GIGABIT_CAUSE_RXT0 | GIGABIT_CAUSE_RXO | GIGABIT_CAUSE_LSC));
    stop(g);
    g = start(0x1004, PCI_INTX);
    CHECK(!(card->features & NETDEV_TSO4));
    stop(g);
    for (unsigned done = 2; done <= 16; done += 14) {
        struct gigabit bare = {.registers = bars};
        uint8_t mac[6];
        is_82574 = done == 2;
        REG(RAH) = 0;
        CHECK(read_mac(&bare, mac, done) && !memcmp(mac, "\x52\x54\x12\x34\x56\x78", 6));
        CHECK(REG(RAH) == (RAH_AV | 0x7856) && REG(RAL) == 0x34125452);
        REG(RAH) = 0;
        CHECK(!read_mac(&bare, mac, 8)); /* it never says that it is done */
    }
}

static void tells_of_a_card_that_does_not_answer(void)
{
    struct pci_device d = {.vendor = 0x8086, .device = 0x100e};
    deaf = true;
    warnings = 0;
    CHECK(probe_e1000(&d) == -EIO && warnings == 1 && enabled == 0);
    deaf = false;
    interrupt_kind = -ENOMEM;
    CHECK(probe_e1000(&d) == -ENOMEM && enabled == 0);
}

static void frames_arrive(uint16_t device, int kind)
{
    struct gigabit *g = start(device, kind);
    static const uint32_t lengths[] = {14, 60, 256, 257, 1514, 1522};
    for (unsigned round = 0; round < 1000; round++) {
        uint32_t len = lengths[round % ARRAY_LEN(lengths)];
        CHECK(deliver(g, 60, 0, RX_DD | RX_EOP, 0));
        CHECK(deliver(g, len, (uint8_t)round, RX_DD | RX_EOP | RX_TCPCS, 0));
        interrupt(GIGABIT_CAUSE_RXT0);
        CHECK(frames == 2 * (round + 1) && last_len == len && last_flags == NETBUF_CSUM_OK);
        for (uint32_t i = 0; i < len; i++)
            CHECK(last_frame[i] == (uint8_t)(round + i));
        CHECK(wanted & g->rx_causes && !g->muted);
    }
    CHECK(dropped == 0 && warnings == 0);
    stop(g);
}

static void only_a_verified_sum_counts(void)
{
    struct gigabit *g = start(0x100e, PCI_INTX);
    static const struct {
        uint8_t status, errors;
    } cases[] = {{0, 0}, {RX_TCPCS | RX_IXSM, 0}, {RX_TCPCS, RX_TCPE}, {RX_TCPCS, RX_IPE}};
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        CHECK(deliver(g, 100, 1, RX_DD | RX_EOP | cases[i].status, cases[i].errors));
        interrupt(GIGABIT_CAUSE_RXT0);
        CHECK(frames == i + 1 && last_flags == 0);
    }
    stop(g);
}

static void bad_frames_are_dropped_and_counted(void)
{
    struct gigabit *g = start(0x100e, PCI_INTX);
    for (unsigned bit = 0; bit < 8; bit++)
        if (RX_FRAME_ERRORS >> bit & 1)
            CHECK(deliver(g, 100, 1, RX_DD | RX_EOP, (uint8_t)(1u << bit)));
    interrupt(GIGABIT_CAUSE_RXT0);
    CHECK(frames == 0 && dropped == 5);
    CHECK(deliver(g, 1000, 1, RX_DD, 0) && deliver(g, 1000, 1, RX_DD, 0) && deliver(g, 10, 1, RX_DD | RX_EOP, 0));
    CHECK(deliver(g, 0, 1, RX_DD | RX_EOP, 0) && deliver(g, 100, 1, RX_DD | RX_EOP, 0));
    interrupt(GIGABIT_CAUSE_RXT0);
    CHECK(frames == 1 && dropped == 9 && warnings == 0);
    REG(MPC) = 7;
    interrupt(GIGABIT_CAUSE_RXO);
    CHECK(dropped == 16);
    out_of_memory = true;
    CHECK(deliver(g, 1000, 1, RX_DD | RX_EOP, 0));
    interrupt(GIGABIT_CAUSE_RXT0);
    CHECK(frames == 1 && dropped == 17 && g->rx_tail - g->rx_head == g->nic.rx_target);
    CHECK(transmit_frame(100, false, 0) == -ENOMEM);
    out_of_memory = false;
    stop(g);
}

static void a_frame_too_long_gives_the_card_up(void)
{
    struct gigabit *g = start(0x100e, PCI_INTX);
    CHECK(deliver(g, NIC_BUFFER_SPACE + 1, 1, RX_DD | RX_EOP, 0));
    interrupt(GIGABIT_CAUSE_RXT0);
    CHECK(frames == 0 && warnings == 1 && REG(RCTL) == 0 && REG(TCTL) == 0 && wanted == 0);
    CHECK(transmit_frame(100, false, 0) == -EIO);
    interrupt(GIGABIT_CAUSE_RXT0);
    CHECK(warnings == 1 && wanted == 0);
    stop(g);
}

static void bursts_make_the_ring_grow_while_memory_lasts(void)
{
    free_pages = 64;
    struct gigabit *g = start(0x100e, PCI_INTX);
    for (unsigned i = 0; i < 6; i++) {
        unsigned posted = 0;
        while (deliver(g, 1000, 1, RX_DD | RX_EOP, 0))
            posted++;
        CHECK(posted == NIC_RX_FIRST);
        interrupt(GIGABIT_CAUSE_RXT0);
    }
    free_pages = 100000;
    for (unsigned i = 0; i < 6; i++) {
        while (deliver(g, 1000, 1, RX_DD | RX_EOP, 0))
            ;
        interrupt(GIGABIT_CAUSE_RXT0);
    }
    CHECK(g->nic.rx_target == GIGABIT_RING_SIZE - 1 && g->rx_tail - g->rx_head == GIGABIT_RING_SIZE - 1);
    stop(g);
    free_pages = 2000;
}

static void a_ring_that_found_no_memory_is_filled_later(void)
{
    out_of_memory = true;
    struct gigabit *g = start(0x100e, PCI_INTX);
    out_of_memory = false;
    CHECK(!deliver(g, 100, 1, RX_DD | RX_EOP, 0));
    CHECK(transmit_frame(100, false, 0) == 0 && g->nic.watch.armed);
    fire(&g->nic.watch);
    CHECK(deliver(g, 100, 1, RX_DD | RX_EOP, 0));
    interrupt(GIGABIT_CAUSE_RXT0);
    CHECK(frames == 1);
    stop(g);
}

static void fill_all(void)
{
    while (deliver(container_of(card, struct gigabit, nic.netdev), 100, 1, RX_DD | RX_EOP, 0))
        ;
}

static void a_flood_lets_the_app_run(uint16_t device, int kind)
{
    struct gigabit *g = start(device, kind);
    flooding = true;
    fill_all();
    interrupt(GIGABIT_CAUSE_RXT0);
    CHECK(frames == 256 && rests == 1 && g->nic.rest.armed && !(wanted & GIGABIT_CAUSE_RXT0));
    wanted = 0;
    interrupt(GIGABIT_CAUSE_RXT0);
    CHECK(frames == 256 && !wanted); /* at rest */
    fire(&g->nic.rest);
    CHECK(frames == 512 && rests == 2 && !(wanted & g->rx_causes));
    flooding = false;
    fire(&g->nic.rest);
    CHECK(!g->nic.rest.armed && wanted & g->rx_causes && !g->muted);
    stop(g);
}

static void the_link_goes_down_and_up(uint16_t device, int kind)
{
    struct gigabit *g = start(device, kind);
    for (unsigned i = 1; i <= 4; i++) {
        REG(STATUS) = i & 1 ? 0 : STATUS_LU;
        pending |= GIGABIT_CAUSE_LSC | (kind == PCI_MSIX ? GIGABIT_CAUSE_OTHER : 0);
        wanted = 0; /* as the card does when it has interrupted */
        handlers[kind == PCI_MSIX](handler_args[0]);
        CHECK(link_changes == i && card->link_up == !(i & 1) && pending == 0);
        CHECK(!g->masks || wanted & GIGABIT_CAUSE_LSC);
    }
    stop(g);
}

static void a_card_that_never_interrupts_is_polled(uint16_t device, int kind)
{
    struct gigabit *g = start(device, kind);
    CHECK(!g->nic.watch.armed && transmit_frame(100, false, 0) == 0 && g->nic.watch.armed);
    for (unsigned i = 1; i <= 5; i++) {
        CHECK(warnings == (i > 3) && g->nic.watch.armed);
        CHECK(deliver(g, 100, 1, RX_DD | RX_EOP, 0));
        pending = g->rx_causes; /* and nobody hears of it */
        fire(&g->nic.watch);
        CHECK(frames == i && g->nic.watch.armed == (i >= 3));
        CHECK(i >= 3 || transmit_frame(100, false, 0) == 0);
    }
    interrupt(GIGABIT_CAUSE_RXT0); /* after all */
    fire(&g->nic.watch);
    CHECK(!g->nic.watch.armed && warnings == 1);
    stop(g);
}

static void a_link_that_comes_late_is_seen_without_an_interrupt(uint16_t device, int kind)
{
    late_link = true;
    struct gigabit *g = start(device, kind);
    late_link = false;
    CHECK(!card->link_up && g->nic.watch.armed);
    for (unsigned i = 0; i < 5; i++) {
        fire(&g->nic.watch);
        CHECK(!card->link_up && g->nic.watch.armed);
    }
    REG(STATUS) = STATUS_LU;
    pending = GIGABIT_CAUSE_LSC | GIGABIT_CAUSE_OTHER;
    fire(&g->nic.watch);
    CHECK(card->link_up && link_changes == 1 && !g->nic.watch.armed);
    stop(g);
}

/* Puts the next frame together as the card sees it; its length. */
static uint8_t seen[1 << 17];
static struct gigabit_tx context;
static uint32_t options;
static unsigned take_frame(struct gigabit *g)
{
    unsigned len = 0;
    bool end = false;
    context = (struct gigabit_tx){0};
    while (!end) {
        CHECK(tx_next != REG(TDT));
        struct gigabit_tx *d = &g->tx[tx_next];
        tx_next = (tx_next + 1) % GIGABIT_RING_SIZE;
        CHECK(d->command & TX_DEXT);
        if (!(d->command & TX_DATA)) {
            context = *d;
            continue;
        }
        unsigned part = d->command & 0xfffff;
        CHECK(!len || options == d->status);
        options = d->status;
        part &= ~TX_DATA;
        CHECK(len + part <= sizeof seen);
        memcpy(seen + len, (void *)d->address, part);
        len += part;
        end = d->command & TX_EOP;
        CHECK(end == !!(d->command & TX_RS));
        if (end)
            d->status |= TX_DD;
    }
    return len;
}

static void frames_leave(void)
{
    struct gigabit *g = start(0x10d3, PCI_MSIX);
    for (unsigned round = 0; round < 3000; round++) {
        bool v6 = round % 2, cut = round % 3 == 0, sum = cut || round % 5 == 0;
        uint32_t total = cut ? 200 + (uint32_t)(random_u64() % 65000) : 60 + (uint32_t)(random_u64() % 1455);
        CHECK(transmit_frame(total, v6, (sum ? NETBUF_NEEDS_CSUM : 0) | (cut ? NETBUF_GSO : 0)) == 0);
        card->kick(card);
        CHECK(take_frame(g) == total && tx_next == REG(TDT));
        if (cut)
            expect_cleared_sums();
        CHECK(memcmp(seen, sent_data, total) == 0);
        CHECK(options == (sum ? TX_TXSM | (cut && !v6 ? TX_IXSM : 0) : 0));
        if (!sum)
            continue;
        CHECK(context.tucss == sent_meta.csum_start && context.tucso == context.tucss + 16 && context.tucse == 0);
        CHECK(context.ipcss == 14 && context.ipcse == context.tucss - 1 && (v6 || context.ipcso == 24));
        CHECK(!!(context.command & TX_CONTEXT_IP) == !v6 && context.command & TX_CONTEXT_TCP);
        CHECK(!!(context.command & TX_TSE) == cut);
        if (cut)
            CHECK(context.mss == 1448 && context.hdrlen == sent_meta.header_len &&
                  (context.command & 0xfffff) == total - context.hdrlen);
    }
    stop(g);
}

static void a_full_ring_says_again_and_then_tells(void)
{
    struct gigabit *g = start(0x100e, PCI_INTX);
    unsigned queued = 0;
    while (transmit_frame(100, false, 0) == 0)
        queued++;
    CHECK(queued == GIGABIT_RING_SIZE - 2); /* room for a context, too */
    CHECK(transmit_frame(100, false, 0) == -EAGAIN && wanted & GIGABIT_CAUSE_TXDW && tx_next != REG(TDT));
    while (tx_next != REG(TDT))
        take_frame(g);
    interrupt(GIGABIT_CAUSE_TXDW);
    CHECK(space_told == 1 && !(wanted & GIGABIT_CAUSE_TXDW) && g->tx_head == g->tx_tail);
    CHECK(transmit_frame(100, false, 0) == 0 && !(wanted & GIGABIT_CAUSE_TXDW));
    CHECK(card->transmit(card, NULL, 0, &sent_meta) == -EMSGSIZE);
    stop(g);
}

static void hostile_round(void)
{
    struct gigabit *g = start(random_u64() % 2 ? 0x100e : 0x10d3, random_u64() % 2 ? PCI_MSIX : PCI_INTX);
    for (unsigned step = 0; step < 300 && random_left(); step++) {
        struct gigabit_rx *rx = &g->rx[random_u64() % GIGABIT_RING_SIZE];
        struct gigabit_tx *tx = &g->tx[random_u64() % GIGABIT_RING_SIZE];
        uint64_t dice = random_u64() % 8;
        if (dice == 0)
            *rx = (struct gigabit_rx){random_u64(),          (uint16_t)(random_u64() % 1600), 0,
                                      (uint8_t)random_u64(), (uint8_t)random_u64(),           0};
        else if (dice == 1)
            tx->status = (uint32_t)random_u64();
        else if (dice == 2)
            tx->address = random_u64();
        else if (dice == 3)
            REG(STATUS) = (uint32_t)random_u64();
        else if (dice < 6)
            transmit_frame(100 + (uint32_t)(random_u64() % 9000), false, random_u64() % 2 ? NETBUF_NEEDS_CSUM : 0);
        else if (random_u64() % 100 == 0)
            rx->length = (uint16_t)random_u64();
        pending = (uint32_t)random_u64();
        handlers[0](handler_args[0]);
        if (is_82574)
            handlers[1](handler_args[1]);
        if (g->nic.rest.armed)
            fire(&g->nic.rest);
    }
    CHECK(warnings <= 1);
    stop(g);
}

static void survives_a_hostile_card(void)
{
    for (unsigned round = 0; round < 400; round++)
        hostile_round();
}

int main(void)
{
    finds_its_address();
    tells_of_a_card_that_does_not_answer();
    static const int kinds[] = {PCI_MSIX, PCI_MSI, PCI_INTX, PCI_POLLED};
    for (unsigned i = 0; i < ARRAY_LEN(kinds); i++) {
        frames_arrive(0x10d3, kinds[i]);
        the_link_goes_down_and_up(0x10d3, kinds[i]);
        a_card_that_never_interrupts_is_polled(0x10d3, kinds[i]);
        a_link_that_comes_late_is_seen_without_an_interrupt(0x10d3, kinds[i]);
    }
    frames_arrive(0x100e, PCI_INTX);
    the_link_goes_down_and_up(0x100e, PCI_INTX);
    a_card_that_never_interrupts_is_polled(0x100e, PCI_INTX);
    a_link_that_comes_late_is_seen_without_an_interrupt(0x100e, PCI_INTX);
    only_a_verified_sum_counts();
    bad_frames_are_dropped_and_counted();
    a_frame_too_long_gives_the_card_up();
    bursts_make_the_ring_grow_while_memory_lasts();
    a_ring_that_found_no_memory_is_filled_later();
    a_flood_lets_the_app_run(0x100e, PCI_INTX);
    a_flood_lets_the_app_run(0x10d3, PCI_MSIX);
    frames_leave();
    a_full_ring_says_again_and_then_tells();
    survives_a_hostile_card();
    puts("OK");
}
