/* For host tests: the choices that a test makes. They are the same in every run; under a fuzzer (test/fuzz/fuzz.h) they
 * are its input. */
#pragma once
#include <stdint.h>

/* xorshift64 */
static uint64_t noise_state = 88172645463325252u;
static inline uint64_t noise_u64(void)
{
    noise_state ^= noise_state << 13;
    noise_state ^= noise_state >> 7;
    return noise_state ^= noise_state << 17;
}
#ifdef FUZZED
static uint64_t random_u64(void);
static bool random_left(void); /* false: the input has been used up; what follows is noise */
#else
static inline uint64_t random_u64(void)
{
    return noise_u64();
}
static inline bool random_left(void)
{
    return true;
}
#endif
