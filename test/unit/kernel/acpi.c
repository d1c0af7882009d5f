/* Table discovery over a made-up physical memory: the right tables are found, damaged ones are told and skipped. */
#include "device-host.h"

/* The first MiB and whatever lies at FIRMWARE..; firmware_map gives exactly-sized copies, so that overruns are seen.
 * The code under test keeps the last one. */
#define MEMORY_SIZE 0x100000u
static uint8_t memory[MEMORY_SIZE];
static uint8_t *copies[256];
static unsigned copy_count;

const void *firmware_map(paddr_t start, size_t size)
{
    uint8_t **slot = &copies[copy_count++ % ARRAY_LEN(copies)];
    free(*slot);
    uint8_t *copy = *slot = malloc(size + !size);
    memset(copy, 0xff, size);
    if (start < MEMORY_SIZE)
        memcpy(copy, memory + start, MIN(size, MEMORY_SIZE - start));
    return copy;
}

#include "bus/aml.c"
#include "bus/acpi.c"
#include "irq/layout.c"

#define RSDP_AT 0xf3490u
#define XSDT_AT 0xe0000u

static void put(uint32_t at, const void *data, size_t n)
{
    memcpy(memory + at, data, n);
}

static void fix_checksum(uint32_t at, size_t n, unsigned offset)
{
    memory[at + offset] = 0;
    uint8_t total = sum(memory + at, n);
    memory[at + offset] = (uint8_t)-total;
}

static uint32_t put_foreign(uint32_t at, const char *name)
{
    static struct {
        const char *name;
        uint8_t *data;
        size_t size;
    } files[8], *f;
    for (f = files; f->name && strcmp(f->name, name);)
        f++;
    if (!f->name)
        f->data = read_table(f->name = name, &f->size);
    put(at, f->data, f->size);
    return at;
}

static void make_memory(void)
{
    memset(memory, 0, sizeof memory);
    uint64_t entries[] = {put_foreign(0xe1000, "microvm.facp"), put_foreign(0xe2000, "microvm.madt")};
    uint64_t dsdt = put_foreign(0xe3000, "microvm.dsdt");
    put(0xe1000 + offsetof(struct acpi_fadt, x_dsdt), &dsdt, 8);
    fix_checksum(0xe1000, 268, 9);
    struct acpi_header xsdt = {.signature = "XSDT", .length = sizeof xsdt + sizeof entries};
    put(XSDT_AT, &xsdt, sizeof xsdt);
    put(XSDT_AT + sizeof xsdt, entries, sizeof entries);
    fix_checksum(XSDT_AT, xsdt.length, 9);
    struct rsdp rsdp = {.signature = "RSD PTR ", .revision = 2, .length = 36, .xsdt = XSDT_AT};
    put(RSDP_AT, &rsdp, sizeof rsdp);
    fix_checksum(RSDP_AT, 20, 8);
    fix_checksum(RSDP_AT, 36, 32);
    direct_map_base = (uint64_t)memory;
}

static void finds_tables_from_the_bios_area(void)
{
    make_memory();
    acpi_init();
    CHECK(table_count == 2 && warnings == 0);
    const struct acpi_fadt *fadt = acpi_fadt();
    CHECK(fadt && fadt->flags & ACPI_FADT_HARDWARE_REDUCED && fadt->sleep_control.address == 0xfea00200);
    CHECK(fadt->flags & ACPI_FADT_RESET_REGISTER && fadt->reset_value == 0x42);
    CHECK(acpi_dsdt().size == 420 - 36);
    struct irq_layout layout;
    irq_layout_find(&layout);
    CHECK(layout.lapic == 0xfee00000 && layout.ioapic_count == 2);
    CHECK(layout.ioapic[1].at == 0xfec10000 && layout.ioapic[1].gsi_base == 24);
    CHECK(acpi_table("MCFG", 36) == NULL && warnings == 0);
}

static void tells_and_skips_a_wrong_checksum(void)
{
    make_memory();
    memory[0xe2000 + 40]++;
    CHECK(warnings == 0 && acpi_table("APIC", 44) == NULL && warnings == 1);
    CHECK(acpi_table("FACP", 116) != NULL && warnings == 1);
    make_memory();
    memory[RSDP_AT + 10]++;
    CHECK(search_rsdp(BIOS_START, BIOS_END) == NULL);
}

