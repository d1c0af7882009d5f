/* The class Headers (Fetch, 5.1). */
#include <string.h>
#include "../../class.h"
#include "headers.h"

static JSClassID headers_class;

struct headers *headers_from_value(JSValueConst value)
{
    return JS_GetOpaque(value, headers_class);
}

static struct headers *this_headers(JSContext *ctx, JSValueConst value)
{
    return JS_GetOpaque2(ctx, value, headers_class);
}

JSValue headers_object(JSContext *ctx, struct headers *list)
{
    JSValue value = JS_NewObjectClass(ctx, headers_class);
    if (!JS_IsException(value))
        JS_SetOpaque(value, headers_reference(list));
    return value;
}

static void headers_finalize(JSRuntime *rt, JSValueConst value)
{
    (void)rt;
    headers_release(JS_GetOpaque(value, headers_class));
}

static JSValue headers_constructor(JSContext *ctx, JSValueConst new_target, int argc, JSValueConst *argv)
{
    struct headers *list = headers_new();
    if (!list)
        return JS_ThrowOutOfMemory(ctx);
    JSValue value = class_instance(ctx, new_target, headers_class);
    if (!JS_IsException(value))
        JS_SetOpaque(value, headers_reference(list));
    if (!JS_IsException(value) && argc > 0 && headers_fill(ctx, list, argv[0])) {
        JS_FreeValue(ctx, value);
        value = JS_EXCEPTION;
    }
    headers_release(list);
    return value;
}

/* The name as bytes, checked; -1 with an exception. */
static int get_name(JSContext *ctx, JSValueConst value, struct byte_string *name)
{
    if (byte_string_from_value(ctx, value, name))
        return -1;
    if (header_name_is_valid(name->data, name->size))
        return 0;
    JS_ThrowTypeError(ctx, "Headers: %.*s is an invalid header name.", (int)name->size, name->data);
    byte_string_free(name);
    return -1;
}

enum { METHOD_APPEND, METHOD_SET };

static JSValue headers_change(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int method)
{
    (void)argc;
    struct headers *headers = this_headers(ctx, this_value);
    struct byte_string name, text;
    if (!headers || get_name(ctx, argv[0], &name))
        return JS_EXCEPTION;
    JSValue result = JS_EXCEPTION;
    if (byte_string_from_value(ctx, argv[1], &text) == 0) {
        const char *value = text.data;
        size_t size = text.size;
        if (!header_value_trim(&value, &size))
            JS_ThrowTypeError(ctx, "Headers: the value of %.*s is an invalid header value.", (int)name.size, name.data);
        else if ((method == METHOD_SET ? headers_set : headers_append)(headers, name.data, name.size, value, size))
            result = JS_UNDEFINED;
        else
            JS_ThrowOutOfMemory(ctx);
        byte_string_free(&text);
    }
    byte_string_free(&name);
    return result;
}

enum { METHOD_GET, METHOD_HAS, METHOD_DELETE };

static JSValue headers_look_up(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int method)
{
    (void)argc;
    struct headers *headers = this_headers(ctx, this_value);
    struct byte_string name;
    JSValue result = JS_UNDEFINED;
    if (!headers || get_name(ctx, argv[0], &name))
        return JS_EXCEPTION;
    if (method == METHOD_GET)
        result = headers_get(ctx, headers, name.data, name.size);
    else if (method == METHOD_HAS)
        result = JS_NewBool(ctx, headers_find(headers, name.data, name.size) >= 0);
    else
        headers_delete(headers, name.data, name.size);
    byte_string_free(&name);
    return result;
}

