/* Linked into a kernel for tests, in front of its allocators: one allocation fails, and it is told which. A parameter
 * chooses it:
 * fail-alloc=N   the N-th (the first is 1)
 * fail-stack=N   the first one that is made by way of the N-th different path through the code
 * fail-after=N   with either: N system calls of the app go by before anything is counted
 * fail-times=N   with either: this one and those behind it, N in all */
#include "boot/boot.h"
#include "mm/mm.h"

#define DEPTH 10
#define MAX_STACKS 8192u
#define STACK_SIZE 0x8000ul /* no frame is further from the next one */

void *real_kmalloc(size_t n), *real_kzalloc(size_t n), *real_krealloc(void *p, size_t n);
void *real_page_alloc(unsigned order), *real_page_alloc_zeroed(unsigned order), *real_page_alloc_app(unsigned order);
_Noreturn void real_power_off(int status);
struct trap_frame;
void sys_dispatch(struct trap_frame *frame), real_sys_dispatch(struct trap_frame *frame);

static uint64_t allocations, stacks, calls, failing;
static uint64_t seen[MAX_STACKS];
static unsigned depth; /* allocators call each other: the outermost counts */

/* The frame that called this one, or NULL: the app's own frame pointer may be anything. */
static const uint64_t *outer(const uint64_t *frame)
{
    return frame[0] - (uint64_t)frame < STACK_SIZE && !(frame[0] & 7) && frame[0] != (uint64_t)frame
               ? (const uint64_t *)frame[0]
               : NULL;
}

/* FNV-1a over the return addresses. */
static uint64_t hash_stack(const uint64_t *frame)
{
    uint64_t hash = 14695981039346656037u;
    for (unsigned i = 0; i < DEPTH && frame; i++, frame = outer(frame))
        hash = (hash ^ (frame[1] - boot_slide)) * 1099511628211u;
    return hash | 1;
}

static bool is_new_stack(const uint64_t *frame)
{
    uint64_t hash = hash_stack(frame);
    unsigned at = (unsigned)(hash >> 20) % MAX_STACKS;
    while (seen[at] && seen[at] != hash)
        at = (at + 1) % MAX_STACKS;
    if (seen[at] || stacks == MAX_STACKS - 1)
        return false;
    seen[at] = hash;
    stacks++;
    return true;
}

static void tell_path(const char *what, const uint64_t *frame)
{
    uint64_t ret[5] = {0};
    for (unsigned i = 0; i < ARRAY_LEN(ret) && frame; i++, frame = outer(frame))
        ret[i] = frame[1] - boot_slide;
    log_warn("fails: %s, allocation %lu, path %lu, by %lx %lx %lx %lx %lx", what, allocations, stacks, ret[0], ret[1],
             ret[2], ret[3], ret[4]);
}

static bool fails(const char *what, const uint64_t *frame)
{
    if (depth || calls < boot_param_u64("fail-after", 0))
        return false;
    allocations++;
    bool first = is_new_stack(frame);
    if (allocations == boot_param_u64("fail-alloc", 0) || (first && stacks == boot_param_u64("fail-stack", 0)))
        failing = boot_param_u64("fail-times", 1);
    if (!failing)
        return false;
    failing--;
    depth++;
    tell_path(what, frame);
    depth--;
    return true;
}

#define FAIL_OR(name, call)                                                                                            \
    if (fails(name, __builtin_frame_address(0)))                                                                       \
        return NULL;                                                                                                   \
    depth++;                                                                                                           \
    void *p = call;                                                                                                    \
    depth--;                                                                                                           \
    return p

void *kmalloc(size_t n)
{
    FAIL_OR("kmalloc", real_kmalloc(n));
}
void *kzalloc(size_t n)
{
    FAIL_OR("kzalloc", real_kzalloc(n));
}
void *krealloc(void *old, size_t n)
{
    FAIL_OR("krealloc", real_krealloc(old, n));
}
void *page_alloc(unsigned order)
{
    FAIL_OR("page_alloc", real_page_alloc(order));
}
void *page_alloc_zeroed(unsigned order)
{
    FAIL_OR("page_alloc_zeroed", real_page_alloc_zeroed(order));
}
void *page_alloc_app(unsigned order)
{
    FAIL_OR("page_alloc_app", real_page_alloc_app(order));
}

void sys_dispatch(struct trap_frame *frame)
{
    calls++;
    real_sys_dispatch(frame);
}

/* What the sweep wants to know: how far it must go, and what leaked. */
void power_off(int status)
{
    log_warn("allocations %lu, paths %lu, free pages %zu", allocations, stacks, page_free_count());
    real_power_off(status);
}
