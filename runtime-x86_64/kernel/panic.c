/* The report of a broken invariant, for people and (as a control record) for `unik boot`, which puts names to the
 * addresses. */
#include "panic.h"
#include "boot/early.h"
#include "cpu/local.h"
#include "mm/mm.h"
#include "sys/trace.h"

#define BACKTRACE_MAX 24
#define EXIT_STATUS_PANIC 134 /* 128 + SIGABRT */

uintptr_t __stack_chk_guard = 0x00000aff0d0a5a5a; /* main.c makes it random */
_Noreturn void __stack_chk_fail(void);

_Noreturn void __stack_chk_fail(void)
{
    panic("stack smashed in the function that returns to %p", __builtin_return_address(0));
}

struct backtrace {
    uint64_t ret[BACKTRACE_MAX];
    unsigned count;
};

static bool is_text(uint64_t addr)
{
    return addr >= (uint64_t)__text_start && addr < (uint64_t)__text_end;
}

/* Two words at addr lie in the current kernel stack, or in that of the boot. */
static bool is_stack(uint64_t addr)
{
    const struct thread *t = current_thread();
    uint64_t top = t ? (uint64_t)t->stack_top : 0;
    bool own = top && addr >= top - KERNEL_STACK_SIZE && addr <= top - 16;
    bool boot = addr >= (uint64_t)boot_stack_guard + PAGE_SIZE && addr <= (uint64_t)boot_stack_top - 16;
    return !(addr & 7) && (own || boot);
}

static void collect_backtrace(struct backtrace *b, uint64_t rip, uint64_t rsp, uint64_t rbp)
{
    b->count = 0;
    b->ret[b->count++] = rip;
    /* A call of what is no function has made no frame yet. */
    if (!is_text(rip) && is_stack(rsp) && is_text(*(const uint64_t *)rsp))
        b->ret[b->count++] = *(const uint64_t *)rsp;
    while (b->count < BACKTRACE_MAX && is_stack(rbp)) {
        const uint64_t *frame = (const uint64_t *)rbp;
        if (!is_text(frame[1]))
            break;
        b->ret[b->count++] = frame[1];
        if (frame[0] <= rbp)
            break;
        rbp = frame[0];
    }
}

static void report_registers(const struct trap_frame *f)
{
    uint64_t cr2, cr3;
    __asm__ volatile("mov %%cr2, %0; mov %%cr3, %1" : "=r"(cr2), "=r"(cr3));
    log_warn("rip %016lx  rsp %016lx  rflags %08lx  cs %lx  error %lx", f->rip, f->rsp, f->rflags, f->cs, f->error);
    log_warn("rax %016lx  rbx %016lx  rcx %016lx  rdx %016lx", f->rax, f->rbx, f->rcx, f->rdx);
    log_warn("rsi %016lx  rdi %016lx  rbp %016lx  cr2 %016lx", f->rsi, f->rdi, f->rbp, cr2);
    log_warn("r8  %016lx  r9  %016lx  r10 %016lx  r11 %016lx", f->r8, f->r9, f->r10, f->r11);
    log_warn("r12 %016lx  r13 %016lx  r14 %016lx  r15 %016lx", f->r12, f->r13, f->r14, f->r15);
    log_warn("cr3 %016lx", cr3);
}

static void report_thread(void)
{
    const struct thread *t = current_thread();
    if (!t) {
        log_warn("while booting");
        return;
    }
    log_warn("thread %d \"%s\"", t->tid, t->name);
    if (t->frame && t->frame->orig_rax != ~0ul)
        log_warn("system call %ld (%lx, %lx, %lx, %lx, %lx, %lx) from rip %lx", (long)t->frame->orig_rax, t->frame->rdi,
                 t->frame->rsi, t->frame->rdx, t->frame->r10, t->frame->r8, t->frame->r9, t->frame->rip);
}

static void report_backtrace(const struct backtrace *b)
{
    uint64_t slide = boot_slide;
    char record[32 + BACKTRACE_MAX * 17];
    int n = format(record, sizeof record, "panic=%lx", slide);
    for (unsigned i = 0; i < b->count; i++) {
        if (is_text(b->ret[i]))
            log_warn("%s %016lx  (kernel %lx)", i ? "from" : "at  ", b->ret[i], b->ret[i] - slide);
        else
            log_warn("at   %016lx", b->ret[i]);
        n += format(record + n, sizeof record - (size_t)n, ",%lx", b->ret[i]);
    }
    log_record("%s", record);
}

static _Noreturn void report(const struct trap_frame *frame, uint64_t rip, uint64_t rbp, const char *fmt, va_list ap)
{
    static bool again;
    char what[192];
    if (again)
        power_off(EXIT_STATUS_PANIC); /* the report itself failed; what it said so far is out */
    again = true;
    format_va(what, sizeof what, fmt, ap);
    log_warn("panic: %s", what);
    report_thread();
    if (frame)
        report_registers(frame);
    struct backtrace b;
    collect_backtrace(&b, rip, frame ? frame->rsp : 0, rbp);
    report_backtrace(&b);
    sys_recent_report();
    power_off(EXIT_STATUS_PANIC);
}

_Noreturn void panic(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    __asm__ volatile("cli");
    report(NULL, (uint64_t)__builtin_return_address(0), *(uint64_t *)__builtin_frame_address(0), fmt, ap);
}

_Noreturn void panic_trap(const struct trap_frame *frame, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    report(frame, frame->rip, trap_from_user(frame) ? 0 : frame->rbp, fmt, ap);
}
