/* Numbers that the entry code and C share. C asserts that they are right (cpu/gdt.c). */
#pragma once

/* Selectors: Linux's, because signal frames show them to the app. SYSRET wants USER_SS directly below USER_CS. */
#define KERNEL_CS 0x10
#define KERNEL_SS 0x18
#define USER_CS32 0x23
#define USER_SS 0x2b
#define USER_CS 0x33
#define TSS_SELECTOR 0x40

/* struct cpu_local (cpu/local.h), at GS in the kernel. */
#define LOCAL_KERNEL_STACK 0
#define LOCAL_USER_RSP 8
#define LOCAL_CURRENT 16
#define LOCAL_SMAP 24

/* struct thread */
#define THREAD_WORK 0

/* struct trap_frame */
#define FRAME_R11 48
#define FRAME_RAX 80
#define FRAME_RCX 88
#define FRAME_ORIG_RAX 120
#define FRAME_RIP 136
#define FRAME_CS 144
#define FRAME_RFLAGS 152
#define FRAME_RSP 160
#define FRAME_SS 168

#define VECTOR_NMI 2
#define VECTOR_DOUBLE_FAULT 8
#define VECTOR_MACHINE_CHECK 18

#define MSR_SYSENTER_CS 0x174
#define MSR_EFER 0xc0000080
#define MSR_STAR 0xc0000081
#define MSR_LSTAR 0xc0000082
#define MSR_SFMASK 0xc0000084
#define MSR_FS_BASE 0xc0000100
#define MSR_GS_BASE 0xc0000101
#define MSR_KERNEL_GS_BASE 0xc0000102

#define RFLAGS_TF 0x100
#define RFLAGS_IF 0x200
#define RFLAGS_DF 0x400
#define RFLAGS_RF 0x10000
#define RFLAGS_AC 0x40000
