/* The linear framebuffer that the loader left (boot/screen.h): 32 bits a pixel, in any order of the colours. Written
 * only, through a write-combining mapping; large screens show the font twice as large. */
#include "boot/screen.h"
#include "cpu/cpu.h"
#include "drivers/driver.h"
#include "lib/terminal.h"
#include "mm/mm.h"

#define GLYPH_WIDTH 8
#define GLYPH_HEIGHT 16
#define FIRST_GLYPH 0x20
#define LARGE_HEIGHT 1800
#define IDENTITY_END (4ull << 30)

/* From the font's own source by third-party/spleen/font.mjs: glyphs of Latin-1 from FIRST_GLYPH on, a byte a line,
 * leftmost pixel in the highest bit. */
extern const uint8_t font_glyphs[256 - FIRST_GLYPH][GLYPH_HEIGHT];

static struct terminal terminal;
static uint8_t *pixels;
static unsigned scale;
/* Two pixels, by which of them are lit: bit 1 the left one, which is the word's lower half. */
static uint64_t pairs[4];

static uint8_t cell_of(uint32_t c)
{
    return (c >= ' ' && c < 0x7f) || (c >= 0xa0 && c < 0x100) ? (uint8_t)c : 0;
}

static bool is_channel(struct boot_channel c)
{
    return c.shift < 32 && c.bits <= 32 - c.shift;
}

/* Two thirds of full brightness. */
static uint32_t level(struct boot_channel c)
{
    return (uint32_t)(((1ull << c.bits) - 1) * 2 / 3 << c.shift);
}

/* Two pixels with one access. */
static void draw_glyph_line(uint64_t *out, uint8_t bits)
{
    if (scale == 2)
        for (unsigned x = 0; x < GLYPH_WIDTH; x++)
            *out++ = pairs[bits & 0x80 >> x ? 3 : 0];
    else
        for (unsigned x = 0; x < GLYPH_WIDTH; x += 2)
            *out++ = pairs[bits >> (GLYPH_WIDTH - 2 - x) & 3];
}

/* Line by line over all cells, so that writes to memory come in order. */
static void draw(unsigned row, unsigned column, const uint8_t *cells, unsigned count)
{
    unsigned cell_width = GLYPH_WIDTH * scale;
    for (unsigned y = 0; y < GLYPH_HEIGHT * scale; y++) {
        uint8_t *line = pixels + (uint64_t)(row * GLYPH_HEIGHT * scale + y) * boot_screen.pitch;
        uint32_t *out = (uint32_t *)line + column * cell_width;
        for (unsigned i = 0; i < count; i++, out += cell_width)
            draw_glyph_line((uint64_t *)out, font_glyphs[cells[i] - FIRST_GLYPH][y / scale]);
    }
}

static void write(const char *s, size_t n)
{
    terminal_write(&terminal, s, n);
}

static const struct console screen = {.name = "tty0", .write = write, .is_screen = true};

static bool measure_screen(void)
{
    const struct boot_screen *s = &boot_screen;
    bool sound = is_channel(s->red) && is_channel(s->green) && is_channel(s->blue);
    if (!s->address || s->pitch / 4 < s->width || s->pitch % 4 || !sound)
        return false;
    pairs[2] = level(s->red) | level(s->green) | level(s->blue);
    pairs[1] = pairs[2] << 32;
    pairs[3] = pairs[1] | pairs[2];
    scale = s->height >= LARGE_HEIGHT ? 2 : 1;
    terminal.columns = s->width / (GLYPH_WIDTH * scale);
    terminal.rows = s->height / (GLYPH_HEIGHT * scale);
    return terminal.columns && terminal.rows;
}

static int init(void)
{
    if (!measure_screen())
        return -ENODEV;
    terminal.cell_of = cell_of;
    terminal.draw = draw;
    int err = terminal_init(&terminal);
    if (err)
        return err;
    pixels = write_combining_map(boot_screen.address, (size_t)boot_screen.pitch * boot_screen.height);
    if (!pixels)
        return -ENOMEM;
    console_register(&screen);
    return 0;
}

static void tell(const char *s)
{
    uint8_t cells[160];
    size_t size = (size_t)boot_screen.pitch * boot_screen.height;
    if (!measure_screen() || boot_screen.address >= IDENTITY_END || size > IDENTITY_END - boot_screen.address)
        return;
    pixels = phys_to_virt(boot_screen.address);
    memset(cells, ' ', sizeof cells);
    memcpy(cells, s, MIN(strlen(s), sizeof cells));
    draw(0, 0, cells, MIN((unsigned)sizeof cells, terminal.columns));
}

DRIVER(framebuffer) = {
    .name = "framebuffer",
    .devices = "linear framebuffer of UEFI (GOP) or of a Linux loader: screen",
    .init = init,
    .tell = tell,
};
