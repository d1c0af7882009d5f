/* Changing from one kernel stack to another. */

/* void thread_switch_stacks(uint64_t *save_sp, uint64_t load_sp): saves what the C ABI keeps, and returns as the other thread. */
    .section .text.thread_switch_stacks, "ax", @progbits
    .balign 16
    .globl thread_switch_stacks
    .hidden thread_switch_stacks
    .type thread_switch_stacks, @function
thread_switch_stacks:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret

/* Where a new thread comes out of the switch: RBX = function of a kernel thread with R12 = its argument, or 0 for an app
 * thread, whose frame then stands at RSP. RSP is 16-byte aligned. */
    .section .text.thread_trampoline, "ax", @progbits
    .balign 16
    .globl thread_trampoline
    .hidden thread_trampoline
    .type thread_trampoline, @function
thread_trampoline:
    call thread_switch_finish
    testq %rbx, %rbx
    jz trap_return
    movq %r12, %rdi
    call *%rbx
    call thread_end_current
    ud2

    .section .note.GNU-stack, "", @progbits
