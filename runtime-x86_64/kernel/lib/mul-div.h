/* a * b / c with a 128-bit product, without libgcc's division. Saturates where the quotient does not fit; c must not be
 * 0. */
#pragma once
#include "kernel.h"

static inline uint64_t mul_div(uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t high, low, quotient, rest;
    __asm__("mulq %3" : "=a"(low), "=d"(high) : "0"(a), "rm"(b) : "cc");
    if (high >= c)
        return UINT64_MAX; /* divq would fault, Intel SDM vol. 2, DIV */
    __asm__("divq %4" : "=a"(quotient), "=d"(rest) : "0"(low), "1"(high), "rm"(c) : "cc");
    return quotient;
}
