/* The pair of 8259A interrupt controllers, for machines without an I/O APIC. */
#include "cpu/cpu.h"
#include "irq/controller.h"

enum { PRIMARY = 0x20, SECONDARY = 0xa0, DATA = 1 };
#define ICW1_INIT_WITH_ICW4 0x11
#define ICW4_8086 0x01
#define OCW2_EOI 0x20
#define OCW3_READ_ISR 0x0b
#define CASCADE_LINE 2

static uint16_t masked = 0xffff;

static void write_masks(void)
{
    outb(PRIMARY + DATA, (uint8_t)masked);
    outb(SECONDARY + DATA, (uint8_t)(masked >> 8));
}

void pic_init(void)
{
    static const struct {
        uint16_t port;
        uint8_t vector, cascade;
    } chips[] = {{PRIMARY, VECTOR_PIC, 1 << CASCADE_LINE}, {SECONDARY, VECTOR_PIC + 8, CASCADE_LINE}};
    for (unsigned i = 0; i < ARRAY_LEN(chips); i++) {
        outb(chips[i].port, ICW1_INIT_WITH_ICW4);
        outb(chips[i].port + DATA, chips[i].vector);
        outb(chips[i].port + DATA, chips[i].cascade);
        outb(chips[i].port + DATA, ICW4_8086);
    }
    masked &= (uint16_t) ~(1u << CASCADE_LINE);
    write_masks();
}

/* The firmware may have left a request pending. It must go while LINT0 still listens: once LINT0 is masked, QEMU
 * interrupts the CPU for it all the same, finds no vector, and raises a general protection fault instead. */
void pic_mask_all(void)
{
    write_masks();
}

void pic_unmask(unsigned line)
{
    masked &= (uint16_t) ~(1u << line);
    write_masks();
}

/* A request that vanished before it was acknowledged shows up as the chip's last line, without an in-service bit. */
bool pic_is_spurious(unsigned line)
{
    if (line % 8 != 7)
        return false;
    uint16_t port = line < 8 ? PRIMARY : SECONDARY;
    outb(port, OCW3_READ_ISR);
    if (inb(port) & 0x80)
        return false;
    if (line >= 8)
        outb(PRIMARY, OCW2_EOI); /* the primary did see its cascade line */
    return true;
}

void pic_eoi(unsigned line)
{
    if (line >= 8)
        outb(SECONDARY, OCW2_EOI);
    outb(PRIMARY, OCW2_EOI);
}
