/* Memory ranges as the BIOS, PVH and Linux' boot protocol number them (ACPI 6.5, 15.1). */
#include "boot/early.h"
#include "cpu/cpu.h"

enum { E820_RAM = 1, E820_ACPI = 3, E820_NVS = 4 };

static enum boot_range_type range_type(uint32_t e820)
{
    switch (e820) {
    case E820_RAM:
        return BOOT_RANGE_FREE;
    case E820_ACPI:
    case E820_NVS:
        return BOOT_RANGE_ACPI;
    default:
        return BOOT_RANGE_RESERVED;
    }
}

struct boot_range e820_range(uint64_t start, uint64_t size, uint32_t type)
{
    uint64_t end, limit = MIN(PHYS_LIMIT, 1ull << cpu.physical_bits);
    if (__builtin_add_overflow(start, size, &end))
        end = UINT64_MAX;
    return (struct boot_range){MIN(start, limit), MIN(end, limit), range_type(type)};
}
