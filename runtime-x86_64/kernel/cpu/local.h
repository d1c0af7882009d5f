/* What belongs to one CPU; GS points at it while in the kernel. There is one CPU. */
#pragma once
#include "cpu/asm.h"
#include "thread/thread.h"

struct cpu_local {
    uint64_t kernel_stack; /* where the next system call's frame goes */
    uint64_t user_rsp;     /* scratch of the system call entry */
    struct thread *current;
    uint32_t smap; /* CLAC exists */
};
extern struct cpu_local cpu_local;
/* The address needs no GS while there is one CPU, which also makes it safe in the first instructions of boot. */
static inline struct thread *current_thread(void)
{
    return cpu_local.current;
}
