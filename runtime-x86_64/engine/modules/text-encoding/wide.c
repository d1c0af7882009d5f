/* Decoders whose result is made of 16-bit units: UTF-16 (Encoding, 14.2) and windows-1252 (9). */
#include <stdlib.h>
#include <string.h>
#include "encodings.h"

#define REPLACEMENT 0xfffd
#define MARK 0xfeff

static bool is_lead(uint16_t unit)
{
    return unit >= 0xd800 && unit < 0xdc00;
}

static bool is_trail(uint16_t unit)
{
    return unit >= 0xdc00 && unit < 0xe000;
}

static uint16_t unit_at(const struct decoder *decoder, const uint8_t *data, size_t unit)
{
    const uint8_t *at = data + 2 * unit;
    return decoder->encoding == UTF_16LE ? (uint16_t)(at[0] | at[1] << 8) : (uint16_t)(at[0] << 8 | at[1]);
}

/* Half a unit, and a surrogate that waits for its other half. */
static size_t incomplete_size(const struct decoder *decoder, const uint8_t *data, size_t size)
{
    size_t units = size / 2;
    return size % 2 + (units && is_lead(unit_at(decoder, data, units - 1)) ? 2 : 0);
}

/* Whether all surrogates had their other half; those without become U+FFFD. */
static bool copy_units(const struct decoder *decoder, const uint8_t *data, size_t count, uint16_t *to)
{
    bool is_valid = true;
    for (size_t i = 0; i < count; i++) {
        to[i] = unit_at(decoder, data, i);
        if (is_lead(to[i]) && i + 1 < count && is_trail(unit_at(decoder, data, i + 1))) {
            i++;
            to[i] = unit_at(decoder, data, i);
        } else if (is_lead(to[i]) || is_trail(to[i])) {
            to[i] = REPLACEMENT;
            is_valid = false;
        }
    }
    return is_valid;
}

JSValue decode_utf16(JSContext *ctx, struct decoder *decoder, const uint8_t *data, size_t size, bool is_stream)
{
    size_t kept = is_stream ? incomplete_size(decoder, data, size) : 0;
    memcpy(decoder->pending, data + size - kept, kept);
    decoder->pending_size = kept;
    size -= kept;
    size_t count = size / 2, half = size % 2;
    uint16_t *units = malloc((count + 1) * sizeof *units);
    if (!units)
        return JS_ThrowOutOfMemory(ctx);
    bool is_valid = copy_units(decoder, data, count, units) && !half;
    /* A last surrogate and half a unit behind it are one error. */
    bool is_joined = half && count && is_lead(unit_at(decoder, data, count - 1));
    if (half && !is_joined)
        units[count++] = REPLACEMENT;
    size_t skipped = !decoder->has_begun && !decoder->keeps_mark && count && units[0] == MARK;
    decoder->has_begun = is_stream && (decoder->has_begun || count > 0);
    JSValue text = is_valid || !decoder->is_fatal ? JS_NewStringUTF16(ctx, units + skipped, count - skipped)
                                                  : decode_error(ctx, decoder);
    free(units);
    return text;
}

/* 0x80 to 0x9f; the rest is ISO-8859-1. */
static const uint16_t windows_1252[] = {
    0x20ac, 0x0081, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008d, 0x017d, 0x008f, 0x0090, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x009d, 0x017e, 0x0178,
};

JSValue decode_windows_1252(JSContext *ctx, struct decoder *decoder, const uint8_t *data, size_t size, bool is_stream)
{
    (void)decoder;
    (void)is_stream;
    uint16_t *units = malloc((size + 1) * sizeof *units);
    if (!units)
        return JS_ThrowOutOfMemory(ctx);
    for (size_t i = 0; i < size; i++)
        units[i] = data[i] >= 0x80 && data[i] < 0xa0 ? windows_1252[data[i] - 0x80] : data[i];
    JSValue text = JS_NewStringUTF16(ctx, units, size);
    free(units);
    return text;
}
