/* Entries by the Linux boot protocol (Documentation/arch/x86/boot.rst): the image's first byte in 32-bit protected mode with flat
 * segments, ESI = boot_params; at 0x200 in long mode on the loader's page tables, RSI = boot_params. Both go on in boot_start32.
 * No address is absolute: EBP holds where `here` was loaded. */

#define CR0_PG 0x80000000
#define MSR_EFER 0xc0000080
#define EFER_LME 0x100
#define CODE32 8
#define DATA32 16
/* A few words below 4 KiB serve as a stack: loaders keep nothing there that outlives the entry. */
#define SCRATCH_STACK 0x1000

    .section .boot.head, "ax", @progbits
    .code32
    .globl linux_start32
    .hidden linux_start32
    .type linux_start32, @function
linux_start32:
    jmp 1f
    .balign 4
/* linker/bzimage.ts reads and writes what stands here: the mark by which our disk loader knows the image, how many bytes of it the
 * file holds, and what makes their sum 0. An ELF loader knows the size itself: 0, and nothing is added up. */
    .ascii "unik"
    .globl image_file_size
    .hidden image_file_size
image_file_size:
file_size:
    .long 0
file_sum:
    .long 0

1:  cli
    cld
    rdtsc
    movl $SCRATCH_STACK, %esp
    pushl %edx
    pushl %eax
    movl %esi, %ebx
    call here
here:
    popl %ebp
    pushl %ebp
    leal (boot_here - here)(%ebp), %ebp
    call boot_require_memory32
    popl %ebp
    call check_file
    /* Loaders of a flat file clear nothing. */
    leal (__bss_start - here)(%ebp), %edi
    leal (__kernel_end - here)(%ebp), %ecx
    subl %edi, %ecx
    shrl $2, %ecx
    xorl %eax, %eax
    rep stosl
    popl %edi
    popl %edx
    leal (linux_read - here)(%ebp), %esi
    jmp boot_start32

/* A file that was cut short or damaged on its way would fail later, in a way that nobody understands: 32-bit words must add up to 0.
 * The size is a multiple of 64. */
check_file:
    leal (linux_start32 - here)(%ebp), %esi
    movl (file_size - here)(%ebp), %ecx
    xorl %eax, %eax
    shrl $6, %ecx
    jz 2f
1:
    .set offset, 0
    .rept 16
    addl offset(%esi), %eax
    .set offset, offset + 4
    .endr
    addl $64, %esi
    decl %ecx
    jnz 1b
    testl %eax, %eax
    jnz 3f
2:  ret
3:  leal (damaged - here)(%ebp), %esi
    leal (boot_here - here)(%ebp), %ebp
    jmp boot_refuse32

damaged:
    .asciz "unik: the image is damaged: it was loaded in part, or changed on its way"

    .org 0x200
    .code64
    .globl linux_start64
    .hidden linux_start64
    .type linux_start64, @function
/* The loader's tables may map little more than the image, so there is no stack yet, and may have five levels: paging is turned off.
 * Its segments are unknown too; memory for ours is .bss, which is cleared later. */
linux_start64:
    cli
    cld
    leaq early_tables(%rip), %rdi
    leaq gdt(%rip), %rax
    movw $(gdt_end - gdt - 1), (%rdi)
    movq %rax, 2(%rdi)
    lgdt (%rdi)
    leaq 1f(%rip), %rax
    movl %eax, 16(%rdi)
    movl $CODE32, 20(%rdi)
    ljmp *16(%rdi)
    .code32
1:  movl $DATA32, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    movl %cr0, %eax
    andl $~CR0_PG, %eax
    movl %eax, %cr0
    movl $MSR_EFER, %ecx
    rdmsr
    andl $~EFER_LME, %eax
    wrmsr
    xorl %eax, %eax
    movl %eax, %cr4
    jmp linux_start32

    .balign 8
gdt:
    .quad 0
    .quad 0x00cf9b000000ffff /* 32-bit code, ring 0 */
    .quad 0x00cf93000000ffff /* data, ring 0 */
gdt_end:
    .section .note.GNU-stack, "", @progbits
