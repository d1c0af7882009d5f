/* What this CPU can do (Intel SDM vol. 2, CPUID; AMD APM vol. 3, appendix E). */
#include "cpu/cpu.h"

struct cpu_features cpu;

#define LEAF_HYPERVISOR 0x40000000u
#define LEAF_EXTENDED 0x80000000u
enum { EAX, EBX, ECX, EDX };

static bool has(const uint32_t regs[4], unsigned reg, unsigned bit)
{
    return regs[reg] >> bit & 1;
}

static void detect_standard(uint32_t max)
{
    uint32_t r[4];
    cpuid(1, 0, r);
    cpu.pcid = has(r, ECX, 17);
    cpu.x2apic = has(r, ECX, 21);
    cpu.tsc_deadline = has(r, ECX, 24);
    cpu.xsave = has(r, ECX, 26);
    cpu.rdrand = has(r, ECX, 30);
    cpu.hypervisor = has(r, ECX, 31);
    cpu.pge = has(r, EDX, 13);
    if (max < 7)
        return;
    cpuid(7, 0, r);
    cpu.fsgsbase = has(r, EBX, 0);
    cpu.smep = has(r, EBX, 7);
    cpu.rdseed = has(r, EBX, 18);
    cpu.smap = has(r, EBX, 20);
    cpu.umip = has(r, ECX, 2);
}

static void detect_extended(void)
{
    uint32_t r[4];
    cpuid(LEAF_EXTENDED, 0, r);
    uint32_t max = r[EAX];
    if (max >= LEAF_EXTENDED + 1) {
        cpuid(LEAF_EXTENDED + 1, 0, r);
        cpu.nx = has(r, EDX, 20);
        cpu.gib_pages = has(r, EDX, 26);
    }
    if (max >= LEAF_EXTENDED + 7) {
        cpuid(LEAF_EXTENDED + 7, 0, r);
        cpu.invariant_tsc = has(r, EDX, 8);
    }
    cpu.physical_bits = 36;
    if (max >= LEAF_EXTENDED + 8) {
        cpuid(LEAF_EXTENDED + 8, 0, r);
        cpu.physical_bits = (uint8_t)r[EAX];
    }
}

void cpu_detect(void)
{
    uint32_t r[4];
    cpuid(0, 0, r);
    detect_standard(r[EAX]);
    detect_extended();
    if (!cpu.hypervisor)
        return;
    cpuid(LEAF_HYPERVISOR, 0, r);
    memcpy(cpu.hypervisor_id, &r[EBX], 12);
}
