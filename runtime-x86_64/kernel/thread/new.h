/* Making and ending the app's threads: for sys/thread.c. */
#pragma once
#include "thread/thread.h"

#define PROCESS_ID 1

/* An app thread with a zeroed frame, not yet in the run queue (schedule_add); NULL: out of memory. */
struct thread *thread_new_app(const char *name);
void thread_discard_new(struct thread *t); /* it never ran */
_Noreturn void thread_exit(int code);
struct thread *thread_find(int tid); /* NULL: no such thread of the app */

/* thread/process.c */
void process_add_cpu_time(uint64_t ns); /* of a thread that ended */
