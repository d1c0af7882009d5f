/* Random bytes: ChaCha20 with fast key erasure (each read replaces the key before it returns, so a later leak tells
 * nothing about earlier output). Input is folded in as OpenBSD's arc4random does: the next key is key stream XOR input;
 * whoever does not know both the old key and the input does not know the new key.
 *
 * entropy_init runs before the image is relocated: until then nothing here may use a pointer that is stored in data. */
#include "cpu/cpu.h"
#include "drivers/driver.h"
#include "lib/chacha20.h"
#include "time/time.h"

#define STRONG_BITS 256
#define JITTER_SAMPLES 128
#define SETTLE_NS 50000000ull            /* how long boot waits for a device when there is no other strong source */
#define RESEED_NS (300ull * 1000000000u) /* also bounds how long copies of a snapshot stay alike */

static uint8_t key[CHACHA20_KEY_SIZE];
static unsigned credited;
static char sources[64];
static bool (*poll_device)(void);
static uint64_t next_reseed;

/* Clears what the compiler would see as dead. */
static void wipe(void *p, size_t n)
{
    memset(p, 0, n);
    __asm__ volatile("" ::"r"(p) : "memory");
}

static void key_step(uint8_t block[CHACHA20_BLOCK_SIZE], uint32_t counter)
{
    static const uint8_t nonce[12];
    chacha20_block(key, counter, nonce, block);
}

/* Absorbs n <= 32 bytes. */
static void absorb(const uint8_t *data, size_t n)
{
    uint8_t block[CHACHA20_BLOCK_SIZE];
    key_step(block, 0);
    memcpy(key, block, sizeof key);
    for (size_t i = 0; i < n; i++)
        key[i] ^= data[i];
    wipe(block, sizeof block);
}

static void name_source(const char *name)
{
    size_t length = strlen(sources), n = strlen(name);
    for (size_t i = 0; i + n <= length; i++)
        if (memcmp(sources + i, name, n) == 0)
            return;
    if (length + n + 2 > sizeof sources)
        return;
    if (length)
        sources[length++] = ' ';
    memcpy(sources + length, name, n + 1);
}

void entropy_add(const char *source, const void *data, size_t n, unsigned bits)
{
    const uint8_t *p = data;
    for (size_t i = 0; i < n; i += CHACHA20_KEY_SIZE)
        absorb(p + i, MIN(n - i, (size_t)CHACHA20_KEY_SIZE));
    credited = MIN(credited + bits, (unsigned)STRONG_BITS);
    name_source(source);
}

static bool rdseed(uint64_t *v)
{
    bool ok;
    __asm__ volatile("rdseed %0" : "=r"(*v), "=@ccc"(ok));
    return ok;
}

static bool rdrand(uint64_t *v)
{
    bool ok;
    __asm__ volatile("rdrand %0" : "=r"(*v), "=@ccc"(ok));
    return ok;
}

/* A word may be refused for a while (Intel SDM vol. 1, 7.3.17); a generator that repeats itself is broken (AMD erratum
 * of 2019). */
static bool add_cpu_words(const char *name, bool (*read)(uint64_t *))
{
    uint64_t words[8];
    for (unsigned i = 0; i < ARRAY_LEN(words); i++) {
        unsigned tries = 16;
        while (!read(&words[i]))
            if (!--tries)
                return false;
        if (i && words[i] == words[i - 1])
            return false;
    }
    entropy_add(name, words, sizeof words, STRONG_BITS);
    return true;
}

/* Time differences of cache-missing work. Real, but unmeasured and absent in a deterministic emulator, so never
 * credited. */
static void add_jitter(void)
{
    static uint8_t memory[4096];
    uint64_t samples[JITTER_SAMPLES], last = rdtsc();
    unsigned at = (unsigned)last;
    for (unsigned i = 0; i < JITTER_SAMPLES; i++) {
        memory[at % sizeof memory]++;
        at = at * 1103515245u + (unsigned)last + memory[(at >> 7) % sizeof memory];
        uint64_t now = rdtsc();
        samples[i] = now - last + ((uint64_t)at << 32);
        last = now;
    }
    entropy_add("jitter", samples, sizeof samples, 0);
}

void entropy_init(void)
{
    bool strong = (cpu.rdseed && add_cpu_words("rdseed", rdseed)) || (cpu.rdrand && add_cpu_words("rdrand", rdrand));
    uint64_t now = rdtsc();
    entropy_add("jitter", &now, sizeof now, 0);
    if (!strong)
        add_jitter();
}

void entropy_register_poll(bool (*poll)(void))
{
    poll_device = poll;
}

void entropy_settle(void)
{
    uint64_t end = clock_monotonic() + SETTLE_NS;
    while (credited < STRONG_BITS && poll_device && clock_monotonic() < end)
        poll_device();
    next_reseed = clock_monotonic() + RESEED_NS;
    if (credited < STRONG_BITS)
        log_warn(
            "no strong source of randomness (looked for RDSEED, RDRAND, virtio-rng; have: %s): keys can be guessed",
            sources);
}

static void reseed_when_due(void)
{
    if (!next_reseed || clock_monotonic() < next_reseed)
        return;
    next_reseed = clock_monotonic() + RESEED_NS;
    if (poll_device && poll_device())
        return;
    if (!(cpu.rdseed && add_cpu_words("rdseed", rdseed)) && cpu.rdrand)
        add_cpu_words("rdrand", rdrand);
}

void entropy_read(void *dst, size_t n)
{
    uint8_t block[CHACHA20_BLOCK_SIZE], *out = dst;
    if (!*sources)
        panic("random bytes are wanted before there is entropy");
    reseed_when_due();
    key_step(block, 0);
    size_t taken = MIN(n, sizeof block - sizeof key);
    memcpy(out, block + sizeof key, taken);
    uint8_t next_key[CHACHA20_KEY_SIZE];
    memcpy(next_key, block, sizeof key);
    for (uint32_t counter = 1; taken < n; counter++) {
        key_step(block, counter);
        size_t part = MIN(n - taken, sizeof block);
        memcpy(out + taken, block, part);
        taken += part;
    }
    memcpy(key, next_key, sizeof key);
    wipe(next_key, sizeof next_key);
    wipe(block, sizeof block);
}

uint64_t entropy_u64(void)
{
    uint64_t v;
    entropy_read(&v, sizeof v);
    return v;
}

const char *entropy_sources(void)
{
    return sources;
}
