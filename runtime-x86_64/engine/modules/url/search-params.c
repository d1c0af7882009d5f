/* The class URLSearchParams (6.2). */
#include <stdlib.h>
#include <string.h>
#include "../../class.h"
#include "../../iterate.h"
#include "members.h"
#include "parameters.h"

struct search_params {
    struct parameters list;
    JSValue url; /* the URL object whose query this is, or undefined */
};

static JSClassID params_class;

bool search_params_serialize(JSValueConst value, struct text *text)
{
    struct search_params *params = JS_GetOpaque(value, params_class);
    if (params)
        parameters_serialize(&params->list, text);
    return params != NULL;
}

/* The URL's query follows the list. */
static void update_url(JSContext *ctx, const struct search_params *params)
{
    struct text query = {0};
    if (JS_IsUndefined(params->url))
        return;
    parameters_serialize(&params->list, &query);
    if (!query.failed)
        url_object_set_query(ctx, params->url, &query);
    text_free(&query);
}

void search_params_update(JSValueConst value, struct slice query)
{
    struct search_params *params = JS_GetOpaque(value, params_class);
    if (!params)
        return;
    parameters_clear(&params->list);
    parameters_parse(&params->list, query.data, query.size);
}

static void params_finalize(JSRuntime *rt, JSValueConst value)
{
    struct search_params *params = JS_GetOpaque(value, params_class);
    if (!params)
        return;
    parameters_clear(&params->list);
    free(params->list.items);
    url_object_forget_params(params->url);
    JS_FreeValueRT(rt, params->url);
    free(params);
}

static void params_mark(JSRuntime *rt, JSValueConst value, JS_MarkFunc *mark)
{
    struct search_params *params = JS_GetOpaque(value, params_class);
    if (params)
        JS_MarkValue(rt, params->url, mark);
}

static JSValue attach(JSContext *ctx, JSValue value, JSValueConst url)
{
    struct search_params *params = JS_IsException(value) ? NULL : calloc(1, sizeof *params);
    if (!params) {
        JS_FreeValue(ctx, value);
        return JS_IsException(value) ? value : JS_ThrowOutOfMemory(ctx);
    }
    params->url = JS_DupValue(ctx, url);
    JS_SetOpaque(value, params);
    return value;
}

JSValue search_params_of_url(JSContext *ctx, JSValueConst url_object)
{
    JSValue value = attach(ctx, JS_NewObjectClass(ctx, params_class), url_object);
    if (!JS_IsException(value))
        search_params_update(value, url_query(url_from_value(url_object)));
    return value;
}

static int append_values(JSContext *ctx, struct search_params *params, JSValueConst name, JSValueConst value)
{
    struct utf8 name_utf8, value_utf8;
    if (utf8_from_value(ctx, name, &name_utf8))
        return -1;
    int error = utf8_from_value(ctx, value, &value_utf8);
    if (!error) {
        if (!parameters_append(&params->list, (struct slice){name_utf8.data, name_utf8.size},
                               (struct slice){value_utf8.data, value_utf8.size})) {
            JS_ThrowOutOfMemory(ctx);
            error = -1;
        }
        utf8_free(ctx, &value_utf8);
    }
    utf8_free(ctx, &name_utf8);
    return error;
}

static int fill_from_pairs(JSContext *ctx, struct search_params *params, JSValueConst pairs)
{
    int64_t length, pair_length;
    int error = JS_GetLength(ctx, pairs, &length);
    for (int64_t i = 0; !error && i < length; i++) {
        JSValue item = JS_GetPropertyInt64(ctx, pairs, i);
        JSValue pair = JS_IsObject(item) ? array_from_iterable(ctx, item) : JS_UNDEFINED;
        if (JS_IsException(pair) || JS_IsUndefined(pair) || JS_GetLength(ctx, pair, &pair_length) || pair_length != 2) {
            if (!JS_HasException(ctx))
                JS_ThrowTypeError(ctx, "Each query pair must be an iterable [name, value] tuple");
            error = -1;
        } else {
            JSValue name = JS_GetPropertyUint32(ctx, pair, 0), value = JS_GetPropertyUint32(ctx, pair, 1);
            error = append_values(ctx, params, name, value);
            JS_FreeValue(ctx, name);
            JS_FreeValue(ctx, value);
        }
        JS_FreeValue(ctx, pair);
        JS_FreeValue(ctx, item);
    }
    return error;
}

