/* What a PVH loader hands over: any start info, memory map and command line; pointers as in linux-boot.c. */
#include "fuzz.h"
#include "../unit/kernel/pvh.c"

#define LOW_SIZE (16ul << 20)

static uint64_t place(uint64_t address)
{
    return address && address < 1ull << 32 ? (uint64_t)low + address % (LOW_SIZE / 2) : address;
}

static void run(void)
{
    if (!low)
        low = mmap((void *)0x10000000, LOW_SIZE, 3, 0x22 | 0x40 /* MAP_32BIT */, -1, 0);
    start_over();
    low->info.memory_map -= (uint64_t)low;
    low->info.command_line -= (uint64_t)low;
    damage(&low->info, sizeof low->info);
    damage(low->map, sizeof low->map);
    take_bytes(low->line, sizeof low->line - 1);
    low->info.memory_map = place(low->info.memory_map);
    low->info.command_line = place(low->info.command_line);
    if (!reads())
        return;
    CHECK(boot_info.range_count <= BOOT_MAX_RANGES);
    for (unsigned i = 0; i < boot_info.range_count; i++)
        CHECK(boot_info.ranges[i].start < boot_info.ranges[i].end &&
              (!i || boot_info.ranges[i - 1].end <= boot_info.ranges[i].start));
}
FUZZ(run)
