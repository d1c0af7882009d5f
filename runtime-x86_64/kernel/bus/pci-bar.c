/* Base address registers and bridge windows: PCI Local Bus 3.0, 6.2.5; PCI-to-PCI Bridge 1.2, 3.2.5. */
#include "bus/aml.h"
#include "bus/pci.h"
#include "mm/mm.h"

#define BAR_IO 1u
#define BAR_TYPE_MASK 6u
#define BAR_64_BIT 4u
#define BRIDGE_WINDOW_ALIGN (1ul << 20)

/* Addresses that the host bridge passes on below 4 GiB; asked for only on machines without PCI firmware. */
static struct {
    bool known;
    paddr_t next, end;
} window;

static void find_window(void)
{
    struct aml_span dsdt = acpi_dsdt(), body, resources;
    struct aml_resource r;
    char hid[9];
    window.known = true;
    for (size_t offset = 0; aml_next_device(dsdt, &offset, &body, hid);) {
        if ((strcmp(hid, "PNP0A08") && strcmp(hid, "PNP0A03")) || !aml_named_buffer(body, "_CRS", &resources))
            continue;
        while (aml_next_resource(&resources, &r))
            if (r.kind == AML_MEMORY_WINDOW && r.base && r.base + r.size <= 1ull << 32 &&
                r.size > window.end - window.next) {
                window.next = r.base;
                window.end = r.base + r.size;
            }
    }
}

static bool no_firmware(void)
{
    const struct acpi_fadt *fadt = acpi_fadt();
    return fadt && fadt->flags & ACPI_FADT_HARDWARE_REDUCED;
}

static paddr_t allocate(uint64_t size)
{
    if (!window.known)
        find_window();
    size = MAX(size, PAGE_SIZE);
    paddr_t at = ALIGN_UP(window.next, size);
    if (at < window.next || at > window.end || size > window.end - at)
        return 0;
    window.next = at + size;
    return at;
}

/* Returns how many registers it takes. */
static unsigned size_bar(struct pci_device *d, unsigned n)
{
    unsigned reg = PCI_BAR0 + 4 * n;
    uint32_t low = pci_read32(d, reg), high = 0;
    pci_write32(d, reg, UINT32_MAX);
    uint64_t mask = pci_read32(d, reg);
    pci_write32(d, reg, low);
    if (!mask)
        return 1;
    d->bar[n].io = low & BAR_IO;
    d->bar[n].wide = !d->bar[n].io && (low & BAR_TYPE_MASK) == BAR_64_BIT && n < 5;
    if (d->bar[n].wide) {
        high = pci_read32(d, reg + 4);
        pci_write32(d, reg + 4, UINT32_MAX);
        mask |= (uint64_t)pci_read32(d, reg + 4) << 32;
        pci_write32(d, reg + 4, high);
    } else {
        mask |= d->bar[n].io ? 0xffffffffffff0000ul : 0xffffffff00000000ul;
    }
    uint64_t flags = d->bar[n].io ? 3 : 0xf;
    d->bar[n].size = ~(mask & ~flags) + 1;
    d->bar[n].base = ((uint64_t)high << 32 | low) & ~flags;
    return d->bar[n].wide ? 2 : 1;
}

static bool assign_bar(struct pci_device *d, unsigned n)
{
    if (!d->bar[n].size || d->bar[n].base || d->bar[n].io)
        return true;
    paddr_t at = no_firmware() ? allocate(d->bar[n].size) : 0;
    if (!at) {
        log_warn("PCI %02x:%02x.%x: no address for region %u (%lu bytes)", d->bus, d->slot, d->function, n,
                 d->bar[n].size);
        return false;
    }
    pci_write32(d, PCI_BAR0 + 4 * n, (uint32_t)at);
    if (d->bar[n].wide)
        pci_write32(d, PCI_BAR0 + 4 * n + 4, 0);
    d->bar[n].base = at;
    return true;
}

/* Decoding is off meanwhile: a register that holds a size would claim other devices' addresses. */
bool pci_read_bars(struct pci_device *d)
{
    pci_write16(d, PCI_COMMAND, PCI_COMMAND_INTX_OFF);
    for (unsigned n = 0; n < ARRAY_LEN(d->bar);)
        n += size_bar(d, n);
    for (unsigned n = 0; n < ARRAY_LEN(d->bar); n++)
        if (!assign_bar(d, n))
            return false;
    return true;
}

paddr_t pci_bridge_begin(const struct pci_device *bridge)
{
    if (!window.known)
        find_window();
    return window.next = ALIGN_UP(window.next, BRIDGE_WINDOW_ALIGN);
}

void pci_bridge_end(const struct pci_device *bridge, paddr_t begin)
{
    window.next = ALIGN_UP(window.next, BRIDGE_WINDOW_ALIGN);
    uint32_t first = (uint32_t)(begin >> 16), last = (uint32_t)((window.next - 1) >> 16);
    bool empty = window.next == begin; /* base above limit closes it */
    pci_write32(bridge, PCI_BRIDGE_MEMORY, empty ? 0x0000fff0 : (last & 0xfff0) << 16 | (first & 0xfff0));
    pci_write32(bridge, PCI_BRIDGE_PREFETCH, 0x0000fff0);
    pci_write16(bridge, PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
}

void *pci_map_bar(const struct pci_device *d, unsigned bar, uint64_t offset, uint64_t size)
{
    if (bar >= ARRAY_LEN(d->bar) || d->bar[bar].io || !d->bar[bar].base || !size || size > d->bar[bar].size ||
        offset > d->bar[bar].size - size)
        return NULL;
    return mmio_map(d->bar[bar].base + offset, size);
}
