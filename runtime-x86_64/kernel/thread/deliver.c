/* What happens to pending signals on the way back to ring 3: a handler, nothing, or the end. Also where a call that a
 * signal cut short is made again. */
#include "cpu/local.h"
#include "thread/signal.h"

#define SYSCALL_INSTRUCTION_SIZE 2

static bool was_cut_short(const struct trap_frame *frame)
{
    long result = (long)frame->rax;
    return frame->orig_rax != ~0ul && (result == -ERESTARTSYS || result == -ERESTARTNOINTR);
}

static void restart_call(struct trap_frame *frame)
{
    frame->rax = frame->orig_rax;
    frame->rip -= SYSCALL_INSTRUCTION_SIZE;
}

static void run_handler(struct trap_frame *frame, const struct siginfo *info)
{
    struct thread *t = current_thread();
    struct sigaction *slot = &signal_actions[info->signo], action = *slot;
    if (was_cut_short(frame)) {
        if (action.flags & SA_RESTART || (long)frame->rax == -ERESTARTNOINTR)
            restart_call(frame);
        else
            frame->rax = (uint64_t)-EINTR;
    }
    frame->orig_rax = ~0ul;
    if (action.flags & SA_RESETHAND)
        slot->handler = SIG_DFL;
    if (sigframe_push(frame, &action, info, t->sig_restore_mask ? t->sig_saved_mask : t->sig_mask)) {
        slot->handler = info->signo == SIGSEGV ? SIG_DFL : slot->handler;
        signal_force(SIGSEGV, SI_KERNEL, 0);
        return;
    }
    t->sig_restore_mask = false;
    signal_set_mask(t->sig_mask | action.mask | (action.flags & SA_NODEFER ? 0 : SIGNAL_BIT(info->signo)));
}

void signal_deliver(struct trap_frame *frame)
{
    struct thread *t = current_thread();
    struct siginfo info __attribute__((uninitialized)); /* signal_take fills it in */
    int signal;
    t->work &= ~WORK_SIGNAL;
    while ((signal = signal_take(~t->sig_mask, &info))) {
        if (signal_is_ignored(signal))
            continue;
        if (signal_actions[signal].handler == SIG_DFL)
            process_killed_by(&info);
        run_handler(frame, &info);
    }
    if (was_cut_short(frame))
        restart_call(frame);
    if (t->sig_restore_mask) {
        t->sig_restore_mask = false;
        signal_set_mask(t->sig_saved_mask);
    }
}
