/* The class URLSearchParams (6.2) and its form encoding (5). */
#include <stdlib.h>
#include <string.h>
#include "../../class.h"
#include "../../iterate.h"
#include "members.h"

struct parameter {
    char *text; /* name, then value; UTF-8 */
    uint32_t name_size, value_size;
};

struct search_params {
    struct parameter *items;
    uint32_t count, capacity;
    JSValue url; /* the URL object whose query this is, or undefined */
};

static JSClassID params_class;

static void clear(struct search_params *params)
{
    for (uint32_t i = 0; i < params->count; i++)
        free(params->items[i].text);
    params->count = 0;
}

static bool append(struct search_params *params, const char *name, size_t name_size, const char *value,
                   size_t value_size)
{
    if (params->count == params->capacity) {
        uint32_t capacity = params->capacity ? params->capacity * 2 : 4;
        void *items = realloc(params->items, capacity * sizeof *params->items);
        if (!items)
            return false;
        params->items = items;
        params->capacity = capacity;
    }
    char *text = malloc(name_size + value_size + 1);
    if (!text)
        return false;
    memcpy(text, name, name_size);
    memcpy(text + name_size, value, value_size);
    params->items[params->count++] = (struct parameter){text, name_size, value_size};
    return true;
}

static void decode(struct text *to, const char *data, size_t size)
{
    static struct text bytes;
    to->size = bytes.size = 0;
    percent_decode(&bytes, data, size);
    if (utf8_is_valid(bytes.data, bytes.size)) {
        text_append(to, bytes.data, bytes.size);
        return;
    }
    for (size_t at = 0; at < bytes.size;) {
        int32_t c = utf8_next(bytes.data, bytes.size, &at);
        text_append_utf8(to, c < 0 ? 0xfffd : c);
    }
}

static struct slice decode_part(struct text *room, const char *data, size_t size, bool has_escapes)
{
    if (!has_escapes)
        return (struct slice){data, size};
    decode(room, data, size);
    return (struct slice){room->data ? room->data : "", room->size};
}

/* 5.1 */
static bool parse_pairs(struct search_params *params, const char *at, size_t size, bool has_escapes)
{
    static struct text name_room, value_room;
    bool is_done = true;
    const char *end = at + size;
    for (const char *start = at, *stop; start < end; start = stop + 1) {
        stop = memchr(start, '&', end - start);
        stop = stop ? stop : end;
        if (stop == start)
            continue;
        const char *equals = memchr(start, '=', stop - start);
        const char *value = equals ? equals + 1 : stop;
        struct slice name_slice = decode_part(&name_room, start, (equals ? equals : stop) - start, has_escapes);
        struct slice value_slice = decode_part(&value_room, value, stop - value, has_escapes);
        is_done &= append(params, name_slice.data, name_slice.size, value_slice.data, value_slice.size);
    }
    return is_done;
}

static bool parse_form(struct search_params *params, const char *data, size_t size)
{
    static struct text plain;
    bool has_escapes = memchr(data, '%', size) || !ascii_is_all(data, size);
    if (!memchr(data, '+', size))
        return parse_pairs(params, data, size, has_escapes);
    plain.size = 0;
    for (size_t i = 0; i < size; i++)
        text_append_char(&plain, data[i] == '+' ? ' ' : data[i]);
    return !plain.failed && parse_pairs(params, plain.data, plain.size, has_escapes);
}

static void encode_form(struct text *to, const char *data, size_t size)
{
    size_t start = to->size;
    percent_encode(to, data, size, PERCENT_FORM);
    /* A space is "+" here. No other %20 can be there: "%" itself is encoded. */
    size_t out = start;
    for (size_t i = start; i < to->size; i++) {
        bool is_space = to->size - i >= 3 && memcmp(to->data + i, "%20", 3) == 0;
        to->data[out++] = is_space ? '+' : to->data[i];
        i += is_space ? 2 : 0;
    }
    to->size = out;
}

static void serialize(const struct search_params *params, struct text *text)
{
    for (uint32_t i = 0; i < params->count; i++) {
        const struct parameter *item = &params->items[i];
        if (i > 0)
            text_append_char(text, '&');
        encode_form(text, item->text, item->name_size);
        text_append_char(text, '=');
        encode_form(text, item->text + item->name_size, item->value_size);
    }
}

bool search_params_serialize(JSValueConst value, struct text *text)
{
    struct search_params *params = JS_GetOpaque(value, params_class);
    if (params)
        serialize(params, text);
    return params != NULL;
}

/* The URL's query follows the list. */
static void update_url(JSContext *ctx, const struct search_params *params)
{
    struct text query = {0};
    if (JS_IsUndefined(params->url))
        return;
    serialize(params, &query);
    if (!query.failed)
        url_object_set_query(ctx, params->url, &query);
    text_free(&query);
}

