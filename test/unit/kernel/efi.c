/* boot/efi.c and boot/efi-facts.c over a firmware that the test makes: what it says is taken, what it gets wrong is
 * refused or ignored. */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "boot/memory-map.c"
#include "boot/command-line.c"
#include "boot/screen.c"
#include "boot/efi-facts.c"
#include "boot/fw-cfg.c"
#include "boot/efi.c"

#define CHECK(cond) ((cond) ? (void)0 : (fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #cond), exit(1)))

struct boot_info boot_info;
uint64_t direct_map_base;
struct cpu_features cpu = {.physical_bits = 40};
const char boot_default_command_line[] = "quiet -- one";
_Alignas(4096) char __kernel_start[64];
__asm__(".globl __kernel_end\n.set __kernel_end, __kernel_start + 64");
const uint32_t image_file_size = sizeof __kernel_start;
static jmp_buf refused;
static char refusal[160];

_Noreturn void boot_refuse(const char *why)
{
    boot_tell_refusal(why);
    longjmp(refused, 1);
}
void boot_tell_refusal(const char *why)
{
    snprintf(refusal, sizeof refusal, "%s", why);
}

static unsigned random_bits;
void entropy_add(const char *source, const void *data, size_t n, unsigned bits)
{
    const uint8_t *p = data;
    for (size_t i = 0; i < n; i++)
        CHECK(p[i] == 0xa5);
    random_bits += bits;
}

/* The firmware. */
static struct {
    struct efi_memory_descriptor map[200]; /* handed out at a larger stride than their size */
    unsigned count, grows, refuses;
    uint64_t stride, key, watchdog;
    bool exited, no_image, no_pool, no_rng;
    uint16_t said[200];
    char pages[64];
    struct efi_loaded_image image;
    uint16_t options[8192];
    unsigned screens;
} fw;
static struct efi_graphics_info modes[3];
static struct {
    uint32_t max, mode;
    const struct efi_graphics_info *info;
    uint64_t info_size, framebuffer, framebuffer_size;
} mode_of[3];
static struct efi_graphics_output graphics[3];

EFIAPI static efi_status output_string(struct efi_text_output *self, const uint16_t *text)
{
    CHECK(!fw.exited);
    unsigned n = 0;
    while (text[n])
        n++;
    CHECK(n < 128 && text[n - 1] == '\n');
    memcpy(fw.said, text, n * 2);
    return EFI_SUCCESS;
}
EFIAPI static efi_status fake_map(uint64_t *size, void *to, uint64_t *key, uint64_t *stride, uint32_t *version)
{
    uint64_t needed = fw.count * fw.stride;
    *stride = fw.stride;
    if (*size < needed) {
        *size = needed;
        return EFI_BUFFER_TOO_SMALL;
    }
    *size = needed;
    for (unsigned i = 0; i < fw.count; i++) {
        memset((char *)to + i * fw.stride, 0xff, fw.stride);
        memcpy((char *)to + i * fw.stride, &fw.map[i], MIN(sizeof fw.map[i], fw.stride));
    }
    *key = ++fw.key;
    return EFI_SUCCESS;
}
static void *pool;
EFIAPI static efi_status allocate_pool(uint32_t type, uint64_t size, void **buffer)
{
    CHECK(type == EFI_LOADER_DATA && !fw.exited);
    if (fw.no_pool)
        return EFI_OUT_OF_RESOURCES;
    free(pool);
    pool = *buffer = malloc(size);
    return EFI_SUCCESS;
}
static bool freed;
EFIAPI static efi_status allocate_pages(uint32_t how, uint32_t type, uint64_t pages, uint64_t *address)
{
    CHECK(how == EFI_ALLOCATE_MAX_ADDRESS && type == EFI_LOADER_CODE && *address == IDENTITY_END - 1);
    *address = (uint64_t)fw.pages;
    return fw.no_pool ? EFI_OUT_OF_RESOURCES : EFI_SUCCESS;
}
EFIAPI static efi_status free_pool(void *buffer)
{
    freed = true;
    return EFI_SUCCESS;
}
EFIAPI static efi_status exit_services(void *image, uint64_t key)
{
    CHECK(image == &fw);
    if (fw.refuses) {
        fw.refuses--;
        fw.key++;
        if (fw.grows)
            fw.count++;
        return EFI_INVALID_PARAMETER;
    }
    if (key != fw.key)
        return EFI_INVALID_PARAMETER;
    fw.exited = true;
    return EFI_SUCCESS;
}
EFIAPI static efi_status set_watchdog(uint64_t seconds, uint64_t code, uint64_t size, const uint16_t *data)
{
    fw.watchdog = seconds;
    return EFI_SUCCESS;
}
EFIAPI static efi_status handle_protocol(void *handle, const struct efi_guid *protocol, void **interface)
{
    if (!memcmp(protocol, &loaded_image_guid, 16)) {
        *interface = &fw.image;
        return fw.no_image ? EFI_UNSUPPORTED : EFI_SUCCESS;
    }
    *interface = handle;
    return handle ? EFI_SUCCESS : EFI_UNSUPPORTED;
}
EFIAPI static efi_status locate_handles(uint32_t how, const struct efi_guid *protocol, void *key, uint64_t *count,
                                        void ***handles)
{
    static void *list[3];
    for (unsigned i = 0; i < fw.screens; i++)
        list[i] = &graphics[i];
    *count = fw.screens;
    *handles = list;
    return fw.screens ? EFI_SUCCESS : EFI_UNSUPPORTED;
}
EFIAPI static efi_status get_rng(struct efi_rng *self, const struct efi_guid *algorithm, uint64_t size, void *value)
{
    memset(value, 0xa5, size);
    return EFI_SUCCESS;
}
static struct efi_rng rng = {.get_rng = get_rng};
EFIAPI static efi_status locate_protocol(const struct efi_guid *protocol, void *registration, void **interface)
{
    *interface = &rng;
    return memcmp(protocol, &rng_guid, 16) || fw.no_rng ? EFI_UNSUPPORTED : EFI_SUCCESS;
}

