/* lib/chacha20.c: the ChaCha20 block function, RFC 8439 section 2.3. */
#pragma once
#include "kernel.h"

#define CHACHA20_KEY_SIZE 32
#define CHACHA20_BLOCK_SIZE 64
void chacha20_block(const uint8_t key[CHACHA20_KEY_SIZE], uint32_t counter, const uint8_t nonce[12],
                    uint8_t out[CHACHA20_BLOCK_SIZE]);
