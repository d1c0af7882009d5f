/* PCI enumeration over a made-up configuration space: sizes, addresses, bridges, capabilities; and over any other. */
#include "device-host.h"
#include "bus/aml.h"
#include "bus/pci.h"
#include "irq/irq.h"
#include "time/time.h"

/* Two buses of four slots with one function each. Bus 1 hangs behind whatever bridge has been given its number. */
struct function {
    uint32_t words[64];
    uint32_t writable[64];
};
static struct function space[2][4];
static unsigned secondary_of_bridge; /* as written */
static bool no_firmware_here = true;

static struct function *function_at(const struct pci_device *d)
{
    if (d->bus == 0)
        return d->slot < 4 && d->function == 0 ? &space[0][d->slot] : NULL;
    return d->bus == secondary_of_bridge && d->slot < 4 && d->function == 0 ? &space[1][d->slot] : NULL;
}
bool pci_config_init(void)
{
    return true;
}
unsigned pci_last_bus(void)
{
    return 255;
}
uint32_t pci_read32(const struct pci_device *d, unsigned offset)
{
    const struct function *f = function_at(d);
    CHECK(offset < 256 && offset % 4 == 0);
    return f && f->words[0] ? f->words[offset / 4] : UINT32_MAX;
}
uint16_t pci_read16(const struct pci_device *d, unsigned offset)
{
    return (uint16_t)(pci_read32(d, offset & ~3u) >> 8 * (offset & 2));
}
uint8_t pci_read8(const struct pci_device *d, unsigned offset)
{
    return (uint8_t)(pci_read32(d, offset & ~3u) >> 8 * (offset & 3));
}
void pci_write32(const struct pci_device *d, unsigned offset, uint32_t v)
{
    struct function *f = function_at(d);
    CHECK(f && offset < 256 && offset % 4 == 0);
    f->words[offset / 4] = (f->words[offset / 4] & ~f->writable[offset / 4]) | (v & f->writable[offset / 4]);
    if (offset == PCI_BUS_NUMBERS && (f->words[3] >> 16 & 0x7f) == 1)
        secondary_of_bridge = f->words[offset / 4] >> 8 & 0xff;
}
void pci_write16(const struct pci_device *d, unsigned offset, uint16_t v)
{
    uint32_t old = pci_read32(d, offset & ~3u), shift = 8 * (offset & 2);
    pci_write32(d, offset & ~3u, (old & ~(0xffffu << shift)) | (uint32_t)v << shift);
}
const struct acpi_fadt *acpi_fadt(void)
{
    static const struct acpi_fadt fadt = {.flags = ACPI_FADT_HARDWARE_REDUCED};
    return no_firmware_here ? &fadt : NULL;
}
struct aml_span acpi_dsdt(void)
{
    static struct aml_span dsdt;
    if (!dsdt.size && getenv("ACPI_TABLES")) {
        dsdt.start = read_table("microvm-pcie.dsdt", &dsdt.size);
        dsdt.start += 36;
        dsdt.size -= 36;
    }
    return dsdt;
}
void *mmio_map(paddr_t start, size_t size)
{
    return (void *)start;
}
static unsigned probed;
static struct pci_device *last;
bool virtio_pci_claims(const struct pci_device *d)
{
    return d->vendor == 0x1af4;
}
bool virtio_pci_probe(struct pci_device *d)
{
    probed++;
    last = d;
    return true;
}

bool irq_has_msi(void)
{
    return true;
}
int irq_alloc_vector(void (*fn)(void *), void *arg)
{
    return -ENOSPC;
}
void irq_msi_message(int vector, uint64_t *address, uint32_t *data)
{
}
int irq_register_pci_line(unsigned isa, void (*fn)(void *), void *arg)
{
    return -ENOSPC;
}
uint64_t clock_monotonic(void)
{
    return 0;
}
static struct timer *armed_timer;
void timer_arm(struct timer *t, uint64_t deadline)
{
    CHECK(deadline == 1000000);
    armed_timer = t;
}

#include "bus/aml-resource.c"
#include "bus/aml.c"
#include "bus/pci-bar.c"
#include "bus/pci.c"
#include "bus/pci-interrupt.c"

static struct function *add(unsigned bus, unsigned slot)
{
    struct function *f = &space[bus][slot];
    *f = (struct function){.words = {0x10411af4, 0, 0x02000000}};
    f->writable[1] = 0xffff;
    return f;
}

static void add_bar(struct function *f, unsigned n, uint32_t size, uint32_t flags)
{
    f->words[4 + n] = flags;
    f->writable[4 + n] = ~(size - 1);
    if ((flags & 6) == 4)
        f->writable[5 + n] = UINT32_MAX;
}

static void start(void)
{
    for (unsigned i = 0; i < found.count; i++)
        kfree(found.device[i]);
    memset(&found, 0, sizeof found);
    memset(&window, 0, sizeof window);
    memset(space, 0, sizeof space);
    secondary_of_bridge = 0xffff;
    probed = warnings = 0;
}

