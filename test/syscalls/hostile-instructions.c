/* Instructions that are the kernel's alone, every `int n`, selectors of the kernel, system calls with every flag set
 * and from every bad stack or place: a signal, or nothing at all, and the program goes on with its registers. */
#include "mem.h"
#include <asm/prctl.h>
#include <cpuid.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/syscall.h>

#define TASK_END 0x7ffffffff000ul
#define KERNEL_ADDRESS 0xffffffff80000000ul
#define FLAG_TF 0x100ul
#define FLAG_DF 0x400ul
#define FLAG_IOPL 0x3000ul
#define FLAG_NT 0x4000ul
#define FLAG_AC 0x40000ul
#define FLAG_ID 0x200000ul

static volatile int signal_seen;
static uint8_t *code;

static void on_signal(int signal, siginfo_t *info, void *context)
{
    signal_seen = signal;
    siglongjmp(back, 1);
}

/* Runs one instruction with RDI = RAX = operand, RCX = 0, RDX = 0; the signal that it makes, or 0. */
static int signal_of(const uint8_t *bytes, size_t n, void *operand)
{
    memcpy(code, bytes, n);
    code[n] = 0xc3;
    signal_seen = 0;
    if (!sigsetjmp(back, 1))
        __asm__ volatile("pushq %%rbp\n\tcall *%%rbx\n\tpopq %%rbp\n\tcld"
                         : "+a"(operand)
                         : "b"(code), "D"(operand), "S"(operand), "c"(0), "d"(0)
                         : "r8", "r9", "r10", "r11", "memory", "cc");
    return signal_seen;
}

static void privileged_instructions_are_refused(void)
{
    static const struct {
        const char *name;
        uint8_t n, bytes[6];
    } list[] = {
        {"cli", 1, {0xfa}},
        {"sti", 1, {0xfb}},
        {"hlt", 1, {0xf4}},
        {"in al, imm", 2, {0xe4, 0x60}},
        {"out imm, al", 2, {0xe6, 0x64}},
        {"in eax, dx", 1, {0xed}},
        {"out dx, eax", 1, {0xef}},
        {"insb", 1, {0x6c}},
        {"outsb", 1, {0x6e}},
        {"mov rax, cr0", 3, {0x0f, 0x20, 0xc0}},
        {"mov rax, cr2", 3, {0x0f, 0x20, 0xd0}},
        {"mov rax, cr3", 3, {0x0f, 0x20, 0xd8}},
        {"mov rax, cr4", 3, {0x0f, 0x20, 0xe0}},
        {"mov rax, cr8", 4, {0x44, 0x0f, 0x20, 0xc0}},
        {"mov cr0, rax", 3, {0x0f, 0x22, 0xc0}},
        {"mov cr3, rax", 3, {0x0f, 0x22, 0xd8}},
        {"mov cr4, rax", 3, {0x0f, 0x22, 0xe0}},
        {"mov cr8, rax", 4, {0x44, 0x0f, 0x22, 0xc0}},
        {"mov rax, dr7", 3, {0x0f, 0x21, 0xf8}},
        {"mov dr0, rax", 3, {0x0f, 0x23, 0xc0}},
        {"rdmsr", 2, {0x0f, 0x32}},
        {"wrmsr", 2, {0x0f, 0x30}},
        {"rdpmc", 2, {0x0f, 0x33}},
        {"clts", 2, {0x0f, 0x06}},
        {"invd", 2, {0x0f, 0x08}},
        {"wbinvd", 2, {0x0f, 0x09}},
        {"invlpg [rax]", 3, {0x0f, 0x01, 0x38}},
        {"invpcid rax, [rax]", 5, {0x66, 0x0f, 0x38, 0x82, 0x00}},
        {"lgdt [rax]", 3, {0x0f, 0x01, 0x10}},
        {"lidt [rax]", 3, {0x0f, 0x01, 0x18}},
        {"lldt ax", 3, {0x0f, 0x00, 0xd0}},
        {"ltr ax", 3, {0x0f, 0x00, 0xd8}},
        {"lmsw ax", 3, {0x0f, 0x01, 0xf0}},
        {"swapgs", 3, {0x0f, 0x01, 0xf8}},
        {"sysret", 3, {0x48, 0x0f, 0x07}},
        {"sysexit", 2, {0x0f, 0x35}},
        {"sysenter", 2, {0x0f, 0x34}},
        {"xsetbv", 3, {0x0f, 0x01, 0xd1}},
        {"monitor", 3, {0x0f, 0x01, 0xc8}},
        {"mwait", 3, {0x0f, 0x01, 0xc9}},
        {"vmrun", 3, {0x0f, 0x01, 0xd8}},
        {"stgi", 3, {0x0f, 0x01, 0xdc}},
        {"skinit", 3, {0x0f, 0x01, 0xde}},
        {"vmxon [rax]", 4, {0xf3, 0x0f, 0xc7, 0x30}},
        {"getsec", 2, {0x0f, 0x37}},
        {"rsm", 2, {0x0f, 0xaa}},
        {"ud2", 2, {0x0f, 0x0b}},
    };
    static uint8_t operand[64];
    for (volatile unsigned i = 0; i < sizeof list / sizeof *list; i++) {
        int signal = signal_of(list[i].bytes, list[i].n, operand);
        if (signal != SIGSEGV && signal != SIGILL)
            printf("%s: signal %d\n", list[i].name, signal);
        CHECK(signal == SIGSEGV || signal == SIGILL);
    }
}