static int fill_from_record(JSContext *ctx, struct search_params *params, JSValueConst record)
{
    JSPropertyEnum *names;
    uint32_t count;
    int error = 0;
    if (JS_GetOwnPropertyNames(ctx, &names, &count, record, JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY))
        return -1;
    for (uint32_t i = 0; i < count && !error; i++) {
        JSValue name = JS_AtomToString(ctx, names[i].atom), value = JS_GetProperty(ctx, record, names[i].atom);
        error = JS_IsException(value) ? -1 : append_values(ctx, params, name, value);
        JS_FreeValue(ctx, name);
        JS_FreeValue(ctx, value);
    }
    JS_FreePropertyEnum(ctx, names, count);
    return error;
}

static int fill(JSContext *ctx, struct search_params *params, JSValueConst init)
{
    if (JS_IsObject(init)) {
        JSValue pairs = array_from_iterable(ctx, init);
        if (JS_IsException(pairs))
            return -1;
        int error = JS_IsUndefined(pairs) ? fill_from_record(ctx, params, init) : fill_from_pairs(ctx, params, pairs);
        JS_FreeValue(ctx, pairs);
        return error;
    }
    struct utf8 text;
    if (utf8_from_value(ctx, init, &text))
        return -1;
    size_t skipped = text.size > 0 && text.data[0] == '?';
    bool is_done = parameters_parse(&params->list, text.data + skipped, text.size - skipped);
    utf8_free(ctx, &text);
    if (!is_done)
        JS_ThrowOutOfMemory(ctx);
    return is_done ? 0 : -1;
}

static JSValue params_constructor(JSContext *ctx, JSValueConst new_target, int argc, JSValueConst *argv)
{
    JSValue value = attach(ctx, class_instance(ctx, new_target, params_class), JS_UNDEFINED);
    if (JS_IsException(value) || argc == 0 || JS_IsUndefined(argv[0]) || JS_IsNull(argv[0]))
        return value;
    if (fill(ctx, JS_GetOpaque(value, params_class), argv[0]) == 0)
        return value;
    JS_FreeValue(ctx, value);
    return JS_EXCEPTION;
}

static JSValue params_append(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    struct search_params *params = JS_GetOpaque2(ctx, this_value, params_class);
    if (params && argc < 2)
        return JS_ThrowTypeError(ctx, "The \"name\" and \"value\" arguments must be specified");
    if (!params || append_values(ctx, params, argv[0], argv[1]))
        return JS_EXCEPTION;
    update_url(ctx, params);
    return JS_UNDEFINED;
}

static bool has_name(const struct parameter *item, const struct utf8 *name)
{
    return item->name_size == name->size && memcmp(item->text, name->data, name->size) == 0;
}

static bool has_value(const struct parameter *item, const struct utf8 *value)
{
    return !value->data ||
           (item->value_size == value->size && memcmp(item->text + item->name_size, value->data, value->size) == 0);
}

static JSValue value_string(JSContext *ctx, const struct parameter *item)
{
    return string_from_utf8(ctx, item->text + item->name_size, item->value_size);
}

static JSValue get_all(JSContext *ctx, const struct search_params *params, const struct utf8 *name)
{
    JSValue array = JS_NewArray(ctx);
    uint32_t length = 0;
    for (uint32_t i = 0; i < params->list.count && !JS_IsException(array); i++)
        if (has_name(&params->list.items[i], name))
            JS_DefinePropertyValueUint32(ctx, array, length++, value_string(ctx, &params->list.items[i]),
                                         JS_PROP_C_W_E);
    return array;
}

static void delete_matching(struct search_params *params, const struct utf8 *name, const struct utf8 *value)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < params->list.count; i++) {
        if (has_name(&params->list.items[i], name) && has_value(&params->list.items[i], value))
            free(params->list.items[i].text);
        else
            params->list.items[kept++] = params->list.items[i];
    }
    params->list.count = kept;
}

