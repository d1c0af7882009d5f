#include <stdlib.h>
#include <string.h>
#include "../../class.h"
#include "../url/members.h"
#include "request.h"

/* Linked only with the module url: without it no value can be a URL. */
#pragma weak url_from_value

static JSClassID request_class;

struct request *request_from_value(JSValueConst value)
{
    return JS_GetOpaque(value, request_class);
}

static struct request *this_request(JSContext *ctx, JSValueConst value)
{
    return JS_GetOpaque2(ctx, value, request_class);
}

static void request_finalize(JSRuntime *rt, JSValueConst value)
{
    struct request *request = JS_GetOpaque(value, request_class);
    if (!request)
        return;
    if (request->on_finalize)
        request->on_finalize(request->opaque);
    headers_release(request->headers);
    body_free(rt, &request->body);
    JS_FreeValueRT(rt, request->method_value);
    JS_FreeValueRT(rt, request->url);
    JS_FreeValueRT(rt, request->headers_value);
    JS_FreeValueRT(rt, request->signal);
    free(request);
}

static void request_mark(JSRuntime *rt, JSValueConst value, JS_MarkFunc *mark)
{
    struct request *request = JS_GetOpaque(value, request_class);
    if (request)
        JS_MarkValue(rt, request->signal, mark);
}

/* Takes the reference to `headers`; NULL is for want of memory. */
static JSValue new_request(JSContext *ctx, JSValueConst new_target, struct headers *headers)
{
    JSValue value = class_instance(ctx, new_target, request_class);
    struct request *request = JS_IsException(value) || !headers ? NULL : malloc(sizeof *request);
    if (!request) {
        headers_release(headers);
        JS_FreeValue(ctx, value);
        return JS_IsException(value) ? value : JS_ThrowOutOfMemory(ctx);
    }
    *request = (struct request){
        .method = "GET",
        .method_value = JS_UNDEFINED,
        .url = JS_UNDEFINED,
        .headers = headers,
        .headers_value = JS_UNDEFINED,
        .body.string = JS_UNDEFINED,
        .signal = JS_UNDEFINED,
    };
    JS_SetOpaque(value, request);
    return value;
}

JSValue request_from_head(JSContext *ctx, struct headers *head, struct request **request)
{
    JSValue value = new_request(ctx, JS_UNDEFINED, headers_reference(head));
    if (!JS_IsException(value))
        *request = request_from_value(value);
    return value;
}

static void append_url(struct text *text, const struct request *request)
{
    const char *target = request->headers->head.base + request->target;
    size_t size = request->target_size;
    bool is_absolute = size > 0 && target[0] != '/' && target[0] != '*';
    if (!is_absolute) {
        int at = headers_find(request->headers, "host", 4);
        struct header_view host = {.value = "localhost", .value_size = 9};
        if (at >= 0)
            host = headers_at(request->headers, at);
        text_append(text, "http://", 7);
        text_append(text, host.value, host.value_size);
    }
    if (size > 0 && target[0] == '*')
        text_append_char(text, '/');
    text_append(text, target, size);
}

static JSValue make_url(JSContext *ctx, const struct request *request)
{
    static struct text text; /* used again each time */
    struct url plain, url = {0};
    text.size = 0;
    append_url(&text, request);
    if (text.failed) {
        text_free(&text);
        return JS_ThrowOutOfMemory(ctx);
    }
    if (likely(url_slice_plain(&plain, text.data, text.size)))
        return JS_NewStringLen(ctx, text.data, text.size);
    bool is_valid = url_parse(&url, text.data, text.size, NULL);
    JSValue value = is_valid ? JS_NewStringLen(ctx, url.href, url.size) : string_from_latin1(ctx, text.data, text.size);
    url_free(&url);
    return value;
}

static JSValue request_get_url(JSContext *ctx, JSValueConst this_value)
{
    struct request *request = this_request(ctx, this_value);
    if (!request)
        return JS_EXCEPTION;
    if (JS_IsUndefined(request->url))
        request->url = make_url(ctx, request);
    return JS_DupValue(ctx, request->url);
}

