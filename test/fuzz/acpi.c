/* ACPI tables anywhere below 1 MiB, damaged below right checksums: discovery, FADT, MADT, MP tables. */
#include "fuzz.h"
#include "../unit/kernel/acpi.c"

static void run(void)
{
    static const struct {
        uint32_t at, size;
    } parts[] = {{RSDP_AT, 36}, {XSDT_AT, 52}, {0xe1000, 268}, {0xe2000, 82}, {0xe3000, 420}};
    make_memory();
    damage(memory + 0xe0000, 0x1000);
    for (unsigned i = 0; i < ARRAY_LEN(parts); i++) {
        damage(memory + parts[i].at, parts[i].size);
        uint32_t length;
        memcpy(&length, memory + parts[i].at + 4, 4);
        if (random_u64() % 8)
            fix_checksum(parts[i].at, i && length >= 36 && length < 0x1000 ? length : parts[i].size, i ? 9 : 8);
    }
    fix_checksum(RSDP_AT, 36, 32);
    table_count = 0;
    acpi_init();
    struct irq_layout layout;
    irq_layout_find(&layout);
    CHECK(layout.ioapic_count <= MAX_IOAPICS);
    acpi_fadt();
    acpi_table("MCFG", 36);
    struct aml_span dsdt = acpi_dsdt();
    CHECK(dsdt.size <= MAX_TABLE_SIZE);
}
FUZZ(run)
