/* The class URL (6.1). */
#include <stdlib.h>
#include <string.h>
#include "../../class.h"
#include "members.h"

struct url_object {
    struct url url;
    JSValue params; /* the URLSearchParams while somebody holds it. No reference: it holds the URL, and a cycle would
                       wait for the collector */
};

static JSClassID url_class;

struct url *url_from_value(JSValueConst value)
{
    struct url_object *object = JS_GetOpaque(value, url_class);
    return object ? &object->url : NULL;
}

static void url_finalize(JSRuntime *rt, JSValueConst value)
{
    struct url_object *object = JS_GetOpaque(value, url_class);
    (void)rt;
    if (!object)
        return;
    url_free(&object->url);
    free(object);
}

void url_object_forget_params(JSValueConst url_object)
{
    struct url_object *object = JS_GetOpaque(url_object, url_class);
    if (object)
        object->params = JS_UNDEFINED;
}

/* 1: parsed, 0: not a URL, -1: exception. */
static int parse_value(JSContext *ctx, struct url *url, JSValueConst value, const struct url *base)
{
    struct utf8 input;
    if (utf8_from_value(ctx, value, &input))
        return -1;
    int is_valid = url_parse(url, input.data, input.size, base);
    utf8_free(ctx, &input);
    return is_valid;
}

static int parse_arguments(JSContext *ctx, struct url *url, int argc, JSValueConst *argv)
{
    if (argc < 2 || JS_IsUndefined(argv[1]))
        return parse_value(ctx, url, argv[0], NULL);
    struct url base = {0};
    int result = parse_value(ctx, &base, argv[1], NULL);
    if (result > 0)
        result = parse_value(ctx, url, argv[0], &base);
    url_free(&base);
    return result;
}

static JSValue make_object(JSContext *ctx, JSValueConst new_target, struct url *url)
{
    JSValue value = class_instance(ctx, new_target, url_class);
    struct url_object *object = JS_IsException(value) ? NULL : malloc(sizeof *object);
    if (!object) {
        url_free(url);
        JS_FreeValue(ctx, value);
        return JS_IsException(value) ? value : JS_ThrowOutOfMemory(ctx);
    }
    *object = (struct url_object){*url, JS_UNDEFINED};
    JS_SetOpaque(value, object);
    return value;
}

static JSValue throw_invalid_url(JSContext *ctx, JSValueConst input)
{
    JSValue error = JS_NewTypeError(ctx, "Invalid URL");
    JS_DefinePropertyValueStr(ctx, error, "code", JS_NewString(ctx, "ERR_INVALID_URL"), JS_PROP_C_W_E);
    JS_DefinePropertyValueStr(ctx, error, "input", JS_ToString(ctx, input), JS_PROP_C_W_E);
    return JS_Throw(ctx, error);
}

static JSValue url_constructor(JSContext *ctx, JSValueConst new_target, int argc, JSValueConst *argv)
{
    struct url url = {0};
    if (argc == 0)
        return JS_ThrowTypeError(ctx, "The \"url\" argument must be specified");
    int result = parse_arguments(ctx, &url, argc, argv);
    if (result <= 0)
        return result < 0 ? JS_EXCEPTION : throw_invalid_url(ctx, argv[0]);
    return make_object(ctx, new_target, &url);
}

static JSValue url_can_parse(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    struct url url = {0};
    int result = parse_arguments(ctx, &url, argc, argv);
    url_free(&url);
    return result < 0 ? JS_EXCEPTION : JS_NewBool(ctx, result);
}

static JSValue url_static_parse(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    struct url url = {0};
    int result = parse_arguments(ctx, &url, argc, argv);
    return result < 0 ? JS_EXCEPTION : result ? make_object(ctx, JS_UNDEFINED, &url) : JS_NULL;
}

static JSValue string_of(JSContext *ctx, struct slice slice)
{
    return JS_NewStringLen(ctx, slice.data, slice.size); /* a serialised URL is ASCII */
}

static JSValue string_from_to(JSContext *ctx, const struct url *url, uint32_t start, uint32_t end)
{
    return JS_NewStringLen(ctx, url->href + start, end - start);
}