static JSValue get_method(JSContext *ctx, const struct request *request)
{
    return request->method ? JS_NewString(ctx, request->method) : JS_DupValue(ctx, request->method_value);
}

static JSValue request_get_headers(JSContext *ctx, JSValueConst this_value)
{
    struct request *request = this_request(ctx, this_value);
    if (!request)
        return JS_EXCEPTION;
    if (JS_IsUndefined(request->headers_value)) {
        JSValue headers = headers_object(ctx, request->headers);
        if (JS_IsException(headers))
            return headers;
        request->headers_value = headers;
    }
    return JS_DupValue(ctx, request->headers_value);
}

enum {
    REQUEST_METHOD,
    REQUEST_BODY_USED,
    REQUEST_SIGNAL,
    REQUEST_REDIRECT,
    REQUEST_CACHE,
    REQUEST_CREDENTIALS,
    REQUEST_MODE,
    REQUEST_REFERRER,
    REQUEST_INTEGRITY,
    REQUEST_KEEPALIVE,
};

static JSValue request_get(JSContext *ctx, JSValueConst this_value, int member)
{
    static const char *const constants[] = {
        [REQUEST_REDIRECT] = "follow", [REQUEST_CACHE] = "default",         [REQUEST_CREDENTIALS] = "same-origin",
        [REQUEST_MODE] = "cors",       [REQUEST_REFERRER] = "about:client", [REQUEST_INTEGRITY] = "",
    };
    struct request *request = this_request(ctx, this_value);
    if (!request)
        return JS_EXCEPTION;
    switch (member) {
    case REQUEST_METHOD:
        return get_method(ctx, request);
    case REQUEST_BODY_USED:
        return JS_NewBool(ctx, request->body.is_used);
    case REQUEST_SIGNAL:
        return JS_DupValue(ctx, request->signal);
    case REQUEST_KEEPALIVE:
        return JS_FALSE;
    default:
        return JS_NewString(ctx, constants[member]);
    }
}

static JSValue request_read(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int reading)
{
    (void)argc;
    (void)argv;
    struct request *request = this_request(ctx, this_value);
    return body_read(ctx, request ? &request->body : NULL, reading);
}

/* Everything but the body, which moves or is copied. */
static int copy_request(JSContext *ctx, JSValueConst from_value, struct request *to)
{
    struct request *from = request_from_value(from_value);
    JSValue url = request_get_url(ctx, from_value);
    if (JS_IsException(url))
        return -1;
    to->url = url;
    to->method = from->method;
    to->method_value = JS_DupValue(ctx, from->method_value);
    to->signal = JS_DupValue(ctx, from->signal);
    if (headers_copy(to->headers, from->headers))
        return 0;
    JS_ThrowOutOfMemory(ctx);
    return -1;
}

static JSValue request_clone(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)argc;
    (void)argv;
    struct request *request = this_request(ctx, this_value);
    if (!request)
        return JS_EXCEPTION;
    if (request->body.is_used)
        return JS_ThrowTypeError(ctx, "Request.clone: Body has already been consumed.");
    JSValue value = new_request(ctx, JS_UNDEFINED, headers_new());
    if (JS_IsException(value))
        return value;
    struct request *copy = request_from_value(value);
    if (copy_request(ctx, this_value, copy) == 0 && body_copy(ctx, &copy->body, &request->body))
        return value;
    JS_FreeValue(ctx, value);
    return JS_HasException(ctx) ? JS_EXCEPTION : JS_ThrowOutOfMemory(ctx);
}

