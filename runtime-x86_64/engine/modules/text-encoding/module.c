/* TextEncoder and TextDecoder (Encoding, 7). */
#include <stdlib.h>
#include <string.h>
#include "../../bytes.h"
#include "../../class.h"
#include "encodings.h"

static JSClassID encoder_class, decoder_class;

static JSValue encoder_constructor(JSContext *ctx, JSValueConst new_target, int argc, JSValueConst *argv)
{
    (void)argc;
    (void)argv;
    return class_instance(ctx, new_target, encoder_class);
}

static JSValue encoder_get_encoding(JSContext *ctx, JSValueConst this_value)
{
    return JS_GetClassID(this_value) == encoder_class ? JS_NewString(ctx, "utf-8")
                                                      : JS_ThrowTypeError(ctx, "Illegal invocation");
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

/* Of the decoder's first argument, or -1 with an exception. */
static int get_label(JSContext *ctx, JSValueConst value)
{
    size_t size;
    if (JS_IsUndefined(value))
        return UTF_8;
    const char *label = JS_ToCStringLen(ctx, &size, value);
    if (!label)
        return -1;
    int encoding = encoding_find(label, size);
    if (encoding < 0)
        JS_ThrowRangeError(ctx, "The \"%s\" encoding is not supported", label);
    JS_FreeCString(ctx, label);
    return encoding;
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
    int encoding = argc > 0 ? get_label(ctx, argv[0]) : UTF_8;
    if (encoding < 0)
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
    decoder->encoding = encoding;
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

static JSValue decode(JSContext *ctx, struct decoder *decoder, const uint8_t *data, size_t size, bool is_stream)
{
    if (likely(decoder->encoding == UTF_8))
        return decode_utf8(ctx, decoder, data, size, is_stream);
    return (decoder->encoding == WINDOWS_1252 ? decode_windows_1252 : decode_utf16)(ctx, decoder, data, size,
                                                                                    is_stream);
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

enum { DECODER_ENCODING, DECODER_FATAL, DECODER_IGNORE_BOM };

static JSValue decoder_get(JSContext *ctx, JSValueConst this_value, int member)
{
    struct decoder *decoder = JS_GetOpaque2(ctx, this_value, decoder_class);
    if (!decoder)
        return JS_EXCEPTION;
    if (member == DECODER_ENCODING)
        return JS_NewString(ctx, encoding_names[decoder->encoding]);
    return JS_NewBool(ctx, member == DECODER_FATAL ? decoder->is_fatal : decoder->keeps_mark);
}

static const JSCFunctionListEntry encoder_methods[] = {
    JS_CGETSET_DEF("encoding", encoder_get_encoding, NULL),
    JS_CFUNC_DEF("encode", 0, encoder_encode),
    JS_CFUNC_DEF("encodeInto", 2, encoder_encode_into),
    JS_PROP_STRING_DEF("[Symbol.toStringTag]", "TextEncoder", JS_PROP_CONFIGURABLE),
};

static const JSCFunctionListEntry decoder_methods[] = {
    JS_CGETSET_MAGIC_DEF("encoding", decoder_get, NULL, DECODER_ENCODING),
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
