/* Initial sequence numbers, RFC 6528: a clock of 4 µs plus a keyed hash of the connection, so that a stranger can guess
 * neither, and a new connection of the same addresses and ports starts above the old one. */
#include "drivers/driver.h"
#include "net/stack.h"
#include "time/time.h"
#include "lwip/priv/tcp_priv.h"

static uint64_t rotate(uint64_t x, int n)
{
    return x << n | x >> (64 - n);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1], v[1] = rotate(v[1], 13) ^ v[0], v[0] = rotate(v[0], 32);
    v[2] += v[3], v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3], v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1], v[1] = rotate(v[1], 17) ^ v[2], v[2] = rotate(v[2], 32);
}

/* SipHash-2-4 of whole words. */
static uint64_t siphash(const uint64_t key[2], const uint64_t *words, size_t count)
{
    uint64_t v[4] = {key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d, key[0] ^ 0x6c7967656e657261,
                     key[1] ^ 0x7465646279746573};
    for (size_t i = 0; i <= count; i++) {
        uint64_t word = i < count ? words[i] : count * 8 << 56;
        v[3] ^= word;
        sip_round(v), sip_round(v);
        v[0] ^= word;
    }
    v[2] ^= 0xff;
    for (int i = 0; i < 4; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static void address_words(uint64_t out[2], const ip_addr_t *ip)
{
    out[0] = out[1] = 0;
    if (IP_IS_V6(ip))
        memcpy(out, ip_2_ip6(ip)->addr, 16);
    else
        out[0] = ip_2_ip4(ip)->addr;
}

u32_t net_tcp_isn(const ip_addr_t *local, u16_t local_port, const ip_addr_t *remote, u16_t remote_port)
{
    static uint64_t key[2];
    if (!key[0])
        entropy_read(key, sizeof key);
    uint64_t words[5];
    address_words(words, local);
    address_words(words + 2, remote);
    words[4] = (uint64_t)local_port << 16 | remote_port;
    return (u32_t)(siphash(key, words, 5) + clock_monotonic() / 4000);
}
