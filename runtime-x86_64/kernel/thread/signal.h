/* Signals: process-wide actions, and what is pending for the process and for each thread. */
#pragma once
#include "abi/signal.h"
#include "thread/thread.h"

#define SIGNAL_BIT(n) (1ul << ((n)-1))
#define SIGNAL_UNBLOCKABLE (SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGSTOP))

extern struct sigaction signal_actions[SIGNAL_MAX + 1]; /* by number; [0] unused */

/* thread/signal.c */
extern struct waitq signal_arrived; /* woken when any signal becomes pending: fs/signalfd.c */
void signal_init_thread(struct thread *t);
void signal_discard_thread(struct thread *t); /* the thread ends: its queue is freed */
/* t NULL: to the process, for whichever thread does not block it. 0, or -EAGAIN when a queued real-time signal finds no
 * memory. */
int signal_send(struct thread *t, const struct siginfo *info);
void signal_set_mask(uint64_t mask);
uint64_t signal_pending_set(void); /* of the current thread and the process, masked or not */
/* Takes the lowest pending signal of `set` and its siginfo; 0: none. */
int signal_take(uint64_t set, struct siginfo *info);
void signal_update_work(struct thread *t);
bool signal_is_ignored(int signal);
bool signal_is_dropped(struct thread *t, int signal); /* ignored and not blocked; t NULL: the process */
void signal_forget_ignored(int signal); /* its action was set to be ignored: it is no longer pending anywhere */
const char *signal_name(int signal);

/* thread/deliver.c: on the way back to ring 3, with WORK_SIGNAL. */
void signal_deliver(struct trap_frame *frame);

/* thread/sigframe.c: Linux's struct rt_sigframe on the app's stack. -EFAULT: the stack cannot hold it. */
int sigframe_push(struct trap_frame *frame, const struct sigaction *action, const struct siginfo *info, uint64_t mask);
int sigframe_pop(struct trap_frame *frame);
int sigframe_altstack_flags(const struct thread *t); /* SS_ONSTACK, SS_DISABLE or 0 */

/* thread/process.c: one line that says which signal, where, and the end. */
_Noreturn void process_killed_by(const struct siginfo *info);
/* A page that the app was promised cannot be had: says who has the memory, and ends with a status of its own. */
_Noreturn void process_out_of_memory(void);
