/* What a loader of Linux hands over (Documentation/arch/x86/boot.rst and zero-page.rst): memory map, command line,
 * RSDP, framebuffer. Everything that it points at is read once, checked, and copied. */
#include "boot/command-line.h"
#include "boot/early.h"
#include "boot/efi.h"
#include "boot/linux.h"
#include "boot/screen.h"

#define MAX_ENTRIES 128
#define MAX_SETUP_DATA 64 /* a longer list is taken for a ring */
#define MAX_EXTENDED 1024u
#define MAX_EFI_TABLES 1024
#define SETUP_E820_EXT 1
#define VIDEO_TYPE_VLFB 0x23
#define VIDEO_TYPE_EFI 0x70
#define VIDEO_64BIT_BASE 2

static struct boot_range raw[MAX_ENTRIES];
static unsigned raw_count;

/* What is not free may lie in what is free, so it must not be left out when there is too much of both. */
static void add_ranges(const struct e820_entry *entry, uint64_t count, bool free)
{
    for (uint64_t i = 0; i < count && raw_count < MAX_ENTRIES; i++) {
        struct boot_range r = e820_range(entry[i].start, entry[i].size, entry[i].type);
        if ((r.type == BOOT_RANGE_FREE) == free)
            raw[raw_count++] = r;
    }
}

static void add_extended_ranges(uint64_t at, bool free)
{
    for (unsigned n = 0; n < MAX_SETUP_DATA && boot_reachable(at, sizeof(struct setup_data)); n++) {
        const struct setup_data *data = (const void *)at;
        if (data->type == SETUP_E820_EXT && boot_reachable(at, sizeof *data + (uint64_t)data->size))
            add_ranges((const void *)(data + 1), MIN(data->size / sizeof(struct e820_entry), MAX_EXTENDED), free);
        at = data->next;
    }
}

static void read_memory_map(const struct boot_params *params)
{
    uint64_t count = MIN(params->e820_count, ARRAY_LEN(params->e820));
    if (!count)
        boot_refuse("the loader gave no memory map (E820)");
    for (int free = 0; free <= 1; free++) {
        add_ranges(params->e820, count, free);
        add_extended_ranges(params->header.setup_data, free);
    }
    boot_info.range_count = memory_map_normalize(raw, raw_count, boot_info.ranges, BOOT_MAX_RANGES);
}

/* Loaders that fill the whole page with what they do not know leave a sentinel: then only the fields count that every
 * loader knows. */
static void read_command_line(const struct boot_params *params)
{
    uint64_t line = params->header.command_line;
    if (!params->sentinel)
        line |= (uint64_t)params->command_line_high << 32;
    bool has_line = boot_reachable(line, 1);
    boot_join_words(has_line ? (const char *)line : "",
                    has_line ? MIN(sizeof boot_info.command_line, IDENTITY_END - line) : 0);
}

static struct boot_channel channel(uint8_t bits, uint8_t shift)
{
    return (struct boot_channel){shift, bits};
}

static void read_screen(const struct screen_info *s)
{
    bool is_linear = s->type == VIDEO_TYPE_VLFB || s->type == VIDEO_TYPE_EFI;
    uint64_t base = s->base, pixel = 4;
    if (s->capabilities & VIDEO_64BIT_BASE)
        base |= (uint64_t)s->base_high << 32;
    if (!is_linear || !base || s->depth != 32 || !s->width || !s->height || s->pitch < s->width * pixel)
        return;
    boot_screen = (struct boot_screen){
        .address = base,
        .width = s->width,
        .height = s->height,
        .pitch = s->pitch,
        .red = channel(s->red_size, s->red_shift),
        .green = channel(s->green_size, s->green_shift),
        .blue = channel(s->blue_size, s->blue_shift),
    };
}

/* Loaders that came from UEFI may leave it at the firmware's own table, which lies where it lay. */
static paddr_t find_rsdp(const struct boot_params *params)
{
    if (!params->sentinel && params->rsdp)
        return params->rsdp;
    const struct efi_system_table *table = (const void *)(params->efi.table | (uint64_t)params->efi.table_high << 32);
    if (params->efi.signature != LINUX_EFI_64 || (uint64_t)table % _Alignof(struct efi_system_table) ||
        !boot_reachable((uint64_t)table, sizeof *table) || table->header.signature != EFI_SYSTEM_TABLE_SIGNATURE ||
        table->table_count > MAX_EFI_TABLES ||
        !boot_reachable((uint64_t)table->tables, table->table_count * sizeof *table->tables))
        return 0;
    return efi_find_rsdp(table);
}

void linux_read(const void *from)
{
    const struct boot_params *params = from;
    memcpy(boot_info.loader, "linux", 6);
    if (!boot_reachable((uint64_t)from, sizeof *params) || params->header.magic != LINUX_HEADER_MAGIC)
        boot_refuse("the loader did not follow the Linux boot protocol");
    read_memory_map(params);
    read_command_line(params);
    read_screen(&params->screen);
    boot_info.rsdp = find_rsdp(params);
    if (params->loader_mark == UNIK_LOADER_MARK)
        boot_info.loader_tsc = params->loader_tsc;
}
