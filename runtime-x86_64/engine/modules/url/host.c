/* Hosts (3): domains, IPv4 and IPv6 addresses, opaque hosts. */
#include <string.h>
#include "url.h"

static bool is_forbidden_host_byte(uint8_t c)
{
    return c == 0 || c == '\t' || c == '\n' || c == '\r' || (c < 0x80 && strchr(" #/:<>?@[\\]^|", c));
}

static bool is_forbidden_domain_byte(uint8_t c)
{
    return c <= 0x1f || c == '%' || c == 0x7f || is_forbidden_host_byte(c);
}

static bool parse_opaque_host(struct text *host, const char *input, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (is_forbidden_host_byte(input[i]))
            return false;
    percent_encode(host, input, size, PERCENT_C0);
    return true;
}

/* 3.5, IPv4 number: decimal, 0 octal or 0x hexadecimal. UINT64_MAX: no number. */
static uint64_t parse_ipv4_number(const char *at, const char *end)
{
    uint32_t radix = 10;
    uint64_t value = 0;
    if (at == end)
        return UINT64_MAX;
    if (end - at >= 2 && at[0] == '0' && ascii_lower(at[1]) == 'x') {
        radix = 16;
        at += 2;
    } else if (end - at >= 2 && at[0] == '0') {
        radix = 8;
        at++;
    }
    for (; at < end; at++) {
        int digit = hex_digit_value(*at);
        if (digit < 0 || (uint32_t)digit >= radix)
            return UINT64_MAX;
        value = value > UINT32_MAX ? value : value * radix + digit; /* enough to be out of range */
    }
    return value;
}

static const char *last_label(const char *domain, const char *end)
{
    while (end > domain && end[-1] != '.')
        end--;
    return end;
}

static bool ends_in_number(const char *domain, size_t size)
{
    const char *end = domain + size;
    if (size > 1 && end[-1] == '.')
        end--;
    const char *label = last_label(domain, end);
    bool is_decimal = label < end;
    for (const char *c = label; c < end; c++)
        is_decimal &= *c >= '0' && *c <= '9';
    return is_decimal || (end - label >= 2 && parse_ipv4_number(label, end) != UINT64_MAX);
}

static bool parse_ipv4(struct text *host, const char *at, size_t size)
{
    const char *end = at + size;
    uint64_t parts[4];
    int count = 0;
    if (size > 1 && end[-1] == '.')
        end--;
    for (const char *dot; at <= end; at = dot + 1) {
        dot = memchr(at, '.', end - at);
        dot = dot ? dot : end;
        if (count == 4 || (parts[count] = parse_ipv4_number(at, dot)) == UINT64_MAX)
            return false;
        count++;
    }
    /* The last part fills what the others leave. */
    if (parts[count - 1] >= 1ULL << 8 * (5 - count))
        return false;
    uint64_t address = parts[count - 1];
    for (int i = 0; i < count - 1; i++) {
        if (parts[i] > 255)
            return false;
        address |= parts[i] << 8 * (3 - i);
    }
    for (int i = 3; i >= 0; i--) {
        text_append_uint(host, address >> 8 * i & 255);
        if (i > 0)
            text_append_char(host, '.');
    }
    return true;
}

/* Four decimal parts at the end of an IPv6 address. */
static bool parse_embedded_ipv4(const char *at, const char *end, uint16_t *piece)
{
    for (int part = 0; part < 4; part++) {
        uint32_t value = 0;
        const char *start = at;
        for (; at < end && *at >= '0' && *at <= '9'; at++) {
            if (at > start && value == 0)
                return false;
            value = value * 10 + (*at - '0');
            if (value > 255)
                return false;
        }
        if (at == start || (part < 3 ? at == end || *at++ != '.' : at != end))
            return false;
        piece[part / 2] = piece[part / 2] << 8 | value;
    }
    return true;
}