static const struct efi_boot_services services = {
    .allocate_pages = allocate_pages,
    .get_memory_map = fake_map,
    .allocate_pool = allocate_pool,
    .free_pool = free_pool,
    .handle_protocol = handle_protocol,
    .exit_boot_services = exit_services,
    .set_watchdog_timer = set_watchdog,
    .locate_handle_buffer = locate_handles,
    .locate_protocol = locate_protocol,
};
static struct efi_configuration_table tables[3];
static struct efi_text_output output = {.output_string = output_string};
static struct efi_system_table table = {.output = &output, .boot = &services, .tables = tables};

static void start_over(void)
{
    memset(&fw, 0, sizeof fw);
    memset(&boot_info, 0, sizeof boot_info);
    memset(&boot_screen, 0, sizeof boot_screen);
    memset(efi_command_line, 0, sizeof efi_command_line);
    memset(refusal, 0, sizeof refusal);
    range_count = random_bits = 0;
    fw.stride = sizeof(struct efi_memory_descriptor) + 8;
    fw.watchdog = 300;
    fw.count = 5;
    fw.map[0] = (struct efi_memory_descriptor){EFI_BOOT_SERVICES_CODE, 0, 0, 0, 0xa0, 0xf};
    fw.map[1] = (struct efi_memory_descriptor){EFI_CONVENTIONAL, 0, 0x100000, 0, 0x700, 0xf};
    fw.map[2] = (struct efi_memory_descriptor){EFI_LOADER_CODE, 0, 0x800000, 0, 0x100, 0xf};
    fw.map[3] = (struct efi_memory_descriptor){EFI_ACPI_NVS, 0, 0x900000, 0, 0x10, 0xf};
    fw.map[4] = (struct efi_memory_descriptor){5, 0, 0x910000, 0, 0x10, 0xf}; /* runtime services */
    table.table_count = 0;
}

static void take_options(const char *text)
{
    unsigned n = 0;
    for (; text[n]; n++)
        fw.options[n] = (uint8_t)text[n];
    fw.image.options = fw.options;
    fw.image.options_size = 2 * (n + 1);
}

static bool leaves(void)
{
    if (setjmp(refused))
        return false;
    if (efi_leave(&fw, &table) != EFI_SUCCESS)
        return false;
    efi_take_memory_map();
    efi_read(NULL);
    return true;
}

