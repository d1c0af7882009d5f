/* trace=sys: calls as strace prints them; and, with it or with `verbose`, one line for each refused call. */
#pragma once
#include "cpu/cpu.h"

extern bool sys_tracing;
void sys_trace_init(void); /* reads the command line */
/* Makes the call and says so. */
long sys_trace_call(struct trap_frame *frame, long (*call)(struct trap_frame *frame));

/* sys/dispatch.c: the last system calls, oldest first, on the console; touches no memory of the app. */
void sys_recent_report(void);
#define SYS_RECENT_ARGS 3
void sys_trace_print(int tid, uint64_t number, const uint64_t args[SYS_RECENT_ARGS], long result);
