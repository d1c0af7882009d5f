/* QEMU's isa-debug-exit device, when the parameter debug_exit (or debug_exit=PORT) asks for it: QEMU ends with status
 * (value << 1) | 1, so 7 bits of ours get through. The port tells nothing about whether the device is there. */
#include "boot/boot.h"
#include "cpu/cpu.h"
#include "drivers/driver.h"

#define PRIORITY 0
#define DEFAULT_PORT 0x501

static void off(int status)
{
    outb((uint16_t)boot_param_u64("debug_exit", DEFAULT_PORT), (uint8_t)status);
}

static int init(void)
{
    if (boot_param("debug_exit"))
        power_register(PRIORITY, off);
    return 0;
}

DRIVER(debug_exit) = {
    .name = "debug-exit",
    .devices = "QEMU isa-debug-exit, on request",
    .init = init,
};