static int parse_url_value(JSContext *ctx, JSValueConst value, JSValue *href)
{
    struct url *given = url_from_value ? url_from_value(value) : NULL;
    struct url url = {0};
    struct utf8 input;
    if (given) {
        *href = JS_NewStringLen(ctx, given->href, given->size);
        return 0;
    }
    if (utf8_from_value(ctx, value, &input))
        return -1;
    bool is_valid = url_parse(&url, input.data, input.size, NULL);
    if (!is_valid)
        JS_ThrowTypeError(ctx, "Failed to parse URL from %.*s", (int)(input.size < 200 ? input.size : 200), input.data);
    else if (url.username_end > url.username_start || url.password_end > url.password_start)
        is_valid =
            (JS_ThrowTypeError(ctx, "Request cannot be constructed from a URL that includes credentials"), false);
    else
        *href = JS_NewStringLen(ctx, url.href, url.size);
    utf8_free(ctx, &input);
    url_free(&url);
    return is_valid ? 0 : -1;
}

/* Fetch, 2.2.1: normalised are only these. */
static const char *normalize_method(const char *method, size_t size)
{
    static const char *const known[] = {"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"};
    for (size_t i = 0; i < countof(known); i++)
        if (ascii_equal_ignoring_case(method, size, known[i], strlen(known[i])))
            return known[i];
    return size == 5 && memcmp(method, "PATCH", 5) == 0 ? "PATCH" : NULL;
}

static bool is_forbidden_method(const char *method, size_t size)
{
    return ascii_equal_ignoring_case(method, size, "CONNECT", 7) ||
           ascii_equal_ignoring_case(method, size, "TRACE", 5) || ascii_equal_ignoring_case(method, size, "TRACK", 5);
}

static int take_method(JSContext *ctx, struct request *request, JSValueConst init)
{
    size_t size;
    JSValue value = JS_GetPropertyStr(ctx, init, "method");
    if (JS_IsUndefined(value))
        return 0;
    const char *method = JS_ToCStringLen(ctx, &size, value);
    JS_FreeValue(ctx, value);
    if (!method)
        return -1;
    int error = 0;
    if (!header_name_is_valid(method, size) || is_forbidden_method(method, size)) {
        JS_ThrowTypeError(ctx, "'%s' is not a valid HTTP method.", method);
        error = -1;
    } else {
        JS_FreeValue(ctx, request->method_value);
        request->method = normalize_method(method, size);
        request->method_value = request->method ? JS_UNDEFINED : JS_NewStringLen(ctx, method, size);
    }
    JS_FreeCString(ctx, method);
    return error;
}

static int take_headers(JSContext *ctx, struct request *request, JSValueConst init)
{
    JSValue value = JS_GetPropertyStr(ctx, init, "headers");
    if (JS_IsUndefined(value))
        return 0;
    headers_clear(request->headers);
    int error = headers_fill(ctx, request->headers, value);
    JS_FreeValue(ctx, value);
    return error;
}

static bool allows_body(const struct request *request)
{
    return !request->method || (strcmp(request->method, "GET") != 0 && strcmp(request->method, "HEAD") != 0);
}

static int take_body(JSContext *ctx, struct request *request, JSValueConst init)
{
    const char *type;
    JSValue value = JS_GetPropertyStr(ctx, init, "body");
    if (JS_IsUndefined(value) || JS_IsNull(value))
        return 0;
    int error = -1;
    body_free(JS_GetRuntime(ctx), &request->body);
    if (!allows_body(request))
        JS_ThrowTypeError(ctx, "Request with GET/HEAD method cannot have body.");
    else
        error = body_from_value(ctx, &request->body, value, &type);
    JS_FreeValue(ctx, value);
    if (!error && type && headers_find(request->headers, "content-type", 12) < 0 &&
        !headers_append(request->headers, "content-type", 12, type, strlen(type))) {
        JS_ThrowOutOfMemory(ctx);
        error = -1;
    }
    return error;
}

static int take_signal(JSContext *ctx, struct request *request, JSValueConst init)
{
    JSValue value = JS_GetPropertyStr(ctx, init, "signal");
    if (JS_IsException(value))
        return -1;
    if (!JS_IsUndefined(value)) {
        JS_FreeValue(ctx, request->signal);
        request->signal = value;
    }
    return 0;
}

