/* TextEncoder and TextDecoder (Encoding, 7) for UTF-8. Other labels are refused: their tables would be larger than the
 * rest. */
#include <stdlib.h>
#include <string.h>
#include "../../bytes.h"
#include "../../class.h"

struct decoder {
    bool is_fatal, keeps_mark;
    bool has_begun; /* a byte order mark is past */
    uint8_t pending[3];
    uint8_t pending_size;
};

static JSClassID encoder_class, decoder_class;

static JSValue encoder_constructor(JSContext *ctx, JSValueConst new_target, int argc, JSValueConst *argv)
{
    (void)argc;
    (void)argv;
    return class_instance(ctx, new_target, encoder_class);
}

static JSValue get_encoding(JSContext *ctx, JSValueConst this_value)
{
    (void)this_value;
    return JS_NewString(ctx, "utf-8");
}

static JSValue encoder_encode(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    struct utf8 text;
    (void)this_value;
    if (argc == 0 || JS_IsUndefined(argv[0]))
        return JS_NewUint8ArrayCopy(ctx, (const uint8_t *)"", 0);
    if (utf8_from_value(ctx, argv[0], &text))
        return JS_EXCEPTION;
    JSValue bytes = JS_NewUint8ArrayCopy(ctx, (const uint8_t *)text.data, text.size);
    utf8_free(ctx, &text);
    return bytes;
}

/* As much as there is room for, in whole characters. */
static JSValue encoder_encode_into(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    struct utf8 text;
    uint8_t *room;
    size_t capacity, written = 0, read = 0;
    (void)this_value;
    (void)argc;
    if (JS_GetTypedArrayType(argv[1]) != JS_TYPED_ARRAY_UINT8)
        return JS_ThrowTypeError(ctx, "The \"dest\" argument must be an instance of Uint8Array.");
    if (utf8_from_value(ctx, argv[0], &text))
        return JS_EXCEPTION;
    if (bytes_from_value(ctx, argv[1], &room, &capacity) < 0) {
        utf8_free(ctx, &text);
        return JS_EXCEPTION;
    }
    while (written < text.size) {
        size_t end = written;
        int32_t c = utf8_next(text.data, text.size, &end);
        if (end > capacity)
            break;
        written = end;
        read += c >= 0x10000 ? 2 : 1;
    }
    memcpy(room, text.data, written);
    utf8_free(ctx, &text);
    JSValue result = JS_NewObject(ctx);
    JS_SetPropertyStr(ctx, result, "read", JS_NewInt64(ctx, read));
    JS_SetPropertyStr(ctx, result, "written", JS_NewInt64(ctx, written));
    return result;
}

static bool is_utf8_label(const char *label, size_t size)
{
    static const char *const labels[] = {"utf-8",         "utf8",          "unicode-1-1-utf-8",
                                         "unicode11utf8", "unicode20utf8", "x-unicode20utf8"};
    while (size > 0 && strchr(" \t\n\f\r", label[size - 1]))
        size--;
    for (; size > 0 && strchr(" \t\n\f\r", *label); size--)
        label++;
    for (size_t i = 0; i < countof(labels); i++)
        if (ascii_equal_ignoring_case(label, size, labels[i], strlen(labels[i])))
            return true;
    return false;
}

static int check_label(JSContext *ctx, JSValueConst value)
{
    size_t size;
    if (JS_IsUndefined(value))
        return 0;
    const char *label = JS_ToCStringLen(ctx, &size, value);
    if (!label)
        return -1;
    bool is_known = is_utf8_label(label, size);
    if (!is_known)
        JS_ThrowRangeError(ctx, "The \"%s\" encoding is not supported", label);
    JS_FreeCString(ctx, label);
    return is_known ? 0 : -1;
}

/* 1, 0, or -1 with an exception. */
static int get_option(JSContext *ctx, JSValueConst options, const char *name)
{
    if (!JS_IsObject(options))
        return 0;
    JSValue value = JS_GetPropertyStr(ctx, options, name);
    int result = JS_ToBool(ctx, value);
    JS_FreeValue(ctx, value);
    return result;
}

static JSValue decoder_constructor(JSContext *ctx, JSValueConst new_target, int argc, JSValueConst *argv)
{
    JSValueConst options = argc > 1 ? argv[1] : JS_UNDEFINED;
    if (argc > 0 && check_label(ctx, argv[0]))
        return JS_EXCEPTION;
    int is_fatal = get_option(ctx, options, "fatal"), keeps_mark = get_option(ctx, options, "ignoreBOM");
    if (is_fatal < 0 || keeps_mark < 0)
        return JS_EXCEPTION;
    JSValue value = class_instance(ctx, new_target, decoder_class);
    struct decoder *decoder = JS_IsException(value) ? NULL : calloc(1, sizeof *decoder);
    if (!decoder) {
        JS_FreeValue(ctx, value);
        return JS_IsException(value) ? value : JS_ThrowOutOfMemory(ctx);
    }
    decoder->is_fatal = is_fatal;
    decoder->keeps_mark = keeps_mark;
    JS_SetOpaque(value, decoder);
    return value;
}

