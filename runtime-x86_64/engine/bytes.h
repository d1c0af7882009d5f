/* Between JavaScript's strings and buffers and C's bytes. */
#ifndef UNIK_BYTES_H
#define UNIK_BYTES_H

#include "engine.h"

/* A string as UTF-8, borrowed from the engine where that needs no copy. */
struct utf8 {
    const char *data;
    size_t size;
    bool is_copy;
};

/* The value as a string; surrogates without a partner become U+FFFD (Web IDL: USVString). 0, or -1 with an exception.
 */
int utf8_from_value(JSContext *ctx, JSValueConst value, struct utf8 *string);
void utf8_free(JSContext *ctx, struct utf8 *string);

/* Each byte one character (ISO-8859-1), as in HTTP headers. */
JSValue string_from_latin1(JSContext *ctx, const char *data, size_t size);

/* UTF-8 to a string; what is malformed becomes U+FFFD as the WHATWG encoding standard has it. */
JSValue string_from_utf8(JSContext *ctx, const void *data, size_t size);
bool utf8_is_valid(const void *data, size_t size);
/* The code point at `*at`, which moves on; -1 for a maximal part that is malformed (Unicode 3.9, table 3-7). */
int32_t utf8_next(const void *data, size_t size, size_t *at);

/* The bytes of an ArrayBuffer, typed array or DataView. 1, 0 when the value is none of these, -1 with an exception when
 * it is detached. They are the buffer's own: any call into JavaScript may take them away. */
int bytes_from_value(JSContext *ctx, JSValueConst value, uint8_t **data, size_t *size);

/* ASCII only, as HTTP and URLs want it; the C library's would look at the locale. */
static inline char ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}
bool ascii_equal_ignoring_case(const char *a, size_t a_size, const char *b, size_t b_size);
bool ascii_is_all(const void *data, size_t size);

#endif
