/* Ctrl+Alt+Del on a PS/2 keyboard behind an 8042 (IBM PS/2 Technical Reference, "Keyboard and Auxiliary Device
 * Controller"; scan code set 2) becomes SIGTERM: it is what Firecracker's SendCtrlAltDel and other machine monitors
 * send to ask for an orderly end. Other keys are dropped. */
#include "cpu/cpu.h"
#include "drivers/driver.h"
#include "irq/irq.h"
#include "thread/signal.h"
#include "thread/thread.h"

#define ISA_LINE 1
#define DATA_PORT 0x60
#define STATUS_PORT 0x64
#define COMMAND_PORT 0x64
#define STATUS_OUTPUT_FULL 1
#define STATUS_INPUT_FULL 2
#define STATUS_FROM_MOUSE 0x20
#define STATUS_ABSENT 0xff
#define COMMAND_READ_MODE 0x20
#define COMMAND_WRITE_MODE 0x60
#define MODE_INTERRUPT 1
#define MODE_KEYBOARD_OFF 0x10
#define MODE_TRANSLATE 0x40 /* to scan code set 1 */
#define QUEUE_SIZE 16
#define POLLS 10000

#define CODE_EXTENDED 0xe0
#define CODE_RELEASED 0xf0
#define CODE_ALT 0x11
#define CODE_CTRL 0x14
#define CODE_DEL 0x71

static bool released, alt, ctrl;

static void take_code(uint8_t code)
{
    if (code == CODE_EXTENDED)
        return; /* the right-hand twin of a key counts as the key */
    if (code == CODE_RELEASED) {
        released = true;
        return;
    }
    if (code == CODE_ALT) {
        alt = !released;
    } else if (code == CODE_CTRL) {
        ctrl = !released;
    } else if (code == CODE_DEL && !released && alt && ctrl) {
        log_info("Ctrl+Alt+Del");
        signal_send_process(SIGTERM);
    }
    released = false;
}

/* A controller that never runs empty must not hold up the machine: the next interrupt goes on. */
static void interrupt(void *arg)
{
    for (unsigned i = 0; i < QUEUE_SIZE; i++) {
        uint8_t status = inb(STATUS_PORT);
        if (!(status & STATUS_OUTPUT_FULL) || status == STATUS_ABSENT)
            return;
        uint8_t code = inb(DATA_PORT);
        if (!(status & STATUS_FROM_MOUSE))
            take_code(code);
    }
}

/* Until the status bit is as wanted; false: it never was. */
static bool wait_status(uint8_t bit, uint8_t wanted)
{
    for (unsigned i = 0; i < POLLS; i++)
        if ((inb(STATUS_PORT) & bit) == wanted)
            return true;
    return false;
}

static bool send(uint16_t port, uint8_t value)
{
    if (!wait_status(STATUS_INPUT_FULL, 0))
        return false;
    outb(port, value);
    return true;
}

static bool read_mode(uint8_t *mode)
{
    for (unsigned i = 0; i < QUEUE_SIZE && inb(STATUS_PORT) & STATUS_OUTPUT_FULL; i++)
        inb(DATA_PORT); /* keys that were pressed before us */
    if (!send(COMMAND_PORT, COMMAND_READ_MODE) || !wait_status(STATUS_OUTPUT_FULL, STATUS_OUTPUT_FULL))
        return false;
    *mode = inb(DATA_PORT);
    return true;
}

static int init(void)
{
    uint8_t mode;
    if (inb(STATUS_PORT) == STATUS_ABSENT || !read_mode(&mode))
        return -ENODEV;
    int err = irq_register_isa(ISA_LINE, interrupt, NULL);
    if (err)
        return err;
    mode = (uint8_t)((mode | MODE_INTERRUPT) & ~(MODE_KEYBOARD_OFF | MODE_TRANSLATE));
    bool is_set = send(COMMAND_PORT, COMMAND_WRITE_MODE) && send(DATA_PORT, mode);
    return is_set ? 0 : -EIO;
}

DRIVER(keyboard) = {
    .name = "keyboard",
    .devices = "8042 keyboard controller: Ctrl+Alt+Del as SIGTERM",
    .init = init,
};
