/* Segments, the task state segment with the IST stack, control registers and the system-call MSRs. */
#include "boot/early.h"
#include "cpu/cpu.h"
#include "cpu/idt.h"
#include "cpu/local.h"

#define CR0_WP (1ul << 16)
#define CR4_PAE (1ul << 5)
#define CR4_MCE (1ul << 6)
#define CR4_PGE (1ul << 7)
#define CR4_OSFXSR (1ul << 9)
#define CR4_OSXMMEXCPT (1ul << 10)
#define CR4_UMIP (1ul << 11)
#define CR4_SMEP (1ul << 20)
#define CR4_SMAP (1ul << 21)
#define CR0_EM (1ul << 2)
#define CR0_MP (1ul << 1)
#define CR0_TS (1ul << 3)
#define CR0_NE (1ul << 5)
#define EFER_SCE 0x1ul
#define EFER_LME 0x100ul
#define EFER_LMA 0x400ul
#define EFER_NXE 0x800ul

#define GDT_CODE64 0x00af9b000000ffffull
#define GDT_DATA 0x00cf93000000ffffull
#define GDT_DPL3 (3ull << 45)

struct cpu_local cpu_local;

/* Intel SDM vol. 3, 8.7 */
static struct {
    uint32_t reserved0;
    uint64_t rsp[3];
    uint64_t reserved1;
    uint64_t ist[7];
    uint64_t reserved2;
    uint16_t reserved3, iomap_base;
} __attribute__((packed)) tss;
_Static_assert(sizeof tss == 104, "64-bit TSS");

static uint64_t gdt[10];

/* docs/hardware.md: emulators do not mind wrong privilege levels in what SYSRET and IRET load. */
_Static_assert(USER_CS == USER_SS + 8 && (USER_CS & 3) == 3 && (USER_SS & 3) == 3,
               "SYSRET loads SS and CS = SS + 8, ring 3");
_Static_assert(KERNEL_SS == KERNEL_CS + 8 && (KERNEL_CS & 3) == 0, "SYSCALL loads CS and SS = CS + 8, ring 0");
_Static_assert(offsetof(struct cpu_local, kernel_stack) == LOCAL_KERNEL_STACK, "cpu/asm.h");
_Static_assert(offsetof(struct cpu_local, user_rsp) == LOCAL_USER_RSP, "cpu/asm.h");
_Static_assert(offsetof(struct cpu_local, current) == LOCAL_CURRENT, "cpu/asm.h");
_Static_assert(offsetof(struct cpu_local, smap) == LOCAL_SMAP, "cpu/asm.h");
_Static_assert(offsetof(struct thread, work) == THREAD_WORK, "cpu/asm.h");
_Static_assert(offsetof(struct trap_frame, r11) == FRAME_R11, "cpu/asm.h");
_Static_assert(offsetof(struct trap_frame, rax) == FRAME_RAX, "cpu/asm.h");
_Static_assert(offsetof(struct trap_frame, rcx) == FRAME_RCX, "cpu/asm.h");
_Static_assert(offsetof(struct trap_frame, orig_rax) == FRAME_ORIG_RAX, "cpu/asm.h");
_Static_assert(offsetof(struct trap_frame, rip) == FRAME_RIP, "cpu/asm.h");
_Static_assert(offsetof(struct trap_frame, cs) == FRAME_CS, "cpu/asm.h");
_Static_assert(offsetof(struct trap_frame, rflags) == FRAME_RFLAGS, "cpu/asm.h");
_Static_assert(offsetof(struct trap_frame, rsp) == FRAME_RSP, "cpu/asm.h");
_Static_assert(offsetof(struct trap_frame, ss) == FRAME_SS, "cpu/asm.h");

static void load_gdt(void)
{
    uint64_t base = (uint64_t)&tss;
    gdt[KERNEL_CS / 8] = GDT_CODE64;
    gdt[KERNEL_SS / 8] = GDT_DATA;
    gdt[USER_SS / 8] = GDT_DATA | GDT_DPL3;
    gdt[USER_CS / 8] = GDT_CODE64 | GDT_DPL3;
    gdt[TSS_SELECTOR / 8] = (sizeof tss - 1) | (base & 0xffffff) << 16 | 0x89ull << 40 | (base >> 24 & 0xff) << 56;
    gdt[TSS_SELECTOR / 8 + 1] = base >> 32;
    struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) pointer = {sizeof gdt - 1, (uint64_t)gdt};
    __asm__ volatile("lgdt %0\n"
                     "pushq %1\n"
                     "leaq 1f(%%rip), %%rax\n"
                     "pushq %%rax\n"
                     "lretq\n"
                     "1: movl %2, %%eax\n"
                     "movl %%eax, %%ss\n"
                     "xorl %%eax, %%eax\n"
                     "movl %%eax, %%ds\n"
                     "movl %%eax, %%es\n"
                     "movl %%eax, %%fs\n"
                     "movl %%eax, %%gs\n"
                     "ltr %w3\n" ::"m"(pointer),
                     "i"(KERNEL_CS), "i"(KERNEL_SS), "r"(TSS_SELECTOR)
                     : "rax", "memory");
}

/* One stack for all traps that nobody survives: the boot's, which has a guard page below it and is free by the time
 * that threads run. */
static void load_tss_stacks(void)
{
    tss.ist[IST_FATAL - 1] = (uint64_t)boot_stack_top;
    tss.iomap_base = sizeof tss; /* beyond the limit: no port is the app's */
}

/* Whole registers: what a loader or an earlier system left in them could be the app's way in (FSGSBASE, an entry for
 * SYSENTER). */
static void enable_protections(void)
{
    uint64_t cr0, cr4 = CR4_PAE | CR4_MCE | CR4_OSFXSR | CR4_OSXMMEXCPT;
    __asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
    cr0 = (cr0 & ~(CR0_EM | CR0_TS)) | CR0_WP | CR0_MP | CR0_NE;
    cr4 |= cpu.pge ? CR4_PGE : 0; /* kernel pages are global: mm/table.h */
    cr4 |= (cpu.smep ? CR4_SMEP : 0) | (cpu.smap ? CR4_SMAP : 0) | (cpu.umip ? CR4_UMIP : 0);
    __asm__ volatile("mov %0, %%cr0; mov %1, %%cr4" ::"r"(cr0), "r"(cr4) : "memory");
    cpu_local.smap = cpu.smap;
    if (cpu.smap)
        __asm__ volatile("clac" ::: "memory");
}

static void enable_syscalls(void)
{
    void syscall_entry(void);
    enum { ALL_FLAGS_BUT_RESERVED = 0x257fd5 };
    wrmsr(MSR_SYSENTER_CS, 0);
    wrmsr(MSR_STAR, (uint64_t)(USER_SS - 8) << 48 | (uint64_t)KERNEL_CS << 32);
    wrmsr(MSR_LSTAR, (uint64_t)syscall_entry);
    wrmsr(MSR_SFMASK, ALL_FLAGS_BUT_RESERVED);
    wrmsr(MSR_EFER, EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE);
}

void cpu_init(void)
{
    load_tss_stacks();
    load_gdt();
    wrmsr(MSR_GS_BASE, (uint64_t)&cpu_local);
    wrmsr(MSR_KERNEL_GS_BASE, 0);
    idt_load();
    enable_protections();
    enable_syscalls();
}

void cpu_set_kernel_stack(uint64_t top)
{
    cpu_local.kernel_stack = top;
    tss.rsp[0] = top;
}