static JSValue headers_get_set_cookie(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)argc;
    (void)argv;
    struct headers *headers = this_headers(ctx, this_value);
    JSValue array = headers ? JS_NewArray(ctx) : JS_EXCEPTION;
    uint32_t length = 0;
    if (JS_IsException(array))
        return array;
    for (uint32_t i = 0; i < headers_count(headers); i++) {
        struct header_view header = headers_at(headers, i);
        if (ascii_equal_ignoring_case(header.name, header.name_size, "set-cookie", 10))
            JS_DefinePropertyValueUint32(ctx, array, length++, string_from_latin1(ctx, header.value, header.value_size),
                                         JS_PROP_C_W_E);
    }
    return array;
}

/* Iterates over a snapshot: an array's own iterator. */
static JSValue headers_iterate(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int part)
{
    (void)argc;
    (void)argv;
    struct headers *headers = this_headers(ctx, this_value);
    JSValue array = headers ? headers_sorted(ctx, headers, part) : JS_EXCEPTION;
    return JS_IsException(array) ? array : array_iterator(ctx, array);
}

static JSValue headers_for_each(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    struct headers *headers = this_headers(ctx, this_value);
    if (!headers)
        return JS_EXCEPTION;
    if (!JS_IsFunction(ctx, argv[0]))
        return JS_ThrowTypeError(ctx, "Headers.forEach: the callback is not a function.");
    JSValue entries = headers_sorted(ctx, headers, HEADERS_ENTRIES);
    int64_t length;
    if (JS_IsException(entries) || JS_GetLength(ctx, entries, &length))
        return JS_EXCEPTION;
    JSValue result = JS_UNDEFINED;
    for (int64_t i = 0; i < length && !JS_IsException(result); i++) {
        JSValue pair = JS_GetPropertyInt64(ctx, entries, i);
        JSValue name = JS_GetPropertyUint32(ctx, pair, 0), value = JS_GetPropertyUint32(ctx, pair, 1);
        JS_FreeValue(ctx, result);
        result = JS_Call(ctx, argv[0], argc > 1 ? argv[1] : JS_UNDEFINED, 3, (JSValueConst[]){value, name, this_value});
        JS_FreeValue(ctx, name);
        JS_FreeValue(ctx, value);
        JS_FreeValue(ctx, pair);
    }
    JS_FreeValue(ctx, entries);
    if (JS_IsException(result))
        return result;
    JS_FreeValue(ctx, result);
    return JS_UNDEFINED;
}

static const JSCFunctionListEntry headers_methods[] = {
    JS_CFUNC_MAGIC_DEF("append", 2, headers_change, METHOD_APPEND),
    JS_CFUNC_MAGIC_DEF("set", 2, headers_change, METHOD_SET),
    JS_CFUNC_MAGIC_DEF("get", 1, headers_look_up, METHOD_GET),
    JS_CFUNC_MAGIC_DEF("has", 1, headers_look_up, METHOD_HAS),
    JS_CFUNC_MAGIC_DEF("delete", 1, headers_look_up, METHOD_DELETE),
    JS_CFUNC_DEF("getSetCookie", 0, headers_get_set_cookie),
    JS_CFUNC_DEF("forEach", 1, headers_for_each),
    JS_CFUNC_MAGIC_DEF("keys", 0, headers_iterate, HEADERS_NAMES),
    JS_CFUNC_MAGIC_DEF("values", 0, headers_iterate, HEADERS_VALUES),
    JS_CFUNC_MAGIC_DEF("entries", 0, headers_iterate, HEADERS_ENTRIES),
    JS_ALIAS_DEF("[Symbol.iterator]", "entries"),
    JS_PROP_STRING_DEF("[Symbol.toStringTag]", "Headers", JS_PROP_CONFIGURABLE),
};

static int headers_init(JSContext *ctx, JSValueConst global)
{
    static const struct native_class class = {
        .id = &headers_class,
        .definition = {.class_name = "Headers", .finalizer = headers_finalize},
        .constructor = headers_constructor,
        .methods = headers_methods,
        .method_count = countof(headers_methods),
    };
    return class_define(ctx, global, &class);
}

MODULE(headers) = {.name = "headers", .phase = PHASE_API, .init = headers_init};
