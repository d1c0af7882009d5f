/* The last word of a boot that cannot go on and has no console yet: polled output to the first serial port, and to a
 * screen. */
#include "boot/early.h"
#include "cpu/cpu.h"
#include "drivers/driver.h"

#define COM1 0x3f8
#define COM1_LINE_STATUS (COM1 + 5)
#define TRANSMITTER_EMPTY 0x20
#define STATUS_PANIC 134

static void put(const char *s)
{
    for (; *s; s++) {
        for (unsigned tries = 100000; tries && !(inb(COM1_LINE_STATUS) & TRANSMITTER_EMPTY); tries--)
            ;
        outb(COM1, *s);
    }
}

void boot_tell_refusal(const char *why)
{
    char text[160];
    format(text, sizeof text, "unik: %s", why);
    put(text);
    put("\r\n\x1b]unik;exit=134\a");
    _Static_assert(STATUS_PANIC == 134, "the record above says the same");
    for (const struct driver *const *d = __start_unik_drivers; d < __stop_unik_drivers; d++)
        if ((*d)->tell)
            (*d)->tell(text);
}

_Noreturn void boot_refuse(const char *why)
{
    boot_tell_refusal(why);
    /* An empty interrupt table turns the next trap into a triple fault, which every machine answers by a reset. */
    struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) none = {0, 0};
    __asm__ volatile("lidt %0; ud2" ::"m"(none));
    __builtin_unreachable();
}
