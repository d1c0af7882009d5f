#include "lib/chacha20.h"

static inline uint32_t rotate_left(uint32_t v, unsigned bits)
{
    return v << bits | v >> (32 - bits);
}

static inline void quarter_round(uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d)
{
    *a += *b, *d = rotate_left(*d ^ *a, 16);
    *c += *d, *b = rotate_left(*b ^ *c, 12);
    *a += *b, *d = rotate_left(*d ^ *a, 8);
    *c += *d, *b = rotate_left(*b ^ *c, 7);
}

void chacha20_block(const uint8_t key[CHACHA20_KEY_SIZE], uint32_t counter, const uint8_t nonce[12],
                    uint8_t out[CHACHA20_BLOCK_SIZE])
{
    uint32_t input[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574}, s[16];
    memcpy(input + 4, key, CHACHA20_KEY_SIZE);
    input[12] = counter;
    memcpy(input + 13, nonce, 12);
    memcpy(s, input, sizeof s);
    for (int i = 0; i < 10; i++) {
        quarter_round(s + 0, s + 4, s + 8, s + 12);
        quarter_round(s + 1, s + 5, s + 9, s + 13);
        quarter_round(s + 2, s + 6, s + 10, s + 14);
        quarter_round(s + 3, s + 7, s + 11, s + 15);
        quarter_round(s + 0, s + 5, s + 10, s + 15);
        quarter_round(s + 1, s + 6, s + 11, s + 12);
        quarter_round(s + 2, s + 7, s + 8, s + 13);
        quarter_round(s + 3, s + 4, s + 9, s + 14);
    }
    for (int i = 0; i < 16; i++)
        s[i] += input[i];
    memcpy(out, s, sizeof s);
}