enum { METHOD_GET, METHOD_GET_ALL, METHOD_HAS, METHOD_DELETE };

static JSValue look_up(JSContext *ctx, struct search_params *params, const struct utf8 *name, const struct utf8 *value,
                       int method)
{
    if (method == METHOD_GET_ALL)
        return get_all(ctx, params, name);
    if (method == METHOD_DELETE) {
        delete_matching(params, name, value);
        update_url(ctx, params);
        return JS_UNDEFINED;
    }
    for (uint32_t i = 0; i < params->list.count; i++)
        if (has_name(&params->list.items[i], name) && has_value(&params->list.items[i], value))
            return method == METHOD_HAS ? JS_TRUE : value_string(ctx, &params->list.items[i]);
    return method == METHOD_HAS ? JS_FALSE : JS_NULL;
}

static JSValue params_look_up(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int method)
{
    struct search_params *params = JS_GetOpaque2(ctx, this_value, params_class);
    struct utf8 name, value = {0};
    bool takes_value = (method == METHOD_HAS || method == METHOD_DELETE) && argc > 1 && !JS_IsUndefined(argv[1]);
    if (params && argc < 1)
        return JS_ThrowTypeError(ctx, "The \"name\" argument must be specified");
    if (!params || utf8_from_value(ctx, argv[0], &name))
        return JS_EXCEPTION;
    JSValue result = JS_EXCEPTION;
    if (!takes_value || utf8_from_value(ctx, argv[1], &value) == 0)
        result = look_up(ctx, params, &name, &value, method);
    if (value.data)
        utf8_free(ctx, &value);
    utf8_free(ctx, &name);
    return result;
}

/* The first of that name gets the value, the others go. */
static int set_value(JSContext *ctx, struct search_params *params, JSValueConst *argv, const struct utf8 *name)
{
    uint32_t at = 0;
    while (at < params->list.count && !has_name(&params->list.items[at], name))
        at++;
    if (append_values(ctx, params, argv[0], argv[1]))
        return -1;
    struct parameter added = params->list.items[params->list.count - 1];
    if (at == params->list.count - 1)
        return 0;
    params->list.count--;
    free(params->list.items[at].text);
    params->list.items[at] = (struct parameter){calloc(1, 1), 0, 0};
    uint32_t kept = at + 1;
    for (uint32_t i = at + 1; i < params->list.count; i++) {
        if (has_name(&params->list.items[i], name))
            free(params->list.items[i].text);
        else
            params->list.items[kept++] = params->list.items[i];
    }
    params->list.count = kept;
    free(params->list.items[at].text);
    params->list.items[at] = added;
    return 0;
}

static JSValue params_set(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    struct search_params *params = JS_GetOpaque2(ctx, this_value, params_class);
    struct utf8 name;
    if (params && argc < 2)
        return JS_ThrowTypeError(ctx, "The \"name\" and \"value\" arguments must be specified");
    if (!params || utf8_from_value(ctx, argv[0], &name))
        return JS_EXCEPTION;
    int error = set_value(ctx, params, argv, &name);
    utf8_free(ctx, &name);
    if (error)
        return JS_EXCEPTION;
    update_url(ctx, params);
    return JS_UNDEFINED;
}

static JSValue params_sort(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)argc;
    (void)argv;
    struct search_params *params = JS_GetOpaque2(ctx, this_value, params_class);
    if (!params)
        return JS_EXCEPTION;
    if (!parameters_sort(&params->list))
        return JS_ThrowOutOfMemory(ctx);
    update_url(ctx, params);
    return JS_UNDEFINED;
}

enum { PART_ENTRIES, PART_NAMES, PART_VALUES };

static JSValue make_part(JSContext *ctx, const struct parameter *item, int part)
{
    if (part == PART_VALUES)
        return value_string(ctx, item);
    JSValue name = string_from_utf8(ctx, item->text, item->name_size);
    if (part == PART_NAMES || JS_IsException(name))
        return name;
    return JS_NewArrayFrom(ctx, 2, (JSValue[]){name, value_string(ctx, item)});
}

