/* Start as a UEFI application: whatever the firmware knows is copied, then its services end, and entry/efi.S goes on as
 * every other protocol does. Errors until then go to the firmware's console and to the serial port, and back to the
 * firmware. */
#include "boot/efi.h"
#include "boot/command-line.h"
#include "boot/early.h"
#include "boot/screen.h"
#include "cpu/cpu.h"
#include "mm/mm.h"

#define MAP_SLACK 16 /* descriptors that the map may grow by while we ask for it */
#define EXIT_TRIES 8
#define MAX_RANGES 120

static const struct efi_guid loaded_image_guid = {
    0x5b1b31a1, 0x9562, 0x11d2, {0x8e, 0x3f, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b}};
static const struct efi_guid memory_attribute_guid = {
    0xf4560cf6, 0x40ec, 0x4b4a, {0xa1, 0x92, 0xbf, 0x1d, 0x57, 0xd0, 0xb1, 0x89}};

static struct boot_range ranges[MAX_RANGES];
static unsigned range_count;
static paddr_t rsdp;
static struct {
    char *start;
    uint64_t size, stride;
} map;

static efi_status fail(const struct efi_system_table *table, efi_status status, const char *why)
{
    uint16_t text[128] = u"unik: ";
    unsigned n = 6;
    for (const char *s = why; *s && n < ARRAY_LEN(text) - 3; s++)
        text[n++] = (uint8_t)*s;
    text[n++] = '\r';
    text[n] = '\n';
    if (table->output) /* a headless machine may have none */
        table->output->output_string(table->output, text);
    boot_tell_refusal(why);
    return status;
}

/* Firmware may keep what it hands out from being executed. */
static void allow_execution(const struct efi_boot_services *boot, paddr_t start, uint64_t size)
{
    struct efi_memory_attribute *protocol;
    if (boot->locate_protocol(&memory_attribute_guid, NULL, (void **)&protocol) == EFI_SUCCESS)
        protocol->clear(protocol, start, size, EFI_MEMORY_XP | EFI_MEMORY_RO);
}

/* entry/linux.S; written by linker/bzimage.ts. */
extern const uint32_t image_file_size;

uint32_t efi_add_up(void)
{
    uint32_t sum = 0;
    for (uint32_t at = 0; at < image_file_size; at += sizeof sum)
        sum += *(const uint32_t *)(__kernel_start + at);
    return sum;
}

char *efi_place(const struct efi_system_table *table, uint32_t sum)
{
    if (sum) {
        fail(table, EFI_LOAD_ERROR, "the image is damaged: it was loaded in part, or changed on its way");
        return NULL;
    }
    if ((uint64_t)__kernel_end <= IDENTITY_END)
        return __kernel_start;
    uint64_t size = (uint64_t)(__kernel_end - __kernel_start), address = IDENTITY_END - 1;
    efi_status status =
        table->boot->allocate_pages(EFI_ALLOCATE_MAX_ADDRESS, EFI_LOADER_CODE, size / EFI_PAGE_SIZE, &address);
    if (status != EFI_SUCCESS) {
        fail(table, status, "too little memory below 4 GiB for the image");
        return NULL;
    }
    allow_execution(table->boot, address, size);
    return memcpy((void *)address, __kernel_start, size);
}

/* 0: not to be used. Only memory that works as such counts, whatever its type says. */
static unsigned range_type(const struct efi_memory_descriptor *d)
{
    switch (d->type) {
    case EFI_LOADER_CODE:
    case EFI_LOADER_DATA:
    case EFI_BOOT_SERVICES_CODE:
    case EFI_BOOT_SERVICES_DATA:
    case EFI_CONVENTIONAL:
        return d->attributes & EFI_MEMORY_WB && !(d->attributes & EFI_MEMORY_SP) ? BOOT_RANGE_FREE : 0;
    case EFI_ACPI_RECLAIM:
    case EFI_ACPI_NVS:
        return BOOT_RANGE_ACPI;
    default:
        return 0;
    }
}