static void regions_get_sizes_and_addresses(void)
{
    start();
    struct function *f = add(0, 1);
    add_bar(f, 0, 0x1000, 0);
    add_bar(f, 1, 0x20, 1);
    add_bar(f, 4, 0x4000, 0xc);
    pci_init();
    CHECK(probed == 1 && warnings == 0);
    CHECK(last->bar[0].size == 0x1000 && last->bar[0].base == 0xc0000000 && !last->bar[0].io);
    CHECK(last->bar[1].size == 0x20 && last->bar[1].io && last->bar[1].base == 0);
    CHECK(last->bar[4].size == 0x4000 && last->bar[4].wide && last->bar[4].base == 0xc0004000);
    CHECK(f->words[4] == 0xc0000000 && f->words[8] == 0xc000400c && f->words[9] == 0);
    CHECK(pci_map_bar(last, 4, 0x3000, 0x1000) && !pci_map_bar(last, 4, 0x3000, 0x1001));
    CHECK(!pci_map_bar(last, 4, UINT64_MAX, 2) && !pci_map_bar(last, 4, 2, UINT64_MAX) && !pci_map_bar(last, 1, 0, 4));
    CHECK(!pci_map_bar(last, 2, 0, 4) && !pci_map_bar(last, 6, 0, 4) && !pci_map_bar(last, 0, 0, 0));
}

static void what_firmware_assigned_stays(void)
{
    start();
    struct function *f = add(0, 2);
    add_bar(f, 0, 0x1000, 0);
    f->words[4] = 0xfebf0000;
    pci_init();
    CHECK(probed == 1 && last->bar[0].base == 0xfebf0000 && f->words[4] == 0xfebf0000);
}

static void a_region_too_large_is_told(void)
{
    start();
    add_bar(add(0, 1), 0, 0x80000000, 0);
    pci_init();
    CHECK(probed == 0 && warnings == 1);
    start();
    add_bar(add(0, 1), 0, 1, 4); /* half of what 64 bits name */
    space[0][1].writable[4] = 0;
    space[0][1].writable[5] = 1u << 31;
    pci_init();
    CHECK(probed == 0 && warnings == 1);
    start();
    no_firmware_here = false;
    add_bar(add(0, 1), 0, 0x1000, 0);
    pci_init();
    CHECK(probed == 0 && warnings == 1);
    no_firmware_here = true;
}

static void bridges_open_for_what_is_behind_them(void)
{
    start();
    struct function *bridge = add(0, 1);
    bridge->words[0] = 0x000c1b36;
    bridge->words[3] = 0x00010000;
    bridge->writable[6] = 0x00ffffff;
    bridge->writable[8] = bridge->writable[9] = 0xfff0fff0;
    add_bar(add(0, 0), 0, 0x1000, 0);
    add_bar(add(1, 0), 0, 0x1000, 0);
    pci_init();
    CHECK(probed == 2 && last->bus == 1 && last->bar[0].base == 0xc0100000);
    CHECK(bridge->words[6] == 0x00010100 && bridge->words[8] == 0xc010c010);
    CHECK((bridge->words[9] & 0xffff) > bridge->words[9] >> 16); /* closed */
    CHECK((bridge->words[1] & 6) == 6);
}

static void capability_lists_end(void)
{
    start();
    struct function *f = add(0, 1);
    pci_init();
    f->words[1] |= PCI_STATUS_CAPABILITIES << 16;
    f->words[13] = 0x40;
    f->words[16] = 0x5009;
    f->words[20] = 0x6011;
    f->words[24] = 0x4009; /* leads back */
    CHECK(pci_capability(last, PCI_CAP_VENDOR, 0) == 0x40 && pci_capability(last, PCI_CAP_MSIX, 0) == 0x50);
    CHECK(pci_capability(last, PCI_CAP_VENDOR, 0x40) == 0x60 && pci_capability(last, PCI_CAP_VENDOR, 0x60) == 0x40);
    CHECK(pci_capability(last, 0x42, 0) == 0);
    f->words[24] = 0x3c09;
    CHECK(pci_capability(last, PCI_CAP_VENDOR, 0x60) == 0);
}

static void any_function(struct function *f)
{
    for (unsigned w = 0; w < 64; w++) {
        f->words[w] = (uint32_t)random_u64();
        f->writable[w] = (uint32_t)random_u64() | (uint32_t)random_u64();
        if (w == 0 && random_u64() % 2)
            f->words[0] = 0x10411af4;
        if (w == 3)
            f->words[3] = (uint32_t)(random_u64() % 2) << 16;
    }
}

static void hostile_round(void)
{
    start();
    for (unsigned i = 0; i < 8 && random_left(); i++)
        any_function(&space[i / 4][i % 4]);
    pci_init();
    for (unsigned i = 0; i < found.count; i++) {
        pci_capability(found.device[i], (uint8_t)random_u64(), 0);
        pci_map_bar(found.device[i], random_u64() % 8, random_u64(), random_u64());
    }
}

static void survives_any_configuration_space(void)
{
    for (unsigned round = 0; round < 20000; round++)
        hostile_round();
}

static void count_call(void *calls)
{
    ++*(unsigned *)calls;
}

/* The driver has not finished its device by the time it asks for interrupts. */
static void what_is_polled_is_not_polled_at_once(void)
{
    unsigned calls = 0;
    start();
    add(0, 1);
    pci_init();
    CHECK(probed == 1 && pci_interrupts(last, 2, (void (*const[])(void *)){count_call, count_call},
                                        (void *const[]){&calls, &calls}) == PCI_POLLED);
    CHECK(armed_timer && warnings == 1 && calls == 0);
    for (unsigned round = 1; round <= 3; round++) {
        armed_timer->fn(armed_timer);
        CHECK(calls == 2 * round);
    }
    kfree(container_of(armed_timer, struct shared, timer));
}

int main(void)
{
    regions_get_sizes_and_addresses();
    what_firmware_assigned_stays();
    a_region_too_large_is_told();
    bridges_open_for_what_is_behind_them();
    capability_lists_end();
    what_is_polled_is_not_polled_at_once();
    survives_any_configuration_space();
    start();
    puts("OK");
}
