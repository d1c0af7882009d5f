#include <stdlib.h>
#include <string.h>
#include "../../class.h"
#include "../url/url.h"
#include "response.h"

static JSClassID response_class;

struct response *response_from_value(JSValueConst value)
{
    return JS_GetOpaque(value, response_class);
}

static void response_finalize(JSRuntime *rt, JSValueConst value)
{
    struct response *response = JS_GetOpaque(value, response_class);
    if (!response)
        return;
    headers_release(response->headers);
    body_free(rt, &response->body);
    JS_FreeValueRT(rt, response->headers_value);
    JS_FreeValueRT(rt, response->status_text);
    free(response);
}

static JSValue new_response(JSContext *ctx, JSValueConst new_target)
{
    JSValue value = class_instance(ctx, new_target, response_class);
    struct response *response = JS_IsException(value) ? NULL : malloc(sizeof *response);
    if (!response) {
        JS_FreeValue(ctx, value);
        return JS_IsException(value) ? value : JS_ThrowOutOfMemory(ctx);
    }
    *response = (struct response){
        .status = 200,
        .status_text = JS_UNDEFINED,
        .headers_value = JS_UNDEFINED,
        .body.string = JS_UNDEFINED,
    };
    JS_SetOpaque(value, response);
    return value;
}

static int take_status(JSContext *ctx, struct response *response, JSValueConst init)
{
    JSValue value = JS_GetPropertyStr(ctx, init, "status");
    if (JS_IsUndefined(value))
        return 0;
    int error = JS_ToInt32(ctx, &response->status, value);
    JS_FreeValue(ctx, value);
    if (!error && (response->status < 200 || response->status > 599)) {
        JS_ThrowRangeError(ctx, "init[\"status\"] must be in the range of 200 to 599, inclusive.");
        return -1;
    }
    return error;
}

/* RFC 9112, 4: reason-phrase. */
static bool is_reason_phrase(const struct byte_string *text)
{
    for (size_t i = 0; i < text->size; i++)
        if (((uint8_t)text->data[i] < ' ' && text->data[i] != '\t') || text->data[i] == 0x7f)
            return false;
    return true;
}

static int take_status_text(JSContext *ctx, struct response *response, JSValueConst init)
{
    struct byte_string text;
    JSValue value = JS_GetPropertyStr(ctx, init, "statusText");
    if (JS_IsUndefined(value))
        return 0;
    int error = byte_string_from_value(ctx, value, &text);
    if (!error && !is_reason_phrase(&text)) {
        JS_ThrowTypeError(ctx, "Invalid statusText");
        error = -1;
    } else if (!error) {
        response->status_text = JS_ToString(ctx, value);
    }
    if (!error)
        byte_string_free(&text);
    JS_FreeValue(ctx, value);
    return error;
}

/* The whole list, or NULL with an exception. */
static struct headers *list_headers(JSContext *ctx, struct response *response)
{
    if (!response->headers)
        response->headers = headers_new();
    const char *type = response->implied_type;
    response->implied_type = NULL;
    if (!response->headers || (type && !headers_append(response->headers, "content-type", 12, type, strlen(type)))) {
        JS_ThrowOutOfMemory(ctx);
        return NULL;
    }
    return response->headers;
}

static int take_headers(JSContext *ctx, struct response *response, JSValueConst init)
{
    JSValue value = JS_GetPropertyStr(ctx, init, "headers");
    if (JS_IsUndefined(value))
        return 0;
    struct headers *headers = list_headers(ctx, response);
    int error = headers ? headers_fill(ctx, headers, value) : -1;
    JS_FreeValue(ctx, value);
    return error;
}

static int take_init(JSContext *ctx, struct response *response, JSValueConst init)
{
    if (JS_IsUndefined(init) || JS_IsNull(init))
        return 0;
    if (!JS_IsObject(init)) {
        JS_ThrowTypeError(ctx, "Response constructor: Expected init to be a dictionary.");
        return -1;
    }
    return take_status(ctx, response, init) || take_status_text(ctx, response, init) ||
                   take_headers(ctx, response, init)
               ? -1
               : 0;
}

/* Fetch, 2.2.3: null body status */
static bool is_null_body_status(int status)
{
    return status == 204 || status == 205 || status == 304;
}

