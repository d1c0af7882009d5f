/* Resource limits, by Linux's numbers. */
#pragma once
#include "kernel.h"

#define RLIM_INFINITY (~0ul)
enum {
    RLIMIT_CPU,
    RLIMIT_FSIZE,
    RLIMIT_DATA,
    RLIMIT_STACK,
    RLIMIT_CORE,
    RLIMIT_RSS,
    RLIMIT_NPROC,
    RLIMIT_NOFILE,
    RLIMIT_MEMLOCK,
    RLIMIT_AS,
    RLIMIT_LOCKS,
    RLIMIT_SIGPENDING,
    RLIMIT_MSGQUEUE,
    RLIMIT_NICE,
    RLIMIT_RTPRIO,
    RLIMIT_RTTIME,
    RLIMIT_COUNT
};

uint64_t process_soft_limit(int resource);
/* sys/residency.c: RLIMIT_MEMLOCK, whether so many more bytes may be locked. -EPERM, -ENOMEM */
int memory_may_lock(size_t bytes);
void process_limit(int resource, uint64_t *soft, uint64_t *hard); /* resource < RLIMIT_COUNT */
