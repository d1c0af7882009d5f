/* The Internet checksum, RFC 1071: the sum of 16-bit words in ones' complement. lwIP's inner loop (LWIP_CHKSUM). */
#include "kernel.h"

uint16_t net_checksum(const void *data, int len);

/* Adds four words with their carries; the last carry comes back in at the next block, or at the end. */
static uint64_t add_block(uint64_t sum, const uint8_t *p)
{
    __asm__("addq 0(%1), %0\n\t"
            "adcq 8(%1), %0\n\t"
            "adcq 16(%1), %0\n\t"
            "adcq 24(%1), %0\n\t"
            "adcq $0, %0"
            : "+r"(sum)
            : "r"(p), "m"(*(const uint8_t(*)[32])p)
            : "cc");
    return sum;
}

static uint64_t add_carry(uint64_t a, uint64_t b)
{
    uint64_t sum;
    bool carry = __builtin_add_overflow(a, b, &sum);
    return sum + carry;
}

/* The words that are left, fewer than four. */
static uint64_t add_rest(uint64_t sum, const uint8_t *p, unsigned len, bool whole_word_before)
{
    uint64_t word;
    for (; len >= 8; len -= 8, p += 8, whole_word_before = true) {
        __builtin_memcpy(&word, p, 8);
        sum = add_carry(sum, word);
    }
    if (!len)
        return sum;
    word = 0;
    if (whole_word_before) { /* a word that ends where the data ends; what was summed up already is shifted out */
        __builtin_memcpy(&word, p + len - 8, 8);
        word >>= 64 - 8 * len;
    } else {
        for (unsigned i = len; i--;)
            word = word << 8 | p[i];
    }
    return add_carry(sum, word);
}

static uint16_t fold(uint64_t sum)
{
    uint32_t low = (uint32_t)sum;
    __asm__("addl %1, %0; adcl $0, %0" : "+r"(low) : "r"((uint32_t)(sum >> 32)) : "cc");
    uint16_t result = (uint16_t)low;
    __asm__("addw %1, %0; adcw $0, %0" : "+r"(result) : "r"((uint16_t)(low >> 16)) : "cc");
    return result;
}

/* Any word size gives the same sum after folding (RFC 1071, 2.B). */
uint16_t net_checksum(const void *data, int len)
{
    const uint8_t *p = data;
    uint64_t sum = 0;
    unsigned left = (unsigned)len;
    for (; left >= 32; left -= 32, p += 32)
        sum = add_block(sum, p);
    return fold(add_rest(sum, p, left, p != data));
}
