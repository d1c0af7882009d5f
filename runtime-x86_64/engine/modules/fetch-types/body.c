#include <stdlib.h>
#include <string.h>
#include "../url/members.h"
#include "body.h"

/* Linked only with the module url: without it no value can be a URLSearchParams. */
#pragma weak search_params_serialize

static int own_copy(JSContext *ctx, struct body *body, const void *bytes, size_t size)
{
    uint8_t *copy = malloc(size + 1);
    if (!copy) {
        JS_ThrowOutOfMemory(ctx);
        return -1;
    }
    memcpy(copy, bytes, size);
    *body = (struct body){.kind = BODY_OWNED, .bytes = copy, .size = size, .string = JS_UNDEFINED};
    return 0;
}

static int take_search_params(JSContext *ctx, struct body *body, JSValueConst value, const char **type)
{
    struct text text = {0};
    if (!search_params_serialize || !search_params_serialize(value, &text))
        return 1;
    int error = own_copy(ctx, body, text.data ? text.data : "", text.size);
    text_free(&text);
    *type = "application/x-www-form-urlencoded;charset=UTF-8";
    return error;
}

int body_from_value(JSContext *ctx, struct body *body, JSValueConst value, const char **type)
{
    uint8_t *bytes;
    size_t size;
    *type = NULL;
    if (JS_IsUndefined(value) || JS_IsNull(value)) {
        *body = (struct body){.kind = BODY_NONE, .string = JS_UNDEFINED};
        return 0;
    }
    if (JS_IsObject(value)) {
        int found = bytes_from_value(ctx, value, &bytes, &size);
        if (found)
            return found < 0 ? -1 : own_copy(ctx, body, bytes, size);
        found = take_search_params(ctx, body, value, type);
        if (found <= 0)
            return found;
    }
    JSValue string = JS_ToString(ctx, value);
    if (JS_IsException(string))
        return -1;
    *body = (struct body){.kind = BODY_STRING, .string = string};
    *type = "text/plain;charset=UTF-8";
    return 0;
}

bool body_copy(JSContext *ctx, struct body *to, const struct body *from)
{
    if (from->kind == BODY_OWNED || from->kind == BODY_BORROWED)
        return own_copy(ctx, to, from->bytes, from->size) == 0;
    *to = *from;
    to->string = JS_DupValue(ctx, from->string);
    return true;
}

bool body_keep(struct body *body)
{
    if (body->kind != BODY_BORROWED)
        return true;
    uint8_t *copy = malloc(body->size + 1);
    if (!copy)
        return false;
    memcpy(copy, body->bytes, body->size);
    body->bytes = copy;
    body->kind = BODY_OWNED;
    return true;
}

void body_free(JSRuntime *rt, struct body *body)
{
    if (body->kind == BODY_OWNED)
        free((void *)body->bytes);
    JS_FreeValueRT(rt, body->string);
    *body = (struct body){.string = JS_UNDEFINED};
}

/* UTF-8 decode (Encoding, 6): without the byte order mark. */
static JSValue decode_text(JSContext *ctx, const struct body *body)
{
    bool has_mark = body->size >= 3 && memcmp(body->bytes, "\xef\xbb\xbf", 3) == 0;
    return string_from_utf8(ctx, body->bytes + (has_mark ? 3 : 0), body->size - (has_mark ? 3 : 0));
}

static JSValue parse_text(JSContext *ctx, JSValue string)
{
    size_t size;
    const char *text = JS_IsException(string) ? NULL : JS_ToCStringLen(ctx, &size, string);
    JS_FreeValue(ctx, string);
    if (!text)
        return JS_EXCEPTION;
    JSValue value = JS_ParseJSON(ctx, text, size, "<body>");
    JS_FreeCString(ctx, text);
    return value;
}

static JSValue get_text(JSContext *ctx, const struct body *body)
{
    if (body->kind == BODY_NONE)
        return JS_NewStringLen(ctx, "", 0);
    return body->kind == BODY_STRING ? JS_DupValue(ctx, body->string) : decode_text(ctx, body);
}

/* The app may get a buffer here without ever naming the class: then this is where the class comes in. */
static int need_typed_arrays(JSContext *ctx)
{
    JSValue global = JS_GetGlobalObject(ctx), class = JS_GetPropertyStr(ctx, global, "ArrayBuffer");
    bool is_missing = JS_IsUndefined(class);
    JS_FreeValue(ctx, class);
    JS_FreeValue(ctx, global);
    return is_missing ? JS_AddIntrinsicTypedArrays(ctx) : 0;
}

static JSValue copy_bytes(JSContext *ctx, const void *bytes, size_t size, enum body_reading reading)
{
    return reading == BODY_BYTES ? JS_NewUint8ArrayCopy(ctx, bytes, size) : JS_NewArrayBufferCopy(ctx, bytes, size);
}

static JSValue get_bytes(JSContext *ctx, const struct body *body, enum body_reading reading)
{
    if (need_typed_arrays(ctx))
        return JS_EXCEPTION;
    if (body->kind != BODY_STRING)
        return copy_bytes(ctx, body->bytes, body->size, reading);
    struct utf8 utf8;
    if (utf8_from_value(ctx, body->string, &utf8))
        return JS_EXCEPTION;
    JSValue bytes = copy_bytes(ctx, utf8.data, utf8.size, reading);
    utf8_free(ctx, &utf8);
    return bytes;
}

static JSValue read_value(JSContext *ctx, struct body *body, enum body_reading reading)
{
    if (body->is_used)
        return JS_ThrowTypeError(ctx, "Body is unusable: Body has already been read");
    body->is_used = body->kind != BODY_NONE;
    if (reading == BODY_TEXT)
        return get_text(ctx, body);
    return reading == BODY_JSON ? parse_text(ctx, get_text(ctx, body)) : get_bytes(ctx, body, reading);
}

JSValue body_read(JSContext *ctx, struct body *body, enum body_reading reading)
{
    JSValue value = body ? read_value(ctx, body, reading) : JS_EXCEPTION;
    bool is_rejection = JS_IsException(value);
    if (is_rejection)
        value = JS_GetException(ctx);
    JSValue promise = JS_NewSettledPromise(ctx, is_rejection, value);
    JS_FreeValue(ctx, value);
    return promise;
}
