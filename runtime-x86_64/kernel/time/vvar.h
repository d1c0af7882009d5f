/* The page that the kernel writes and the vDSO reads: how to make nanoseconds of the time-stamp counter. It is mapped
 * read-only just below the vDSO (mm/elf.c). Shared with ../vdso/vdso.c, so: nothing but types and inline functions
 * here.
 *
 * Nanoseconds since boot = base_ns + ((tsc - base_tsc) * mult >> shift); wall clock = that + realtime_offset. The
 * kernel makes `sequence` odd while it changes the rest. There is one CPU, so an interrupt between two reads is all
 * that can change them. */
#pragma once
#include <stdint.h>

struct vvar {
    volatile uint32_t sequence;
    uint32_t shift; /* at most 32 */
    uint64_t mult;  /* below 2^32 */
    uint64_t base_tsc, base_ns;
    uint64_t realtime_offset;
    uint32_t ready;          /* 0: the counter's frequency is not known yet; ask the kernel */
    uint32_t realtime_ready; /* 0: the wall clock was not read yet; ask the kernel */
};

static inline uint64_t vvar_read_tsc(void)
{
    uint32_t lo, hi;
    __asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
    return (uint64_t)hi << 32 | lo;
}

/* A counter that is behind its base (a hypervisor moved us) stands still until it has caught up. */
static inline uint64_t vvar_monotonic(const volatile struct vvar *v)
{
    uint64_t delta = vvar_read_tsc() - v->base_tsc;
    if ((int64_t)delta < 0)
        delta = 0;
    return v->base_ns + (uint64_t)(((unsigned __int128)delta * v->mult) >> (v->shift & 63));
}