static void reads_overrides(void)
{
    size_t size;
    uint8_t *madt = read_table("q35.madt", &size);
    struct irq_layout layout;
    set_defaults(&layout);
    irq_layout_parse_madt(madt, size, &layout);
    CHECK(layout.isa[0].gsi == 2 && !layout.isa[0].level);
    CHECK(layout.isa[9].gsi == 9 && layout.isa[9].level && !layout.isa[9].active_low);
    CHECK(layout.isa[4].gsi == 4 && !layout.isa[4].level);
}

static void reads_mp_tables(void)
{
    static const uint8_t table[] = {
        'P',      'C',      'M',  'P', 96,   0,    4,    0,    [36] = 0x00, 0x00, 0xe0, 0xfe, /* lapic */
        [44] = 0, [64] = 1, 3,    'I', 'S',  'A',  ' ',  ' ',  ' ', /* processor; bus 3 is ISA */
        [72] = 2, 1,        0x11, 1,   0x00, 0x00, 0xc0, 0xfe,      /* I/O APIC at fec00000 */
        [80] = 3, 0,        0,    0,   3,    0,    1,    2,         /* ISA 0 at input 2 */
        [88] = 3, 0,        0x0f, 0,   3,    5,    1,    16,        /* ISA 5 at input 16, level, low */
    };
    _Static_assert(sizeof table == 96, "as its header says");
    struct irq_layout layout;
    set_defaults(&layout);
    CHECK(irq_layout_parse_mp(table, sizeof table, &layout));
    CHECK(layout.ioapic_count == 1 && layout.ioapic[0].at == 0xfec00000 && layout.isa[0].gsi == 2);
    CHECK(layout.isa[5].gsi == 16 && layout.isa[5].level && layout.isa[5].active_low && layout.isa[4].gsi == 4);
    CHECK(!irq_layout_parse_mp(table, 95, &layout));
}

/* Damage below a right checksum, so that the parsers see it. */
static void survives_damaged_memory(void)
{
    static const struct {
        uint32_t at, size;
    } parts[] = {{RSDP_AT, 36}, {XSDT_AT, 52}, {0xe1000, 268}, {0xe2000, 82}, {0xe3000, 420}};
    for (unsigned round = 0; round < 4000; round++) {
        make_memory();
        unsigned part = random_u64() % ARRAY_LEN(parts);
        for (unsigned n = 1 + random_u64() % 4; n; n--)
            memory[parts[part].at + random_u64() % parts[part].size] = (uint8_t)random_u64();
        fix_checksum(parts[part].at, parts[part].size, part ? 9 : 8);
        table_count = 0;
        acpi_init();
        struct irq_layout layout;
        irq_layout_find(&layout);
        CHECK(layout.ioapic_count <= MAX_IOAPICS);
        acpi_table("FACP", 116);
        const struct acpi_header *dsdt = load(0xe3000, "DSDT", 36);
        CHECK(!dsdt || dsdt->length <= MAX_TABLE_SIZE);
    }
}

static void survives_damaged_layout_tables(void)
{
    size_t size;
    uint8_t *madt = read_table("q35.madt", &size);
    for (unsigned round = 0; round < 20000; round++) {
        size_t cut = 1 + random_u64() % size;
        uint8_t *copy = malloc(cut);
        memcpy(copy, madt, cut);
        for (unsigned n = random_u64() % 8; n; n--)
            copy[random_u64() % cut] = (uint8_t)random_u64();
        struct irq_layout layout;
        set_defaults(&layout);
        irq_layout_parse_madt(copy, cut, &layout);
        memcpy(copy, "PCMP", MIN(cut, 4ul));
        irq_layout_parse_mp(copy, cut, &layout);
        free(copy);
    }
}

int main(void)
{
    finds_tables_from_the_bios_area();
    tells_and_skips_a_wrong_checksum();
    reads_overrides();
    reads_mp_tables();
    survives_damaged_memory();
    survives_damaged_layout_tables();
    puts("OK");
}
