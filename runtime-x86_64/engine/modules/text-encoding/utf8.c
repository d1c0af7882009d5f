/* UTF-8 decoder (Encoding, 8.1.1). */
#include <string.h>
#include "../../bytes.h"
#include "encodings.h"

/* How many bytes at the end begin a character that the next piece may complete. */
static size_t incomplete_size(const uint8_t *data, size_t size)
{
    for (size_t back = 1; back <= 3 && back <= size; back++) {
        uint8_t byte = data[size - back];
        if ((byte & 0xc0) == 0x80)
            continue;
        size_t needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 1, at = size - back;
        if (needed <= back || byte > 0xf4)
            return 0;
        /* A prefix that no byte can complete is malformed now. */
        utf8_next(data, size, &at);
        return at == size ? back : 0;
    }
    return 0;
}

JSValue decode_utf8(JSContext *ctx, struct decoder *decoder, const uint8_t *data, size_t size, bool is_stream)
{
    size_t kept = is_stream ? incomplete_size(data, size) : 0;
    memcpy(decoder->pending, data + size - kept, kept);
    decoder->pending_size = kept;
    size -= kept;
    bool has_mark = !decoder->has_begun && size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0;
    if (has_mark && !decoder->keeps_mark) {
        data += 3;
        size -= 3;
    }
    decoder->has_begun = is_stream && (decoder->has_begun || size > 0 || has_mark);
    if (!decoder->is_fatal)
        return string_from_utf8(ctx, data, size);
    return utf8_is_valid(data, size) ? JS_NewStringLen(ctx, (const char *)data, size) : decode_error(ctx, decoder);
}
