/* What UEFI firmware hands over: any memory map in any stride, load options, configuration tables and screens. Its
 * pointers are its own, and good: they are the CPU's to follow before there is anything to check them by. */
#include "fuzz.h"
#include "../unit/kernel/efi.c"

static void run(void)
{
    start_over();
    damage(fw.map, sizeof fw.map);
    fw.count = random_u64() % ARRAY_LEN(fw.map);
    fw.stride = random_u64() % 2 ? fw.stride : random_u64() % 64;
    fw.refuses = random_u64() % 8;
    fw.grows = fw.count + fw.refuses < ARRAY_LEN(fw.map);
    fw.no_pool = random_u64() % 16 == 1;
    fw.screens = random_u64() % 4;
    for (unsigned i = 0; i < fw.screens; i++) {
        set_screen(i, EFI_PIXEL_BGRX, 832 * 4 * 600);
        damage(&modes[i], sizeof modes[i]);
        damage(&mode_of[i].info_size, 24);
    }
    tables[0] = (struct efi_configuration_table){acpi_10_guid, 0x1000};
    tables[1] = (struct efi_configuration_table){acpi_20_guid, 0x2000};
    damage(tables, sizeof tables);
    table.table_count = random_u64() % 4;
    fw.image.options = fw.options;
    fw.image.options_size = random_u64() % 2 ? random_u64() % sizeof fw.options : take_bytes(fw.options, 1024);
    if (!leaves())
        return;
    CHECK(boot_info.range_count <= BOOT_MAX_RANGES);
    for (unsigned i = 0; i < boot_info.range_count; i++)
        CHECK(boot_info.ranges[i].start < boot_info.ranges[i].end &&
              (!i || boot_info.ranges[i - 1].end <= boot_info.ranges[i].start));
}
FUZZ(run)
