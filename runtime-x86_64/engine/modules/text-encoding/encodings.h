/* The encodings that can be decoded, and what a decoder keeps between two pieces. */
#ifndef UNIK_ENCODINGS_H
#define UNIK_ENCODINGS_H

#include "../../engine.h"

enum encoding { UTF_8, UTF_16LE, UTF_16BE, WINDOWS_1252, ENCODING_COUNT };
extern const char *const encoding_names[ENCODING_COUNT];

struct decoder {
    enum encoding encoding;
    bool is_fatal, keeps_mark;
    bool has_begun; /* a byte order mark is past */
    uint8_t pending[3];
    uint8_t pending_size;
};

/* Of a label as the standard has them (Encoding, 4.2), or -1. */
int encoding_find(const char *label, size_t size);

/* Whole pieces with what was pending before them; `is_stream`: there may be more. A string, or an exception. */
JSValue decode_utf8(JSContext *ctx, struct decoder *decoder, const uint8_t *data, size_t size, bool is_stream);
JSValue decode_utf16(JSContext *ctx, struct decoder *decoder, const uint8_t *data, size_t size, bool is_stream);
JSValue decode_windows_1252(JSContext *ctx, struct decoder *decoder, const uint8_t *data, size_t size, bool is_stream);

/* The exception of a decoder that is fatal. */
JSValue decode_error(JSContext *ctx, const struct decoder *decoder);

#endif
