/* 16550A serial port (NS16550A data sheet) at COM1, or where ACPI's SPCR table says the console is. Output waits for
 * the transmit FIFO to be empty and then fills it, so 16 bytes cost 17 accesses; input interrupts. */
#include "cpu/cpu.h"
#include "drivers/driver.h"
#include "irq/irq.h"

#define COM1 0x3f8
#define COM1_LINE 4
enum {
    DATA,
    INTERRUPT_ENABLE,
    FIFO_CONTROL,
    INTERRUPT_ID = FIFO_CONTROL,
    LINE_CONTROL,
    MODEM_CONTROL,
    LINE_STATUS,
};
#define ENABLE_RECEIVED 1
#define FIFO_ENABLE_AND_CLEAR 7
#define FIFO_WORKS 0xc0
#define LINE_8N1 3
#define LINE_DIVISOR_LATCH 0x80
#define DIVISOR_115200 1
#define MODEM_DTR_RTS_OUT2 0x0b /* OUT2 connects the interrupt */
#define STATUS_READY 1
#define STATUS_EMPTY 0x20  /* the FIFO; */
#define STATUS_SENT 0x40   /* and the shift register behind it */
#define STATUS_ABSENT 0xff /* a bus without a device */
#define FIFO_SIZE 16
#define EARLY_POLLS 2000 /* about a millisecond */
#define EARLY_MOST 4096
/* Polls, for seconds: a receiver that holds us up for longer loses output, not the machine. */
#define PATIENCE 20000000
#define STUCK_POLLS 2000 /* how long it is waited for from then on */

/* Serial Port Console Redirection Table 1.08. */
struct spcr {
    struct acpi_header header;
    uint8_t type, reserved[3];
    struct acpi_address base;
    uint8_t interrupt_type, irq;
    uint32_t gsi;
} __attribute__((packed));
_Static_assert(offsetof(struct spcr, gsi) == 54, "SPCR 1.08");
enum { SPCR_16550 = 0, SPCR_16450 = 1, SPCR_16550_GAS = 0x12 };
#define SPCR_IRQ 1
#define SPCR_GSI 2

static uint16_t base = COM1;
static unsigned fifo_size;

static uint8_t get(unsigned reg)
{
    return inb((uint16_t)(base + reg));
}

static void put(unsigned reg, uint8_t value)
{
    outb((uint16_t)(base + reg), value);
}

/* A receiver that was given up is waited for again once it has taken something. */
static void await(uint8_t status)
{
    static unsigned patience = PATIENCE;
    unsigned i = 0;
    while (!(get(LINE_STATUS) & status) && i++ < patience)
        __builtin_ia32_pause();
    patience = i > patience ? STUCK_POLLS : PATIENCE;
}

static void write(const char *s, size_t n)
{
    while (n) {
        await(STATUS_EMPTY);
        for (unsigned i = 0; i < fifo_size && n; i++, n--)
            put(DATA, (uint8_t)*s++);
    }
}

static void drain(void)
{
    await(STATUS_SENT);
}

static int read(void)
{
    return get(LINE_STATUS) & STATUS_READY ? get(DATA) : -EAGAIN;
}

static void interrupt(void *arg)
{
    int c;
    for (unsigned i = 0; i < 2 * FIFO_SIZE && (c = read()) >= 0; i++)
        console_input((char)c);
}

static const struct console serial = {.name = "ttyS0", .write = write, .read = read, .drain = drain};

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

/* The console's port by ACPI, when it is one of ours in the I/O space; NULL: COM1. */
static const struct spcr *find_spcr(void)
{
    const struct spcr *t = acpi_table("SPCR", sizeof *t);
    bool ours = t && (t->type == SPCR_16550 || t->type == SPCR_16450 || t->type == SPCR_16550_GAS);
    return ours && t->base.space == ACPI_SPACE_IO && t->base.address && t->base.address < 0xfff8 ? t : NULL;
}

static int register_interrupt(const struct spcr *t)
{
    if (!t)
        return irq_register_isa(COM1_LINE, interrupt, NULL);
    if (t->interrupt_type & SPCR_GSI && irq_has_msi()) /* there is an I/O APIC */
        return irq_register_line(t->gsi, false, false, interrupt, NULL);
    return t->interrupt_type & SPCR_IRQ ? irq_register_isa(t->irq, interrupt, NULL) : -ENODEV;
}

static int init(void)
{
    const struct spcr *t = find_spcr();
    if (t)
        base = (uint16_t)t->base.address;
    if (get(LINE_STATUS) == STATUS_ABSENT)
        return -ENODEV;
    put(LINE_CONTROL, LINE_DIVISOR_LATCH | LINE_8N1);
    put(DATA, DIVISOR_115200);
    put(INTERRUPT_ENABLE, 0);
    put(LINE_CONTROL, LINE_8N1);
    take_early_input();
    await(STATUS_SENT); /* clearing the FIFO would drop the last words of who ran before us */
    put(FIFO_CONTROL, FIFO_ENABLE_AND_CLEAR);
    fifo_size = (get(INTERRUPT_ID) & FIFO_WORKS) == FIFO_WORKS ? FIFO_SIZE : 1;
    put(MODEM_CONTROL, MODEM_DTR_RTS_OUT2);
    console_register(&serial);
    if (!register_interrupt(t)) /* without one there is no input, which few need */
        put(INTERRUPT_ENABLE, ENABLE_RECEIVED);
    return 0;
}

DRIVER(serial_16550) = {
    .name = "serial-16550",
    .devices = "16550A serial port: console (COM1, or by ACPI's SPCR)",
    .init = init,
};