static bool has_umip(void)
{
    unsigned a, b, c = 0, d;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && c & 1u << 2;
}

/* Where the kernel's tables are: refused, or (Linux) told as an address where nothing is. */
static void tables_do_not_show(void)
{
    static const uint8_t sgdt[] = {0x0f, 0x01, 0x07}, sidt[] = {0x0f, 0x01, 0x0f}, sldt[] = {0x0f, 0x00, 0x07},
                         str[] = {0x0f, 0x00, 0x0f}, smsw[] = {0x0f, 0x01, 0x27};
    static const uint8_t *const list[] = {sgdt, sidt, sldt, str, smsw};
    for (volatile unsigned i = 0; i < 5; i++) {
        uint64_t stored[2] = {0};
        int signal = signal_of(list[i], 3, stored);
        uint64_t base = stored[0] >> 16 | stored[1] << 48;
        CHECK(!signal || signal == SIGSEGV);
        CHECK(signal || !has_umip() || i > 1 || base == 0xfffffffffffe0000 || base == 0xffffffffffff0000);
    }
}

static void interrupts_are_refused(void)
{
    static const uint8_t icebp[] = {0xf1}, int3[] = {0xcc};
    for (volatile unsigned n = 0; n < 256; n++) {
        uint8_t bytes[] = {0xcd, (uint8_t)n};
        int signal = signal_of(bytes, 2, (void *)-1); /* 0x80 may be a way into the kernel, which knows no such call */
        CHECK(n == 0x80 || signal == (n == 3 ? SIGTRAP : SIGSEGV));
    }
    CHECK(signal_of(int3, 1, NULL) == SIGTRAP && signal_of(icebp, 1, NULL)); /* QEMU knows no icebp: SIGILL */
}

/* TCG makes a fault of its own of a far return while SMAP is on (docs/hardware.md). */
static bool far_returns_work(void)
{
    unsigned a, b = 0, c = 0, d = 0;
    char name[13] = {0};
    bool smap = __get_cpuid_count(7, 0, &a, &b, &c, &d) && b & 1u << 20;
    __cpuid(0x40000000, a, b, c, d);
    memcpy(name, &b, 4);
    memcpy(name + 4, &c, 4);
    memcpy(name + 8, &d, 4);
    return !smap || strcmp(name, "TCGTCGTCGTCG");
}

static int far_signal(uint16_t selector, bool by_return)
{
    static const uint8_t jump[] = {0x48, 0xff, 0x2f};                          /* ljmp *(%rdi) */
    static const uint8_t leave[] = {0x57, 0x56, 0x9c, 0x56, 0x57, 0x48, 0xcf}; /* push …; iretq */
    struct {
        uint64_t offset;
        uint16_t selector;
    } __attribute__((packed)) target = {(uintptr_t)code + 64, selector};
    code[64] = 0xc3;
    return by_return ? signal_of(leave, sizeof leave, (void *)(uintptr_t)selector)
                     : signal_of(jump, sizeof jump, &target);
}