static JSValue list_parts(JSContext *ctx, const struct search_params *params, int part)
{
    JSValue array = JS_NewArray(ctx);
    for (uint32_t i = 0; i < params->list.count && !JS_IsException(array); i++)
        JS_DefinePropertyValueUint32(ctx, array, i, make_part(ctx, &params->list.items[i], part), JS_PROP_C_W_E);
    return array;
}

/* Iterates over a snapshot. */
static JSValue params_iterate(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int part)
{
    (void)argc;
    (void)argv;
    struct search_params *params = JS_GetOpaque2(ctx, this_value, params_class);
    JSValue array = params ? list_parts(ctx, params, part) : JS_EXCEPTION;
    return JS_IsException(array) ? array : array_iterator(ctx, array);
}

static JSValue params_for_each(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    struct search_params *params = JS_GetOpaque2(ctx, this_value, params_class);
    if (!params)
        return JS_EXCEPTION;
    if (argc < 1 || !JS_IsFunction(ctx, argv[0]))
        return JS_ThrowTypeError(ctx, "The \"callback\" argument must be of type function.");
    for (uint32_t i = 0; i < params->list.count; i++) {
        JSValue name = make_part(ctx, &params->list.items[i], PART_NAMES),
                value = value_string(ctx, &params->list.items[i]);
        JSValue result =
            JS_Call(ctx, argv[0], argc > 1 ? argv[1] : JS_UNDEFINED, 3, (JSValueConst[]){value, name, this_value});
        JS_FreeValue(ctx, name);
        JS_FreeValue(ctx, value);
        if (JS_IsException(result))
            return result;
        JS_FreeValue(ctx, result);
    }
    return JS_UNDEFINED;
}

static JSValue params_to_string(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)argc;
    (void)argv;
    struct search_params *params = JS_GetOpaque2(ctx, this_value, params_class);
    struct text text = {0};
    if (!params)
        return JS_EXCEPTION;
    parameters_serialize(&params->list, &text);
    JSValue string = JS_NewStringLen(ctx, text.data, text.size);
    text_free(&text);
    return string;
}

static JSValue params_get_size(JSContext *ctx, JSValueConst this_value)
{
    struct search_params *params = JS_GetOpaque2(ctx, this_value, params_class);
    return params ? JS_NewUint32(ctx, params->list.count) : JS_EXCEPTION;
}

static const JSCFunctionListEntry params_methods[] = {
    JS_CFUNC_DEF("append", 2, params_append),
    JS_CFUNC_MAGIC_DEF("delete", 1, params_look_up, METHOD_DELETE),
    JS_CFUNC_MAGIC_DEF("get", 1, params_look_up, METHOD_GET),
    JS_CFUNC_MAGIC_DEF("getAll", 1, params_look_up, METHOD_GET_ALL),
    JS_CFUNC_MAGIC_DEF("has", 1, params_look_up, METHOD_HAS),
    JS_CFUNC_DEF("set", 2, params_set),
    JS_CFUNC_DEF("sort", 0, params_sort),
    JS_CFUNC_DEF("forEach", 1, params_for_each),
    JS_CFUNC_MAGIC_DEF("keys", 0, params_iterate, PART_NAMES),
    JS_CFUNC_MAGIC_DEF("values", 0, params_iterate, PART_VALUES),
    JS_CFUNC_MAGIC_DEF("entries", 0, params_iterate, PART_ENTRIES),
    JS_ALIAS_DEF("[Symbol.iterator]", "entries"),
    JS_CFUNC_DEF("toString", 0, params_to_string),
    JS_CGETSET_DEF("size", params_get_size, NULL),
    JS_PROP_STRING_DEF("[Symbol.toStringTag]", "URLSearchParams", JS_PROP_CONFIGURABLE),
};

int search_params_init(JSContext *ctx, JSValueConst global)
{
    static const struct native_class class = {
        .id = &params_class,
        .definition = {.class_name = "URLSearchParams", .finalizer = params_finalize, .gc_mark = params_mark},
        .constructor = params_constructor,
        .methods = params_methods,
        .method_count = countof(params_methods),
    };
    return class_define(ctx, global, &class);
}
