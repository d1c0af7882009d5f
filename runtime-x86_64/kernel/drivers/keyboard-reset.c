/* Reset by the 8042 keyboard controller: command FE pulses the CPU's reset line. For machines that cannot be turned
 * off. */
#include "cpu/cpu.h"
#include "drivers/driver.h"

#define PRIORITY 30
#define STATUS_PORT 0x64
#define COMMAND_PORT 0x64
#define STATUS_INPUT_FULL 2
#define STATUS_ABSENT 0xff
#define COMMAND_RESET 0xfe
#define POLLS 10000

static void off(int status)
{
    uint8_t state = 0;
    for (unsigned i = 0; i < POLLS && (state = inb(STATUS_PORT)) & STATUS_INPUT_FULL; i++)
        if (state == STATUS_ABSENT)
            return;
    outb(COMMAND_PORT, COMMAND_RESET);
    for (unsigned i = 0; i < POLLS; i++)
        __builtin_ia32_pause(); /* the reset takes a moment */
}

static int init(void)
{
    power_register(PRIORITY, off);
    return 0;
}

DRIVER(keyboard_reset) = {
    .name = "keyboard-reset",
    .devices = "8042 keyboard controller: reset",
    .init = init,
};
