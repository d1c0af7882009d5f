/* The Internet checksum, RFC 1071: the sum of 16-bit words in ones' complement. lwIP's inner loop (LWIP_CHKSUM). */
#include "kernel.h"

uint16_t net_checksum(const void *data, int len);

static uint64_t add_carry(uint64_t a, uint64_t b)
{
    uint64_t sum;
    bool carry = __builtin_add_overflow(a, b, &sum);
    return sum + carry;
}

/* Any word size gives the same sum after folding (RFC 1071, 2.B), so it is taken eight bytes at a time. */
uint16_t net_checksum(const void *data, int len)
{
    const uint8_t *p = data;
    uint64_t sum = 0, word;
    for (; len >= 8; len -= 8, p += 8) {
        memcpy(&word, p, 8);
        sum = add_carry(sum, word);
    }
    word = 0;
    memcpy(&word, p, (size_t)len);
    sum = add_carry(sum, word);
    sum = (sum >> 32) + (uint32_t)sum;
    sum = (sum >> 32) + (uint32_t)sum;
    sum = (sum >> 16) + (uint16_t)sum;
    sum = (sum >> 16) + (uint16_t)sum;
    return (uint16_t)((sum >> 16) + (uint16_t)sum);
}
