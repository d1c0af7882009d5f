/* The first eight sectors of our bzImage: the real-mode part of a Linux kernel (Documentation/arch/x86/boot.rst), which asks the
 * BIOS what the kernel cannot ask it any more, and enters it in protected mode. Loaders of Linux have put the kernel in place and
 * come in at 0x200; our boot sector comes in at DISK_ENTRY, and the kernel is then read from the disk first.
 * Offsets count from the segment that all of this was loaded at. linker/bzimage.ts fills in the Linux header, linker/pe.ts what
 * UEFI firmware wants to see in front of it. */
#include "bios.inc"

#define VERSION_AT 0x278 /* also in the Linux header */
#define HEADER 0x1f1
#define HEADER_END 0x268
#define KERNEL_SIZE 0x1f4 /* in 16 bytes */
#define CODE32_START 0x214
#define COMMAND_LINE 0x228
#define INIT_SIZE 0x260

/* Memory of the segment behind the eight sectors, which loaders keep free for this. */
#define PARAMS 0x1000
#define SCREEN_POSITION 0
#define SCREEN_MODE 6
#define SCREEN_COLUMNS 7
#define SCREEN_LINES 0x0e
#define SCREEN_IS_VGA 0x0f
#define E820_COUNT 0x1e8
#define LOADER_MARK 0x290
#define LOADER_TSC 0x294
#define E820_TABLE 0x2d0
#define E820_ENTRY 20
#define E820_MAX 128
#define STACK_TOP 0x3000

/* The kernel comes through this buffer: 32 KiB, which no BIOS finds too long, within one segment. */
#define BUFFER_SEGMENT 0x2000
#define BUFFER_SECTORS 64
#define KERNEL_MARK_AT 4
#define KERNEL_MARK 0x6b696e75 /* "unik" */
#define TRIES 3
#define SECTOR_SHIFT 9
#define HEADER_SECTORS 8

#define DATA32 8
#define CODE32 16
#define CR0_PE 1
#define CPUID_EXT 0x80000001
#define CPUID_EXT_LONG_MODE 29
#define BIOS_ROWS 0x484 /* BIOS data area: lines of the screen - 1 */
#define A20_TEST 0x200  /* an interrupt vector that nobody uses */
#define SMAP 0x534d4150

    .code16
    .text
    .org 0x1ef
    .byte 0xff, 0xff /* who copies this into the page of parameters has not cleared what he does not know */
    .org 0x200
    .byte 0xeb, linux_entry - 0x202 /* jmp, over the rest of the header */
    .org 0x270
linux_entry:
    jmp from_loader
    .org DISK_ENTRY
    jmp from_disk
    .org VERSION_AT
    .asciz "unik" /* what tools show as the kernel's version */

from_loader:
    cli
    movw %ds, %ax
    movw %ax, %es
    movw %ax, %ss
    movw $STACK_TOP, %sp
    pushw %ax
    pushw $1f
    lretw
1:  sti
    cld
    call prepare
    jmp enter_kernel

from_disk:
    cli
    movw %cs, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    movw $STACK_TOP, %sp
    sti
    cld
    movb %dl, drive
    movb %cl, sector_shift
    addl $HEADER_SECTORS, %esi
    movl %esi, sector
    movl $0, COMMAND_LINE
    call prepare
    call require_memory
    call load_kernel
    jmp enter_kernel

/* The page of parameters, and all that only the BIOS knows. */
prepare:
    rdtsc
    movl %eax, %ebx
    movl %edx, %ebp
    movw $PARAMS, %di
    movw $1024, %cx
    xorl %eax, %eax
    rep stosl
    movl $KERNEL_MARK, PARAMS + LOADER_MARK
    movl %ebx, PARAMS + LOADER_TSC
    movl %ebp, PARAMS + LOADER_TSC + 4
    movw $HEADER, %si
    movw $PARAMS + HEADER, %di
    movw $HEADER_END - HEADER, %cx
    rep movsb
    call init_serial /* what the kernel says before it has a console comes this way, too */
    call require_long_mode
    call enable_a20
    call read_memory_map
    jmp read_screen

require_long_mode:
    movl $0x80000000, %eax
    cpuid
    cmpl $CPUID_EXT, %eax
    jb 1f
    movl $CPUID_EXT, %eax
    cpuid
    btl $CPUID_EXT_LONG_MODE, %edx
    jnc 1f
    ret
1:  movw $no_long_mode, %si
    jmp fail