static void good_firmware_is_understood(void)
{
    start_over();
    CHECK(leaves() && fw.exited && fw.watchdog == 0 && random_bits == 256 && !boot_screen.address);
    CHECK(!strcmp(boot_info.loader, "efi") && !strcmp(boot_info.command_line, "quiet -- one"));
    CHECK(boot_info.range_count == 3 && boot_info.ranges[0].end == 0xa0000);
    CHECK(boot_info.ranges[1].start == 0x100000 && boot_info.ranges[1].end == 0x900000);
    CHECK(boot_info.ranges[2].type == BOOT_RANGE_ACPI && boot_info.ranges[2].end == 0x910000);
}

static void services_are_ended_again_when_the_map_changed(void)
{
    start_over();
    fw.refuses = 3;
    fw.grows = 1;
    CHECK(leaves() && fw.exited && fw.count == 8);
    start_over();
    fw.refuses = 1000;
    CHECK(!leaves() && !strcmp(refusal, "the firmware does not end its services") && !fw.said[0]);
}

static void failures_are_said_while_the_firmware_can(void)
{
    start_over();
    fw.no_image = true;
    CHECK(!leaves() && fw.said[0] == 'u' && !strncmp(refusal, "the firmware does not know", 26));
    start_over();
    fw.no_pool = true;
    CHECK(!leaves() && fw.said[0] == 'u' && !strcmp(refusal, "too little memory for the memory map"));
    start_over();
    fw.stride = 16;
    CHECK(!leaves() && fw.said[0] == 'u' && !strcmp(refusal, "the firmware gives no memory map"));
}

static void odd_maps_are_survived(void)
{
    start_over();
    fw.map[1].attributes = 0;                                                                    /* cannot be cached */
    fw.map[2].attributes |= EFI_MEMORY_SP;                                                       /* not for us */
    fw.map[4] = (struct efi_memory_descriptor){EFI_CONVENTIONAL, 0, 0x1000, 0, 1ull << 60, 0xf}; /* overflows */
    CHECK(leaves() && boot_info.range_count == 2);
    start_over();
    fw.count = 200;
    for (unsigned i = 0; i < fw.count; i++)
        fw.map[i] = (struct efi_memory_descriptor){EFI_CONVENTIONAL, 0, i * 0x10000, 0, 1, 0xf};
    CHECK(leaves() && range_count == MAX_RANGES && boot_info.range_count == BOOT_MAX_RANGES);
    start_over();
    fw.stride = sizeof(struct efi_memory_descriptor) + 3;
    CHECK(leaves() && boot_info.range_count == 3);
    start_over();
    fw.map[1].pages = 1ull << 40; /* up to what the CPU addresses */
    CHECK(leaves() && boot_info.ranges[boot_info.range_count - 1].end == 1ull << 40);
}

static void options_become_the_command_line(void)
{
    start_over();
    take_options("verbose -- two");
    CHECK(leaves() && !strcmp(boot_info.command_line, "quiet verbose -- two"));
    start_over();
    take_options("fs0:\\App.EFI verbose");
    CHECK(leaves() && !strcmp(boot_info.command_line, "quiet  verbose -- one"));
    start_over();
    take_options("\"my app.efi\" a=1");
    CHECK(leaves() && !strcmp(boot_info.command_line, "quiet  a=1 -- one"));
    start_over();
    take_options("efi");
    CHECK(leaves() && !strcmp(boot_info.command_line, "quiet efi -- one"));
    start_over();
    take_options("x.efi");
    CHECK(leaves() && !strcmp(boot_info.command_line, "quiet -- one"));
}

static void options_that_are_no_text_are_ignored(void)
{
    start_over();
    take_options("a\1b");
    CHECK(leaves() && !strcmp(boot_info.command_line, "quiet -- one"));
    start_over();
    take_options("abc");
    fw.image.options_size = 7;
    CHECK(leaves() && !strcmp(boot_info.command_line, "quiet -- one"));
    start_over();
    fw.image.options_size = 8; /* without a pointer */
    CHECK(leaves() && !strcmp(boot_info.command_line, "quiet -- one"));
}

