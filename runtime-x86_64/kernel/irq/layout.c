#include "irq/layout.h"
#include "bus/bus.h"
#include "mm/mm.h"

#define DEFAULT_LAPIC 0xfee00000u
#define DEFAULT_IOAPIC 0xfec00000u

/* ISA: edge-triggered, active high, line n at input n, unless a table says otherwise. */
static void set_defaults(struct irq_layout *out)
{
    *out = (struct irq_layout){.lapic = DEFAULT_LAPIC};
    for (unsigned i = 0; i < ISA_LINES; i++)
        out->isa[i] = (struct irq_line){.gsi = i};
}

/* "MPS INTI flags": bits 0-1 polarity (3: low), bits 2-3 trigger (3: level); 0 is the bus's own way. */
static struct irq_line line_from_flags(uint32_t gsi, unsigned flags)
{
    return (struct irq_line){.gsi = gsi, .active_low = (flags & 3) == 3, .level = (flags >> 2 & 3) == 3};
}

static uint32_t u32(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, 4);
    return v;
}

static uint16_t u16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static void add_ioapic(struct irq_layout *out, paddr_t at, uint32_t gsi_base)
{
    if (!at || at & 0xf || out->ioapic_count == MAX_IOAPICS)
        return;
    out->ioapic[out->ioapic_count].at = at;
    out->ioapic[out->ioapic_count++].gsi_base = gsi_base;
}

enum { MADT_IOAPIC = 1, MADT_OVERRIDE = 2, MADT_LAPIC_ADDRESS = 5 };

void irq_layout_parse_madt(const uint8_t *table, size_t size, struct irq_layout *out)
{
    const size_t head = sizeof(struct acpi_header) + 8;
    if (size < head)
        return;
    if (u32(table + sizeof(struct acpi_header)))
        out->lapic = u32(table + sizeof(struct acpi_header));
    for (size_t i = head; i + 2 <= size;) {
        const uint8_t *e = table + i;
        uint8_t length = e[1];
        if (length < 2 || length > size - i)
            return;
        if (e[0] == MADT_IOAPIC && length >= 12)
            add_ioapic(out, u32(e + 4), u32(e + 8));
        else if (e[0] == MADT_OVERRIDE && length >= 10 && e[2] == 0 && e[3] < ISA_LINES)
            out->isa[e[3]] = line_from_flags(u32(e + 4), u16(e + 8));
        else if (e[0] == MADT_LAPIC_ADDRESS && length >= 12)
            out->lapic = u32(e + 4) | (paddr_t)u32(e + 8) << 32;
        i += length;
    }
}

/* MP 1.4, 4.2 and 4.3: a header of 44 bytes, then entries of 20 (processor) or 8 bytes, in this order of types. */
enum { MP_PROCESSOR, MP_BUS, MP_IOAPIC, MP_INTERRUPT, MP_LOCAL_INTERRUPT };
#define MP_HEADER 44
#define MP_INT_VECTORED 0

bool irq_layout_parse_mp(const uint8_t *table, size_t size, struct irq_layout *out)
{
    if (size < MP_HEADER || memcmp(table, "PCMP", 4) || u16(table + 4) > size)
        return false;
    int isa_bus = -1;
    size = u16(table + 4);
    if (u32(table + 36))
        out->lapic = u32(table + 36);
    for (size_t i = MP_HEADER; i + 8 <= size;) {
        const uint8_t *e = table + i;
        if (e[0] == MP_BUS && memcmp(e + 2, "ISA", 3) == 0)
            isa_bus = e[1];
        else if (e[0] == MP_IOAPIC && e[3] & 1)
            add_ioapic(out, u32(e + 4), 24 * out->ioapic_count);
        else if (e[0] == MP_INTERRUPT && e[1] == MP_INT_VECTORED && e[4] == isa_bus && e[5] < ISA_LINES)
            out->isa[e[5]] = line_from_flags(e[7], u16(e + 2));
        i += e[0] == MP_PROCESSOR ? 20 : 8;
    }
    return out->ioapic_count > 0;
}

static uint8_t sum(const uint8_t *p, size_t n)
{
    uint8_t total = 0;
    while (n--)
        total = (uint8_t)(total + *p++);
    return total;
}

/* MP 1.4, 4.1: the floating pointer lies on a 16-byte boundary and points at the table. */
static bool search_mp(paddr_t start, paddr_t end, struct irq_layout *out)
{
    for (paddr_t at = start; at + 16 <= end; at += 16) {
        const uint8_t *p = phys_to_virt(at);
        if (memcmp(p, "_MP_", 4) || sum(p, 16) || !u32(p + 4))
            continue;
        const uint8_t *table = firmware_map(u32(p + 4), MP_HEADER);
        size_t size = table ? u16(table + 4) : 0;
        table = size >= MP_HEADER ? firmware_map(u32(p + 4), size) : NULL;
        if (table && sum(table, size) == 0 && irq_layout_parse_mp(table, size, out))
            return true;
    }
    return false;
}

void irq_layout_find(struct irq_layout *out)
{
    set_defaults(out);
    const struct acpi_header *madt = acpi_table("APIC", sizeof *madt + 8);
    if (madt) {
        irq_layout_parse_madt((const uint8_t *)madt, madt->length, out);
        out->from_table = true;
        out->source = "MADT";
        return;
    }
    /* The last KiB of base memory (the EBDA where there is one), then the BIOS area. */
    if (search_mp(0x9fc00, 0xa0000, out) || search_mp(0xf0000, 0x100000, out)) {
        out->from_table = true;
        out->source = "MP table";
        return;
    }
    set_defaults(out);
    add_ioapic(out, DEFAULT_IOAPIC, 0);
    out->source = "I/O APIC at its usual address (no ACPI, no MP table)";
}
