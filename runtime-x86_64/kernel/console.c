/* Where output goes: the first console that registers, or the one that console= names; and a screen, if there is one,
 * shows the same. What is written first is kept in a small buffer for consoles that register later. */
#include "kernel.h"
#include "boot/boot.h"
#include "cpu/cpu.h"

static const struct console *console, *screen;
static char early[1024];
static size_t early_len;

static bool is_wanted(const struct console *c)
{
    const char *wanted = boot_param("console");
    if (!wanted || !*wanted)
        return false;
    size_t n = strlen(c->name); /* console=ttyS0,115200 names ttyS0 */
    return !strncmp(wanted, c->name, n) && (!wanted[n] || wanted[n] == ',');
}

void console_register(const struct console *c)
{
    const struct console **place = c->is_screen ? &screen : &console;
    if (*place && !is_wanted(c))
        return;
    *place = c;
    if (early_len)
        c->write(early, early_len);
}

void console_write(const char *s, size_t n)
{
    if (console)
        console->write(s, n);
    if (screen)
        screen->write(s, n);
    n = MIN(n, sizeof early - early_len);
    memcpy(early + early_len, s, n);
    early_len += n;
}

/* 16550 at COM1: the scratch register keeps what is written when the chip is there. */
static void com1_write(const char *s, size_t n)
{
    enum { DATA = 0x3f8, LINE_STATUS = 0x3fd, SCRATCH = 0x3ff, TRANSMITTER_EMPTY = 0x40 };
    outb(SCRATCH, 0x5a);
    if (inb(SCRATCH) != 0x5a)
        return;
    for (size_t i = 0; i <= n; i++) { /* also after the last */
        for (int spin = 0; spin < 100000 && !(inb(LINE_STATUS) & TRANSMITTER_EMPTY); spin++)
            ;
        if (i < n)
            outb(DATA, (uint8_t)s[i]);
    }
}

/* The end comes before any driver: whatever waits goes out by COM1, the one port that nearly every machine has. */
void console_drain(void)
{
    if (!console)
        com1_write(early, early_len);
    else if (console->drain)
        console->drain();
}
