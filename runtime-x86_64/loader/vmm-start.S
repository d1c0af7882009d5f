/* The PVH entry of vmm.c, and its way into long mode: the registers are those that Firecracker starts a kernel with. EBX = start_info. */
#define PARAMS 0x7000
#define PML4 0x9000
#define BOOT_STACK 0x8ff0
#define CR0_PE_ET_PG 0x80000011
#define CR4_PAE 0x20
#define MSR_EFER 0xc0000080
#define EFER_LME 0x100

    .section .note.Xen, "a", @note
    .balign 4
    .long 4, 4, 18
    .asciz "Xen"
    .long vmm_start

    .text
    .code32
    .globl vmm_start
vmm_start:
    cli
    cld
    movl $stack_top, %esp
    pushl %ebx
    call vmm_load
    movl %eax, %ebp
    movl $CR4_PAE, %eax
    movl %eax, %cr4
    movl $PML4, %eax
    movl %eax, %cr3
    movl $MSR_EFER, %ecx
    rdmsr
    orl $EFER_LME, %eax
    wrmsr
    movl $CR0_PE_ET_PG, %eax
    movl %eax, %cr0
    lgdt gdt_pointer
    ljmp $0x8, $1f
    .code64
1:  movl $0x10, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %fs
    movl %eax, %gs
    movl %eax, %ss
    movl $PARAMS, %esi
    movl %ebp, %eax
    movl $BOOT_STACK, %esp
    movl %esp, %ebp
    jmp *%rax

    .balign 8
gdt:
    .quad 0
    .quad 0x00af9b000000ffff
    .quad 0x00cf93000000ffff
gdt_pointer:
    .word gdt_pointer - gdt - 1
    .long gdt

    .bss
    .balign 16
    .skip 1024
stack_top:
    .section .note.GNU-stack, "", @progbits