/* Neighbours become one. A map's entries do not overlap (7.2.3), so what is not listed is not used. */
static void add_range(struct boot_range r)
{
    struct boot_range *last = range_count ? &ranges[range_count - 1] : NULL;
    if (last && last->end == r.start && last->type == r.type)
        last->end = r.end;
    else if (range_count < MAX_RANGES)
        ranges[range_count++] = r;
}

void efi_take_memory_map(void)
{
    for (uint64_t at = 0; at < map.size && map.size - at >= map.stride; at += map.stride) {
        const struct efi_memory_descriptor *d = (const void *)(map.start + at);
        unsigned type = range_type(d);
        uint64_t bytes, end;
        if (!type || __builtin_mul_overflow(d->pages, EFI_PAGE_SIZE, &bytes) ||
            __builtin_add_overflow(d->start, bytes, &end))
            continue;
        add_range((struct boot_range){d->start, end, type});
    }
}

static efi_status get_memory_map(const struct efi_boot_services *boot, uint64_t room, uint64_t *key)
{
    uint32_t version;
    map.size = room;
    efi_status status = boot->get_memory_map(&map.size, map.start, key, &map.stride, &version);
    bool sound = map.stride >= sizeof(struct efi_memory_descriptor) && (!room || map.size <= room);
    return sound ? status : EFI_UNSUPPORTED;
}

/* The map's key goes out of date with every change of it, the firmware's own included: then both calls come again, and
 * nothing else of the firmware may be used by then (7.4.6). So the buffer is made beforehand, with room to spare. */
static efi_status exit_boot_services(void *image, const struct efi_system_table *table)
{
    const struct efi_boot_services *boot = table->boot;
    uint64_t key;
    if (get_memory_map(boot, 0, &key) != EFI_BUFFER_TOO_SMALL)
        return fail(table, EFI_UNSUPPORTED, "the firmware gives no memory map");
    uint64_t room = map.size + MAP_SLACK * map.stride;
    efi_status status = boot->allocate_pool(EFI_LOADER_DATA, room, (void **)&map.start);
    if (status != EFI_SUCCESS)
        return fail(table, status, "too little memory for the memory map");
    for (unsigned tries = 0; tries < EXIT_TRIES; tries++) {
        if (get_memory_map(boot, room, &key) != EFI_SUCCESS)
            break;
        status = boot->exit_boot_services(image, key);
        if (status == EFI_SUCCESS)
            return status;
        if (status != EFI_INVALID_PARAMETER)
            break;
    }
    boot_refuse("the firmware does not end its services");
}

efi_status efi_leave(void *image, const struct efi_system_table *table)
{
    const struct efi_boot_services *boot = table->boot;
    struct efi_loaded_image *loaded;
    boot->set_watchdog_timer(0, 0, 0, NULL); /* it would reset the machine five minutes after the start */
    efi_status status = boot->handle_protocol(image, &loaded_image_guid, (void **)&loaded);
    if (status != EFI_SUCCESS)
        return fail(table, status, "the firmware does not know the image that it started");
    efi_take_command_line(loaded);
    rsdp = efi_find_rsdp(table);
    efi_take_screen(boot);
    efi_take_random(boot);
    return exit_boot_services(image, table);
}

void efi_read(const void *info)
{
    uint64_t limit = MIN(PHYS_LIMIT, 1ull << cpu.physical_bits);
    for (unsigned i = 0; i < range_count; i++) {
        ranges[i].start = MIN(ranges[i].start, limit);
        ranges[i].end = MIN(ranges[i].end, limit);
    }
    memcpy(boot_info.loader, "efi", 4);
    boot_info.range_count = memory_map_normalize(ranges, range_count, boot_info.ranges, BOOT_MAX_RANGES);
    /* A screen without memory of its own shows the machine's. */
    paddr_t screen = boot_screen.address, screen_end = screen + (uint64_t)boot_screen.pitch * boot_screen.height;
    memory_map_take(ALIGN_DOWN(screen, PAGE_SIZE), ALIGN_UP(screen_end, PAGE_SIZE));
    boot_info.rsdp = rsdp;
    boot_join_words(efi_command_line, sizeof efi_command_line);
}
