/* The frame on the app's stack in which a handler runs: Linux's struct rt_sigframe (arch/x86/include/asm/sigframe.h),
 * with the floating-point state above it in XSAVE's standard format. */
#include "cpu/local.h"
#include "mm/mm.h"
#include "thread/signal.h"

#define RED_ZONE 128
#define FPU_MAX 4096 /* more than any XSAVE area that fpu.c enables */
#define FP_XSTATE_MAGIC1 0x46505853u
#define FP_XSTATE_MAGIC2 0x46505845u
#define FXSAVE_SIZE 512
#define SW_BYTES_OFFSET 464
#define UC_FP_XSTATE 1ul
#define UC_SIGCONTEXT_SS 2ul
#define UC_STRICT_RESTORE_SS 4ul
/* AC OF DF TF SF ZF AF PF CF RF: the flags that are the app's own */
#define APP_FLAGS 0x50dd5ul

struct sigcontext {
    uint64_t r8, r9, r10, r11, r12, r13, r14, r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, rflags;
    uint16_t cs, gs, fs, ss;
    uint64_t error, trap, oldmask, cr2, fpstate, reserved[8];
};
_Static_assert(sizeof(struct sigcontext) == 256, "struct sigcontext_64");

struct ucontext {
    uint64_t flags, link;
    struct stack_t stack;
    struct sigcontext mcontext;
    uint64_t sigmask;
};

struct sigframe {
    uint64_t return_address; /* sa_restorer, which calls rt_sigreturn */
    struct ucontext uc;
    struct siginfo info;
};
_Static_assert(offsetof(struct sigframe, info) == 312, "struct rt_sigframe");

/* struct _fpx_sw_bytes: tells the app how much state follows the 512 bytes that every program knows. */
struct fpu_note {
    uint32_t magic1, extended_size;
    uint64_t features;
    uint32_t state_size, padding[7];
};
_Static_assert(sizeof(struct fpu_note) == FXSAVE_SIZE - SW_BYTES_OFFSET, "struct _fpx_sw_bytes");

static size_t fpu_frame_size(void)
{
    return fpu_area_size() + (fpu_features() ? sizeof(uint32_t) : 0);
}

static bool is_on_altstack(const struct thread *t, uint64_t sp)
{
    return !(t->altstack.flags & SS_AUTODISARM) && sp > t->altstack.sp && sp - t->altstack.sp <= t->altstack.size;
}

int sigframe_altstack_flags(const struct thread *t)
{
    if (!t->altstack.size)
        return SS_DISABLE;
    return is_on_altstack(t, t->frame->rsp) ? SS_ONSTACK : 0;
}

/* Where the frame goes, and its floating-point state above it. 0: it would leave the alternate stack. */
static uint64_t place_frame(const struct thread *t, const struct sigaction *action, uint64_t *fpstate)
{
    uint64_t sp = t->frame->rsp - RED_ZONE;
    bool nested = is_on_altstack(t, t->frame->rsp);
    bool alternate = nested || ((action->flags & SA_ONSTACK) && t->altstack.size);
    if (alternate && !nested)
        sp = t->altstack.sp + t->altstack.size;
    *fpstate = ALIGN_DOWN(sp - fpu_frame_size(), 64ul);
    sp = ALIGN_DOWN(*fpstate - sizeof(struct sigframe), 16ul) - 8;
    if (alternate && (sp <= t->altstack.sp || sp > t->altstack.sp + t->altstack.size))
        return 0;
    return sp;
}

static int save_fpu(struct thread *t, uint64_t fpstate)
{
    uint32_t magic2 = FP_XSTATE_MAGIC2;
    fpu_save(t->fpu);
    struct fpu_note *note = (struct fpu_note *)((char *)t->fpu + SW_BYTES_OFFSET);
    *note = (struct fpu_note){0};
    if (fpu_features()) {
        note->magic1 = FP_XSTATE_MAGIC1;
        note->extended_size = (uint32_t)fpu_frame_size();
        note->features = fpu_features();
        note->state_size = (uint32_t)fpu_area_size();
        if (user_write(fpstate + fpu_area_size(), &magic2, sizeof magic2))
            return -EFAULT;
    }
    return user_write(fpstate, t->fpu, fpu_area_size());
}

/* Into a frame that is zero otherwise. */
static void save_registers(struct sigcontext *c, const struct trap_frame *f, const struct thread *t)
{
    c->r8 = f->r8;
    c->r9 = f->r9;
    c->r10 = f->r10;
    c->r11 = f->r11;
    c->r12 = f->r12;
    c->r13 = f->r13;
    c->r14 = f->r14;
    c->r15 = f->r15;
    c->rdi = f->rdi;
    c->rsi = f->rsi;
    c->rbp = f->rbp;
    c->rbx = f->rbx;
    c->rdx = f->rdx;
    c->rax = f->rax;
    c->rcx = f->rcx;
    c->rsp = f->rsp;
    c->rip = f->rip;
    c->rflags = f->rflags;
    c->cs = USER_CS;
    c->ss = USER_SS;
    c->error = t->trap.error;
    c->trap = t->trap.number;
    c->cr2 = t->trap.cr2;
}

