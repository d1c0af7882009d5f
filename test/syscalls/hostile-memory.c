/* What a program cannot do to memory: write to its code and constants, execute data of any kind, map or reach the page
 * at 0, run over the guard below a stack, read, write or execute one byte of the kernel's half. Each is a SIGSEGV that
 * tells the address, as Linux has it. */
#include "mem.h"
#include <pthread.h>
#include <stdbool.h>
#include <sys/syscall.h>

#define RETURN 0xc3
#define TASK_END 0x7ffffffff000ul
#define BEYOND 0x800000000000ul /* the first address that is not canonical */
#define KERNEL_HALF 0xffff800000000000ul

static const char constants[PAGE] = {RETURN};
static char data[PAGE] = {RETURN}, bss[PAGE];
static __thread char of_thread[64];

/* The code of the fault that a jump to p makes; 0: it came back. */
static int execute_fault(const void *p)
{
    fault_code = 0;
    if (!sigsetjmp(back, 1))
        ((void (*)(void))(uintptr_t)p)();
    CHECK(!fault_code || fault_address == p);
    return fault_code;
}

static void code_and_constants_are_read_only(void)
{
    CHECK(write_fault((char *)(uintptr_t)code_and_constants_are_read_only) == SEGV_ACCERR);
    CHECK(write_fault((char *)(uintptr_t)memcpy) == SEGV_ACCERR);
    CHECK(write_fault((char *)constants) == SEGV_ACCERR && write_fault((char *)constants + PAGE - 1) == SEGV_ACCERR);
    CHECK(execute_fault(constants) == SEGV_ACCERR);
}

static void is_no_code(char *p)
{
    *p = (char)RETURN;
    CHECK(execute_fault(p) == SEGV_ACCERR);
}

static void *of_other_thread(void *arg)
{
    char local[16];
    is_no_code(local);
    is_no_code(of_thread);
    return arg;
}

static void data_is_no_code(void)
{
    char local[16], name[] = "/tmp/no-code-XXXXXX";
    pthread_t thread;
    int file = mkstemp(name);
    CHECK(file >= 0 && !unlink(name) && !ftruncate(file, PAGE));
    is_no_code(data);
    is_no_code(bss);
    is_no_code(local);
    is_no_code(of_thread);
    is_no_code(malloc(100));
    is_no_code(malloc(1 << 20));
    is_no_code(sbrk((intptr_t)PAGE));
    is_no_code(anonymous(PAGE, PROT_READ | PROT_WRITE));
    is_no_code(anonymous(8 << 20, PROT_READ | PROT_WRITE));
    is_no_code(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    is_no_code(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0));
    is_no_code(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0));
    CHECK(!pthread_create(&thread, NULL, of_other_thread, NULL) && !pthread_join(thread, NULL));
    close(file);
}

/* Linux lets a program with CAP_SYS_RAWIO map it; a kernel that knows no capabilities has nobody with it. */
static void give_up_capabilities(void)
{
    struct {
        uint32_t version;
        int pid;
    } header = {0x20080522, 0};
    uint32_t none[6] = {0};
    syscall(SYS_capset, &header, none);
}

static void nothing_is_at_zero(void)
{
    char *p = anonymous(PAGE, PROT_READ | PROT_WRITE), *low;
    give_up_capabilities();
    for (volatile uintptr_t at = 0; at < PAGE; at += 511)
        CHECK(read_fault((char *)at) == SEGV_MAPERR && write_fault((char *)at) == SEGV_MAPERR &&
              execute_fault((char *)at) == SEGV_MAPERR);
    FAILS((long)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), EPERM);
    FAILS((long)mmap(NULL, 1 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), EPERM);
    FAILS((long)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0), EPERM);
    FAILS((long)mremap(p, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, NULL), EPERM);
    CHECK(mmap((void *)1, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) >= (void *)PAGE);
    low = mmap((void *)0x10000, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED,
               -1, 0);
    CHECK(low == (void *)0x10000);
    for (uintptr_t at = 0x10000; at >= PAGE; at -= PAGE) /* as a stack grows: never down to 0 */
        write_fault((char *)at);
    CHECK(write_fault((char *)PAGE - 1) == SEGV_MAPERR);
}

/* Down to the first page that cannot be had. */
static char *end_of_stack(char *from)
{
    volatile char *at = (char *)((uintptr_t)from & ~(PAGE - 1));
    while (!write_fault(at))
        at -= PAGE;
    return (char *)at;
}

static void *end_of_own_stack(void *arg)
{
    char local;
    pthread_attr_t attributes;
    void *stack;
    size_t size, guard;
    CHECK(!pthread_getattr_np(pthread_self(), &attributes) && !pthread_attr_getstack(&attributes, &stack, &size) &&
          !pthread_attr_getguardsize(&attributes, &guard));
    CHECK(guard >= PAGE && end_of_stack(&local) + PAGE == (char *)stack);
    CHECK(read_fault((char *)stack - 1) == SEGV_ACCERR && read_fault((char *)stack - guard) == SEGV_ACCERR);
    return arg;
}

