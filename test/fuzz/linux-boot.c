/* What a loader of Linux's protocol hands over: any zero page, E820 extensions, EFI tables and command line. Pointers
 * lead into memory that the harness has, to nothing, or beyond 4 GiB: what lies between is the identity map. */
#include "fuzz.h"
#include "../unit/kernel/linux.c"

#define LOW_SIZE (16ul << 20)

static uint64_t place(uint64_t address)
{
    return address && address < 1ull << 32 ? (uint64_t)low + address % (LOW_SIZE / 2) : address;
}

/* Entries of the list of setup_data are its own: what follows a wrong one is any memory of the machine. */
static uint64_t place_data(uint64_t address)
{
    return address >= 1ull << 32 || address % 4 == 0 ? address & ~0xffffffffull
           : address % 4 == 1                        ? (uint64_t)&low->other
                                                     : (uint64_t)&low->extension;
}

static void place_pointers(void)
{
    struct boot_params *p = &low->params;
    p->header.command_line = (uint32_t)place(p->header.command_line);
    p->efi.table = (uint32_t)place(p->efi.table);
    p->header.setup_data = place_data(p->header.setup_data);
    low->extension.head.next = place_data(low->extension.head.next);
    low->other.head.next = place_data(low->other.head.next);
    low->efi.tables = (void *)place((uint64_t)low->efi.tables);
    low->efi.table_count %= 2000;
}

static void run(void)
{
    if (!low)
        low = mmap((void *)0x10000000, LOW_SIZE, 3, 0x22 | 0x40 /* MAP_32BIT */, -1, 0);
    struct boot_params *p = start_over();
    p->header.setup_data = 2;
    p->header.command_line -= (uint32_t)(uint64_t)low;
    low->extension.head = (struct setup_data){1, SETUP_E820_EXT, 60};
    low->other.head = (struct setup_data){0, SETUP_E820_EXT, 40};
    damage(p, sizeof *p);
    damage(&low->extension, sizeof low->extension);
    damage(&low->other, sizeof low->other);
    damage(&low->efi, sizeof low->efi);
    take_bytes(low->line, sizeof low->line - 1);
    place_pointers();
    if (!reads())
        return;
    CHECK(boot_info.range_count <= BOOT_MAX_RANGES);
    for (unsigned i = 0; i < boot_info.range_count; i++)
        CHECK(boot_info.ranges[i].start < boot_info.ranges[i].end &&
              (!i || boot_info.ranges[i - 1].end <= boot_info.ranges[i].start));
    command_line_parse(boot_info.command_line);
    CHECK(!boot_screen.address || boot_screen.pitch >= boot_screen.width * 4ul);
}
FUZZ(run)