static void any_length_of_options_fits(void)
{
    start_over();
    for (unsigned i = 0; i < ARRAY_LEN(fw.options); i++)
        fw.options[i] = i % 2 ? 0x20ac : 0xdc00; /* three bytes, and half a pair */
    fw.image.options = fw.options;
    fw.image.options_size = sizeof fw.options;
    CHECK(leaves() && strlen(boot_info.command_line) > 4000);
    CHECK(!strncmp(efi_command_line, "?\xe2\x82\xac?", 5));
    start_over();
    fw.options[0] = 0xfc;
    fw.options[1] = 'x'; /* and no end */
    fw.image.options = fw.options;
    fw.image.options_size = 4;
    CHECK(leaves() && !strcmp(efi_command_line, "\xc3\xbcx"));
}

static void the_newer_rsdp_is_preferred(void)
{
    start_over();
    tables[0] = (struct efi_configuration_table){acpi_10_guid, 0x1000};
    tables[1] = (struct efi_configuration_table){acpi_20_guid, 0x2000};
    table.table_count = 1;
    CHECK(leaves() && boot_info.rsdp == 0x1000);
    start_over();
    table.table_count = 2;
    CHECK(leaves() && boot_info.rsdp == 0x2000);
}

static void set_screen(unsigned i, uint32_t format, uint64_t size)
{
    modes[i] = (struct efi_graphics_info){0, 800, 600, format, 0xff000000, 0xff0000, 0x3ff, 0, 832};
    mode_of[i].info = &modes[i];
    mode_of[i].info_size = sizeof modes[i];
    mode_of[i].framebuffer = 0x80000000;
    mode_of[i].framebuffer_size = size;
    graphics[i].mode = (void *)&mode_of[i];
}

static void the_first_screen_with_memory_is_taken(void)
{
    start_over();
    fw.screens = 3;
    set_screen(0, 3, 832 * 4 * 600); /* no framebuffer */
    set_screen(1, EFI_PIXEL_BGRX, 832 * 4 * 600 - 1);
    set_screen(2, EFI_PIXEL_BGRX, 832 * 4 * 600);
    CHECK(leaves() && freed && boot_screen.address == 0x80000000 && boot_screen.width == 800);
    CHECK(boot_screen.pitch == 832 * 4 && boot_screen.height == 600);
    CHECK(boot_screen.red.shift == 16 && boot_screen.green.shift == 8 && boot_screen.blue.shift == 0);
    start_over();
    fw.screens = 1;
    set_screen(0, EFI_PIXEL_MASKS, 1 << 24);
    CHECK(leaves() && boot_screen.red.shift == 24 && boot_screen.blue.bits == 10 && boot_screen.green.bits == 8);
    CHECK(boot_info.range_count == 3);
    start_over();
    fw.screens = 1;
    mode_of[0].framebuffer = 0x200000; /* in memory that is free */
    CHECK(leaves() && boot_info.range_count == 4 && boot_info.ranges[1].end == 0x200000);
    CHECK(boot_info.ranges[2].start == 0x200000 + 488 * 0x1000);
    start_over();
    fw.screens = 1;
    modes[0].pixels_per_line = 799;
    CHECK(leaves() && !boot_screen.address);
    start_over();
    fw.screens = 1;
    set_screen(0, EFI_PIXEL_RGBX, 1 << 24);
    mode_of[0].info_size = 20;
    CHECK(leaves() && !boot_screen.address);
}

static void a_damaged_image_is_refused(void)
{
    start_over();
    CHECK(efi_add_up() == 0);
    __kernel_start[60] = 3;
    CHECK(efi_add_up() == 3 && !efi_place(&table, 3) && !strncmp(refusal, "the image is damaged", 20));
}

static void an_image_above_4_gib_is_copied(void)
{
    start_over();
    CHECK((uint64_t)__kernel_end > IDENTITY_END);
    CHECK(efi_place(&table, 0) == fw.pages && fw.pages[60] == 3);
    fw.no_pool = true;
    CHECK(!efi_place(&table, 0) && !strcmp(refusal, "too little memory below 4 GiB for the image"));
}

int main(void)
{
    a_damaged_image_is_refused();
    an_image_above_4_gib_is_copied();
    good_firmware_is_understood();
    services_are_ended_again_when_the_map_changed();
    failures_are_said_while_the_firmware_can();
    odd_maps_are_survived();
    options_become_the_command_line();
    options_that_are_no_text_are_ignored();
    any_length_of_options_fits();
    the_newer_rsdp_is_preferred();
    the_first_screen_with_memory_is_taken();
    free(pool);
    return 0;
}
