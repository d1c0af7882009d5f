/* VGA text mode, 80 columns as a rule (IBM VGA: Graphics Controller, CRT Controller, Miscellaneous Output). The screen
 * belongs to whoever set its mode: this driver only takes one that shows text, of any size. */
#include "boot/boot.h"
#include "cpu/cpu.h"
#include "drivers/driver.h"
#include "lib/terminal.h"
#include "mm/mm.h"

#define MEMORY 0xb8000ul
#define MEMORY_SIZE 0x8000
#define GRAPHICS_INDEX 0x3ce
#define GRAPHICS_MISCELLANEOUS 6
#define SHOWS_TEXT_AT_B8000 0x0c /* of the bits below */
#define GRAPHICS_OR_PLACE 0x0d
#define MISCELLANEOUS_OUTPUT 0x3cc
#define COLOUR_PORTS 1
#define CRTC_INDEX 0x3d4
enum {
    CRTC_WIDTH = 1, /* characters - 1 */
    CRTC_OVERFLOW = 7,
    CRTC_CHARACTER_HEIGHT = 9,
    CRTC_START_HIGH = 12,
    CRTC_START_LOW = 13,
    CRTC_CURSOR_HIGH = 14,
    CRTC_CURSOR_LOW = 15,
    CRTC_HEIGHT = 18, /* scan lines - 1, two more bits in the overflow register */
};
#define GREY_ON_BLACK 0x0700
#define MAX_COLUMNS 160

static struct terminal terminal;

static uint8_t read_indexed(uint16_t port, uint8_t index)
{
    outb(port, index);
    return inb(port + 1);
}

static void write_crtc(uint8_t index, unsigned value)
{
    outb(CRTC_INDEX, index);
    outb(CRTC_INDEX + 1, (uint8_t)value);
}

/* Code page 437, of which ASCII is what matters. */
static uint8_t cell_of(uint32_t c)
{
    return c >= ' ' && c < 0x7f ? (uint8_t)c : 0;
}

/* Four cells with one access: each may be an exit. */
static void draw(unsigned row, unsigned column, const uint8_t *cells, unsigned count)
{
    volatile uint16_t *out = (volatile uint16_t *)phys_to_virt(MEMORY) + row * terminal.columns + column;
    for (; count && (uint64_t)out % 8; count--)
        *out++ = GREY_ON_BLACK | *cells++;
    for (; count >= 4; count -= 4, cells += 4, out += 4)
        *(volatile uint64_t *)out = GREY_ON_BLACK * 0x0001000100010001ul | cells[0] | (uint64_t)cells[1] << 16 |
                                    (uint64_t)cells[2] << 32 | (uint64_t)cells[3] << 48;
    while (count--)
        *out++ = GREY_ON_BLACK | *cells++;
}

static void move_cursor(unsigned row, unsigned column)
{
    unsigned at = row * terminal.columns + column;
    write_crtc(CRTC_CURSOR_HIGH, at >> 8);
    write_crtc(CRTC_CURSOR_LOW, at);
}

static void write(const char *s, size_t n)
{
    terminal_write(&terminal, s, n);
}

static const struct console screen = {.name = "tty0", .write = write, .is_screen = true};

/* Where no card decodes the ports all bits read as ones. UEFI's screens are framebuffers, and not every card has the
 * ports. */
static bool find_text_mode(void)
{
    if (!strcmp(boot_info.loader, "efi") ||
        (read_indexed(GRAPHICS_INDEX, GRAPHICS_MISCELLANEOUS) & GRAPHICS_OR_PLACE) != SHOWS_TEXT_AT_B8000 ||
        !(inb(MISCELLANEOUS_OUTPUT) & COLOUR_PORTS))
        return false;
    uint8_t overflow = read_indexed(CRTC_INDEX, CRTC_OVERFLOW);
    unsigned lines = read_indexed(CRTC_INDEX, CRTC_HEIGHT) + (overflow >> 1 & 1) * 256 + (overflow >> 6 & 1) * 512 + 1;
    terminal.columns = read_indexed(CRTC_INDEX, CRTC_WIDTH) + 1;
    terminal.rows = lines / ((read_indexed(CRTC_INDEX, CRTC_CHARACTER_HEIGHT) & 0x1f) + 1);
    terminal.cell_of = cell_of;
    terminal.draw = draw;
    terminal.move_cursor = move_cursor;
    return terminal.columns >= 40 && terminal.columns <= MAX_COLUMNS && terminal.rows >= 12 &&
           terminal.columns * terminal.rows * 2 <= MEMORY_SIZE;
}

static int init(void)
{
    if (!find_text_mode())
        return -ENODEV;
    int err = terminal_init(&terminal);
    if (err)
        return err;
    write_crtc(CRTC_START_HIGH, 0);
    write_crtc(CRTC_START_LOW, 0);
    console_register(&screen);
    return 0;
}

static void tell(const char *s)
{
    uint8_t cells[2 * MAX_COLUMNS];
    if (!find_text_mode())
        return;
    memset(cells, ' ', sizeof cells);
    memcpy(cells, s, MIN(strlen(s), 2 * terminal.columns));
    draw(0, 0, cells, 2 * terminal.columns);
}

DRIVER(vga_text) = {
    .name = "vga-text",
    .devices = "VGA in text mode: screen",
    .init = init,
    .tell = tell,
};
