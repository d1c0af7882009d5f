/* Threads begin and end here; thread/schedule.c runs them. An app thread's kernel stack holds, from the top: its FPU
 * area, its trap frame, then the kernel's own frames. */
#include "thread/thread.h"
#include "cpu/local.h"
#include "fs/file.h"
#include "mm/mm.h"
#include "thread/futex.h"
#include "thread/schedule.h"
#include "thread/signal.h"
#include "thread/new.h"

void thread_trampoline(void);
void thread_end_current(void);
void thread_free(struct thread *t);

static struct list all_threads = LIST_INIT(all_threads); /* the app's */
static unsigned app_count;
static int last_tid;

/* What thread_switch_stacks pops, lowest first. */
struct switch_frame {
    uint64_t r15, r14, r13, r12, rbx, rbp, ret;
};

static struct thread *allocate(const char *name)
{
    struct thread *t = kzalloc(sizeof *t);
    if (!t)
        return NULL;
    t->stack_top = stack_alloc();
    if (!t->stack_top) {
        kfree(t);
        return NULL;
    }
    list_init(&t->run_link);
    list_init(&t->all_link);
    signal_init_thread(t);
    format(t->name, sizeof t->name, "%s", name);
    return t;
}

void thread_free(struct thread *t)
{
    stack_free(t->stack_top);
    kfree(t);
}

static void prepare_switch(struct thread *t, void *stack, void (*fn)(void *), void *arg)
{
    struct switch_frame *f = (struct switch_frame *)stack - 1;
    *f = (struct switch_frame){.rbx = (uint64_t)fn, .r12 = (uint64_t)arg, .ret = (uint64_t)thread_trampoline};
    t->kernel_sp = (uint64_t)f;
}

struct thread *thread_create_kernel(const char *name, void (*fn)(void *), void *arg)
{
    struct thread *t = allocate(name);
    if (!t)
        return NULL;
    prepare_switch(t, t->stack_top, fn, arg);
    schedule_add(t);
    return t;
}

struct thread *thread_new_app(const char *name)
{
    struct thread *t = allocate(name);
    if (!t)
        return NULL;
    t->fpu = (char *)t->stack_top - ALIGN_UP(fpu_area_size(), 64);
    t->frame = (struct trap_frame *)t->fpu - 1;
    fpu_init_area(t->fpu);
    *t->frame = (struct trap_frame){.orig_rax = ~0ul, .cs = USER_CS, .ss = USER_SS, .rflags = RFLAGS_IF};
    prepare_switch(t, t->frame, NULL, NULL);
    t->tid = ++last_tid;
    list_add_tail(&all_threads, &t->all_link);
    app_count++;
    return t;
}

void thread_discard_new(struct thread *t)
{
    list_del(&t->all_link);
    app_count--;
    thread_free(t);
}

/* As Linux does, the first thread is named after the program's file. */
struct thread *thread_create_app(uint64_t entry, uint64_t stack)
{
    char path[256] = "";
    if (exec_info.file)
        file_path(exec_info.file, path, sizeof path);
    const char *slash = strrchr(path, '/');
    struct thread *t = thread_new_app(slash ? slash + 1 : "app");
    if (!t)
        panic("no memory for the app's first thread");
    t->frame->rip = entry;
    t->frame->rsp = stack;
    schedule_add(t);
    return t;
}

/* The current thread is over. The last one of the app ends it. */
_Noreturn void thread_exit(int code)
{
    struct thread *t = current_thread();
    if (app_count == 1)
        process_exit(code);
    futex_thread_ends(t);
    signal_discard_thread(t);
    list_del(&t->all_link);
    app_count--;
    process_add_cpu_time(thread_cpu_ns(t));
    schedule_dead();
}

/* A kernel thread's function returned. */
void thread_end_current(void)
{
    schedule_dead();
}

bool thread_each(bool (*fn)(struct thread *t, void *arg), void *arg)
{
    list_for_each_safe (pos, next, &all_threads) {
        if (fn(list_entry(pos, struct thread, all_link), arg))
            return true;
    }
    return false;
}

unsigned thread_count(void)
{
    return app_count;
}

struct thread *thread_find(int tid)
{
    list_for_each (pos, &all_threads) {
        struct thread *t = list_entry(pos, struct thread, all_link);
        if (t->tid == tid)
            return t;
    }
    return NULL;
}
