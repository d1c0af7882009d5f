/* entropy.c: nothing is read before there is entropy; every input changes what comes after; what was read cannot be
 * made again from what is left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "entropy.c"
#include "lib/chacha20.c"

#define CHECK(cond) ((cond) ? (void)0 : (fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #cond), exit(1)))

struct cpu_features cpu; /* no generator of its own */
static jmp_buf panicked;

void panic(const char *fmt, ...)
{
    longjmp(panicked, 1);
}
void log_warn(const char *fmt, ...)
{
}
uint64_t clock_monotonic(void)
{
    return 1;
}

static bool panics_when_read(void)
{
    if (setjmp(panicked))
        return true;
    entropy_u64();
    return false;
}

static void restart(void)
{
    memset(key, 0, sizeof key);
    memset(sources, 0, sizeof sources);
    credited = 0;
}

static bool holds(const uint8_t *text, size_t n, const uint8_t *part, size_t size)
{
    for (size_t i = 0; i + size <= n; i++)
        if (!memcmp(text + i, part, size))
            return true;
    return false;
}

int main(void)
{
    uint8_t output[256], before[CHACHA20_KEY_SIZE];
    CHECK(panics_when_read());
    entropy_init();
    CHECK(!panics_when_read() && entropy_u64() != entropy_u64() && !strcmp(entropy_sources(), "jitter"));

    memcpy(before, key, sizeof key);
    entropy_read(output, sizeof output);
    CHECK(memcmp(before, key, sizeof key) && !holds(output, sizeof output, key, 8));

    /* The same inputs give the same bytes; one bit more does not. */
    uint64_t seeds[2] = {1, 1}, got[3];
    for (unsigned i = 0; i < 3; i++) {
        restart();
        seeds[1] += i == 2;
        entropy_add("test", seeds, sizeof seeds, 256);
        got[i] = entropy_u64();
    }
    CHECK(got[0] == got[1] && got[0] != got[2] && credited == STRONG_BITS);
    return 0;
}
