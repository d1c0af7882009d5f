/* Between the files of thread/. */
#pragma once
#include "thread/thread.h"

#define TIME_SLICE_NS 4000000ul

/* Puts a new thread into the run queue. */
void schedule_add(struct thread *t);
enum { SCHED_OTHER, SCHED_FIFO, SCHED_RR, SCHED_BATCH, SCHED_IDLE = 5 };
/* From now on it runs with that priority: where it waits for the processor, in its place there. */
void schedule_set_priority(struct thread *t, unsigned priority);
/* Gives up the processor until thread_wake, the deadline or (when interruptible) a signal: 0, -ETIMEDOUT, -EINTR. Does
 * not sleep at all when one of the last two holds already. May sleep. */
int thread_sleep(uint64_t deadline, bool interruptible);
/* The current thread never comes back; its stack is freed by whoever runs next. */
_Noreturn void schedule_dead(void);
extern struct schedule_switches {
    uint64_t voluntary, involuntary;
} schedule_switches;
unsigned schedule_waiting(void); /* threads in the run queue */

/* thread/load.c: `active` threads ran or waited to since the last call. */
#define LOAD_ONE 2048u
extern uint64_t load_next_sample; /* before that there is nothing to account for */
void load_account(uint64_t now, unsigned active);
void load_averages(uint32_t out[3]); /* in units of 1 / LOAD_ONE */
