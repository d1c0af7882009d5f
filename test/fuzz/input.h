/* The input of a fuzz target, taken piece by piece, and the entry point that libFuzzer calls. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static const uint8_t *input;
static size_t input_left;

static size_t take_bytes(void *to, size_t most)
{
    size_t n = most < input_left ? most : input_left;
    memcpy(to, input, n);
    input += n;
    input_left -= n;
    return n;
}
static inline uint8_t take8(void)
{
    uint8_t v = 0;
    take_bytes(&v, sizeof v);
    return v;
}
static inline uint16_t take16(void)
{
    uint16_t v = 0;
    take_bytes(&v, sizeof v);
    return v;
}

/* Libfuzzer calls it for each input; all starts from the same state. */
#define FUZZ(run)                                                                                                      \
    int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)                                                       \
    {                                                                                                                  \
        input = data;                                                                                                  \
        input_left = size;                                                                                             \
        INPUT_STARTS();                                                                                                \
        run();                                                                                                         \
        return 0;                                                                                                      \
    }
