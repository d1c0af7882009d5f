/* Entry by the PVH boot ABI (Xen, docs/misc/pvh.pandoc): 32-bit protected mode, flat segments, paging off, EBX = hvm_start_info.
 * Identity-maps 4 GiB, enters long mode, lets boot_early() (boot/early.c) make the final page tables and relocate the image,
 * and goes on in kernel_main() at the image's random address. EBP holds where `here` was loaded: no address is absolute. */

#define PVH_MAGIC 0x336ec578
#define CR0_PE_WP_PG_MP_NE 0x80010023
#define CR4_PAE 0x20
#define MSR_EFER 0xc0000080
#define EFER_LME_NXE 0x900
#define CPUID_EXT 0x80000001
#define CPUID_EXT_LM_NX 0x20100000
#define PAGE_TABLE 3    /* present, writable */
#define PAGE_LARGE 0x83 /* present, writable, 2 MiB */
#define CODE64 8
#define DATA64 16
#define COM1 0x3f8
/* A few words below 4 KiB serve as a stack until ours can be used; loaders keep nothing there that outlives the entry. */
#define SCRATCH_STACK 0x1000
#define BOOT_STACK_SIZE 16384

    /* XEN_ELFNOTE_PHYS32_ENTRY: where the loader finds the entry. Loaders step through notes by the segment's alignment: 4. */
    .section .note.Xen, "a", @note
    .balign 4
    .long 4, 8, 18
    .asciz "Xen"
    .quad pvh_start32

    .section .boot.text, "ax", @progbits
    .code32
    .globl pvh_start32
    .hidden pvh_start32
    .type pvh_start32, @function
pvh_start32:
    cli
    cld
    rdtsc
    movl %eax, %edi
    movl $SCRATCH_STACK, %esp
    call here
    .globl boot_here
    .hidden boot_here
boot_here:
here:
    popl %ebp
    leal (not_pvh - here)(%ebp), %esi
    cmpl $PVH_MAGIC, (%ebx)
    jne refuse
    leal (pvh_read - here)(%ebp), %esi

/* Where the protocols meet: in 32-bit protected mode, flat segments, paging off, on a stack of a few words. ESI = the protocol's
 * boot_read, EBX = its argument, EDX:EDI = time-stamp counter at the entry. */
    .globl boot_start32
    .hidden boot_start32
boot_start32:
    pushl %edx
    pushl %edi
    pushl %ebx
    pushl %esi
    call 1f
1:  popl %ebp
    subl $(1b - here), %ebp
    call require_memory
    call require_long_mode
    call identity_map
    call enter_long_mode_registers

    leal (gdt - here)(%ebp), %eax
    pushl %eax
    pushw $(gdt_end - gdt - 1)
    lgdt (%esp)
    addl $6, %esp
    popl %edi
    popl %esi
    popl %eax
    popl %edx
    leal (start64 - here)(%ebp), %ecx
    pushl $CODE64
    pushl %ecx
    lretl

/* The image's last word holds what is written to it only where there is memory. EAX, ECX and ESI are clobbered. */
    .globl boot_require_memory32
    .hidden boot_require_memory32
boot_require_memory32:
require_memory:
    leal (__kernel_end - here - 4)(%ebp), %eax
    movl (%eax), %ecx
    movl %ecx, %esi
    notl %esi
    movl %esi, (%eax)
    cmpl %esi, (%eax)
    movl %ecx, (%eax)
    je 1f
    leal (no_memory - here)(%ebp), %esi
    call print
    leal (__kernel_end + 0x1fffff - here)(%ebp), %eax /* and a MiB to work with */
    shrl $20, %eax
    call print_decimal
    leal (no_memory_unit - here)(%ebp), %esi
    jmp refuse
1:  ret

require_long_mode:
    leal (no_long_mode - here)(%ebp), %esi
    movl $0x80000000, %eax
    cpuid
    cmpl $CPUID_EXT, %eax
    jb refuse
    movl $CPUID_EXT, %eax
    cpuid
    andl $CPUID_EXT_LM_NX, %edx
    cmpl $CPUID_EXT_LM_NX, %edx
    jne refuse
    ret