/* Address line 20, which keeps memory above 1 MiB apart from that below. Most machines come with it on. */
enable_a20:
    call is_a20_on
    jnz 1f
    movw $0x2401, %ax /* INT 15h: enable the A20 gate */
    int $0x15
    call is_a20_on
    jnz 1f
    call wait_keyboard
    movb $0xd1, %al /* 8042: write the output port; bit 1 is the line */
    outb %al, $KEYBOARD_COMMAND
    call wait_keyboard
    movb $0xdf, %al
    outb %al, $0x60
    call wait_keyboard
    call is_a20_on
    jnz 1f
    inb $0x92, %al /* PS/2's system control port: bit 1 is the line, bit 0 a reset */
    orb $2, %al
    andb $0xfe, %al
    outb %al, $0x92
    call is_a20_on
    jnz 1f
    movw $no_a20, %si
    jmp fail

wait_keyboard:
    xorw %cx, %cx
2:  inb $KEYBOARD_COMMAND, %al
    testb $2, %al
    loopnz 2b
1:  ret

/* NZ: a word below 64 KiB and the one a MiB above it are not the same. The gate may take a moment. */
is_a20_on:
    pushw %fs
    pushw %gs
    xorw %ax, %ax
    movw %ax, %fs
    decw %ax
    movw %ax, %gs
    movw %fs:A20_TEST, %bx
    movw %bx, %ax
    movw $10000, %cx
1:  incw %ax
    movw %ax, %fs:A20_TEST
    outb %al, $0x80 /* a microsecond, in which nothing happens */
    cmpw %gs:A20_TEST + 16, %ax
    loope 1b
    movw %bx, %fs:A20_TEST
    popw %gs
    popw %fs
    ret

/* INT 15h, EAX = E820h (ACPI 6.5, 15.1). */
read_memory_map:
    movw $PARAMS + E820_TABLE, %di
    xorl %ebx, %ebx
1:  movl $0xe820, %eax
    movl $SMAP, %edx
    movl $E820_ENTRY, %ecx
    int $0x15
    jc 2f
    cmpl $SMAP, %eax
    jne 2f
    addw $E820_ENTRY, %di
    incb PARAMS + E820_COUNT
    cmpb $E820_MAX, PARAMS + E820_COUNT
    je 2f
    testl %ebx, %ebx
    jnz 1b
2:  cmpb $0, PARAMS + E820_COUNT
    movw $no_memory_map, %si
    je fail
    ret

/* Text, 80 columns, as the console driver wants it. */
read_screen:
    movb $0x0f, %ah /* INT 10h: mode in AL, columns in AH */
    int $0x10
    cmpb $3, %al
    je 1f
    movw $3, %ax
    int $0x10
    movb $0x0f, %ah
    int $0x10
1:  movb %al, PARAMS + SCREEN_MODE
    movb %ah, PARAMS + SCREEN_COLUMNS
    movb $3, %ah /* line and column of the cursor in DH, DL */
    int $0x10
    movw %dx, PARAMS + SCREEN_POSITION
    pushw %ds
    xorw %ax, %ax
    movw %ax, %ds
    movb BIOS_ROWS, %al
    popw %ds
    incb %al
    movb %al, PARAMS + SCREEN_LINES
    movb $1, PARAMS + SCREEN_IS_VGA
    ret

/* The kernel's place must be free memory as a whole. */
require_memory:
    movl CODE32_START, %ebx
    movl %ebx, %edx
    addl INIT_SIZE, %edx
    movw $PARAMS + E820_TABLE, %di
    movzbw PARAMS + E820_COUNT, %cx
1:  cmpb $1, 16(%di) /* free */
    jne 3f
    cmpl $0, 4(%di) /* starts above 4 GiB */
    jne 3f
    movl (%di), %eax
    cmpl %ebx, %eax
    ja 3f
    cmpl $0, 12(%di) /* is longer than 4 GiB */
    jne 4f
    addl 8(%di), %eax
    jc 4f
    cmpl %edx, %eax
    jae 4f
3:  addw $E820_ENTRY, %di
    loop 1b
    pushl %edx
    movw $no_memory, %si
    call print
    popl %eax
    addl $0x1fffff, %eax /* and a MiB to work with */
    shrl $20, %eax
    call print_decimal
    movw $no_memory_unit, %si
    jmp fail
4:  ret

/* Reads it piece by piece into the buffer, and copies each piece to its place in protected mode. */
load_kernel:
    movl CODE32_START, %edi
    movl KERNEL_SIZE, %ebp
    addl $31, %ebp
    shrl $SECTOR_SHIFT - 4, %ebp /* sectors to go */
    call read_piece
    pushw %es
    pushw $BUFFER_SEGMENT
    popw %es
    cmpl $KERNEL_MARK, %es:KERNEL_MARK_AT
    popw %es
    movw $no_kernel, %si
    jne fail
1:  call add_up_piece
    call copy_piece
    subl $BUFFER_SECTORS, %ebp
    jbe 2f
    call read_piece
    jmp 1b
2:  cmpl $0, sum
    movw $damaged, %si
    jne fail
    ret

read_piece:
    movl $BUFFER_SECTORS, %eax
    cmpl %eax, %ebp
    ja 1f
    movl %ebp, %eax
