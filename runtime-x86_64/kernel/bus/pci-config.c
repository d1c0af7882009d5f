/* PCI configuration space: ECAM (PCI Express 4.0, 7.2.2), found by the MCFG table or a constant _CBA in the DSDT; else
 * mechanism 1, ports CF8 and CFC (PCI Local Bus 3.0, 3.2.2.3.2). */
#include "bus/aml.h"
#include "bus/pci.h"
#include "cpu/cpu.h"
#include "mm/mm.h"

#define ADDRESS_PORT 0xcf8
#define DATA_PORT 0xcfc
#define ADDRESS_ENABLE 0x80000000u
#define ECAM_BUS_SIZE (1ul << 20)

struct mcfg { /* PCI Firmware 3.0, 4.1.2 */
    struct acpi_header header;
    uint64_t reserved;
    struct {
        uint64_t base;
        uint16_t segment;
        uint8_t first_bus, last_bus;
        uint32_t reserved;
    } __attribute__((packed)) first; /* more segments may follow; ours is the first, number 0 */
} __attribute__((packed));
_Static_assert(sizeof(struct mcfg) == 60, "PCI Firmware 3.0, 4.1.2");

static volatile uint8_t *ecam; /* of bus 0 */
static unsigned last_bus = 255;

static bool has_constant_base(uint64_t *base)
{
    struct aml_span dsdt = acpi_dsdt(), body;
    char hid[9];
    for (size_t offset = 0; aml_next_device(dsdt, &offset, &body, hid);)
        if (strcmp(hid, "PNP0A08") == 0 && aml_constant_method(body, "_CBA", base))
            return true;
    return false;
}

bool pci_config_init(void)
{
    const struct mcfg *mcfg = acpi_table("MCFG", sizeof *mcfg);
    const struct acpi_fadt *fadt = acpi_fadt();
    uint64_t base;
    if (mcfg && mcfg->first.segment == 0 && mcfg->first.first_bus == 0 && mcfg->first.base % ECAM_BUS_SIZE == 0) {
        last_bus = mcfg->first.last_bus;
        base = mcfg->first.base;
    } else if (fadt && fadt->flags & ACPI_FADT_HARDWARE_REDUCED) {
        if (!has_constant_base(&base) || base % ECAM_BUS_SIZE)
            return false; /* such machines have no ports either */
    } else {
        outl(ADDRESS_PORT, ADDRESS_ENABLE);
        return inl(ADDRESS_PORT) == ADDRESS_ENABLE;
    }
    ecam = mmio_map(base, (last_bus + 1) * ECAM_BUS_SIZE);
    return true;
}

unsigned pci_last_bus(void)
{
    return last_bus;
}

static volatile uint8_t *ecam_at(const struct pci_device *d, unsigned offset)
{
    return ecam + (d->bus * ECAM_BUS_SIZE | (uint64_t)d->slot << 15 | (uint64_t)d->function << 12 | offset);
}

static void select_port(const struct pci_device *d, unsigned offset)
{
    outl(ADDRESS_PORT, ADDRESS_ENABLE | (uint32_t)d->bus << 16 | (uint32_t)d->slot << 11 | (uint32_t)d->function << 8 |
                           (offset & 0xfc));
}

uint32_t pci_read32(const struct pci_device *d, unsigned offset)
{
    if (ecam)
        return mmio_read32(ecam_at(d, offset));
    select_port(d, offset);
    return inl(DATA_PORT);
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
    if (ecam) {
        mmio_write32(ecam_at(d, offset), v);
        return;
    }
    select_port(d, offset);
    outl(DATA_PORT, v);
}

void pci_write16(const struct pci_device *d, unsigned offset, uint16_t v)
{
    if (ecam) {
        mmio_write16(ecam_at(d, offset), v);
        return;
    }
    select_port(d, offset);
    outw(DATA_PORT + (offset & 2), v);
}
