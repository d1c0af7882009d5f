/* Vectors and their handlers; which controller serves them is decided once. */
#include "irq/irq.h"
#include "bus/bus.h"
#include "cpu/cpu.h"
#include "irq/controller.h"
#include "mm/mm.h"

#define MAX_LINES 32

struct handler {
    void (*fn)(void *arg);
    void *arg;
    struct handler *next;
};
static struct handler *handlers[256];
static unsigned next_vector = VECTOR_FIRST;

static struct {
    struct irq_line line;
    int vector;
} lines[MAX_LINES];
static unsigned line_count;

static struct irq_layout layout;
static bool use_pic;

void irq_init(void)
{
    irq_layout_find(&layout);
    use_pic = ioapic_init(&layout, !layout.from_table) == 0;
    if (!use_pic)
        pic_mask_all();
    bool has_lapic = lapic_init(layout.lapic, use_pic);
    use_pic |= !has_lapic;
    if (use_pic)
        pic_init();
    if (use_pic || !layout.from_table)
        log_info("interrupts: %s", use_pic ? "8259 (no APIC)" : layout.source);
    alarm_init(has_lapic);
}

static int add_handler(int vector, void (*fn)(void *), void *arg)
{
    struct handler *h = kmalloc(sizeof *h);
    if (!h)
        return -ENOMEM;
    *h = (struct handler){fn, arg, handlers[vector]};
    handlers[vector] = h;
    return 0;
}

int irq_alloc_vector(void (*fn)(void *), void *arg)
{
    if (next_vector > VECTOR_LAST)
        return -ENOSPC;
    int err = add_handler((int)next_vector, fn, arg);
    return err ? err : (int)next_vector++;
}

/* Intel SDM vol. 3, 11.11: physical destination, fixed delivery, edge. */
void irq_msi_message(int vector, uint64_t *address, uint32_t *data)
{
    *address = 0xfee00000u | (uint32_t)lapic_id() << 12;
    *data = (uint32_t)vector;
}

bool irq_has_msi(void)
{
    return !use_pic;
}

static int register_pic_line(unsigned line, void (*fn)(void *), void *arg)
{
    if (line >= ISA_LINES)
        return -EINVAL;
    int err = add_handler((int)(VECTOR_PIC + line), fn, arg);
    if (!err)
        pic_unmask(line);
    return err;
}

static int register_line(const struct irq_line *line, void (*fn)(void *), void *arg)
{
    if (use_pic)
        return register_pic_line(line->gsi, fn, arg);
    for (unsigned i = 0; i < line_count; i++)
        if (lines[i].line.gsi == line->gsi)
            return lines[i].line.level == line->level ? add_handler(lines[i].vector, fn, arg) : -EBUSY;
    if (line_count == MAX_LINES)
        return -ENOSPC;
    int vector = irq_alloc_vector(fn, arg);
    if (vector < 0)
        return vector;
    lines[line_count].line = *line;
    lines[line_count++].vector = vector;
    return ioapic_route(line, (uint8_t)vector);
}

int irq_register_line(unsigned gsi, bool level, bool active_low, void (*fn)(void *), void *arg)
{
    return register_line(&(struct irq_line){gsi, level, active_low}, fn, arg);
}

int irq_register_isa(unsigned isa, void (*fn)(void *), void *arg)
{
    if (isa >= ISA_LINES)
        return -EINVAL;
    struct irq_line line = layout.isa[isa];
    if (use_pic)
        line.gsi = isa;
    return register_line(&line, fn, arg);
}

/* An override tells the polarity; without one it is PCI's own, low. */
int irq_register_pci_line(unsigned isa, void (*fn)(void *), void *arg)
{
    if (isa >= ISA_LINES)
        return -EINVAL;
    struct irq_line line = layout.isa[isa];
    if (!line.level)
        line = (struct irq_line){.gsi = line.gsi, .level = true, .active_low = true};
    return register_line(&line, fn, arg);
}

static void call_handlers(unsigned vector)
{
    static bool told;
    const struct handler *h = handlers[vector];
    if (!h) {
        ioapic_mask_vector((uint8_t)vector);
        if (!told)
            log_warn("interrupt vector %u has no handler; masked", vector);
        told = true;
    }
    for (; h; h = h->next)
        h->fn(h->arg);
}

/* Time-stamp counter when the wait began; 0: not waiting. The handler's own work is no waiting. */
static uint64_t wait_start, idle_ticks;

uint64_t irq_idle_ticks(void)
{
    return idle_ticks;
}

static void end_wait(void)
{
    if (wait_start)
        idle_ticks += rdtsc() - wait_start;
    wait_start = 0;
}

void irq_dispatch(unsigned vector)
{
    end_wait();
    if (vector == VECTOR_SPURIOUS)
        return; /* SDM 11.9: not acknowledged */
    if (vector >= VECTOR_PIC && vector < VECTOR_PIC + ISA_LINES) {
        unsigned line = vector - VECTOR_PIC;
        if (pic_is_spurious(line))
            return;
        call_handlers(vector);
        pic_eoi(line);
        return;
    }
    if (vector == VECTOR_ALARM)
        alarm_interrupt();
    else
        call_handlers(vector);
    lapic_eoi();
}

/* STI takes effect after the next instruction, so no interrupt slips in before HLT. */
void irq_wait(void)
{
    wait_start = rdtsc();
    __asm__ volatile("sti; hlt; cli" ::: "memory");
}
