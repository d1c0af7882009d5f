#include <stdlib.h>
#include <string.h>
#include "bytes.h"

/* A surrogate in UTF-8 takes three bytes, ED A0..BF xx, as many as U+FFFD does. */
static size_t find_surrogate(const char *data, size_t from, size_t size)
{
    const char *found = data + from;
    while ((found = memchr(found, 0xed, data + size - found))) {
        if (found + 2 < data + size && (uint8_t)found[1] >= 0xa0)
            return found - data;
        found++;
    }
    return size;
}

static int replace_surrogates(JSContext *ctx, struct utf8 *string, size_t at)
{
    char *copy = malloc(string->size + 1);
    if (!copy) {
        JS_FreeCString(ctx, string->data);
        JS_ThrowOutOfMemory(ctx);
        return -1;
    }
    memcpy(copy, string->data, string->size + 1);
    JS_FreeCString(ctx, string->data);
    for (; at < string->size; at = find_surrogate(copy, at, string->size))
        memcpy(copy + at, "\xef\xbf\xbd", 3);
    string->data = copy;
    string->is_copy = true;
    return 0;
}

int utf8_from_value(JSContext *ctx, JSValueConst value, struct utf8 *string)
{
    string->is_copy = false;
    string->data = JS_ToCStringLen(ctx, &string->size, value);
    if (!string->data)
        return -1;
    size_t at = find_surrogate(string->data, 0, string->size);
    return likely(at == string->size) ? 0 : replace_surrogates(ctx, string, at);
}

void utf8_free(JSContext *ctx, struct utf8 *string)
{
    if (string->is_copy)
        free((char *)string->data);
    else
        JS_FreeCString(ctx, string->data);
}

bool ascii_is_all(const void *data, size_t size)
{
    const uint8_t *byte = data;
    uint64_t word, seen = 0;
    for (; size >= sizeof word; size -= sizeof word, byte += sizeof word) {
        memcpy(&word, byte, sizeof word);
        seen |= word;
    }
    while (size-- > 0)
        seen |= *byte++;
    return !(seen & 0x8080808080808080);
}

JSValue string_from_latin1(JSContext *ctx, const char *data, size_t size)
{
    if (likely(ascii_is_all(data, size)))
        return JS_NewStringLen(ctx, data, size);
    uint16_t *wide = malloc(size * sizeof *wide);
    if (!wide)
        return JS_ThrowOutOfMemory(ctx);
    for (size_t i = 0; i < size; i++)
        wide[i] = (uint8_t)data[i];
    JSValue string = JS_NewStringUTF16(ctx, wide, size);
    free(wide);
    return string;
}

int32_t utf8_next(const void *bytes, size_t size, size_t *at)
{
    const uint8_t *data = bytes;
    uint8_t lead = data[(*at)++];
    if (lead < 0x80)
        return lead;
    int more = lead >= 0xc2 && lead <= 0xdf ? 1 : (lead & 0xf0) == 0xe0 ? 2 : lead >= 0xf0 && lead <= 0xf4 ? 3 : 0;
    if (more == 0)
        return -1;
    int32_t c = lead & (0x3f >> more);
    uint8_t low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    uint8_t high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    for (; more > 0; more--, low = 0x80, high = 0xbf) {
        if (*at == size || data[*at] < low || data[*at] > high)
            return -1;
        c = c << 6 | (data[(*at)++] & 0x3f);
    }
    return c;
}

bool utf8_is_valid(const void *data, size_t size)
{
    if (ascii_is_all(data, size))
        return true;
    for (size_t at = 0; at < size;)
        if (utf8_next(data, size, &at) < 0)
            return false;
    return true;
}

static JSValue decode_to_utf16(JSContext *ctx, const uint8_t *data, size_t size)
{
    /* No sequence of n bytes makes more than n units. */
    uint16_t *units = malloc(size * sizeof *units);
    size_t count = 0;
    if (!units)
        return JS_ThrowOutOfMemory(ctx);
    for (size_t at = 0; at < size;) {
        int32_t c = utf8_next(data, size, &at);
        if (c >= 0x10000) {
            units[count++] = 0xd7c0 + (c >> 10);
            units[count++] = 0xdc00 | (c & 0x3ff);
        } else {
            units[count++] = c < 0 ? 0xfffd : c;
        }
    }
    JSValue string = JS_NewStringUTF16(ctx, units, count);
    free(units);
    return string;
}

JSValue string_from_utf8(JSContext *ctx, const void *data, size_t size)
{
    if (likely(utf8_is_valid(data, size)))
        return JS_NewStringLen(ctx, data, size);
    return decode_to_utf16(ctx, data, size);
}

static int get_length_property(JSContext *ctx, JSValueConst value, const char *name, uint64_t *length)
{
    JSValue property = JS_GetPropertyStr(ctx, value, name);
    if (JS_IsException(property))
        return -1;
    int error = JS_ToIndex(ctx, length, property);
    JS_FreeValue(ctx, property);
    return error;
}

static int bytes_from_data_view(JSContext *ctx, JSValueConst value, uint8_t **data, size_t *size)
{
    uint64_t offset, length;
    size_t buffer_size;
    if (get_length_property(ctx, value, "byteOffset", &offset) ||
        get_length_property(ctx, value, "byteLength", &length))
        return -1;
    JSValue buffer = JS_GetPropertyStr(ctx, value, "buffer");
    uint8_t *start = JS_GetArrayBuffer(ctx, &buffer_size, buffer);
    JS_FreeValue(ctx, buffer); /* the view still holds it */
    if (!start && JS_HasException(ctx))
        return -1;
    if (offset > buffer_size || length > buffer_size - offset) {
        JS_ThrowRangeError(ctx, "the view lies outside of its buffer");
        return -1;
    }
    *data = start + offset;
    *size = length;
    return 1;
}

static int bytes_from_typed_array(JSContext *ctx, JSValueConst value, uint8_t **data, size_t *size)
{
    size_t offset, length, buffer_size;
    JSValue buffer = JS_GetTypedArrayBuffer(ctx, value, &offset, &length, NULL);
    if (JS_IsException(buffer))
        return -1;
    uint8_t *start = JS_GetArrayBuffer(ctx, &buffer_size, buffer);
    JS_FreeValue(ctx, buffer); /* the array still holds it */
    if (!start && JS_HasException(ctx))
        return -1;
    if (offset > buffer_size || length > buffer_size - offset) {
        JS_ThrowTypeError(ctx, "the array's buffer is detached");
        return -1;
    }
    *data = start + offset;
    *size = length;
    return 1;
}

int bytes_from_value(JSContext *ctx, JSValueConst value, uint8_t **data, size_t *size)
{
    if (!JS_IsObject(value))
        return 0;
    if (JS_IsArrayBuffer(value)) {
        *data = JS_GetArrayBuffer(ctx, size, value);
        return *data || !JS_HasException(ctx) ? 1 : -1;
    }
    if (JS_GetTypedArrayType(value) >= 0)
        return bytes_from_typed_array(ctx, value, data, size);
    return JS_IsDataView(value) ? bytes_from_data_view(ctx, value, data, size) : 0;
}

bool ascii_equal_ignoring_case(const char *a, size_t a_size, const char *b, size_t b_size)
{
    if (a_size != b_size)
        return false;
    for (size_t i = 0; i < a_size; i++)
        if (ascii_lower(a[i]) != ascii_lower(b[i]))
            return false;
    return true;
}