static int set_body(JSContext *ctx, struct response *response, JSValueConst value, const char *implied_type)
{
    const char *type;
    if (JS_IsUndefined(value) || JS_IsNull(value))
        return 0;
    if (is_null_body_status(response->status)) {
        JS_ThrowTypeError(ctx, "Response constructor: Invalid response status code %d", response->status);
        return -1;
    }
    if (body_from_value(ctx, &response->body, value, &type))
        return -1;
    if (!response->headers || headers_find(response->headers, "content-type", 12) < 0)
        response->implied_type = implied_type ? implied_type : type;
    return 0;
}

static JSValue make_response(JSContext *ctx, JSValueConst new_target, JSValueConst body, JSValueConst init,
                             const char *type)
{
    JSValue value = new_response(ctx, new_target);
    if (JS_IsException(value))
        return value;
    struct response *response = response_from_value(value);
    if (take_init(ctx, response, init) == 0 && set_body(ctx, response, body, type) == 0)
        return value;
    JS_FreeValue(ctx, value);
    return JS_EXCEPTION;
}

static JSValue response_constructor(JSContext *ctx, JSValueConst new_target, int argc, JSValueConst *argv)
{
    return make_response(ctx, new_target, argc > 0 ? argv[0] : JS_UNDEFINED, argc > 1 ? argv[1] : JS_UNDEFINED, NULL);
}

static JSValue response_json(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    JSValue text = JS_JSONStringify(ctx, argv[0], JS_UNDEFINED, JS_UNDEFINED);
    if (JS_IsException(text))
        return text;
    if (JS_IsUndefined(text))
        return JS_ThrowTypeError(ctx, "Value is not JSON serializable");
    JSValue value = make_response(ctx, JS_UNDEFINED, text, argc > 1 ? argv[1] : JS_UNDEFINED, "application/json");
    JS_FreeValue(ctx, text);
    return value;
}

static JSValue response_error(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    (void)argc;
    (void)argv;
    JSValue value = new_response(ctx, JS_UNDEFINED);
    if (!JS_IsException(value)) {
        response_from_value(value)->status = 0;
        response_from_value(value)->is_error = true;
    }
    return value;
}

static bool is_redirect_status(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static JSValue make_redirect(JSContext *ctx, const struct url *url, int status)
{
    JSValue value = new_response(ctx, JS_UNDEFINED);
    if (JS_IsException(value))
        return value;
    struct response *response = response_from_value(value);
    response->status = status;
    if (list_headers(ctx, response) && headers_append(response->headers, "location", 8, url->href, url->size))
        return value;
    JS_FreeValue(ctx, value);
    return JS_ThrowOutOfMemory(ctx);
}

static JSValue response_redirect(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    struct url url = {0};
    struct utf8 input;
    int status = 302;
    if ((argc > 1 && !JS_IsUndefined(argv[1]) && JS_ToInt32(ctx, &status, argv[1])) ||
        utf8_from_value(ctx, argv[0], &input))
        return JS_EXCEPTION;
    bool is_valid = url_parse(&url, input.data, input.size, NULL);
    utf8_free(ctx, &input);
    if (!is_valid)
        return JS_ThrowTypeError(ctx, "Failed to parse URL");
    JSValue value = is_redirect_status(status) ? make_redirect(ctx, &url, status)
                                               : JS_ThrowRangeError(ctx, "Invalid status code %d", status);
    url_free(&url);
    return value;
}

static struct response *this_response(JSContext *ctx, JSValueConst value)
{
    return JS_GetOpaque2(ctx, value, response_class);
}

static JSValue response_read(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int reading)
{
    (void)argc;
    (void)argv;
    struct response *response = this_response(ctx, this_value);
    return body_read(ctx, response ? &response->body : NULL, reading);
}

static bool copy_response(JSContext *ctx, struct response *to, const struct response *from)
{
    to->status = from->status;
    to->is_error = from->is_error;
    to->status_text = JS_DupValue(ctx, from->status_text);
    to->implied_type = from->implied_type;
    if (from->headers && (!(to->headers = headers_new()) || !headers_copy(to->headers, from->headers)))
        return false;
    return body_copy(ctx, &to->body, &from->body);
}

static JSValue response_clone(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)argc;
    (void)argv;
    struct response *response = this_response(ctx, this_value);
    if (!response)
        return JS_EXCEPTION;
    if (response->body.is_used)
        return JS_ThrowTypeError(ctx, "Response.clone: Body has already been consumed.");
    JSValue value = new_response(ctx, JS_UNDEFINED);
    if (JS_IsException(value) || copy_response(ctx, response_from_value(value), response))
        return value;
    JS_FreeValue(ctx, value);
    return JS_ThrowOutOfMemory(ctx);
}