/* early_tables: PML4, PDPT, four page directories of 2 MiB pages. The memory is zero (.bss). */
identity_map:
    leal (early_tables - here)(%ebp), %edi
    leal 0x1000 + PAGE_TABLE(%edi), %eax
    movl %eax, (%edi)
    leal 0x2000 + PAGE_TABLE(%edi), %eax
    xorl %ecx, %ecx
1:  movl %eax, 0x1000(%edi, %ecx, 8)
    addl $0x1000, %eax
    incl %ecx
    cmpl $4, %ecx
    jne 1b
    movl $PAGE_LARGE, %eax
    xorl %ecx, %ecx
2:  movl %eax, 0x2000(%edi, %ecx, 8)
    addl $0x200000, %eax
    incl %ecx
    cmpl $2048, %ecx
    jne 2b
    ret

enter_long_mode_registers:
    movl %cr4, %eax
    orl $CR4_PAE, %eax
    movl %eax, %cr4
    leal (early_tables - here)(%ebp), %eax
    movl %eax, %cr3
    movl $MSR_EFER, %ecx
    rdmsr
    orl $EFER_LME_NXE, %eax
    wrmsr
    movl $CR0_PE_WP_PG_MP_NE, %eax
    movl %eax, %cr0
    ret

/* ESI: the last words; EBP: where boot_here is. An empty interrupt table turns the next trap into a reset: nobody waits for a
 * machine that cannot go on. */
    .globl boot_refuse32
    .hidden boot_refuse32
boot_refuse32:
refuse:
    call print
    leal (last_record - here)(%ebp), %esi
    call print
    pushl $0
    pushl $0
    lidt (%esp)
    ud2

/* ESI: a text. It goes to the first serial port by polling, the only console that needs no set-up under any loader. */
print:
    lodsb
    testb %al, %al
    jz 1f
    call print_byte
    jmp print
1:  ret

/* EAX: a number. */
print_decimal:
    xorl %edx, %edx
    movl $10, %ecx
    divl %ecx
    pushl %edx
    testl %eax, %eax
    jz 1f
    call print_decimal
1:  popl %eax
    addb $'0', %al

print_byte:
    movb %al, %ah
    movw $COM1 + 5, %dx
    movl $100000, %ecx
1:  inb %dx, %al
    testb $0x20, %al
    loopz 1b
    movw $COM1, %dx
    movb %ah, %al
    outb %al, %dx
    ret

    .code64
/* EDI = the protocol's boot_read, ESI = its argument, EDX:EAX = time-stamp counter at the entry. boot_early returns RAX = offset of the image's
 * virtual address, RDX = root of the final page tables, which do not hold the identity map; the early ones hold both by then. */
start64:
    movl $DATA64, %ecx
    movl %ecx, %ss
    xorl %ecx, %ecx
    movl %ecx, %ds
    movl %ecx, %es
    movl %ecx, %fs
    movl %ecx, %gs
    leaq boot_stack_top(%rip), %rsp
    xorl %ebp, %ebp
    movl %edi, %edi
    movl %esi, %esi
    movl %eax, %eax
    shlq $32, %rdx
    orq %rax, %rdx
    call boot_early
    leaq 1f(%rip), %rcx
    addq %rax, %rcx
    addq %rax, %rsp
    jmp *%rcx
1:  movq %rdx, %cr3
    xorl %ebp, %ebp
    call kernel_main
    ud2

    .balign 8
gdt:
    .quad 0
    .quad 0x00af9b000000ffff /* 64-bit code, ring 0 */
    .quad 0x00cf93000000ffff /* data, ring 0 */
gdt_end:
not_pvh:
    .asciz "unik: the loader did not follow the PVH boot protocol"
no_long_mode:
    .asciz "unik: this CPU has no 64-bit mode with no-execute pages"
no_memory:
    .asciz "unik: too little memory: this image needs at least "
no_memory_unit:
    .asciz " MiB"
last_record:
    .asciz "\r\n\033]unik;exit=134\007"

    .section .bss.boot, "aw", @nobits
    .balign 4096
    .globl early_tables, boot_stack_guard, boot_stack_top
    .hidden early_tables, boot_stack_guard, boot_stack_top
early_tables:
    .skip 6 * 4096
boot_stack_guard: /* boot/early.c leaves this page unmapped */
    .skip 4096
    .skip BOOT_STACK_SIZE
boot_stack_top:
    .section .note.GNU-stack, "", @progbits
