/* ChaCha20 against RFC 8439; the generator built on it: key erasure, no repetition, any length. */
#include "device-host.h"
#include "cpu/cpu.h"
#include "drivers/driver.h"
#include "lib/chacha20.c"

struct cpu_features cpu;
static uint64_t fake_ns;
uint64_t clock_monotonic(void)
{
    return fake_ns += 1000000;
}

#include "entropy.c"

/* RFC 8439, 2.3.2 */
static void block_matches_the_rfc(void)
{
    static const uint8_t nonce_rfc[12] = {0, 0, 0, 9, 0, 0, 0, 0x4a, 0, 0, 0, 0};
    static const uint8_t expected[64] = {0x10, 0xf1, 0xe7, 0xe4, 0xd1, 0x3b, 0x59, 0x15, 0x50, 0x0f, 0xdd, 0x1f, 0xa3,
                                         0x20, 0x71, 0xc4, 0xc7, 0xd1, 0xf4, 0xc7, 0x33, 0xc0, 0x68, 0x03, 0x04, 0x22,
                                         0xaa, 0x9a, 0xc3, 0xd4, 0x6c, 0x4e, 0xd2, 0x82, 0x64, 0x46, 0x07, 0x9f, 0xaa,
                                         0x09, 0x14, 0xc2, 0xd7, 0x05, 0xd9, 0x8b, 0x02, 0xa2, 0xb5, 0x12, 0x9c, 0xd1,
                                         0xde, 0x16, 0x4e, 0xb9, 0xcb, 0xd0, 0x83, 0xe8, 0xa2, 0x50, 0x3c, 0x4e};
    uint8_t rfc_key[32], out[64];
    for (unsigned i = 0; i < 32; i++)
        rfc_key[i] = (uint8_t)i;
    chacha20_block(rfc_key, 1, nonce_rfc, out);
    CHECK(memcmp(out, expected, 64) == 0);
}

/* RFC 8439, A.1, test vector 1: all zero. */
static void zero_block_matches_the_rfc(void)
{
    static const uint8_t zero[32],
        expected[16] = {0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1, 0x3d, 0x90, 0x40, 0x5d, 0x6a, 0xe5, 0x53, 0x86, 0xbd, 0x28};
    uint8_t out[64];
    chacha20_block(zero, 0, zero, out);
    CHECK(memcmp(out, expected, 16) == 0);
}

static void reads_differ_and_erase_the_key(void)
{
    uint8_t a[200], b[200], before[32];
    memcpy(before, key, 32);
    entropy_read(a, sizeof a);
    CHECK(memcmp(before, key, 32) != 0);
    entropy_read(b, sizeof b);
    CHECK(memcmp(a, b, sizeof a) != 0);
    for (size_t i = 0; i + 32 <= sizeof b; i++)
        CHECK(memcmp(b + i, key, 32) != 0);
    CHECK(entropy_u64() != entropy_u64());
}

/* The stream of one read is the same key stream whatever its length. */
static void every_length_is_filled(void)
{
    uint8_t saved[32], whole[300];
    memcpy(saved, key, 32);
    entropy_read(whole, sizeof whole);
    for (size_t n = 0; n <= sizeof whole; n++) {
        uint8_t *exact = malloc(n + !n);
        memcpy(key, saved, 32);
        entropy_read(exact, n);
        CHECK(memcmp(exact, whole, n) == 0);
        free(exact);
    }
}

static void input_changes_the_stream(void)
{
    uint8_t saved[32];
    memcpy(saved, key, 32);
    uint64_t plain = entropy_u64();
    memcpy(key, saved, 32);
    entropy_add("test", "x", 1, 0);
    CHECK(entropy_u64() != plain);
}

static unsigned polls;
static bool device_answers_late(void)
{
    if (++polls < 5)
        return false;
    entropy_add("device", "0123456789abcdef0123456789abcdef", 32, 256);
    return true;
}

static void settles_with_a_late_device_and_warns_without(void)
{
    cpu = (struct cpu_features){0};
    credited = 0;
    entropy_settle();
    CHECK(warnings == 1);
    entropy_register_poll(device_answers_late);
    entropy_settle();
    CHECK(warnings == 1 && polls == 5 && strcmp(entropy_sources(), "jitter test device") == 0);
}

static void reseeds_after_a_while(void)
{
    unsigned before = polls;
    fake_ns += RESEED_NS;
    entropy_u64();
    entropy_u64();
    CHECK(polls == before + 1);
}

int main(void)
{
    block_matches_the_rfc();
    zero_block_matches_the_rfc();
    entropy_init();
    reads_differ_and_erase_the_key();
    every_length_is_filled();
    input_changes_the_stream();
    settles_with_a_late_device_and_warns_without();
    reseeds_after_a_while();
    puts("OK");
}
