/* The emptiest guest by each boot protocol: says so on the first serial port and stops. What it takes is the firmware's and the emulator's. */
#define COM1 0x3f8

    .macro say
    movw $COM1, %dx
    .irp c, 'e, 'm, 'p, 't, 'y
    movb $\c, %al
    outb %al, %dx
    .endr
1:  hlt
    jmp 1b
    .endm

    .section .note.Xen, "a", @note
    .balign 4
    .long 4, 8, 18 /* XEN_ELFNOTE_PHYS32_ENTRY */
    .asciz "Xen"
    .quad pvh_start32

    /* The head that loaders of ours look for (entry/linux.S). */
    .section .boot.head, "ax", @progbits
    .globl linux_start64
linux_start64:
    jmp linux_start32
    .balign 4
    .ascii "unik"
    .long 0, 0
    .code32
linux_start32:
    say

    .section .boot.text, "ax", @progbits
    .globl pvh_start32
pvh_start32:
    say

    .code64
    .text
    .globl efi_start
efi_start:
    say

    .section .note.GNU-stack, "", @progbits