void search_params_update(JSValueConst value, struct slice query)
{
    struct search_params *params = JS_GetOpaque(value, params_class);
    if (!params)
        return;
    clear(params);
    parse_form(params, query.data, query.size);
}

static void params_finalize(JSRuntime *rt, JSValueConst value)
{
    struct search_params *params = JS_GetOpaque(value, params_class);
    if (!params)
        return;
    clear(params);
    free(params->items);
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
        if (!append(params, name_utf8.data, name_utf8.size, value_utf8.data, value_utf8.size)) {
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
    bool is_done = parse_form(params, text.data + skipped, text.size - skipped);
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
    for (uint32_t i = 0; i < params->count && !JS_IsException(array); i++)
        if (has_name(&params->items[i], name))
            JS_DefinePropertyValueUint32(ctx, array, length++, value_string(ctx, &params->items[i]), JS_PROP_C_W_E);
    return array;
}

static void delete_matching(struct search_params *params, const struct utf8 *name, const struct utf8 *value)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < params->count; i++) {
        if (has_name(&params->items[i], name) && has_value(&params->items[i], value))
            free(params->items[i].text);
        else
            params->items[kept++] = params->items[i];
    }
    params->count = kept;
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
    for (uint32_t i = 0; i < params->count; i++)
        if (has_name(&params->items[i], name) && has_value(&params->items[i], value))
            return method == METHOD_HAS ? JS_TRUE : value_string(ctx, &params->items[i]);
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
    while (at < params->count && !has_name(&params->items[at], name))
        at++;
    if (append_values(ctx, params, argv[0], argv[1]))
        return -1;
    struct parameter added = params->items[params->count - 1];
    if (at == params->count - 1)
        return 0;
    params->count--;
    free(params->items[at].text);
    params->items[at] = (struct parameter){calloc(1, 1), 0, 0};
    uint32_t kept = at + 1;
    for (uint32_t i = at + 1; i < params->count; i++) {
        if (has_name(&params->items[i], name))
            free(params->items[i].text);
        else
            params->items[kept++] = params->items[i];
    }
    params->count = kept;
    free(params->items[at].text);
    params->items[at] = added;
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

struct sort_key {
    struct parameter item;
    uint32_t position;
};

/* By UTF-16 code units: surrogates, that is what UTF-8 begins with F0 and above, come before U+E000 and above. */
static int compare_units(const struct parameter *a, const struct parameter *b)
{
    uint32_t common = a->name_size < b->name_size ? a->name_size : b->name_size;
    for (uint32_t i = 0; i < common; i++) {
        uint8_t x = a->text[i], y = b->text[i];
        if (x == y)
            continue;
        if ((x >= 0xf0) != (y >= 0xf0) && x >= 0xee && y >= 0xee)
            return x >= 0xf0 ? -1 : 1;
        return x - y;
    }
    return a->name_size < b->name_size ? -1 : a->name_size > b->name_size;
}

static int compare_keys(const void *a_pointer, const void *b_pointer)
{
    const struct sort_key *a = a_pointer, *b = b_pointer;
    int order = compare_units(&a->item, &b->item);
    return order ? order : a->position < b->position ? -1 : 1;
}

static JSValue params_sort(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)argc;
    (void)argv;
    struct search_params *params = JS_GetOpaque2(ctx, this_value, params_class);
    struct sort_key *keys = params ? malloc((params->count + 1) * sizeof *keys) : NULL;
    if (!keys)
        return params ? JS_ThrowOutOfMemory(ctx) : JS_EXCEPTION;
    for (uint32_t i = 0; i < params->count; i++)
        keys[i] = (struct sort_key){params->items[i], i};
    qsort(keys, params->count, sizeof *keys, compare_keys);
    for (uint32_t i = 0; i < params->count; i++)
        params->items[i] = keys[i].item;
    free(keys);
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
    for (uint32_t i = 0; i < params->count && !JS_IsException(array); i++)
        JS_DefinePropertyValueUint32(ctx, array, i, make_part(ctx, &params->items[i], part), JS_PROP_C_W_E);
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
    for (uint32_t i = 0; i < params->count; i++) {
        JSValue name = make_part(ctx, &params->items[i], PART_NAMES), value = value_string(ctx, &params->items[i]);
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
    serialize(params, &text);
    JSValue string = JS_NewStringLen(ctx, text.data, text.size);
    text_free(&text);
    return string;
}

static JSValue params_get_size(JSContext *ctx, JSValueConst this_value)
{
    struct search_params *params = JS_GetOpaque2(ctx, this_value, params_class);
    return params ? JS_NewUint32(ctx, params->count) : JS_EXCEPTION;
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
