/* memcpy and its kin for the small blocks that a JavaScript engine moves all day. musl's begin with `rep movs`, which
 * takes longer to start than most of these copies take. SSE2 is part of every x86-64; large blocks are left to the
 * CPU's own copying (`rep movsb`). All overlap-safe where the standard asks for it: loads come before stores. */
#include <emmintrin.h>
#include <stddef.h>
#include <stdint.h>

/* Above this the CPU's string instructions win. */
#define STRING_INSTRUCTION_SIZE 2048

#define UNALIGNED(type, name) typedef type name __attribute__((aligned(1), may_alias))
UNALIGNED(uint16_t, u16);
UNALIGNED(uint32_t, u32);
UNALIGNED(uint64_t, u64);

static inline __m128i load16(const uint8_t *from)
{
    return _mm_loadu_si128((const __m128i *)from);
}

static inline void store16(uint8_t *to, __m128i value)
{
    _mm_storeu_si128((__m128i *)to, value);
}

/* Up to 16 bytes: the first and the last, which may be the same ones. */
static inline void move_tiny(uint8_t *to, const uint8_t *from, size_t size)
{
    if (size >= 8) {
        uint64_t first = *(const u64 *)from, last = *(const u64 *)(from + size - 8);
        *(u64 *)to = first;
        *(u64 *)(to + size - 8) = last;
    } else if (size >= 4) {
        uint32_t first = *(const u32 *)from, last = *(const u32 *)(from + size - 4);
        *(u32 *)to = first;
        *(u32 *)(to + size - 4) = last;
    } else if (size >= 2) {
        uint16_t first = *(const u16 *)from, last = *(const u16 *)(from + size - 2);
        *(u16 *)to = first;
        *(u16 *)(to + size - 2) = last;
    } else if (size == 1) {
        *to = *from;
    }
}

/* 17 to 64 bytes. */
static inline void move_small(uint8_t *to, const uint8_t *from, size_t size)
{
    __m128i first = load16(from), last = load16(from + size - 16);
    if (size > 32) {
        __m128i second = load16(from + 16), before_last = load16(from + size - 32);
        store16(to + 16, second);
        store16(to + size - 32, before_last);
    }
    store16(to, first);
    store16(to + size - 16, last);
}

/* More than 64 bytes, upwards: `to` is below `from`, or apart from it. */
static inline void move_forwards(uint8_t *to, const uint8_t *from, size_t size)
{
    __m128i a = load16(from + size - 64), b = load16(from + size - 48), c = load16(from + size - 32);
    __m128i d = load16(from + size - 16);
    uint8_t *end = to + size;
    for (; size > 64; size -= 64, to += 64, from += 64) {
        __m128i w = load16(from), x = load16(from + 16), y = load16(from + 32), z = load16(from + 48);
        store16(to, w);
        store16(to + 16, x);
        store16(to + 32, y);
        store16(to + 48, z);
    }
    store16(end - 64, a);
    store16(end - 48, b);
    store16(end - 32, c);
    store16(end - 16, d);
}

static inline void move_backwards(uint8_t *to, const uint8_t *from, size_t size)
{
    __m128i a = load16(from), b = load16(from + 16), c = load16(from + 32), d = load16(from + 48);
    for (; size > 64; size -= 64) {
        const uint8_t *last = from + size - 64;
        __m128i w = load16(last), x = load16(last + 16), y = load16(last + 32), z = load16(last + 48);
        store16(to + size - 64, w);
        store16(to + size - 48, x);
        store16(to + size - 32, y);
        store16(to + size - 16, z);
    }
    store16(to, a);
    store16(to + 16, b);
    store16(to + 32, c);
    store16(to + 48, d);
}

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    if (size <= 16)
        move_tiny(to, from, size);
    else if (size <= 64)
        move_small(to, from, size);
    else if (size < STRING_INSTRUCTION_SIZE)
        move_forwards(to, from, size);
    else {
        void *at = to;
        __asm__ volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(size) : : "memory");
    }
    return to;
}

void *memmove(void *to, const void *from, size_t size)
{
    if (size <= 16)
        move_tiny(to, from, size);
    else if (size <= 64)
        move_small(to, from, size);
    else if ((uintptr_t)to - (uintptr_t)from >= size)
        move_forwards(to, from, size);
    else
        move_backwards(to, from, size);
    return to;
}

void *memset(void *block, int byte, size_t size)
{
    uint8_t *to = block, *end = to + size;
    uint64_t word = 0x0101010101010101 * (uint8_t)byte;
    __m128i value = _mm_set1_epi8((char)byte);
    if (size >= STRING_INSTRUCTION_SIZE) {
        __asm__ volatile("rep stosb" : "+D"(to), "+c"(size) : "a"(byte) : "memory");
    } else if (size >= 16) {
        for (; size > 16; size -= 16, to += 16)
            store16(to, value);
        store16(end - 16, value);
    } else if (size >= 8) {
        *(u64 *)to = word;
        *(u64 *)(end - 8) = word;
    } else if (size >= 4) {
        *(u32 *)to = word;
        *(u32 *)(end - 4) = word;
    } else if (size > 0) {
        to[0] = end[-1] = byte;
        to[size / 2] = byte;
    }
    return block;
}

int memcmp(const void *a_block, const void *b_block, size_t size)
{
    const uint8_t *a = a_block, *b = b_block;
    for (; size >= 8; size -= 8, a += 8, b += 8) {
        uint64_t x = *(const u64 *)a, y = *(const u64 *)b;
        if (x != y) {
            x = __builtin_bswap64(x);
            y = __builtin_bswap64(y);
            return x < y ? -1 : 1;
        }
    }
    for (; size > 0; size--, a++, b++)
        if (*a != *b)
            return *a - *b;
    return 0;
}
