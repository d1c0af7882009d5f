/* The boot sector of a disk or CD (BIOS Boot Specification 1.01; El Torito 1.0, no emulation): loads the eight sectors of our file's
 * header, which can do the rest. 440 bytes: an MBR's disk signature and partitions follow. */
#include "bios.inc"

#define LOADED_AT 0x7c00
#define HEADER_SECTORS 8
#define LINUX_MAGIC_AT 0x202
#define TRIES 3
#define DRIVE_PARAMETERS 0x600 /* free memory behind the BIOS data area */
#define DRIVE_PARAMETERS_SIZE 30
#define SECTOR_SIZE_AT 24

    .code16
    .text
    .globl start
start:
    xorw %ax, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    movw $LOADED_AT, %sp
    ljmp $0, $1f /* some firmware comes with CS = 0x7c0 */
1:  sti
    cld
    movb $0x41, %ah /* INT 13h: are there extensions? */
    movw $0x55aa, %bx
    pushw %dx
    int $0x13
    popw %dx
    movw $no_extensions, %si
    jc fail
    cmpw $0xaa55, %bx
    jne fail

    /* Sectors count 512 bytes on disks, 2048 on CDs. */
    movb $0x48, %ah
    movw $DRIVE_PARAMETERS, %si
    movw $DRIVE_PARAMETERS_SIZE, (%si)
    movw $512, SECTOR_SIZE_AT(%si)
    pushw %dx
    int $0x13
    popw %dx
    bsfw SECTOR_SIZE_AT(%si), %cx
    subb $9, %cl
    cmpb $3, %cl
    ja cannot_read

    movl sector, %eax
    shrl %cl, %eax
    movl %eax, packet + DAP_BLOCK
    shrw %cl, packet + DAP_COUNT
    movw $TRIES, %di
2:  movb $0x42, %ah /* INT 13h: extended read */
    movw $packet, %si
    pushw %cx
    int $0x13
    popw %cx
    jnc 3f
    movb $0, %ah /* reset the drive */
    int $0x13
    decw %di
    jnz 2b
cannot_read:
    movw $unreadable, %si
    jmp fail

3:  movw $SETUP_SEGMENT, %ax
    movw %ax, %ds
    cmpl $0x53726448, LINUX_MAGIC_AT /* "HdrS" */
    jne 4f
    movl %cs:sector, %esi
    ljmp $SETUP_SEGMENT, $DISK_ENTRY
4:  xorw %ax, %ax
    movw %ax, %ds
    movw $nothing, %si
    jmp fail

    ENDING_ROUTINES

no_extensions:
    .asciz "unik: the BIOS cannot read this disk by LBA"
unreadable:
    .asciz "unik: the boot disk cannot be read"
nothing:
    .asciz "unik: no kernel where the boot sector looks for it"

    .balign 4
packet:
    .byte DAP_SIZE, 0
    .word HEADER_SECTORS, 0, SETUP_SEGMENT
    .quad 0
    /* linker/bzimage.ts writes this one: in 512 bytes, also on a CD. */
    .org 436
sector:
    .long 0
