/* Domain to ASCII. UTS 46 is approximated by NFKC and lower case, from the tables that String.prototype.normalize
 * brings along anyway; Punycode is RFC 3492. */
#include <stdlib.h>
#include <string.h>
#include <libunicode.h>
#include "url.h"

/* RFC 3492, 5 */
enum { BASE = 36, T_MIN = 1, T_MAX = 26, SKEW = 38, DAMP = 700, INITIAL_BIAS = 72, INITIAL_N = 128 };
#define LABEL_MAX 1024

static uint32_t adapt(uint32_t delta, uint32_t count, bool is_first)
{
    uint32_t k = 0;
    delta = is_first ? delta / DAMP : delta / 2;
    for (delta += delta / count; delta > (BASE - T_MIN) * T_MAX / 2; k += BASE)
        delta /= BASE - T_MIN;
    return k + (BASE - T_MIN + 1) * delta / (delta + SKEW);
}

static uint32_t threshold(uint32_t k, uint32_t bias)
{
    return k <= bias ? T_MIN : k >= bias + T_MAX ? T_MAX : k - bias;
}

static void append_variable_length(struct text *to, uint32_t q, uint32_t bias)
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    for (uint32_t k = BASE;; k += BASE) {
        uint32_t t = threshold(k, bias);
        if (q < t)
            break;
        text_append_char(to, digits[t + (q - t) % (BASE - t)]);
        q = (q - t) / (BASE - t);
    }
    text_append_char(to, digits[q]);
}

static uint32_t next_code_point(const uint32_t *label, size_t size, uint32_t n)
{
    uint32_t next = UINT32_MAX;
    for (size_t i = 0; i < size; i++)
        if (label[i] >= n && label[i] < next)
            next = label[i];
    return next;
}

/* RFC 3492, 6.3. A label is short enough for nothing to overflow. */
static void punycode_encode(struct text *to, const uint32_t *label, size_t size)
{
    uint32_t n = INITIAL_N, delta = 0, bias = INITIAL_BIAS, handled = 0;
    for (size_t i = 0; i < size; i++)
        if (label[i] < 0x80) {
            text_append_char(to, label[i]);
            handled++;
        }
    uint32_t basic = handled;
    if (basic > 0)
        text_append_char(to, '-');
    for (; handled < size; delta++, n++) {
        uint32_t m = next_code_point(label, size, n);
        delta += (m - n) * (handled + 1);
        n = m;
        for (size_t i = 0; i < size; i++) {
            delta += label[i] < n;
            if (label[i] != n)
                continue;
            append_variable_length(to, delta, bias);
            bias = adapt(delta, handled + 1, handled == basic);
            delta = 0;
            handled++;
        }
    }
}

static bool append_label(struct text *to, const uint32_t *label, size_t size)
{
    bool is_ascii = true;
    if (size > LABEL_MAX)
        return false;
    for (size_t i = 0; i < size; i++)
        is_ascii &= label[i] < 0x80;
    if (is_ascii) {
        for (size_t i = 0; i < size; i++)
            text_append_char(to, label[i]);
        return true;
    }
    text_append(to, "xn--", 4);
    punycode_encode(to, label, size);
    return true;
}

static bool is_ignored(uint32_t c)
{
    return c == 0xad || c == 0x200b || c == 0x2060 || c == 0xfeff || (c >= 0xfe00 && c <= 0xfe0f);
}

static bool is_disallowed(uint32_t c)
{
    return (c >= 0x80 && c < 0xa0) || c == 0x1680 || (c >= 0x2000 && c <= 0x200f) || (c >= 0x2028 && c <= 0x202f) ||
           (c >= 0xd800 && c <= 0xf8ff) || (c >= 0xfdd0 && c <= 0xfdef) || (c & 0xfffe) == 0xfffe || c == 0xfffd;
}

/* In lower case and without what UTS 46 drops. The number of code points, or -1. */
static int map_code_points(uint32_t *to, const char *domain, size_t size)
{
    int count = 0;
    for (size_t at = 0; at < size;) {
        uint32_t mapped[LRE_CC_RES_LEN_MAX];
        uint32_t c = utf8_next(domain, size, &at);
        if (is_ignored(c))
            continue;
        if (c == 0x3002 || c == 0xff0e || c == 0xff61)
            c = '.';
        int length = lre_case_conv(mapped, c, 1);
        for (int i = 0; i < length; i++)
            to[count++] = mapped[i];
    }
    return count;
}

static void *resize(void *opaque, void *block, size_t size)
{
    (void)opaque;
    return realloc(block, size);
}

static bool append_labels(struct text *ascii, const uint32_t *points, int count)
{
    int start = 0;
    for (int i = 0; i <= count; i++) {
        if (i < count && is_disallowed(points[i]))
            return false;
        if (i < count && points[i] != '.')
            continue;
        if (!append_label(ascii, points + start, i - start))
            return false;
        if (i < count)
            text_append_char(ascii, '.');
        start = i + 1;
    }
    return true;
}

static bool map_and_encode(struct text *ascii, const char *domain, size_t size)
{
    if (size > 4 * LABEL_MAX || !utf8_is_valid(domain, size))
        return false;
    uint32_t *mapped = malloc((size * LRE_CC_RES_LEN_MAX + 1) * sizeof *mapped), *normal = NULL;
    int count = mapped ? map_code_points(mapped, domain, size) : -1;
    if (count >= 0)
        count = unicode_normalize(&normal, mapped, count, UNICODE_NFKC, NULL, resize);
    bool is_valid = count >= 0 && append_labels(ascii, normal, count);
    free(mapped);
    free(normal);
    return is_valid;
}

bool url_domain_to_ascii(struct text *ascii, const char *domain, size_t size)
{
    if (!ascii_is_all(domain, size))
        return map_and_encode(ascii, domain, size);
    for (size_t i = 0; i < size; i++)
        text_append_char(ascii, ascii_lower(domain[i]));
    return true;
}
