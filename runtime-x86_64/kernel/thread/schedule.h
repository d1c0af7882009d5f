/* Between the files of thread/. */
#pragma once
#include "thread/thread.h"

#define TIME_SLICE_NS 4000000ul

/* Puts a new thread into the run queue. */
void schedule_add(struct thread *t);
/* Gives up the processor until thread_wake, the deadline or (when interruptible) a signal: 0, -ETIMEDOUT, -EINTR. Does
 * not sleep at all when one of the last two holds already. May sleep. */
int thread_sleep(uint64_t deadline, bool interruptible);
/* The current thread never comes back; its stack is freed by whoever runs next. */
_Noreturn void schedule_dead(void);
