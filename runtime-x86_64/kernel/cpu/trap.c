/* What a trap means: an interrupt goes to irq/, a fault of the app becomes a signal, a fault of the kernel a fixup or a
 * panic. */
#include "boot/early.h"
#include "cpu/asm.h"
#include "cpu/fixup.h"
#include "cpu/local.h"
#include "irq/irq.h"
#include "mm/mm.h"
#include "panic.h"
#include "thread/signal.h"

#define VECTOR_FIRST_IRQ 0x20
#define VECTOR_PAGE_FAULT 14
#define VECTOR_X87 16
#define VECTOR_SIMD 19
#define PF_PRESENT 1u
#define PF_WRITE 2u
#define PF_FETCH 16u

/* How each exception of the app is told to it (Linux, arch/x86/kernel/traps.c). A name alone: never caused by an app's
 * code. */
static const struct {
    const char *name;
    int signal, code;
    bool at_rip; /* si_addr = rip */
} exceptions[32] = {
    [0] = {"divide error", SIGFPE, FPE_INTDIV, true},
    [1] = {"debug", SIGTRAP, TRAP_TRACE, true},
    [2] = {"NMI", 0, 0, false},
    [3] = {"breakpoint", SIGTRAP, SI_KERNEL, false},
    [4] = {"overflow", SIGSEGV, SI_KERNEL, false},
    [5] = {"bound range", SIGSEGV, SI_KERNEL, false},
    [6] = {"invalid opcode", SIGILL, ILL_ILLOPN, true},
    [7] = {"device not available", 0, 0, false},
    [8] = {"double fault", 0, 0, false},
    [10] = {"invalid TSS", SIGSEGV, SI_KERNEL, false},
    [11] = {"segment not present", SIGBUS, SI_KERNEL, false},
    [12] = {"stack segment", SIGBUS, SI_KERNEL, false},
    [13] = {"general protection", SIGSEGV, SI_KERNEL, false},
    [14] = {"page fault", SIGSEGV, SEGV_MAPERR, false},
    [16] = {"x87 exception", SIGFPE, FPE_FLTINV, true},
    [17] = {"alignment check", SIGBUS, BUS_ADRALN, false},
    [18] = {"machine check", 0, 0, false},
    [19] = {"SIMD exception", SIGFPE, FPE_FLTINV, true},
};

static uint64_t read_cr2(void)
{
    uint64_t v;
    __asm__ volatile("mov %%cr2, %0" : "=r"(v));
    return v;
}

static uint64_t find_fixup(uint64_t rip)
{
    for (const struct kernel_fixup *f = __start_unik_fixups; f < __stop_unik_fixups; f++)
        if ((uint64_t)&f->instruction + (uint64_t)(int64_t)f->instruction == rip)
            return (uint64_t)&f->target + (uint64_t)(int64_t)f->target;
    return 0;
}

static bool is_stack_guard(uint64_t addr)
{
    const struct thread *t = current_thread();
    uint64_t guard = t ? (uint64_t)t->stack_top - KERNEL_STACK_SIZE - PAGE_SIZE : (uint64_t)boot_stack_guard;
    return addr - guard < PAGE_SIZE;
}

static _Noreturn void panic_page_fault(const struct trap_frame *f, uint64_t cr2)
{
    panic_trap(f, "the kernel %s address %lx, which is %s",
               f->error & PF_FETCH   ? "jumped to"
               : f->error & PF_WRITE ? "wrote to"
                                     : "read",
               cr2, f->error & PF_PRESENT ? "protected" : "not mapped");
}

static _Noreturn void panic_exception(const struct trap_frame *f, uint64_t vector)
{
    const char *name = exceptions[vector].name ? exceptions[vector].name : "trap";
    /* The page fault on the guard page finds no stack to report on, which makes it a double fault. */
    if (vector == VECTOR_DOUBLE_FAULT && is_stack_guard(read_cr2()))
        panic_trap(f, "kernel stack overflow");
    panic_trap(f, "%s in the %s (vector %lu, error %lx)", name, trap_from_user(f) ? "app" : "kernel", vector, f->error);
}

static void page_fault_in_kernel(struct trap_frame *f, uint64_t cr2)
{
    uint64_t fixup = cr2 < USER_MAX && !(f->error & PF_FETCH) ? find_fixup(f->rip) : 0;
    if (!fixup)
        panic_page_fault(f, cr2);
    int err = space_fault(cr2, f->error & PF_WRITE, false);
    if (err == -ENOMEM) /* EFAULT would tell the app that its address is wrong */
        process_out_of_memory();
    if (err)
        f->rip = fixup;
}

static void page_fault_in_app(const struct trap_frame *f, uint64_t cr2)
{
    int err = cr2 < USER_MAX ? space_fault(cr2, f->error & PF_WRITE, f->error & PF_FETCH) : -EFAULT;
    if (!err)
        return;
    current_thread()->trap.cr2 = cr2;
    if (err == -EFAULT)
        signal_force(SIGSEGV, SEGV_MAPERR, cr2);
    else if (err == -EACCES)
        signal_force(SIGSEGV, SEGV_ACCERR, cr2);
    else if (err == -ENOMEM)
        process_out_of_memory();
    else
        signal_force(SIGBUS, BUS_ADRERR, cr2); /* beyond the end of a mapped file */
}

static void exception_in_app(struct trap_frame *f, uint64_t vector)
{
    struct thread *t = current_thread();
    uint64_t cr2 = read_cr2();
    t->trap.number = vector;
    t->trap.error = f->error;
    if (vector == VECTOR_PAGE_FAULT) {
        page_fault_in_app(f, cr2);
        return;
    }
    if (!exceptions[vector].signal)
        panic_exception(f, vector);
    int code = exceptions[vector].code;
    if (vector == VECTOR_X87 || vector == VECTOR_SIMD)
        code = fpu_fault_code(vector == VECTOR_SIMD);
    signal_force(exceptions[vector].signal, code, exceptions[vector].at_rip ? f->rip : 0);
}

/* From entry/trap.S. error, orig_rax and the registers are in the frame. */
void trap_handle(struct trap_frame *f, uint64_t vector)
{
    if (vector >= VECTOR_FIRST_IRQ)
        irq_dispatch((unsigned)vector);
    else if (trap_from_user(f))
        exception_in_app(f, vector);
    else if (vector == VECTOR_PAGE_FAULT)
        page_fault_in_kernel(f, read_cr2());
    else
        panic_exception(f, vector);
}

_Noreturn void trap_bad_return(const struct trap_frame *f)
{
    panic_trap(f, "about to return to the address %lx, which is not canonical", f->rip);
}