/* With the mark before it, or nothing where nothing follows the mark. */
static JSValue string_with_mark(JSContext *ctx, struct slice slice)
{
    return slice.size == 0 ? JS_NewStringLen(ctx, "", 0) : JS_NewStringLen(ctx, slice.data - 1, slice.size + 1);
}

static JSValue url_get_member(JSContext *ctx, JSValueConst this_value, int member)
{
    struct url_object *object = JS_GetOpaque2(ctx, this_value, url_class);
    const struct url *url = object ? &object->url : NULL;
    if (!url)
        return JS_EXCEPTION;
    switch (member) {
    case URL_PROTOCOL:
        return string_from_to(ctx, url, 0, url->scheme_end + 1);
    case URL_USERNAME:
        return string_from_to(ctx, url, url->username_start, url->username_end);
    case URL_PASSWORD:
        return string_from_to(ctx, url, url->password_start, url->password_end);
    case URL_HOST:
        return string_from_to(ctx, url, url->host_start, url->port >= 0 ? url->path_start : url->host_end);
    case URL_HOSTNAME:
        return string_of(ctx, url_host(url));
    case URL_PORT:
        return string_from_to(ctx, url, url->port >= 0 ? url->host_end + 1 : url->path_start, url->path_start);
    case URL_PATHNAME:
        return string_of(ctx, url_path(url));
    case URL_SEARCH:
        return string_with_mark(ctx, url_query(url));
    default:
        return string_with_mark(ctx, url_fragment(url));
    }
}

static JSValue url_set(JSContext *ctx, JSValueConst this_value, JSValueConst value, int member)
{
    struct url_object *object = JS_GetOpaque2(ctx, this_value, url_class);
    struct utf8 input;
    if (!object || utf8_from_value(ctx, value, &input))
        return JS_EXCEPTION;
    url_set_member(&object->url, member, input.data, input.size);
    utf8_free(ctx, &input);
    if (member == URL_SEARCH)
        search_params_update(object->params, url_query(&object->url));
    return JS_UNDEFINED;
}

void url_object_set_query(JSContext *ctx, JSValueConst url_object, const struct text *query)
{
    (void)ctx;
    struct url_record *record = url_record_of(url_from_value(url_object));
    record->query.size = 0;
    record->has_query = query->size > 0;
    text_append(&record->query, query->data, query->size);
    url_from_record(url_from_value(url_object), record);
}

static JSValue url_get_href(JSContext *ctx, JSValueConst this_value)
{
    struct url_object *object = JS_GetOpaque2(ctx, this_value, url_class);
    return object ? JS_NewStringLen(ctx, object->url.href, object->url.size) : JS_EXCEPTION;
}

static JSValue url_set_href(JSContext *ctx, JSValueConst this_value, JSValueConst value)
{
    struct url_object *object = JS_GetOpaque2(ctx, this_value, url_class);
    int result = object ? parse_value(ctx, &object->url, value, NULL) : -1;
    if (result <= 0)
        return result < 0 ? JS_EXCEPTION : throw_invalid_url(ctx, value);
    search_params_update(object->params, url_query(&object->url));
    return JS_UNDEFINED;
}

/* 4.7: a tuple origin for the special schemes but file; of blob: that of the URL inside. */
static JSValue url_get_origin(JSContext *ctx, JSValueConst this_value)
{
    struct url *url = url_from_value(this_value), inner = {0};
    if (!url)
        return JS_ThrowTypeError(ctx, "not a URL");
    struct slice scheme = url_scheme(url);
    bool is_blob = scheme.size == 4 && memcmp(scheme.data, "blob", 4) == 0;
    struct slice path = url_path(url);
    if (is_blob && url_parse(&inner, path.data, path.size, NULL)) {
        url = &inner;
        scheme = url_scheme(url);
    }
    const struct url_record *record = url_record_of(url);
    bool is_http = url_text_is(&record->scheme, "http") || url_text_is(&record->scheme, "https");
    bool has_origin =
        is_blob ? is_http : url_scheme_is_special(&record->scheme) && !url_text_is(&record->scheme, "file");
    struct text origin = {0};
    if (has_origin) {
        text_append(&origin, scheme.data, scheme.size);
        text_append(&origin, "://", 3);
        text_append(&origin, url->href + url->host_start,
                    (url->port >= 0 ? url->path_start : url->host_end) - url->host_start);
    }
    JSValue value = has_origin ? JS_NewStringLen(ctx, origin.data, origin.size) : JS_NewString(ctx, "null");
    text_free(&origin);
    url_free(&inner);
    return value;
}

