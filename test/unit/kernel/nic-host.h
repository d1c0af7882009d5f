/* For host tests of network card drivers over PCI: the stack above and the bus below. A test defines fake_read and
 * fake_write, the card's registers: `base` is the BAR's number. */
#pragma once
#include "device-host.h"
#include "bus/bus.h"
#include "cpu/cpu.h"
#include "net/net.h"
#include "time/time.h"
#include "lib/format.c"

static uint32_t fake_read(unsigned bar, unsigned reg);
static void fake_write(unsigned bar, unsigned reg, uint32_t value);
#define BAR_SIZE 0x20000u
static uint8_t bars[2 * BAR_SIZE];
static uint32_t read_register(const volatile void *p)
{
    size_t at = (size_t)((const volatile uint8_t *)p - bars);
    CHECK(at < sizeof bars && at % 4 == 0);
    return fake_read(at / BAR_SIZE, at % BAR_SIZE);
}
static void write_register(volatile void *p, uint32_t value)
{
    size_t at = (size_t)((volatile uint8_t *)p - bars);
    CHECK(at < sizeof bars && at % 4 == 0);
    fake_write(at / BAR_SIZE, at % BAR_SIZE, value);
}
#define mmio_read32 read_register
#define mmio_write32 write_register

/* --- memory */
static bool out_of_memory;
static size_t free_pages = 2000;
static void *kmalloc_or_not(size_t n)
{
    return out_of_memory ? NULL : malloc(n);
}
#define kmalloc kmalloc_or_not
size_t page_free_count(void)
{
    return free_pages;
}

/* --- the bus */
static int interrupt_kind;
static void (*handlers[4])(void *);
static void *handler_args[4];
static unsigned enabled;
void pci_enable(const struct pci_device *d)
{
    enabled++;
}
void pci_disable(const struct pci_device *d)
{
    enabled--;
}
void *pci_map_bar(const struct pci_device *d, unsigned bar, uint64_t offset, uint64_t size)
{
    return bar < 2 && offset + size <= BAR_SIZE ? bars + bar * BAR_SIZE + offset : NULL;
}
int pci_interrupts(const struct pci_device *d, unsigned count, void (*const *fns)(void *), void *const *args)
{
    for (unsigned i = 0; i < count; i++) {
        handlers[i] = fns[i];
        handler_args[i] = args[i];
    }
    return interrupt_kind;
}

/* --- time */
static uint64_t now = 1;
static unsigned rests;
uint64_t clock_monotonic(void)
{
    return now += 1000;
}
void timer_arm(struct timer *t, uint64_t deadline)
{
    rests += deadline - now < 1000000;
    t->armed = true;
}
static void fire(struct timer *t)
{
    t->armed = false;
    t->fn(t);
}

/* --- the stack */
static struct netdev *card;
static uint8_t last_frame[1 << 17];
static uint32_t last_len, last_flags;
static unsigned frames, dropped, space_told, link_changes;
int netdev_register(struct netdev *d)
{
    card = d;
    return 0;
}
void netdev_receive(struct netdev *d, struct netbuf *b)
{
    CHECK(!b->next && b->len <= sizeof last_frame);
    frames++;
    last_len = b->len;
    last_flags = b->flags;
    memcpy(last_frame, b->data, b->len);
    b->release(b);
}
void netdev_dropped(struct netdev *d, unsigned count)
{
    dropped += count;
}
void netdev_receive_done(struct netdev *d)
{
}
void netdev_transmit_space(struct netdev *d)
{
    space_told++;
}
void netdev_link(struct netdev *d, bool up)
{
    CHECK(up != d->link_up);
    d->link_up = up;
    link_changes++;
}
#include "nic/receive.c"
#include "nic/transmit.c"

/* --- frames to send: random bytes in random fragments, with an Ethernet and TCP header of that IP version in front. */
static uint8_t sent_data[65536];
static struct net_fragment sent_frags[9];
static struct netbuf sent_meta;
static unsigned make_frame(uint32_t total, bool v6, uint32_t flags)
{
    unsigned count = 0;
    uint32_t at = 0;
    for (uint32_t i = 0; i < total; i++)
        sent_data[i] = (uint8_t)noise_u64();
    sent_data[12] = v6 ? 0x86 : 0x08;
    sent_data[13] = v6 ? 0xdd : 0x00;
    while (count < 8 && at < total) {
        uint32_t part = (uint32_t)(random_u64() % (total - at)) + 1;
        sent_frags[count++] = (struct net_fragment){sent_data + at, part};
        at += part;
    }
    if (at < total)
        sent_frags[count++] = (struct net_fragment){sent_data + at, total - at};
    uint16_t start = v6 ? 54 : 34;
    sent_meta = (struct netbuf){.len = total,
                                .flags = flags,
                                .csum_start = start,
                                .csum_offset = 16,
                                .gso_size = 1448,
                                .header_len = (uint16_t)(start + 32)};
    return count;
}
static int transmit_frame(uint32_t total, bool v6, uint32_t flags)
{
    unsigned count = make_frame(total, v6, flags);
    return card->transmit(card, sent_frags, count, &sent_meta);
}
/* What the driver changes in a frame that is to be cut: the length leaves the sum, and IPv4's checksum is cleared. */
static void expect_cleared_sums(void)
{
    uint16_t length = (uint16_t)(sent_meta.len - sent_meta.csum_start);
    uint8_t *field = sent_data + sent_meta.csum_start + 16;
    uint32_t sum = (uint32_t)(field[0] << 8 | field[1]) + (uint16_t)~length;
    sum = (sum & 0xffff) + (sum >> 16);
    field[0] = (uint8_t)(sum >> 8);
    field[1] = (uint8_t)sum;
    if (sent_data[12] == 0x08)
        sent_data[24] = sent_data[25] = 0;
}