1:  movb sector_shift, %cl
    movl $1, %edx
    shll %cl, %edx
    leal -1(%edx, %eax), %eax
    shrl %cl, %eax
    movw %ax, packet + DAP_COUNT
    movl sector, %eax
    shrl %cl, %eax
    movl %eax, packet + DAP_BLOCK
    movw $TRIES, %bx
2:  pushal
    movb $0x42, %ah /* INT 13h: extended read */
    movb drive, %dl
    movw $packet, %si
    int $0x13
    movb %ah, status
    popal
    jnc 3f
    movb $0, %ah /* reset the drive */
    movb drive, %dl
    int $0x13
    decw %bx
    jnz 2b
    movw $unreadable, %si
    call print
    movl sector, %eax
    call print_decimal
    movw $unreadable_status, %si
    call print
    movzbl status, %eax
    call print_decimal
    movw $end_of_sentence, %si
    jmp fail
3:  addl $BUFFER_SECTORS, sector
    ret

/* The file's 32-bit words make 0. The kernel adds them up too, but has no screen yet to say it on. */
add_up_piece:
    movw $BUFFER_SECTORS, %cx
    cmpl $BUFFER_SECTORS, %ebp
    ja 1f
    movw %bp, %cx
1:  shlw $SECTOR_SHIFT - 2, %cx
    movl sum, %edx
    pushw $BUFFER_SEGMENT
    popw %ds
    xorw %si, %si
2:  lodsl
    addl %eax, %edx
    loop 2b
    movw %cs, %ax
    movw %ax, %ds
    movl %edx, sum
    ret

/* To EDI, which moves on. In protected mode only the data segments change: CS keeps what real mode gave it. */
copy_piece:
    cli
    call load_gdt
    movl %cr0, %eax
    orb $CR0_PE, %al
    movl %eax, %cr0
    jmp 1f
1:  movw $DATA32, %bx
    movw %bx, %ds
    movw %bx, %es
    movl $BUFFER_SEGMENT << 4, %esi
    movl $BUFFER_SECTORS * 128, %ecx
    addr32 rep movsl
    andb $~CR0_PE, %al
    movl %eax, %cr0
    jmp 2f
2:  movw %cs, %bx
    movw %bx, %ds
    movw %bx, %es
    sti
    ret

load_gdt:
    movw %cs, %ax
    movzwl %ax, %eax
    shll $4, %eax
    leal gdt(%eax), %edx
    movl %edx, gdt_address
    lgdt gdt_size
    ret

enter_kernel:
    cli
    call load_gdt
    leal 1f(%eax), %edx
    movl %edx, entry32
    leal PARAMS(%eax), %esi
    movl CODE32_START, %ebx
    movl %cr0, %eax
    orb $CR0_PE, %al
    movl %eax, %cr0
    ljmpl *entry32
    .code32
1:  movl $DATA32, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %fs
    movl %eax, %gs
    movl %eax, %ss
    movl %ebx, %eax
    xorl %ebx, %ebx
    xorl %ebp, %ebp
    xorl %edi, %edi
    jmp *%eax
    .code16

/* EAX: a number. */
print_decimal:
    xorl %edx, %edx
    movl $10, %ecx
    divl %ecx
    pushw %dx
    testl %eax, %eax
    jz 1f
    call print_decimal
1:  popw %ax
    addb $'0', %al
    jmp print_byte

    ENDING_ROUTINES

no_long_mode:
    .asciz "unik: this CPU has no 64-bit mode"
no_a20:
    .asciz "unik: memory above 1 MiB cannot be reached: the A20 line stays off"
no_memory_map:
    .asciz "unik: the BIOS gives no memory map (INT 15h, E820)"
no_memory:
    .asciz "unik: too little memory: this image needs at least "
no_memory_unit:
    .asciz " MiB"
damaged:
    .asciz "unik: the image is damaged: it changed on its way to this disk"
no_kernel:
    .asciz "unik: the kernel does not follow its header on the disk"
unreadable:
    .asciz "unik: the disk cannot be read at sector "
unreadable_status:
    .asciz " (BIOS status "
end_of_sentence:
    .asciz "): the image is cut short, or the disk is damaged"

    .balign 8
gdt:
    .quad 0
    .quad 0x00cf93000000ffff /* DATA32: flat */
    .quad 0x00cf9b000000ffff /* CODE32: flat */
gdt_size:
    .word gdt_size - gdt - 1
gdt_address:
    .long 0
entry32:
    .long 0
    .word CODE32
packet:
    .byte DAP_SIZE, 0
    .word 0, 0, BUFFER_SEGMENT
    .quad 0
sector:
    .long 0
sum:
    .long 0
drive:
    .byte 0
sector_shift:
    .byte 0
status:
    .byte 0
    .org 0x1000
