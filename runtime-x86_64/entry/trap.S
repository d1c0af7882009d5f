/* Ways into the kernel and back: traps (exceptions, interrupts) and system calls. Each builds the whole struct trap_frame of
 * cpu/cpu.h on the kernel stack and hands over to C: trap_handle (cpu/trap.c), sys_dispatch (sys/dispatch.c). */
#include "cpu/asm.h"

    .macro push_registers
    pushq %rdi
    pushq %rsi
    pushq %rdx
    pushq %rcx
    pushq %rax
    pushq %r8
    pushq %r9
    pushq %r10
    pushq %r11
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    .endm

    .macro pop_callee_saved_and_r11
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    popq %r11
    .endm

    .macro function name
    .section .text.\name, "ax", @progbits
    .balign 16
    .globl \name
    .hidden \name
    .type \name, @function
\name:
    .endm

/* SYSCALL: RCX = return address, R11 = flags; interrupts are off by MSR_SFMASK. */
    function syscall_entry
    swapgs
    movq %rsp, %gs:LOCAL_USER_RSP
    movq %gs:LOCAL_KERNEL_STACK, %rsp
    pushq $USER_SS
    pushq %gs:LOCAL_USER_RSP
    pushq %r11
    pushq $USER_CS
    pushq %rcx
    pushq $0
    pushq %rax
    push_registers
    xorl %ebp, %ebp
    movq %rsp, %rdi
    call sys_dispatch
    movq %gs:LOCAL_CURRENT, %rax
    cmpl $0, THREAD_WORK(%rax)
    jne return_with_work
/* SYSRET only when it gives exactly what the frame says: it takes RIP from RCX and RFLAGS from R11, faults in ring 0 with the
 * app's stack when RIP is not canonical (Intel SDM, SYSRET), and cannot set RF. TF would trap one instruction late. */
    movq FRAME_RIP(%rsp), %rcx
    movq FRAME_RFLAGS(%rsp), %r11
    cmpq %rcx, FRAME_RCX(%rsp)
    jne return_to_user
    cmpq %r11, FRAME_R11(%rsp)
    jne return_to_user
    testl $(RFLAGS_RF | RFLAGS_TF), %r11d
    jnz return_to_user
    movq %rcx, %rax
    shrq $47, %rax
    jnz return_to_user
    pop_callee_saved_and_r11
    popq %r10
    popq %r9
    popq %r8
    popq %rax
    addq $8, %rsp /* RCX holds RIP already */
    popq %rdx
    popq %rsi
    popq %rdi
    movq FRAME_RSP - FRAME_ORIG_RAX(%rsp), %rsp
    swapgs
    sysretq

/* One stub of 16 bytes for each vector (cpu/idt.c). The hardware has pushed SS, RSP, RFLAGS, CS, RIP and sometimes an error code. */
    function trap_stubs
    .set vector, 0
    .rept 256
    .balign 16
    .if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 || vector == 29 || vector == 30)
    pushq $0
    .endif
    pushq $vector
    .if vector == VECTOR_NMI || vector == VECTOR_DOUBLE_FAULT || vector == VECTOR_MACHINE_CHECK
    jmp trap_fatal
    .else
    jmp trap_common
    .endif
    .set vector, vector + 1
    .endr

/* The vector stands where orig_rax goes. LFENCE: a mispredicted branch must not read by the app's GS (CVE-2019-1125). */
    function trap_common
    cld
    testb $3, 24(%rsp)
    jz 1f
    swapgs
1:  lfence
    push_registers
    cmpl $0, %gs:LOCAL_SMAP
    je 2f
    clac
2:  movq FRAME_ORIG_RAX(%rsp), %rsi
    movq $-1, FRAME_ORIG_RAX(%rsp)
    movq %rsp, %rdi
    call trap_handle

/* RSP = a trap frame. The way back from traps, and of new threads to ring 3. */
    .globl trap_return
    .hidden trap_return
trap_return:
    testb $3, FRAME_CS(%rsp)
    jz return_by_iret
    movq %gs:LOCAL_CURRENT, %rax
    cmpl $0, THREAD_WORK(%rax)
    jne return_with_work
return_to_user:
    movq FRAME_RIP(%rsp), %rcx
    shrq $47, %rcx
    jnz return_to_nowhere
    swapgs
return_by_iret:
    pop_callee_saved_and_r11
    popq %r10
    popq %r9
    popq %r8
    popq %rax
    popq %rcx
    popq %rdx
    popq %rsi
    popq %rdi
    addq $16, %rsp
    iretq

return_with_work:
    movq %rsp, %rdi
    call thread_exit_work
    jmp return_to_user

/* IRET to an address that is not canonical faults in ring 0. Whoever sets a RIP checks it, so this is a bug of ours. */
return_to_nowhere:
    movq %rsp, %rdi
    call trap_bad_return

/* NMI, #DF, #MC on stacks of their own (IST). They can hit between an entry and its SWAPGS, so the base decides, not CS: the
 * kernel's is negative, and the app cannot make its own so (no FSGSBASE, arch_prctl checks). They do not return. */
    function trap_fatal
    cld
    push_registers
    movl $MSR_GS_BASE, %ecx
    rdmsr
    testl %edx, %edx
    js 1f
    swapgs
1:  movq FRAME_ORIG_RAX(%rsp), %rsi
    movq $-1, FRAME_ORIG_RAX(%rsp)
    movq %rsp, %rdi
    call trap_handle
    ud2

    .section .note.GNU-stack, "", @progbits