/* The handler needs a stack of its own: there is no room on the one that is full. */
static void stacks_end_in_a_guard(void)
{
    static char alternate[65536];
    char local, *end;
    pthread_t thread;
    stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
    CHECK(!sigaltstack(&stack, NULL) && !pthread_create(&thread, NULL, end_of_own_stack, NULL) &&
          !pthread_join(thread, NULL));
    end = end_of_stack(&local);
    CHECK(&local - end > 7l << 20 && &local - end < 9l << 20);
    for (unsigned i = 0; i < 64; i++) {
        char *p = anonymous(PAGE << i % 12, PROT_READ | PROT_WRITE);
        CHECK(p + (PAGE << i % 12) <= end - 255 * PAGE || p > &local); /* nothing comes close */
    }
}

static void is_out_of_reach(uintptr_t at)
{
    static const int not_canonical = SI_KERNEL;
    bool canonical = at < BEYOND || at >= KERNEL_HALF;
    volatile char *p = (char *)at;
    fault_code = 0;
    if (!sigsetjmp(back, 1))
        (void)*p;
    CHECK(fault_code == (canonical ? SEGV_MAPERR : not_canonical));
    fault_code = 0;
    if (!sigsetjmp(back, 1))
        *p = 1;
    CHECK(fault_code == (canonical ? SEGV_MAPERR : not_canonical));
    fault_code = 0;
    if (!sigsetjmp(back, 1))
        ((void (*)(void))at)();
    CHECK(fault_code);
}

static uint64_t next_random(void)
{
    static uint64_t state = 0x9e3779b97f4a7c15; /* xorshift64: Marsaglia 2003 */
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

/* Where kernels put things, and anywhere. */
static void the_kernel_is_out_of_reach(void)
{
    static const struct {
        uintptr_t start, size;
    } windows[] = {{TASK_END, PAGE},
                   {BEYOND, 1ul << 40},
                   {BEYOND, KERNEL_HALF - BEYOND},
                   {KERNEL_HALF, -KERNEL_HALF},
                   {0xffff880000000000, 1ul << 46},
                   {0xffffc00000000000, 1ul << 40},
                   {0xffffd00000000000, 1ul << 36},
                   {0xffffffff80000000, 1ul << 30},
                   {0xffffffff80000000, 1ul << 30}};
    for (unsigned i = 0; i < sizeof windows / sizeof *windows; i++) {
        is_out_of_reach(windows[i].start);
        is_out_of_reach(windows[i].start + windows[i].size - PAGE);
        for (unsigned n = 0; n < 200; n++)
            is_out_of_reach(windows[i].start + next_random() % windows[i].size);
    }
    /* An access that begins below the edge and one that ends above the last address. */
    CHECK(read_fault((char *)TASK_END - 1) && read_fault((char *)TASK_END));
    fault_code = 0;
    if (!sigsetjmp(back, 1))
        (void)*(volatile uint64_t *)(UINTPTR_MAX - 3);
    CHECK(fault_code);
}

/* By way of the stack pointer it is another exception. */
static void the_stack_pointer_reaches_no_further(void)
{
    static const uintptr_t places[] = {BEYOND, KERNEL_HALF, 0xffffffff80000000, UINTPTR_MAX - 7};
    for (volatile unsigned i = 0; i < 4; i++) {
        fault_code = 0;
        if (!sigsetjmp(back, 1))
            __asm__ volatile("movq %%rsp, %%r15\n\tmovq %0, %%rsp\n\tpushq $1\n\tmovq %%r15, %%rsp" ::"r"(places[i])
                             : "r15", "memory");
        CHECK(fault_code);
    }
}

static void mappings_end_below_it(void)
{
    static const uintptr_t places[] = {TASK_END, BEYOND, KERNEL_HALF, 0xffffffff80000000, (uintptr_t)-PAGE};
    char *p = anonymous(PAGE, PROT_READ | PROT_WRITE);
    for (unsigned i = 0; i < sizeof places / sizeof *places; i++) {
        void *at = (void *)places[i];
        FAILS((long)mmap(at, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), ENOMEM);
        CHECK(mmap(at, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) < (void *)TASK_END);
        CHECK(mprotect(at, PAGE, PROT_READ) == -1 && errno == ENOMEM);
        CHECK(munmap(at, PAGE) == -1 && errno == EINVAL);
        CHECK(mremap(p, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at) == MAP_FAILED);
        CHECK(madvise(at, PAGE, MADV_DONTNEED) == -1);
    }
    FAILS((long)mmap((void *)(TASK_END - PAGE), 2 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0),
          ENOMEM);
}

int main(void)
{
    struct sigaction act = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    CHECK(!sigaction(SIGSEGV, &act, NULL) && !sigaction(SIGBUS, &act, NULL));
    code_and_constants_are_read_only();
    data_is_no_code();
    nothing_is_at_zero();
    the_kernel_is_out_of_reach();
    mappings_end_below_it();
    stacks_end_in_a_guard();
    the_stack_pointer_reaches_no_further();
    puts("OK");
    return 0;
}