static void decoder_finalize(JSRuntime *rt, JSValueConst value)
{
    (void)rt;
    free(JS_GetOpaque(value, decoder_class));
}

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

static JSValue decode(JSContext *ctx, struct decoder *decoder, const uint8_t *data, size_t size, bool is_stream)
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
    if (utf8_is_valid(data, size))
        return JS_NewStringLen(ctx, (const char *)data, size);
    JSValue error = JS_NewTypeError(ctx, "The encoded data was not valid for encoding utf-8");
    JS_DefinePropertyValueStr(ctx, error, "code", JS_NewString(ctx, "ERR_ENCODING_INVALID_ENCODED_DATA"),
                              JS_PROP_C_W_E);
    return JS_Throw(ctx, error);
}

static JSValue decoder_decode(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    struct decoder *decoder = JS_GetOpaque2(ctx, this_value, decoder_class);
    uint8_t *data = (uint8_t *)"";
    size_t size = 0;
    int is_stream = argc > 1 ? get_option(ctx, argv[1], "stream") : 0;
    if (!decoder || is_stream < 0)
        return JS_EXCEPTION;
    if (argc > 0 && !JS_IsUndefined(argv[0])) {
        int found = bytes_from_value(ctx, argv[0], &data, &size);
        if (found == 0)
            JS_ThrowTypeError(ctx, "The \"list\" argument must be an instance of ArrayBuffer or ArrayBufferView.");
        if (found <= 0)
            return JS_EXCEPTION;
    }
    if (decoder->pending_size == 0)
        return decode(ctx, decoder, data, size, is_stream);
    size_t pending = decoder->pending_size;
    uint8_t *joined = malloc(pending + size);
    if (!joined)
        return JS_ThrowOutOfMemory(ctx);
    memcpy(joined, decoder->pending, pending);
    memcpy(joined + pending, data, size);
    JSValue text = decode(ctx, decoder, joined, pending + size, is_stream);
    free(joined);
    return text;
}

enum { DECODER_FATAL, DECODER_IGNORE_BOM };

static JSValue decoder_get(JSContext *ctx, JSValueConst this_value, int member)
{
    struct decoder *decoder = JS_GetOpaque2(ctx, this_value, decoder_class);
    return decoder ? JS_NewBool(ctx, member == DECODER_FATAL ? decoder->is_fatal : decoder->keeps_mark) : JS_EXCEPTION;
}

static const JSCFunctionListEntry encoder_methods[] = {
    JS_CGETSET_DEF("encoding", get_encoding, NULL),
    JS_CFUNC_DEF("encode", 0, encoder_encode),
    JS_CFUNC_DEF("encodeInto", 2, encoder_encode_into),
    JS_PROP_STRING_DEF("[Symbol.toStringTag]", "TextEncoder", JS_PROP_CONFIGURABLE),
};

static const JSCFunctionListEntry decoder_methods[] = {
    JS_CGETSET_DEF("encoding", get_encoding, NULL),
    JS_CGETSET_MAGIC_DEF("fatal", decoder_get, NULL, DECODER_FATAL),
    JS_CGETSET_MAGIC_DEF("ignoreBOM", decoder_get, NULL, DECODER_IGNORE_BOM),
    JS_CFUNC_DEF("decode", 0, decoder_decode),
    JS_PROP_STRING_DEF("[Symbol.toStringTag]", "TextDecoder", JS_PROP_CONFIGURABLE),
};

static int text_encoding_init(JSContext *ctx, JSValueConst global)
{
    static const struct native_class classes[] = {
        {
            .id = &encoder_class,
            .definition = {.class_name = "TextEncoder"},
            .constructor = encoder_constructor,
            .methods = encoder_methods,
            .method_count = countof(encoder_methods),
        },
        {
            .id = &decoder_class,
            .definition = {.class_name = "TextDecoder", .finalizer = decoder_finalize},
            .constructor = decoder_constructor,
            .methods = decoder_methods,
            .method_count = countof(decoder_methods),
        },
    };
    return class_define(ctx, global, &classes[0]) || class_define(ctx, global, &classes[1]) ? -1 : 0;
}

MODULE(text_encoding) = {.name = "text-encoding", .phase = PHASE_API, .init = text_encoding_init};
