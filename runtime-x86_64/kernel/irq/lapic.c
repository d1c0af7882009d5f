/* The local APIC, Intel SDM vol. 3, chapter 11: memory-mapped (xAPIC) or by MSRs (x2APIC, one exit less under a
 * hypervisor). */
#include "cpu/cpu.h"
#include "irq/controller.h"
#include "mm/mm.h"

#define MSR_APIC_BASE 0x1b
#define APIC_BASE_X2APIC (1u << 10)
#define APIC_BASE_ENABLE (1u << 11)
#define APIC_BASE_ADDRESS 0x000ffffffffff000ul
#define MSR_X2APIC 0x800

enum { /* offsets; an MSR is MSR_X2APIC + offset / 16 */
       TASK_PRIORITY = 0x80,
       EOI = 0xb0,
       SPURIOUS = 0xf0,
       LVT_TIMER = 0x320,
       LVT_LINT0 = 0x350,
       LVT_LINT1 = 0x360,
       TIMER_INITIAL = 0x380,
       TIMER_CURRENT = 0x390,
       TIMER_DIVIDE = 0x3e0,
};
#define SPURIOUS_ENABLE 0x100u
#define LVT_MASKED 0x10000u
#define LVT_EXTINT 0x700u
#define LVT_NMI 0x400u
#define LVT_TSC_DEADLINE 0x40000u
#define DIVIDE_BY_1 0xbu

static volatile uint8_t *regs; /* NULL in x2APIC mode */
static uint8_t id;

static void write(unsigned reg, uint32_t v)
{
    if (regs)
        mmio_write32(regs + reg, v);
    else
        wrmsr(MSR_X2APIC + reg / 16, v);
}

static uint32_t read(unsigned reg)
{
    return regs ? mmio_read32(regs + reg) : (uint32_t)rdmsr(MSR_X2APIC + reg / 16);
}

bool lapic_init(paddr_t base, bool pass_8259)
{
    uint32_t leaf[4];
    cpuid(1, 0, leaf);
    if (!(leaf[3] & 1u << 9))
        return false;
    id = (uint8_t)(leaf[1] >> 24);
    uint64_t control = rdmsr(MSR_APIC_BASE);
    if (!(control & APIC_BASE_ENABLE)) /* SDM 11.12.5: not from disabled to x2APIC at once */
        wrmsr(MSR_APIC_BASE, control | APIC_BASE_ENABLE);
    if (cpu.x2apic)
        wrmsr(MSR_APIC_BASE, control | APIC_BASE_ENABLE | APIC_BASE_X2APIC);
    else
        regs = mmio_map(control & APIC_BASE_ADDRESS ? control & APIC_BASE_ADDRESS : base, PAGE_SIZE);
    write(TASK_PRIORITY, 0);
    write(SPURIOUS, SPURIOUS_ENABLE | VECTOR_SPURIOUS);
    /* LINT0 is where the 8259 is wired: masked there, it need not be touched itself. */
    write(LVT_LINT0, pass_8259 ? LVT_EXTINT : LVT_MASKED);
    write(LVT_LINT1, LVT_NMI); /* the host's NMI button, which makes a hung kernel say where it is */
    return true;
}

uint8_t lapic_id(void)
{
    return id;
}

void lapic_eoi(void)
{
    write(EOI, 0);
}

/* One-shot, from the largest count downwards. */
void lapic_timer_start(void)
{
    write(TIMER_DIVIDE, DIVIDE_BY_1);
    write(LVT_TIMER, VECTOR_ALARM);
    write(TIMER_INITIAL, UINT32_MAX);
}

uint32_t lapic_timer_left(void)
{
    return read(TIMER_CURRENT);
}

void lapic_timer_set(uint32_t count)
{
    write(TIMER_INITIAL, count);
}

/* Fires when the TSC reaches IA32_TSC_DEADLINE. SDM 11.5.4.1: the mode must be visible before the first deadline is. */
void lapic_timer_use_deadline(void)
{
    write(LVT_TIMER, LVT_TSC_DEADLINE | VECTOR_ALARM);
    __asm__ volatile("mfence" ::: "memory");
}
