/* I/O APICs: 82093AA data sheet, 3.0. After reset every input is masked, and loaders hand the machine over like that.
 */
#include "cpu/cpu.h"
#include "irq/controller.h"
#include "mm/mm.h"

#define REGISTER_SELECT 0x00
#define REGISTER_WINDOW 0x10
#define VERSION 1
#define REDIRECTION(n) (0x10 + 2 * (n)) /* low word, then high */
#define LOW_ACTIVE_LOW (1u << 13)
#define LOW_LEVEL (1u << 15)
#define LOW_MASKED (1u << 16)

static struct {
    volatile uint8_t *regs;
    uint32_t gsi_base;
    unsigned inputs; /* 0: not asked yet */
} ioapics[MAX_IOAPICS];
static unsigned ioapic_count;

static void write(unsigned n, unsigned reg, uint32_t v)
{
    mmio_write32(ioapics[n].regs + REGISTER_SELECT, reg);
    mmio_write32(ioapics[n].regs + REGISTER_WINDOW, v);
}

static uint32_t read(unsigned n, unsigned reg)
{
    mmio_write32(ioapics[n].regs + REGISTER_SELECT, reg);
    return mmio_read32(ioapics[n].regs + REGISTER_WINDOW);
}

static unsigned inputs(unsigned n)
{
    if (!ioapics[n].inputs)
        ioapics[n].inputs = (read(n, VERSION) >> 16 & 0xff) + 1;
    return ioapics[n].inputs;
}

unsigned ioapic_init(const struct irq_layout *layout, bool verify)
{
    for (unsigned i = 0; i < layout->ioapic_count; i++) {
        unsigned n = ioapic_count;
        ioapics[n].regs = mmio_map(layout->ioapic[i].at, PAGE_SIZE);
        ioapics[n].gsi_base = layout->ioapic[i].gsi_base;
        uint32_t version = verify ? read(n, VERSION) : 0;
        if (verify && (version == UINT32_MAX || version == 0))
            continue;
        ioapic_count++;
    }
    return ioapic_count;
}

int ioapic_route(const struct irq_line *line, uint8_t vector)
{
    for (unsigned n = 0; n < ioapic_count; n++) {
        uint32_t input = line->gsi - ioapics[n].gsi_base;
        if (line->gsi < ioapics[n].gsi_base || input >= inputs(n))
            continue;
        write(n, REDIRECTION(input) + 1, (uint32_t)lapic_id() << 24);
        write(n, REDIRECTION(input), vector | (line->level ? LOW_LEVEL : 0) | (line->active_low ? LOW_ACTIVE_LOW : 0));
        return 0;
    }
    return -EINVAL;
}

void ioapic_mask_vector(uint8_t vector)
{
    for (unsigned n = 0; n < ioapic_count; n++)
        for (unsigned i = 0; i < inputs(n); i++) {
            uint32_t low = read(n, REDIRECTION(i));
            if ((low & 0xff) == vector && !(low & LOW_MASKED))
                write(n, REDIRECTION(i), low | LOW_MASKED);
        }
}