static JSValue url_get_search_params(JSContext *ctx, JSValueConst this_value)
{
    struct url_object *object = JS_GetOpaque2(ctx, this_value, url_class);
    if (!object)
        return JS_EXCEPTION;
    if (!JS_IsUndefined(object->params))
        return JS_DupValue(ctx, object->params);
    JSValue params = search_params_of_url(ctx, this_value);
    if (!JS_IsException(params))
        object->params = params;
    return params;
}

static JSValue url_to_string(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)argc;
    (void)argv;
    return url_get_href(ctx, this_value);
}

#define MEMBER(name, id)                                                                                               \
    JS_CGETSET_MAGIC_DEF2(name, url_get_member, url_set, id, JS_PROP_CONFIGURABLE | JS_PROP_ENUMERABLE)

static const JSCFunctionListEntry url_methods[] = {
    JS_CGETSET_DEF2("href", url_get_href, url_set_href, JS_PROP_CONFIGURABLE | JS_PROP_ENUMERABLE),
    JS_CGETSET_DEF2("origin", url_get_origin, NULL, JS_PROP_CONFIGURABLE | JS_PROP_ENUMERABLE),
    MEMBER("protocol", URL_PROTOCOL),
    MEMBER("username", URL_USERNAME),
    MEMBER("password", URL_PASSWORD),
    MEMBER("host", URL_HOST),
    MEMBER("hostname", URL_HOSTNAME),
    MEMBER("port", URL_PORT),
    MEMBER("pathname", URL_PATHNAME),
    MEMBER("search", URL_SEARCH),
    JS_CGETSET_DEF2("searchParams", url_get_search_params, NULL, JS_PROP_CONFIGURABLE | JS_PROP_ENUMERABLE),
    MEMBER("hash", URL_HASH),
    JS_CFUNC_DEF("toString", 0, url_to_string),
    JS_CFUNC_DEF("toJSON", 0, url_to_string),
    JS_PROP_STRING_DEF("[Symbol.toStringTag]", "URL", JS_PROP_CONFIGURABLE),
};

static const JSCFunctionListEntry url_statics[] = {
    JS_CFUNC_DEF("canParse", 1, url_can_parse),
    JS_CFUNC_DEF("parse", 1, url_static_parse),
};

static int url_init(JSContext *ctx, JSValueConst global)
{
    static const struct native_class class = {
        .id = &url_class,
        .definition = {.class_name = "URL", .finalizer = url_finalize},
        .constructor = url_constructor,
        .constructor_length = 1,
        .methods = url_methods,
        .method_count = countof(url_methods),
        .statics = url_statics,
        .static_count = countof(url_statics),
    };
    return class_define(ctx, global, &class) || search_params_init(ctx, global) ? -1 : 0;
}

static JSValue url_namespace(JSContext *ctx, const char *specifier)
{
    (void)specifier;
    JSValue global = JS_GetGlobalObject(ctx), namespace = JS_NewObject(ctx);
    JS_SetPropertyStr(ctx, namespace, "URL", JS_GetPropertyStr(ctx, global, "URL"));
    JS_SetPropertyStr(ctx, namespace, "URLSearchParams", JS_GetPropertyStr(ctx, global, "URLSearchParams"));
    JS_FreeValue(ctx, global);
    return namespace;
}

static const char *const url_specifiers[] = {"node:url", "url", NULL};

MODULE(url) = {
    .name = "url",
    .phase = PHASE_API,
    .init = url_init,
    .specifiers = url_specifiers,
    .namespace = url_namespace,
};
