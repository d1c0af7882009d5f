/* lib/format.c against the C library's snprintf, in buffers that are exactly as large as they must be. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include "lib/format.c"

#define CHECK(cond) ((cond) ? (void)0 : (fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #cond), exit(1)))

/* Same text and length as snprintf, for every buffer size up to enough. */
#define SAME(fmt, ...)                                                                                                 \
    do {                                                                                                               \
        char expected[256];                                                                                            \
        int n = snprintf(expected, sizeof expected, fmt, __VA_ARGS__);                                                 \
        for (size_t size = 0; size <= (size_t)n + 2; size++) {                                                         \
            char *buf = malloc(size ? size : 1), *want = malloc(size ? size : 1);                                      \
            snprintf(want, size, fmt, __VA_ARGS__);                                                                    \
            CHECK(format(buf, size, fmt, __VA_ARGS__) == n);                                                           \
            CHECK(size == 0 || strcmp(buf, want) == 0);                                                                \
            free(buf);                                                                                                 \
            free(want);                                                                                                \
        }                                                                                                              \
    } while (0)

static void numbers_look_as_in_c(void)
{
    static const long values[] = {0, 1, -1, 9, 10, 255, -4096, INT_MAX, INT_MIN, LONG_MAX, LONG_MIN};
    for (unsigned i = 0; i < ARRAY_LEN(values); i++) {
        SAME("%d|%u|%x|%o", (int)values[i], (unsigned)values[i], (unsigned)values[i], (unsigned)values[i]);
        SAME("%ld|%lu|%lx", values[i], (unsigned long)values[i], (unsigned long)values[i]);
        SAME("%lld|%llu|%zu", (long long)values[i], (unsigned long long)values[i], (size_t)values[i]);
        SAME("[%8d][%-8d][%08d]", (int)values[i], (int)values[i], (int)values[i]);
        SAME("[%016lx][%3lx][%-20lx]", values[i], values[i], values[i]);
        SAME("[%08lX][%X]", values[i], (unsigned)values[i]);
        SAME("[%*d][%*d]", 7, (int)values[i], -7, (int)values[i]);
    }
    SAME("%p", (void *)0x1234abcd);
}

static void text_looks_as_in_c(void)
{
    SAME("%s and %10s and %-10s|", "one", "two", "three");
    SAME("%c%5c%-5c|", 'a', 'b', 'c');
    SAME("%d%%", 50);
    SAME("%s", "");
}

static void odd_formats_do_no_harm(void)
{
    char buf[8];
    const char *volatile null = NULL;
    const char *unknown = "%q", *ends = "ab%", *ends_in_width = "ab%05";
    CHECK(format(buf, sizeof buf, "%s", null) == 6 && strcmp(buf, "(null)") == 0);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-security"
    CHECK(format(buf, sizeof buf, unknown) == 2 && strcmp(buf, "%q") == 0);
    CHECK(format(buf, sizeof buf, ends) == 2 && strcmp(buf, "ab") == 0);
    CHECK(format(buf, sizeof buf, ends_in_width) == 2 && strcmp(buf, "ab") == 0);
#pragma GCC diagnostic pop
}

int main(void)
{
    numbers_look_as_in_c();
    text_looks_as_in_c();
    odd_formats_do_no_harm();
    puts("OK");
}
