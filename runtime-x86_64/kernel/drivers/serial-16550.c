/* 16550A serial port at COM1 (NS16550A data sheet). Output waits for the transmit FIFO to be empty and then fills it,
 * so 16 bytes cost 17 accesses; input interrupts. */
#include "cpu/cpu.h"
#include "drivers/driver.h"
#include "irq/irq.h"

#define BASE 0x3f8
#define ISA_LINE 4
enum {
    DATA = BASE,
    INTERRUPT_ENABLE = BASE + 1,
    FIFO_CONTROL = BASE + 2,
    INTERRUPT_ID = BASE + 2,
    LINE_CONTROL = BASE + 3,
    MODEM_CONTROL = BASE + 4,
    LINE_STATUS = BASE + 5,
};
#define ENABLE_RECEIVED 1
#define FIFO_ENABLE_AND_CLEAR 7
#define FIFO_WORKS 0xc0
#define LINE_8N1 3
#define LINE_DIVISOR_LATCH 0x80
#define DIVISOR_115200 1
#define MODEM_DTR_RTS_OUT2 0x0b /* OUT2 connects the interrupt */
#define STATUS_READY 1
#define STATUS_EMPTY 0x20
#define STATUS_ABSENT 0xff /* a bus without a device */
#define FIFO_SIZE 16
#define EARLY_POLLS 2000 /* about a millisecond */
#define EARLY_MOST 4096
#define STUCK_POLLS 200000 /* a receiver that holds us up for longer loses output, not the machine */

static unsigned fifo_size;

static void write(const char *s, size_t n)
{
    while (n) {
        for (unsigned i = 0; i < STUCK_POLLS && !(inb(LINE_STATUS) & STATUS_EMPTY); i++)
            __builtin_ia32_pause();
        for (unsigned i = 0; i < fifo_size && n; i++, n--)
            outb(DATA, (uint8_t)*s++);
    }
}

static int read(void)
{
    return inb(LINE_STATUS) & STATUS_READY ? inb(DATA) : -EAGAIN;
}

static void interrupt(void *arg)
{
    int c;
    for (unsigned i = 0; i < 2 * FIFO_SIZE && (c = read()) >= 0; i++)
        console_input((char)c);
}

static const struct console serial = {.name = "ttyS0", .write = write, .read = read};

/* What was sent before us. Enabling the FIFO drops what has arrived, and an emulator sends the next byte when one is
 * taken: so everything is taken first, until nothing has come for a while. */
static void take_early_input(void)
{
    unsigned taken = 0;
    for (unsigned quiet = EARLY_POLLS - 1; quiet < EARLY_POLLS && taken < EARLY_MOST; quiet++) {
        int c = read();
        if (c < 0)
            continue;
        console_input((char)c);
        taken++;
        quiet = 0;
    }
}

static int init(void)
{
    if (inb(LINE_STATUS) == STATUS_ABSENT)
        return -ENODEV;
    outb(LINE_CONTROL, LINE_DIVISOR_LATCH | LINE_8N1);
    outb(DATA, DIVISOR_115200);
    outb(INTERRUPT_ENABLE, 0);
    outb(LINE_CONTROL, LINE_8N1);
    take_early_input();
    outb(FIFO_CONTROL, FIFO_ENABLE_AND_CLEAR);
    fifo_size = (inb(INTERRUPT_ID) & FIFO_WORKS) == FIFO_WORKS ? FIFO_SIZE : 1;
    outb(MODEM_CONTROL, MODEM_DTR_RTS_OUT2);
    console_register(&serial);
    int err = irq_register_isa(ISA_LINE, interrupt, NULL);
    if (!err)
        outb(INTERRUPT_ENABLE, ENABLE_RECEIVED);
    return err;
}

DRIVER(serial_16550) = {
    .name = "serial-16550",
    .devices = "16550A serial port COM1: console",
    .init = init,
};