static void selectors_of_the_kernel_are_refused(void)
{
    static const uint8_t load_ss[] = {0x8e, 0xd0}, load_ds[] = {0x8e, 0xd8}, load_fs[] = {0x8e, 0xe0};
    static const uint16_t selectors[] = {0x10, 0x18, 0x40, 0x48, 0x13, 0x1b, 0x43, 0x7fff, 0xffff, 0x14};
    for (volatile unsigned i = 0; i < sizeof selectors / sizeof *selectors; i++) {
        void *selector = (void *)(uintptr_t)selectors[i];
        CHECK(signal_of(load_ss, 2, selector) && signal_of(load_ds, 2, selector) && signal_of(load_fs, 2, selector));
        CHECK(far_signal(selectors[i], false));
        CHECK(!far_returns_work() || far_signal(selectors[i], true));
    }
}

static unsigned long flags(void)
{
    unsigned long v;
    __asm__ volatile("pushfq\n\tpopq %0" : "=r"(v));
    return v;
}

/* The flags that a system call leaves behind when it began with these as well. */
static unsigned long flags_after_call(unsigned long set)
{
    unsigned long after;
    long result;
    __asm__ volatile("pushfq\n\torq %2, (%%rsp)\n\tpopfq\n\tsyscall\n\tpushfq\n\tpopq %0\n\t"
                     "pushq $0x202\n\tpopfq"
                     : "=&r"(after), "=a"(result)
                     : "r"(set), "1"(SYS_getpid)
                     : "rcx", "r11", "memory", "cc");
    CHECK(result == getpid());
    return after;
}

static void flags_do_no_harm(void)
{
    static const unsigned long list[] = {0x1, 0x4, 0x10, 0x40, 0x80, 0x800, FLAG_DF, FLAG_NT, FLAG_AC, FLAG_ID};
    unsigned long all = 0;
    for (unsigned i = 0; i < sizeof list / sizeof *list; i++) {
        all |= list[i];
        CHECK(flags_after_call(list[i]) & list[i]);
    }
    CHECK((flags_after_call(all) & all) == all);
    CHECK(!(flags_after_call(FLAG_IOPL) & FLAG_IOPL) && flags() & 0x200);
    /* Memory is copied and cleared in there: in the right direction, and not by the app's rights. */
    char text[64] = "", *page = anonymous(2 * PAGE, PROT_READ | PROT_WRITE);
    long result;
    int zero = open("/dev/zero", O_RDONLY);
    memset(page, 1, 2 * PAGE);
    __asm__ volatile("pushfq\n\torq $0x44400, (%%rsp)\n\tpopfq\n\tsyscall\n\tpushq $0x202\n\tpopfq"
                     : "=a"(result)
                     : "a"(SYS_read), "D"(zero), "S"(page + 8), "d"(PAGE)
                     : "rcx", "r11", "memory", "cc");
    CHECK(result == (long)PAGE && page[7] == 1 && page[8] == 0 && page[PAGE + 7] == 0 && page[PAGE + 8] == 1);
    __asm__ volatile("pushfq\n\torq $0x44400, (%%rsp)\n\tpopfq\n\tsyscall\n\tpushq $0x202\n\tpopfq"
                     : "=a"(result)
                     : "a"(SYS_read), "D"(zero), "S"(KERNEL_ADDRESS), "d"(PAGE)
                     : "rcx", "r11", "memory", "cc");
    CHECK(result == -EFAULT && close(zero) == 0 && !text[0]);
}

static void faults_with_flags_do_no_harm(void)
{
    static const unsigned long list[] = {FLAG_DF, FLAG_NT, FLAG_AC, FLAG_ID, FLAG_DF | FLAG_NT | FLAG_AC};
    for (volatile unsigned i = 0; i < 5; i++) {
        char *page = anonymous(PAGE, PROT_READ | PROT_WRITE);
        signal_seen = 0;
        __asm__ volatile("pushfq\n\torq %0, (%%rsp)\n\tpopfq\n\tmovb $7, (%1)\n\tpushq $0x202\n\tpopfq" ::"r"(list[i]),
                         "r"(page)
                         : "memory", "cc");
        CHECK(page[0] == 7 && !munmap(page, PAGE));
        if (!sigsetjmp(back, 1))
            __asm__ volatile("pushfq\n\torq %0, (%%rsp)\n\tpopfq\n\tmovb $7, 8" ::"r"(list[i]) : "memory", "cc");
        __asm__ volatile("pushq $0x202\n\tpopfq" ::: "cc");
        CHECK(signal_seen == SIGSEGV);
    }
}

