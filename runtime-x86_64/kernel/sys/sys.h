/* System calls: one row in sys/table.h and one function each. A function has the row's number of `long` arguments and
 * returns a value or a negative errno (or -ERESTARTSYS from thread/thread.h). Addresses of the app go through mm/user.c
 * and mm/iter.c. */
#pragma once
#include "kernel.h"
#include "mm/mm.h"

/* Prototypes sys_<name> for every SYS and LINKED row, made from the table. */
#define SYS_ARGS_0 void
#define SYS_ARGS_1 long
#define SYS_ARGS_2 long, long
#define SYS_ARGS_3 long, long, long
#define SYS_ARGS_4 long, long, long, long
#define SYS_ARGS_5 long, long, long, long, long
#define SYS_ARGS_6 long, long, long, long, long, long
#define SYS(number, name, count, trace, support) long sys_##name(SYS_ARGS_##count);
#define LINKED SYS
#define REFUSED(number, name, error, why)
#include "sys/table.h"
#undef SYS
#undef LINKED
#undef REFUSED

/* From entry/trap.S: runs the call in the frame and stores its result in frame->rax. */
struct trap_frame;
void sys_dispatch(struct trap_frame *frame);
/* The frame of the system call being made (clone, rt_sigreturn and the like need it). */
struct trap_frame *sys_frame(void);

/* sys/capability.c */
bool process_can(unsigned capability); /* CAP_* of fs/vfs.h */
