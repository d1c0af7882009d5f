/* What the firmware knows of the machine and of how it was started. It may be wrong: lengths and pointers are checked,
 * and what makes no sense counts as absent. */
#include "boot/efi.h"
#include "boot/screen.h"
#include "drivers/driver.h"

#define MAX_TABLES 1024
#define RANDOM_BYTES 64
#define RANDOM_BITS 256

static const struct efi_guid acpi_20_guid = {
    0x8868e871, 0xe4f1, 0x11d3, {0xbc, 0x22, 0x00, 0x80, 0xc7, 0x3c, 0x88, 0x81}};
static const struct efi_guid acpi_10_guid = {
    0xeb9d2d30, 0x2d88, 0x11d3, {0x9a, 0x16, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d}};
static const struct efi_guid graphics_output_guid = {
    0x9042a9de, 0x23dc, 0x4a38, {0x96, 0xfb, 0x7a, 0xde, 0xd0, 0x80, 0x51, 0x6a}};
static const struct efi_guid rng_guid = {0x3152bca5, 0xeade, 0x433d, {0x86, 0x2e, 0xc0, 0x1c, 0xdc, 0x29, 0x1f, 0x44}};

char efi_command_line[4096];

/* Boot entries may carry anything; text has no control characters but blanks. 0: it is no text. */
static unsigned text_length(const uint16_t *text, unsigned max)
{
    unsigned n = 0;
    for (; n < max && text[n]; n++)
        if (text[n] < ' ' && text[n] != '\t' && text[n] != '\r' && text[n] != '\n')
            return 0;
    return n;
}

static bool is_program_name(const uint16_t *end)
{
    return end[-4] == '.' && (end[-3] | 0x20) == 'e' && (end[-2] | 0x20) == 'f' && (end[-1] | 0x20) == 'i';
}

/* A shell puts the program's name first, a boot entry does not. */
static unsigned program_name_length(const uint16_t *text, unsigned n)
{
    unsigned quoted = n && text[0] == '"', at = quoted;
    while (at < n && (quoted ? text[at] != '"' : text[at] > ' '))
        at++;
    return at >= 4 + quoted && is_program_name(text + at) ? at + quoted : 0;
}

/* UTF-8 of one UTF-16 unit; half of a pair is no character. */
static unsigned put_utf8(char *out, uint16_t c)
{
    if (c >= 0xd800 && c < 0xe000)
        c = '?';
    if (c < 0x80) {
        out[0] = (char)(c < ' ' ? ' ' : c);
        return 1;
    }
    unsigned n = 0;
    if (c >= 0x800) {
        out[n++] = (char)(0xe0 | c >> 12);
        out[n++] = (char)(0x80 | (c >> 6 & 0x3f));
    } else {
        out[n++] = (char)(0xc0 | c >> 6);
    }
    out[n++] = (char)(0x80 | (c & 0x3f));
    return n;
}

void efi_take_command_line(const struct efi_loaded_image *image)
{
    const uint16_t *text = image->options;
    if (!text || image->options_size % 2)
        return;
    unsigned n = text_length(text, image->options_size / 2), used = 0;
    for (unsigned i = MIN(program_name_length(text, n), n); i < n && used < sizeof efi_command_line - 4; i++)
        used += put_utf8(efi_command_line + used, text[i]);
    efi_command_line[used] = '\0';
}

paddr_t efi_find_rsdp(const struct efi_system_table *table)
{
    paddr_t found = 0;
    for (uint64_t i = 0; i < MIN(table->table_count, (uint64_t)MAX_TABLES); i++) {
        const struct efi_configuration_table *t = &table->tables[i];
        if (!memcmp(&t->guid, &acpi_20_guid, sizeof t->guid))
            return t->address;
        if (!memcmp(&t->guid, &acpi_10_guid, sizeof t->guid))
            found = t->address;
    }
    return found;
}

static struct boot_channel channel_of(uint32_t mask)
{
    if (!mask)
        return (struct boot_channel){0, 0};
    uint8_t shift = (uint8_t)__builtin_ctz(mask), bits = 0;
    for (mask >>= shift; mask & 1; mask >>= 1)
        bits++;
    return (struct boot_channel){shift, bits};
}

static bool take_mode(const struct efi_graphics_output *graphics)
{
    const struct efi_graphics_info *info = graphics->mode ? graphics->mode->info : NULL;
    if (!info || graphics->mode->info_size < sizeof *info || info->format > EFI_PIXEL_MASKS)
        return false;
    struct boot_screen s = {
        .address = graphics->mode->framebuffer,
        .width = info->width,
        .height = info->height,
        .pitch = info->pixels_per_line * 4,
        .red = channel_of(info->format == EFI_PIXEL_MASKS ? info->red : 0xff),
        .green = channel_of(info->format == EFI_PIXEL_MASKS ? info->green : 0xff00),
        .blue = channel_of(info->format == EFI_PIXEL_MASKS ? info->blue : 0xff0000),
    };
    if (info->format == EFI_PIXEL_BGRX) {
        s.red.shift = 16;
        s.blue.shift = 0;
    }
    uint64_t used = (uint64_t)s.pitch * s.height;
    if (!s.address || !used || s.pitch / 4 < s.width || used > graphics->mode->framebuffer_size)
        return false;
    boot_screen = s;
    return true;
}

/* The first screen that has its pixels in memory: a machine may have several, and firmware one that is all of them
 * together. */
void efi_take_screen(const struct efi_boot_services *boot)
{
    uint64_t count;
    void **handles, *graphics;
    if (boot->locate_handle_buffer(EFI_LOCATE_BY_PROTOCOL, &graphics_output_guid, NULL, &count, &handles) !=
        EFI_SUCCESS)
        return;
    for (uint64_t i = 0; i < count; i++)
        if (boot->handle_protocol(handles[i], &graphics_output_guid, &graphics) == EFI_SUCCESS && take_mode(graphics))
            break;
    boot->free_pool(handles);
}

void efi_take_random(const struct efi_boot_services *boot)
{
    struct efi_rng *rng;
    uint8_t bytes[RANDOM_BYTES];
    if (boot->locate_protocol(&rng_guid, NULL, (void **)&rng) != EFI_SUCCESS)
        return;
    if (rng->get_rng(rng, NULL, sizeof bytes, bytes) == EFI_SUCCESS)
        entropy_add("efi", bytes, sizeof bytes, RANDOM_BITS);
    memset(bytes, 0, sizeof bytes);
    __asm__ volatile("" ::"r"(bytes) : "memory");
}