static void enter_handler(struct trap_frame *f, const struct sigaction *action, int signal, uint64_t sp)
{
    f->rdi = (uint64_t)signal;
    f->rsi = sp + offsetof(struct sigframe, info);
    f->rdx = sp + offsetof(struct sigframe, uc);
    f->rax = 0;
    f->rsp = sp;
    f->rip = action->handler;
    f->rflags &= ~(uint64_t)(RFLAGS_DF | RFLAGS_RF | RFLAGS_TF);
}

int sigframe_push(struct trap_frame *f, const struct sigaction *action, const struct siginfo *info, uint64_t mask)
{
    struct thread *t = current_thread();
    uint64_t fpstate, sp = place_frame(t, action, &fpstate);
    if (!sp || !(action->flags & SA_RESTORER) || action->handler >= USER_MAX || save_fpu(t, fpstate))
        return -EFAULT;
    struct sigframe frame = {.return_address = action->restorer, .info = *info};
    frame.uc.flags = (fpu_features() ? UC_FP_XSTATE : 0) | UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS;
    frame.uc.stack = (struct stack_t){t->altstack.sp, (int32_t)t->altstack.flags, 0, t->altstack.size};
    frame.uc.sigmask = mask;
    save_registers(&frame.uc.mcontext, f, t);
    frame.uc.mcontext.oldmask = mask;
    frame.uc.mcontext.fpstate = fpstate;
    if (user_write(sp, &frame, sizeof frame))
        return -EFAULT;
    if (t->altstack.flags & SS_AUTODISARM)
        memset(&t->altstack, 0, sizeof t->altstack);
    fpu_reset(t->fpu);
    enter_handler(f, action, info->signo, sp);
    return 0;
}

/* The app may have changed the state, or made the frame up: whatever it holds is made fit for XRSTOR. */
static int restore_fpu(struct thread *t, uint64_t fpstate)
{
    struct fpu_note note;
    size_t size = FXSAVE_SIZE;
    if (!fpstate) {
        fpu_init_area(t->fpu);
    } else {
        if (user_read(&note, fpstate + SW_BYTES_OFFSET, sizeof note))
            return -EFAULT;
        bool extended = fpu_features() && note.magic1 == FP_XSTATE_MAGIC1 && note.state_size == fpu_area_size();
        if (extended)
            size = fpu_area_size();
        else
            fpu_init_area(t->fpu); /* what the frame does not hold */
        if (user_read(t->fpu, fpstate, size)) {
            fpu_init_area(t->fpu); /* XSAVE would keep what came of a made-up header */
            return -EFAULT;
        }
        fpu_sanitize(t->fpu, extended);
    }
    fpu_restore(t->fpu);
    return 0;
}

static void restore_registers(struct trap_frame *f, const struct sigcontext *c)
{
    *f = (struct trap_frame){.r15 = c->r15,
                             .r14 = c->r14,
                             .r13 = c->r13,
                             .r12 = c->r12,
                             .rbp = c->rbp,
                             .rbx = c->rbx,
                             .r11 = c->r11,
                             .r10 = c->r10,
                             .r9 = c->r9,
                             .r8 = c->r8,
                             .rax = c->rax,
                             .rcx = c->rcx,
                             .rdx = c->rdx,
                             .rsi = c->rsi,
                             .rdi = c->rdi,
                             .orig_rax = ~0ul,
                             .rip = c->rip,
                             .rsp = c->rsp,
                             .cs = USER_CS,
                             .ss = USER_SS,
                             .rflags = (c->rflags & APP_FLAGS) | (f->rflags & ~APP_FLAGS)};
}

int sigframe_pop(struct trap_frame *f)
{
    struct thread *t = current_thread();
    struct ucontext uc __attribute__((uninitialized)); /* read whole */
    uint64_t sp = f->rsp - sizeof(uint64_t);           /* RET has taken the return address */
    if (user_read(&uc, sp + offsetof(struct sigframe, uc), sizeof uc) || uc.mcontext.rip >= USER_MAX ||
        restore_fpu(t, uc.mcontext.fpstate))
        return -EFAULT;
    restore_registers(f, &uc.mcontext);
    signal_set_mask(uc.sigmask);
    t->altstack.sp = uc.stack.sp;
    t->altstack.size = uc.stack.size;
    t->altstack.flags = (uint32_t)uc.stack.flags & SS_AUTODISARM;
    return 0;
}