/* SYSCALL does not look at the stack; a signal that finds no room on it goes to the alternate one. */
static void calls_from_a_bad_stack(void)
{
    static const uintptr_t places[] = {0, 8, TASK_END, 0x800000000000, 0xffff800000000000, KERNEL_ADDRESS, UINTPTR_MAX};
    for (volatile unsigned i = 0; i < sizeof places / sizeof *places; i++) {
        long result = 0;
        signal_seen = 0;
        if (!sigsetjmp(back, 1))
            __asm__ volatile("movq %%rsp, %%r15\n\tmovq %2, %%rsp\n\tsyscall\n\tmovq %%r15, %%rsp"
                             : "=a"(result)
                             : "0"(SYS_getpid), "r"(places[i])
                             : "rcx", "r11", "r15", "memory");
        CHECK(!signal_seen && result == getpid());
        if (!sigsetjmp(back, 1)) /* a frame that was never made */
            __asm__ volatile("movq %0, %%rsp\n\tmovl $15, %%eax\n\tsyscall" ::"r"(places[i]) : "rax", "rcx", "r11");
        CHECK(signal_seen == SIGSEGV);
    }
}

/* The address after the last instruction of the app's half is not to be returned to by SYSRET. */
static void calls_from_the_end_of_a_page(void)
{
    static const uint8_t call[] = {0x0f, 0x05};
    char *last = mmap((char *)(TASK_END - PAGE), PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *other = anonymous(2 * PAGE, PROT_READ | PROT_WRITE), *pages[] = {last, other};
    CHECK(last != MAP_FAILED && !munmap(other + PAGE, PAGE));
    for (volatile unsigned i = 0; i < 2; i++) {
        memcpy(pages[i] + PAGE - 2, call, 2);
        CHECK(!mprotect(pages[i], PAGE, PROT_READ | PROT_EXEC));
        signal_seen = 0;
        if (!sigsetjmp(back, 1))
            __asm__ volatile("jmp *%0" ::"r"(pages[i] + PAGE - 2), "a"(SYS_getpid) : "rcx", "r11", "memory");
        CHECK(signal_seen == SIGSEGV);
    }
}

static void segment_bases_are_the_apps(void)
{
    static const uintptr_t bases[] = {TASK_END,           0x800000000000, 0x8000000000000000,
                                      0xffff800000000000, KERNEL_ADDRESS, UINTPTR_MAX};
    for (unsigned i = 0; i < sizeof bases / sizeof *bases; i++)
        FAILS(syscall(SYS_arch_prctl, ARCH_SET_GS, bases[i]), EPERM);
    for (unsigned i = 0; i < sizeof bases / sizeof *bases; i++)
        FAILS(syscall(SYS_arch_prctl, ARCH_SET_FS, bases[i]), EPERM);
}

static void numbers_that_are_none(void)
{
    static const long numbers[] = {1023, 1 << 20, 0x7fffffff, 0x40000000 + SYS_getpid, 0x4000, LONG_MAX, -4096, -65536};
    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++)
        FAILS(syscall(numbers[i], 1, 2, 3, 4, 5, 6), ENOSYS);
}

int main(void)
{
    static char alternate[65536];
    stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
    struct sigaction act = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    code = mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(code != MAP_FAILED && !sigaltstack(&stack, NULL));
    CHECK(!sigaction(SIGSEGV, &act, NULL) && !sigaction(SIGILL, &act, NULL) && !sigaction(SIGTRAP, &act, NULL) &&
          !sigaction(SIGBUS, &act, NULL));
    privileged_instructions_are_refused();
    tables_do_not_show();
    interrupts_are_refused();
    selectors_of_the_kernel_are_refused();
    flags_do_no_harm();
    faults_with_flags_do_no_harm();
    calls_from_a_bad_stack();
    calls_from_the_end_of_a_page();
    segment_bases_are_the_apps();
    numbers_that_are_none();
    CHECK(!munmap(code, PAGE));
    puts("OK");
    return 0;
}
