/* What a PVH loader hands over: memory map, command line, RSDP. Everything that it points at is read once, checked, and
 * copied. */
#include "boot/early.h"
#include "boot/command-line.h"

#define PVH_MAX_ENTRIES 128

/* Xen, include/public/arch-x86/hvm/start_info.h: the types are those of E820. */
struct hvm_memory_map_entry {
    uint64_t start, size;
    uint32_t type, reserved;
} __attribute__((packed)); /* the list may lie at any address */
_Static_assert(sizeof(struct hvm_memory_map_entry) == 24, "PVH ABI");

static void read_memory_map(const struct hvm_start_info *info)
{
    static struct boot_range raw[PVH_MAX_ENTRIES];
    unsigned count = MIN(info->memory_map_count, (uint32_t)PVH_MAX_ENTRIES);
    if (info->version < 1 || !count || !boot_reachable(info->memory_map, count * sizeof(struct hvm_memory_map_entry)))
        boot_refuse("the loader gave no memory map (PVH version 1 is needed)");
    const struct hvm_memory_map_entry *entry = (const void *)info->memory_map;
    for (unsigned i = 0; i < count; i++)
        raw[i] = e820_range(entry[i].start, entry[i].size, entry[i].type);
    boot_info.range_count = memory_map_normalize(raw, count, boot_info.ranges, BOOT_MAX_RANGES);
}

void pvh_read(const void *from)
{
    const struct hvm_start_info *info = from;
    memcpy(boot_info.loader, "pvh", 4);
    read_memory_map(info);
    boot_info.rsdp = info->rsdp;
    bool has_line = boot_reachable(info->command_line, 1);
    command_line_join(boot_info.command_line, sizeof boot_info.command_line, boot_default_command_line,
                      has_line ? (const char *)info->command_line : "",
                      has_line ? MIN(sizeof boot_info.command_line, IDENTITY_END - info->command_line) : 0);
}
