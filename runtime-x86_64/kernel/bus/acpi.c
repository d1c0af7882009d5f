/* Finds the ACPI tables (ACPI 6.5, 5.2): RSDP, then the XSDT or RSDT, then tables by signature. */
#include "boot/boot.h"
#include "bus/aml.h"
#include "bus/bus.h"
#include "mm/mm.h"

#define MAX_TABLES 32
#define MAX_TABLE_SIZE (2u << 20)
#define MAX_ADDRESS (1ull << 46)
#define LOW_MEMORY_END 0x100000u /* in the direct map, whatever the memory map says */
#define BIOS_START 0xe0000u
#define BIOS_END 0x100000u
#define EBDA_SEGMENT 0x40eu /* BIOS data area: where the extended one lies, in paragraphs */
#define EBDA_SEARCHED 1024u

struct rsdp { /* 5.2.5.3; the last four fields exist from revision 2 on */
    char signature[8];
    uint8_t checksum;
    char oem_id[6];
    uint8_t revision;
    uint32_t rsdt, length;
    uint64_t xsdt;
    uint8_t extended_checksum, reserved[3];
} __attribute__((packed));
_Static_assert(sizeof(struct rsdp) == 36, "ACPI 6.5, 5.2.5.3");
#define RSDP_V1_SIZE 20

static struct {
    char signature[4];
    paddr_t at;
} tables[MAX_TABLES];
static unsigned table_count;

/* Physical memory as it is. Tables lie close together, mostly in one page: the last mapping is tried again first. */
static const void *view(paddr_t start, size_t size)
{
    static paddr_t mapped_start, mapped_end;
    static const uint8_t *mapped;
    if (start + size <= LOW_MEMORY_END)
        return phys_to_virt(start);
    if (start < mapped_start || start + size > mapped_end) {
        paddr_t first = ALIGN_DOWN(start, PAGE_SIZE), end = ALIGN_UP(start + size, PAGE_SIZE);
        const uint8_t *p = firmware_map(first, end - first);
        if (!p)
            return NULL;
        mapped = p;
        mapped_start = first;
        mapped_end = end;
    }
    return mapped + (start - mapped_start);
}

/* Eight bytes at a time: DSDTs are long and boot is counted in instructions. */
static bool checksum_ok(const void *start, size_t n)
{
    const uint8_t *p = start;
    const uint64_t even = 0x00ff00ff00ff00ff;
    uint64_t lanes = 0;
    uint8_t sum = 0;
    for (; n >= 8; n -= 8, p += 8) {
        uint64_t v;
        memcpy(&v, p, 8);
        lanes = (lanes & even) + (v & even) + (v >> 8 & even);
    }
    for (unsigned shift = 0; shift < 64; shift += 16)
        sum = (uint8_t)(sum + (lanes >> shift));
    while (n--)
        sum = (uint8_t)(sum + *p++);
    return sum == 0;
}

static const struct rsdp *search_rsdp(paddr_t start, paddr_t end)
{
    for (paddr_t at = ALIGN_UP(start, 16ul); at + sizeof(struct rsdp) <= end; at += 16) {
        const struct rsdp *r = phys_to_virt(at);
        if (memcmp(r->signature, "RSD PTR ", 8) == 0 && checksum_ok(r, RSDP_V1_SIZE))
            return r;
    }
    return NULL;
}

/* 5.2.5.1: the loader's, else the first KiB of the EBDA, else the BIOS area. */
static const struct rsdp *find_rsdp(void)
{
    if (boot_info.rsdp && boot_info.rsdp < MAX_ADDRESS) {
        const struct rsdp *r = view(boot_info.rsdp, sizeof *r);
        if (r && memcmp(r->signature, "RSD PTR ", 8) == 0 && checksum_ok(r, RSDP_V1_SIZE))
            return r;
        log_warn("ACPI: the loader's RSDP at %lx is not one; looking in the BIOS area", boot_info.rsdp);
    }
    paddr_t ebda = (paddr_t) * (const uint16_t *)phys_to_virt(EBDA_SEGMENT) << 4;
    const struct rsdp *r = NULL;
    if (ebda >= 0x80000 && ebda < 0xa0000)
        r = search_rsdp(ebda, ebda + EBDA_SEARCHED);
    return r ? r : search_rsdp(BIOS_START, BIOS_END);
}

static void bad_table(const char *signature, paddr_t at, const char *why)
{
    log_warn("ACPI: table %.4s at %lx is skipped: %s", signature, at, why);
}

/* The whole table at an address, verified; NULL (told) when it is bad. */
static const struct acpi_header *load(paddr_t at, const char *signature, size_t min_size)
{
    const struct acpi_header *h = at && at < MAX_ADDRESS ? view(at, sizeof *h) : NULL;
    if (!h || memcmp(h->signature, signature, 4)) {
        bad_table(signature, at, "no such table there");
        return NULL;
    }
    uint32_t length = h->length;
    if (length < MAX(min_size, sizeof *h) || length > MAX_TABLE_SIZE) {
        bad_table(signature, at, "bad length");
        return NULL;
    }
    h = view(at, length);
    if (!h || h->length != length || !checksum_ok(h, length)) {
        bad_table(signature, at, "bad checksum");
        return NULL;
    }
    return h;
}

static void index_tables(const struct acpi_header *root, unsigned entry_size)
{
    const uint8_t *entry = (const uint8_t *)(root + 1);
    for (size_t left = root->length - sizeof *root; left >= entry_size && table_count < MAX_TABLES;
         left -= entry_size, entry += entry_size) {
        paddr_t at = aml_little_endian(entry, entry_size);
        const struct acpi_header *h = at && at < MAX_ADDRESS ? view(at, sizeof *h) : NULL;
        if (!h)
            continue;
        memcpy(tables[table_count].signature, h->signature, 4);
        tables[table_count++].at = at;
    }
}

void acpi_init(void)
{
    const struct rsdp *r = find_rsdp();
    if (!r)
        return;
    const struct acpi_header *root = NULL;
    if (r->revision >= 2 && r->xsdt && checksum_ok(r, sizeof *r))
        root = load(r->xsdt, "XSDT", sizeof *root);
    if (root)
        index_tables(root, 8);
    else if ((root = load(r->rsdt, "RSDT", sizeof *root)) != NULL)
        index_tables(root, 4);
}

const void *acpi_table(const char signature[4], size_t min_size)
{
    for (unsigned i = 0; i < table_count; i++) {
        if (memcmp(tables[i].signature, signature, 4))
            continue;
        const void *table = load(tables[i].at, signature, min_size);
        if (table)
            return table;
    }
    return NULL;
}

const struct acpi_fadt *acpi_fadt(void)
{
    static struct acpi_fadt fadt;
    static enum { UNKNOWN, PRESENT, ABSENT } state;
    if (state == UNKNOWN) {
        const struct acpi_header *h = acpi_table("FACP", offsetof(struct acpi_fadt, flags) + 4);
        state = h ? PRESENT : ABSENT;
        if (h)
            memcpy(&fadt, h, MIN(sizeof fadt, h->length));
    }
    return state == PRESENT ? &fadt : NULL;
}

struct aml_span acpi_dsdt(void)
{
    static struct aml_span dsdt;
    static bool tried;
    const struct acpi_fadt *fadt = acpi_fadt();
    if (!tried && fadt) {
        const struct acpi_header *h = load(fadt->x_dsdt ? fadt->x_dsdt : fadt->dsdt, "DSDT", sizeof *h);
        if (h)
            dsdt = (struct aml_span){(const uint8_t *)(h + 1), h->length - sizeof *h};
    }
    tried = true;
    return dsdt;
}
