/* Entry as a UEFI application (UEFI 2.10, 2.3.4): 64-bit mode, identity map, the firmware's stack, RCX = image handle, RDX =
 * system table, Microsoft's calling convention. The image is wherever the firmware put it; boot/efi.c talks to the firmware.
 * Then long mode is left, so that nothing of the firmware's page tables and control registers stays, and the way of all other
 * protocols is taken. */

#define CODE32 8
#define DATA32 16
#define CR0_WP 0x10000
#define CR0_PE_ET_NE 0x31
#define CR4_PCIDE 0x20000
#define CR4_CET 0x800000
#define MSR_EFER 0xc0000080
#define EFI_LOAD_ERROR 0x8000000000000001

    .section .text.efi_start, "ax", @progbits
    .code64
    .globl efi_start
    .hidden efi_start
    .type efi_start, @function
efi_start:
    pushq %rbx
    pushq %rbp
    pushq %rsi
    pushq %rdi
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    subq $8, %rsp
    cld
    movq %rcx, %r12
    movq %rdx, %r13
    rdtsc
    shlq $32, %rdx
    orq %rdx, %rax
    movq %rax, %r14

    /* Read-only pages hold words that settling changes. Shadow stacks must be off first (Intel SDM vol. 3, 2.5, CR0.WP). */
    movq %cr4, %r15
    movq %cr0, %rbx
    movq %r15, %rax
    andq $~CR4_CET, %rax
    movq %rax, %cr4
    movq %rbx, %rax
    andq $~CR0_WP, %rax
    movq %rax, %cr0

    call efi_add_up
    movl %eax, %ebp
    call boot_settle_image
    movq %r13, %rdi
    movl %ebp, %esi
    call efi_place
    testq %rax, %rax
    movabsq $EFI_LOAD_ERROR, %rcx
    cmovzq %rcx, %rax
    jz 2f
    leaq __kernel_start(%rip), %rcx
    subq %rcx, %rax
    leaq 1f(%rip), %rcx
    addq %rcx, %rax
    jmp *%rax
1:  call boot_settle_image
    movq %r12, %rdi
    movq %r13, %rsi
    call efi_leave
    testq %rax, %rax
    jz leave_long_mode

2:  movq %rbx, %cr0
    movq %r15, %cr4
    addq $8, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rdi
    popq %rsi
    popq %rbp
    popq %rbx
    ret

leave_long_mode:
    cli
    call efi_take_memory_map
    movq %cr4, %rax
    andq $~CR4_PCIDE, %rax /* paging cannot be switched off with it */
    movq %rax, %cr4
    leaq boot_stack_top(%rip), %rsp
    leaq gdt(%rip), %rax
    pushq %rax
    pushw $(gdt_end - gdt - 1)
    lgdt (%rsp)
    leaq efi_read(%rip), %rsi
    movl %r14d, %edi
    shrq $32, %r14
    movl %r14d, %ebp
    leaq 3f(%rip), %rax
    leaq boot_stack_top(%rip), %rsp
    pushq $CODE32
    pushq %rax
    lretq
    .code32
3:  movl $DATA32, %eax
    movl %eax, %ss
    movl %eax, %ds
    movl %eax, %es
    movl $CR0_PE_ET_NE, %eax
    movl %eax, %cr0
    movl $MSR_EFER, %ecx
    xorl %eax, %eax
    xorl %edx, %edx
    wrmsr
    movl %eax, %cr4
    movl %ebp, %edx
    jmp boot_start32

    .balign 8
gdt:
    .quad 0
    .quad 0x00cf9b000000ffff /* 32-bit code, ring 0 */
    .quad 0x00cf93000000ffff /* data, ring 0 */
gdt_end:
    .section .note.GNU-stack, "", @progbits
