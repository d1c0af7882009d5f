/* For fuzz targets. Include it first, then what is fuzzed: a test of test/unit/kernel for its fixture (its main is not
 * run), or the kernel's own files. random_u64, the choices of such a fixture, takes the input's bytes: one for a small
 * number, nine for any. */
#pragma once
#define FUZZED
#include "input.h"
#define INPUT_STARTS() (noise_state = 88172645463325252u)
#include "../unit/kernel/random-host.h"
#define main unit_test_main

static bool random_left(void)
{
    return input_left != 0;
}

/* 0 bytes of input left: noise, so that a fixture which waits for a certain choice gets it. */
static uint64_t random_u64(void)
{
    uint8_t tag;
    uint64_t value = 0;
    if (!take_bytes(&tag, 1))
        return noise_u64();
    if (tag < 0xe0)
        return tag;
    take_bytes(&value, 8);
    return value;
}

/* Overwrites the object here and there, as the input says. */
static inline void damage(void *object, size_t size)
{
    for (unsigned n = random_u64() % 16; n && random_left(); n--) {
        uint64_t value = random_u64(), at = 0;
        size_t width = 1u << random_u64() % 4;
        take_bytes(&at, size > 0xffff ? 4 : 2);
        at = at % size & ~(width - 1);
        memcpy((uint8_t *)object + at, &value, width < size - at ? width : size - at);
    }
}
