/* x86_64: port I/O, MSRs, control registers, the trap frame. Intel SDM vol. 3 / AMD APM vol. 2. */
#pragma once
#include "kernel.h"

/* Everything of the app's registers, in the order in which entry/trap.S pushes them; also the kernel's own on a kernel
 * trap. */
struct trap_frame {
    uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
    uint64_t orig_rax; /* system call number; all ones in any other trap */
    uint64_t error;    /* hardware error code, 0 where there is none */
    uint64_t rip, cs, rflags, rsp, ss;
};
_Static_assert(sizeof(struct trap_frame) == 22 * 8, "entry/trap.S pushes 22 words");
static inline bool trap_from_user(const struct trap_frame *f)
{
    return (f->cs & 3) == 3;
}

static inline void outb(uint16_t port, uint8_t v)
{
    __asm__ volatile("outb %0, %1" ::"a"(v), "Nd"(port));
}
static inline void outw(uint16_t port, uint16_t v)
{
    __asm__ volatile("outw %0, %1" ::"a"(v), "Nd"(port));
}
static inline void outl(uint16_t port, uint32_t v)
{
    __asm__ volatile("outl %0, %1" ::"a"(v), "Nd"(port));
}
static inline uint8_t inb(uint16_t port)
{
    uint8_t v;
    __asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
    return v;
}
static inline uint16_t inw(uint16_t port)
{
    uint16_t v;
    __asm__ volatile("inw %1, %0" : "=a"(v) : "Nd"(port));
    return v;
}
static inline uint32_t inl(uint16_t port)
{
    uint32_t v;
    __asm__ volatile("inl %1, %0" : "=a"(v) : "Nd"(port));
    return v;
}
/* Words from and to one port; `rep` lets a hypervisor take many at once. */
static inline void insw(uint16_t port, void *to, size_t words)
{
    __asm__ volatile("rep insw" : "+D"(to), "+c"(words) : "d"(port) : "memory");
}
static inline void outsw(uint16_t port, const void *from, size_t words)
{
    __asm__ volatile("rep outsw" : "+S"(from), "+c"(words) : "d"(port) : "memory");
}
static inline uint64_t rdmsr(uint32_t msr)
{
    uint32_t lo, hi;
    __asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
    return (uint64_t)hi << 32 | lo;
}
static inline void wrmsr(uint32_t msr, uint64_t v)
{
    __asm__ volatile("wrmsr" ::"c"(msr), "a"((uint32_t)v), "d"((uint32_t)(v >> 32)));
}
static inline uint64_t rdtsc(void)
{
    uint32_t lo, hi;
    __asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
    return (uint64_t)hi << 32 | lo;
}
static inline void cpuid(uint32_t leaf, uint32_t sub, uint32_t out[4])
{
    __asm__ volatile("cpuid" : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3]) : "a"(leaf), "c"(sub));
}
/* MMIO registers: one access of the stated width, not reordered with others by the compiler. Addresses from mmio_map().
 */
static inline uint8_t mmio_read8(const volatile void *p)
{
    return *(const volatile uint8_t *)p;
}
static inline uint16_t mmio_read16(const volatile void *p)
{
    return *(const volatile uint16_t *)p;
}
static inline uint32_t mmio_read32(const volatile void *p)
{
    return *(const volatile uint32_t *)p;
}
static inline void mmio_write8(volatile void *p, uint8_t v)
{
    *(volatile uint8_t *)p = v;
}
static inline void mmio_write16(volatile void *p, uint16_t v)
{
    *(volatile uint16_t *)p = v;
}
static inline void mmio_write32(volatile void *p, uint32_t v)
{
    *(volatile uint32_t *)p = v;
}

/* cpu/features.c: found once, very early. */
struct cpu_features {
    bool nx, smep, smap, umip, rdrand, rdseed, xsave, fsgsbase, pge, gib_pages, tsc_deadline, x2apic, hypervisor,
        invariant_tsc, pcid;
    uint8_t physical_bits;  /* of an address: the bits above must be 0 in page tables */
    char hypervisor_id[13]; /* "KVMKVMKVM", "TCGTCGTCGTCG", "" … */
};
extern struct cpu_features cpu;
void cpu_detect(void);
/* cpu/gdt.c, cpu/idt.c: tables, TSS with the IST stack of #DF, NMI, #MC; write-protect, NX, SMEP/SMAP/UMIP where
 * present.
 */
void cpu_init(void);
void cpu_set_kernel_stack(uint64_t top); /* for the next entry from ring 3 */
/* cpu/fpu.c: the app's x87/SSE/AVX state; the kernel itself uses none. Areas are 64-byte aligned and in XSAVE's
 * standard format (FXSAVE where there is no XSAVE). */
void fpu_init(void);
size_t fpu_area_size(void);
uint64_t fpu_features(void); /* XCR0; 0 without XSAVE */
void fpu_init_area(void *area);
void fpu_save(void *area);
void fpu_restore(const void *area);
void fpu_reset(void *area); /* the registers as a program finds them first; the area's content means nothing then */
/* Makes an area that the app may have written safe to restore. extended: it holds more than FXSAVE's 512 bytes. */
void fpu_sanitize(void *area, bool extended);
int fpu_fault_code(bool simd); /* FPE_* for the exception that the registers show */