static JSValue response_get_headers(JSContext *ctx, JSValueConst this_value)
{
    struct response *response = this_response(ctx, this_value);
    if (!response)
        return JS_EXCEPTION;
    if (JS_IsUndefined(response->headers_value)) {
        struct headers *list = list_headers(ctx, response);
        JSValue headers = list ? headers_object(ctx, list) : JS_EXCEPTION;
        if (JS_IsException(headers))
            return headers;
        response->headers_value = headers;
    }
    return JS_DupValue(ctx, response->headers_value);
}

enum {
    RESPONSE_STATUS,
    RESPONSE_OK,
    RESPONSE_STATUS_TEXT,
    RESPONSE_BODY_USED,
    RESPONSE_TYPE,
    RESPONSE_URL,
    RESPONSE_REDIRECTED
};

static JSValue response_get(JSContext *ctx, JSValueConst this_value, int member)
{
    struct response *response = this_response(ctx, this_value);
    if (!response)
        return JS_EXCEPTION;
    switch (member) {
    case RESPONSE_STATUS:
        return JS_NewInt32(ctx, response->status);
    case RESPONSE_OK:
        return JS_NewBool(ctx, response->status >= 200 && response->status <= 299);
    case RESPONSE_STATUS_TEXT:
        return JS_IsUndefined(response->status_text) ? JS_NewStringLen(ctx, "", 0)
                                                     : JS_DupValue(ctx, response->status_text);
    case RESPONSE_BODY_USED:
        return JS_NewBool(ctx, response->body.is_used);
    case RESPONSE_TYPE:
        return JS_NewString(ctx, response->is_error ? "error" : "default");
    case RESPONSE_URL:
        return JS_NewStringLen(ctx, "", 0);
    default:
        return JS_FALSE;
    }
}

#define MEMBER(name, id) JS_CGETSET_MAGIC_DEF2(name, response_get, NULL, id, JS_PROP_CONFIGURABLE | JS_PROP_ENUMERABLE)

static const JSCFunctionListEntry response_methods[] = {
    MEMBER("status", RESPONSE_STATUS),
    MEMBER("ok", RESPONSE_OK),
    MEMBER("statusText", RESPONSE_STATUS_TEXT),
    MEMBER("bodyUsed", RESPONSE_BODY_USED),
    MEMBER("type", RESPONSE_TYPE),
    MEMBER("url", RESPONSE_URL),
    MEMBER("redirected", RESPONSE_REDIRECTED),
    JS_CGETSET_DEF2("headers", response_get_headers, NULL, JS_PROP_CONFIGURABLE | JS_PROP_ENUMERABLE),
    JS_CFUNC_MAGIC_DEF("text", 0, response_read, BODY_TEXT),
    JS_CFUNC_MAGIC_DEF("json", 0, response_read, BODY_JSON),
    JS_CFUNC_MAGIC_DEF("arrayBuffer", 0, response_read, BODY_ARRAY_BUFFER),
    JS_CFUNC_MAGIC_DEF("bytes", 0, response_read, BODY_BYTES),
    JS_CFUNC_DEF("clone", 0, response_clone),
    JS_PROP_STRING_DEF("[Symbol.toStringTag]", "Response", JS_PROP_CONFIGURABLE),
};

static const JSCFunctionListEntry response_statics[] = {
    JS_CFUNC_DEF("json", 1, response_json),
    JS_CFUNC_DEF("error", 0, response_error),
    JS_CFUNC_DEF("redirect", 1, response_redirect),
};

int response_init(JSContext *ctx, JSValueConst global)
{
    static const struct native_class class = {
        .id = &response_class,
        .definition = {.class_name = "Response", .finalizer = response_finalize},
        .constructor = response_constructor,
        .methods = response_methods,
        .method_count = countof(response_methods),
        .statics = response_statics,
        .static_count = countof(response_statics),
    };
    return class_define(ctx, global, &class);
}
