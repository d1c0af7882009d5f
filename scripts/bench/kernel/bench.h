/* Measurements of system calls, the same program in every guest. A measurement is a function that does something `n`
 * times between begin() and end(); MEASURE puts it on the list. A tick is one of the time stamp counter: with QEMU's
 * `-icount shift=0` one instruction. */
#pragma once
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <x86intrin.h>
#include "../linux-init.h"

struct measure {
    const char *name;
    unsigned count;
    void (*run)(unsigned n);
} __attribute__((aligned(32)));

#define MEASURE(function, text, times)                                                                                 \
    static void function(unsigned n);                                                                                  \
    static const struct measure measure_##function                                                                     \
        __attribute__((section("measures"), used)) = {text, times, function};                                          \
    static void function(unsigned n)

#define CHECK(condition) ((condition) ? (void)0 : fail(#condition))

extern uint64_t began, took;

static inline void begin(void)
{
    began = __rdtsc();
}

static inline void end(void)
{
    took = __rdtsc() - began;
}

/* threads.c: `fn(arg)` in another thread, from here to the end of it. */
void with_thread(void (*fn)(void *), void *arg, void (*meanwhile)(unsigned n, void *arg), unsigned n);

/* connections.c: both ends of the measurement with many connections. */
void serve_connections(int port, unsigned count);
void open_connections(const char *host, int port, unsigned count);
