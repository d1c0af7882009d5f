/* From the trap frame of a system call to its function: the rows of sys/table.h as one dense table. Each row becomes a
 * small function that takes the arguments out of the frame, so every call has its own prototype and nothing is cast. */
#include "sys/linked.h"
#include "sys/trace.h"

#define SYS(number, name, count, trace, support)                                                                       \
    static long call_##name(const struct trap_frame *f)                                                                \
    {                                                                                                                  \
        return sys_##name(TAKE_##count(f, trace));                                                                     \
    }
#define LINKED(number, name, count, trace, support) __attribute__((weak)) long call_##name(const struct trap_frame *f);
#define REFUSED(number, name, error, why)
#include "sys/table.h"
#undef SYS
#undef LINKED
#undef REFUSED

/* One for each errno with which rows refuse. */
#define REFUSE_WITH(error)                                                                                             \
    __attribute__((unused)) static long refuse_##error(const struct trap_frame *f)                                     \
    {                                                                                                                  \
        return -error;                                                                                                 \
    }
REFUSE_WITH(ENOSYS)
REFUSE_WITH(EPERM)
REFUSE_WITH(EOPNOTSUPP)

static long (*const calls[])(const struct trap_frame *f) = {
#define SYS(number, name, count, trace, support) [number] = call_##name,
#define LINKED SYS
#define REFUSED(number, name, error, why) [number] = refuse_##error,
#include "sys/table.h"
#undef SYS
#undef LINKED
#undef REFUSED
};

/* The last system calls that have returned, for the report of a panic. */
static struct sys_recent {
    uint32_t number;
    int32_t tid;
    uint64_t args[SYS_RECENT_ARGS];
    long result;
} recent[32];
static unsigned recent_count;

static void note(uint64_t number, const struct trap_frame *frame, long result)
{
    recent[recent_count++ % ARRAY_LEN(recent)] =
        (struct sys_recent){(uint32_t)number, current_thread()->tid, {frame->rdi, frame->rsi, frame->rdx}, result};
}

void sys_recent_report(void)
{
    for (unsigned i = 0; i < ARRAY_LEN(recent); i++) {
        const struct sys_recent *r = &recent[(recent_count + i) % ARRAY_LEN(recent)];
        if (r->tid)
            sys_trace_print(r->tid, r->number, r->args, r->result);
    }
}

static long call(struct trap_frame *frame)
{
    uint64_t number = frame->orig_rax;
    return number < ARRAY_LEN(calls) && calls[number] ? calls[number](frame) : -ENOSYS;
}

void sys_dispatch(struct trap_frame *frame)
{
    uint64_t number = frame->orig_rax; /* rt_sigreturn changes the frame */
    long result = unlikely(sys_tracing) ? sys_trace_call(frame, call) : call(frame);
    frame->rax = (uint64_t)result;
    note(number, frame, result);
    if (unlikely(result == -ERESTARTSYS || result == -ERESTARTNOINTR))
        current_thread()->work |= WORK_SIGNAL; /* thread/deliver.c makes the call again, or an EINTR of it */
}

struct trap_frame *sys_frame(void)
{
    return current_thread()->frame;
}
