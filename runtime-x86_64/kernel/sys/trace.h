/* trace=sys: calls as strace prints them; and, with it or with `verbose`, one line for each refused call. */
#pragma once
#include "cpu/cpu.h"

extern bool sys_tracing;
void sys_trace_init(void); /* reads the command line */
/* Makes the call and says so. */
long sys_trace_call(struct trap_frame *frame, long (*call)(struct trap_frame *frame));
