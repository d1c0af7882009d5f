/* Interrupt descriptor table: every vector goes to its stub in entry/trap.S. Intel SDM vol. 3, 6.14. */
#include "cpu/idt.h"
#include "cpu/cpu.h"
#include "cpu/asm.h"

#define GATE_INTERRUPT 0x8e00u /* present, DPL 0, interrupts off */
#define GATE_DPL3 0x6000u
#define VECTOR_BREAKPOINT 3
#define STUB_SIZE 16

struct gate {
    uint16_t offset_low, selector, flags, offset_middle;
    uint32_t offset_high, reserved;
};
_Static_assert(sizeof(struct gate) == 16, "64-bit gate");

static struct gate idt[256] __attribute__((aligned(4096)));

void idt_load(void)
{
    extern const char trap_stubs[];
    for (unsigned i = 0; i < ARRAY_LEN(idt); i++) {
        uint64_t stub = (uint64_t)trap_stubs + i * STUB_SIZE;
        idt[i] =
            (struct gate){(uint16_t)stub, KERNEL_CS, GATE_INTERRUPT, (uint16_t)(stub >> 16), (uint32_t)(stub >> 32), 0};
    }
    idt[VECTOR_BREAKPOINT].flags |= GATE_DPL3; /* int3 */
    idt[VECTOR_NMI].flags |= IST_FATAL;
    idt[VECTOR_DOUBLE_FAULT].flags |= IST_FATAL;
    idt[VECTOR_MACHINE_CHECK].flags |= IST_FATAL;
    struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) pointer = {sizeof idt - 1, (uint64_t)idt};
    __asm__ volatile("lidt %0" ::"m"(pointer));
}