static int take_input(JSContext *ctx, struct request *request, JSValueConst input)
{
    struct request *from = request_from_value(input);
    if (!from)
        return parse_url_value(ctx, input, &request->url);
    if (from->body.is_used) {
        JS_ThrowTypeError(ctx, "Cannot construct a Request with a Request object that has already been used.");
        return -1;
    }
    if (copy_request(ctx, input, request))
        return -1;
    if (!body_copy(ctx, &request->body, &from->body)) {
        JS_ThrowOutOfMemory(ctx);
        return -1;
    }
    from->body.is_used = from->body.kind != BODY_NONE;
    return 0;
}

static int take_init(JSContext *ctx, struct request *request, JSValueConst init)
{
    if (JS_IsUndefined(init) || JS_IsNull(init))
        return 0;
    if (!JS_IsObject(init)) {
        JS_ThrowTypeError(ctx, "Request constructor: Expected init to be a dictionary.");
        return -1;
    }
    if (take_method(ctx, request, init) || take_headers(ctx, request, init) || take_body(ctx, request, init))
        return -1;
    return take_signal(ctx, request, init);
}

static JSValue request_constructor(JSContext *ctx, JSValueConst new_target, int argc, JSValueConst *argv)
{
    if (argc == 0)
        return JS_ThrowTypeError(ctx, "Request constructor: 1 argument required, but only 0 present.");
    JSValue value = new_request(ctx, new_target, headers_new());
    if (JS_IsException(value))
        return value;
    struct request *request = request_from_value(value);
    if (take_input(ctx, request, argv[0]) == 0 && (argc < 2 || take_init(ctx, request, argv[1]) == 0))
        return value;
    JS_FreeValue(ctx, value);
    return JS_EXCEPTION;
}

#define MEMBER(name, id) JS_CGETSET_MAGIC_DEF2(name, request_get, NULL, id, JS_PROP_CONFIGURABLE | JS_PROP_ENUMERABLE)

static const JSCFunctionListEntry request_methods[] = {
    MEMBER("method", REQUEST_METHOD),
    JS_CGETSET_DEF2("url", request_get_url, NULL, JS_PROP_CONFIGURABLE | JS_PROP_ENUMERABLE),
    JS_CGETSET_DEF2("headers", request_get_headers, NULL, JS_PROP_CONFIGURABLE | JS_PROP_ENUMERABLE),
    MEMBER("bodyUsed", REQUEST_BODY_USED),
    MEMBER("signal", REQUEST_SIGNAL),
    MEMBER("redirect", REQUEST_REDIRECT),
    MEMBER("cache", REQUEST_CACHE),
    MEMBER("credentials", REQUEST_CREDENTIALS),
    MEMBER("mode", REQUEST_MODE),
    MEMBER("referrer", REQUEST_REFERRER),
    MEMBER("integrity", REQUEST_INTEGRITY),
    MEMBER("keepalive", REQUEST_KEEPALIVE),
    JS_CFUNC_MAGIC_DEF("text", 0, request_read, BODY_TEXT),
    JS_CFUNC_MAGIC_DEF("json", 0, request_read, BODY_JSON),
    JS_CFUNC_MAGIC_DEF("arrayBuffer", 0, request_read, BODY_ARRAY_BUFFER),
    JS_CFUNC_MAGIC_DEF("bytes", 0, request_read, BODY_BYTES),
    JS_CFUNC_DEF("clone", 0, request_clone),
    JS_PROP_STRING_DEF("[Symbol.toStringTag]", "Request", JS_PROP_CONFIGURABLE),
};

int request_init(JSContext *ctx, JSValueConst global)
{
    static const struct native_class class = {
        .id = &request_class,
        .definition = {.class_name = "Request", .finalizer = request_finalize, .gc_mark = request_mark},
        .constructor = request_constructor,
        .constructor_length = 1,
        .methods = request_methods,
        .method_count = countof(request_methods),
    };
    return class_define(ctx, global, &class);
}
