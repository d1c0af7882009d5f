/* ISO C string functions. No vector registers in the kernel: the string instructions move what is longer than a few
 * words. */
#include "kernel.h"

#define LONG_COPY 64
/* Unaligned words that may alias anything. */
typedef uint64_t __attribute__((may_alias, aligned(1))) word;
typedef uint32_t __attribute__((may_alias, aligned(1))) half;

/* Loads come before stores, so that overlapping ranges are fine when dst < src. */
static void copy_short(char *d, const char *s, size_t n)
{
    if (n >= 4) {
        half first = *(const half *)s, last = *(const half *)(s + n - 4);
        *(half *)d = first;
        *(half *)(d + n - 4) = last;
        return;
    }
    if (!n)
        return;
    char first = s[0], middle = s[n / 2], last = s[n - 1];
    d[0] = first;
    d[n / 2] = middle;
    d[n - 1] = last;
}

static void copy_up(char *d, const char *s, size_t n)
{
    if (n < 8) {
        copy_short(d, s, n);
        return;
    }
    word last = *(const word *)(s + n - 8);
    char *end = d + n;
    size_t words = (n - 1) / 8;
    if (n >= LONG_COPY)
        __asm__ volatile("rep movsq" : "+D"(d), "+S"(s), "+c"(words)::"memory");
    else
        for (; words; words--, d += 8, s += 8)
            *(word *)d = *(const word *)s;
    *(word *)(end - 8) = last;
}

void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
    copy_up(dst, src, n);
    return dst;
}

void *memmove(void *dst, const void *src, size_t n)
{
    char *d = dst;
    const char *s = src;
    if ((uintptr_t)d - (uintptr_t)s >= n) {
        copy_up(d, s, n);
        return dst;
    }
    for (; n >= 8; n -= 8)
        *(word *)(d + n - 8) = *(const word *)(s + n - 8);
    while (n--)
        d[n] = s[n];
    return dst;
}

void *memset(void *dst, int c, size_t n)
{
    char *d = dst;
    word fill = 0x0101010101010101ul * (unsigned char)c;
    size_t words = n / 8;
    if (n >= LONG_COPY)
        __asm__ volatile("rep stosq" : "+D"(d), "+c"(words) : "a"(fill) : "memory");
    else
        for (; words; words--, d += 8)
            *(word *)d = fill;
    for (size_t i = 0; i < n % 8; i++)
        *(volatile char *)(d + i) = c; /* volatile: or the compiler makes this a call of memset */
    return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
    const unsigned char *x = a, *y = b;
    for (; n >= 8 && *(const word *)x == *(const word *)y; n -= 8) {
        x += 8;
        y += 8;
    }
    for (; n; n--, x++, y++)
        if (*x != *y)
            return *x - *y;
    return 0;
}

void *memchr(const void *s, int c, size_t n)
{
    const unsigned char *p = s;
    for (; n; n--, p++)
        if (*p == (unsigned char)c)
            return (void *)p;
    return NULL;
}

size_t strlen(const char *s)
{
    const volatile char *p = s; /* volatile: or the compiler makes this a call of strlen */
    while (*p)
        p++;
    return (size_t)(p - s);
}

size_t strnlen(const char *s, size_t max)
{
    size_t n = 0;
    while (n < max && s[n])
        n++;
    return n;
}

int strcmp(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return (unsigned char)*a - (unsigned char)*b;
}

int strncmp(const char *a, const char *b, size_t n)
{
    for (; n; n--, a++, b++)
        if (!*a || *a != *b)
            return (unsigned char)*a - (unsigned char)*b;
    return 0;
}

char *strchr(const char *s, int c)
{
    for (; *s != (char)c; s++)
        if (!*s)
            return NULL;
    return (char *)s;
}

char *strrchr(const char *s, int c)
{
    const char *last = NULL;
    for (;; s++) {
        if (*s == (char)c)
            last = s;
        if (!*s)
            return (char *)last;
    }
}
