/* The kernel parameter virtio_mmio.device=SIZE@ADDRESS:IRQ[:ID] (Linux, Documentation/admin-guide/kernel-parameters).
 */
#include "bus/virtio-mmio.h"

#define MIN_SIZE 0x100u /* the registers; the configuration space follows */
#define MAX_SIZE 0x10000u
#define MAX_ADDRESS (1ull << 46)
#define MAX_GSI 1024u

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decimal or 0x…, then perhaps K, M or G. */
static bool take_number(const char **text, uint64_t *value)
{
    const char *p = *text;
    unsigned base = 10;
    if (p[0] == '0' && (p[1] | 0x20) == 'x') {
        base = 16;
        p += 2;
    }
    if (digit(*p) < 0 || (unsigned)digit(*p) >= base)
        return false;
    *value = 0;
    for (int d; (d = digit(*p)) >= 0 && (unsigned)d < base; p++)
        if (__builtin_mul_overflow(*value, base, value) || __builtin_add_overflow(*value, (unsigned)d, value))
            return false;
    unsigned shift = (*p | 0x20) == 'k' ? 10 : (*p | 0x20) == 'm' ? 20 : (*p | 0x20) == 'g' ? 30 : 0;
    if (shift) {
        if (*value >> (64 - shift))
            return false;
        *value <<= shift;
        p++;
    }
    *text = p;
    return true;
}

static bool take(const char **text, char c)
{
    return *(*text)++ == c;
}

bool virtio_mmio_place_ok(const struct virtio_mmio_place *p)
{
    return p->base && p->base % 4 == 0 && p->base < MAX_ADDRESS && p->size >= MIN_SIZE && p->size <= MAX_SIZE &&
           p->gsi < MAX_GSI;
}

bool virtio_mmio_parse(const char *text, struct virtio_mmio_place *out)
{
    uint64_t size, base, gsi, id;
    if (!take_number(&text, &size) || !take(&text, '@') || !take_number(&text, &base) || !take(&text, ':') ||
        !take_number(&text, &gsi) || gsi >= MAX_GSI)
        return false;
    if (*text == ':' && (!take(&text, ':') || !take_number(&text, &id)))
        return false;
    *out = (struct virtio_mmio_place){.base = base, .size = size, .gsi = (uint32_t)gsi};
    return !*text && virtio_mmio_place_ok(out);
}