/* Up to four hexadecimal digits. */
static uint16_t parse_piece(const char **at, const char *end)
{
    uint16_t value = 0;
    for (const char *start = *at; *at < end && *at - start < 4 && hex_digit_value(**at) >= 0; ++*at)
        value = value << 4 | hex_digit_value(**at);
    return value;
}

/* Moves what follows the compressed zeros to the end. */
static bool expand_pieces(uint16_t piece[8], int count, int compress)
{
    if (compress < 0 || count == 8)
        return compress < 0 && count == 8;
    int moved = count - compress;
    memmove(&piece[8 - moved], &piece[compress], moved * sizeof *piece);
    memset(&piece[compress], 0, (8 - count) * sizeof *piece);
    return true;
}

static bool parse_ipv6_pieces(const char *at, const char *end, uint16_t piece[8])
{
    int count = 0, compress = -1;
    if (at < end && *at == ':') {
        if (end - at < 2 || at[1] != ':')
            return false;
        at += 2;
        compress = 0;
    }
    while (at < end) {
        if (count == 8 || (*at == ':' && compress >= 0))
            return false;
        if (*at == ':') {
            at++;
            compress = count;
            continue;
        }
        const char *start = at;
        uint16_t value = parse_piece(&at, end);
        if (at < end && *at == '.') {
            if (at == start || count > 6 || !parse_embedded_ipv4(start, end, &piece[count]))
                return false;
            return expand_pieces(piece, count + 2, compress);
        }
        if (at < end && (*at != ':' || ++at == end))
            return false;
        piece[count++] = value;
    }
    return expand_pieces(piece, count, compress);
}

/* The first longest run of two zeros or more (3.6). */
static int find_compressed(const uint16_t piece[8], int *length)
{
    int best = -1;
    *length = 1;
    for (int i = 0; i < 8; i++) {
        int run = 0;
        while (i + run < 8 && piece[i + run] == 0)
            run++;
        if (run > *length) {
            best = i;
            *length = run;
        }
    }
    return best;
}

static void append_hex(struct text *text, uint16_t value)
{
    bool is_leading = true;
    for (int shift = 12; shift >= 0; shift -= 4) {
        int digit = value >> shift & 15;
        is_leading = is_leading && digit == 0 && shift > 0;
        if (!is_leading)
            text_append_char(text, "0123456789abcdef"[digit]);
    }
}

static bool parse_ipv6(struct text *host, const char *at, const char *end)
{
    uint16_t piece[8] = {0};
    int length;
    if (!parse_ipv6_pieces(at, end, piece))
        return false;
    int compressed = find_compressed(piece, &length);
    text_append_char(host, '[');
    for (int i = 0; i < 8; i++) {
        if (i == compressed) {
            text_append_string(host, i == 0 ? "::" : ":");
            i += length - 1;
            continue;
        }
        append_hex(host, piece[i]);
        if (i < 7)
            text_append_char(host, ':');
    }
    text_append_char(host, ']');
    return true;
}

static bool parse_domain(struct text *host, const char *input, size_t size)
{
    static struct text decoded, ascii;
    decoded.size = ascii.size = 0;
    percent_decode(&decoded, input, size);
    if (decoded.failed || !url_domain_to_ascii(&ascii, decoded.data, decoded.size) || ascii.size == 0)
        return false;
    for (size_t i = 0; i < ascii.size; i++)
        if (is_forbidden_domain_byte(ascii.data[i]))
            return false;
    if (ends_in_number(ascii.data, ascii.size))
        return parse_ipv4(host, ascii.data, ascii.size);
    text_append(host, ascii.data, ascii.size);
    return true;
}

bool url_parse_host(struct text *host, const char *input, size_t size, bool is_special)
{
    host->size = 0;
    if (size > 0 && input[0] == '[')
        return input[size - 1] == ']' && parse_ipv6(host, input + 1, input + size - 1);
    return is_special ? parse_domain(host, input, size) : parse_opaque_host(host, input, size);
}
