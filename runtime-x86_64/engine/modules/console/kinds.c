/* What util.inspect's formatRaw knows of each kind of object. */
#include <stdio.h>
#include <string.h>
#include "../../bytes.h"
#include "../../iterate.h"
#include "inspect.h"

#define ITEMS_MAX 100

void inspect_append_prefix(struct text *out, const struct object_name *name, const char *fallback, const char *size)
{
    const struct text *tag = &name->tag;
    if (!name->has_constructor) {
        text_append_char(out, '[');
        text_append_string(out, fallback);
        text_append_string(out, size);
        text_append_string(out, ": null prototype] ");
        if (tag->size == 0 || (tag->size == strlen(fallback) && memcmp(tag->data, fallback, tag->size) == 0))
            return;
    } else {
        text_append(out, name->constructor.data, name->constructor.size);
        text_append_string(out, size);
        text_append_char(out, ' ');
        if (tag->size == 0 ||
            (tag->size == name->constructor.size && memcmp(tag->data, name->constructor.data, tag->size) == 0))
            return;
    }
    text_append_char(out, '[');
    text_append(out, tag->data, tag->size);
    text_append_string(out, "] ");
}

static bool is_named(const struct object_name *name, const char *constructor)
{
    return name->has_constructor && name->tag.size == 0 && name->constructor.size == strlen(constructor) &&
           memcmp(name->constructor.data, constructor, name->constructor.size) == 0;
}

static void open_with_prefix(struct shape *shape, const struct object_name *name, const char *fallback,
                             const char *size, const char *brace)
{
    inspect_append_prefix(&shape->open, name, fallback, size);
    text_append_string(&shape->open, brace);
}

static void append_more(struct entries *entries, int64_t more, const char *what)
{
    if (more <= 0)
        return;
    struct text *entry = entries_add(entries);
    text_append_string(entry, "... ");
    text_append_uint(entry, more);
    text_append_string(entry, what);
    if (more > 1)
        text_append_char(entry, 's');
}

/* Elements and, where they are missing, "<2 empty items>". */
static void add_array_items(struct inspection *s, JSValueConst array, int64_t length, struct entries *entries,
                            int depth)
{
    int64_t i = 0;
    while (i < length && entries->count < ITEMS_MAX) {
        int64_t hole = i;
        JSAtom atom = JS_NewAtomUInt32(s->ctx, i);
        while (i < length && JS_GetOwnProperty(s->ctx, NULL, array, atom) == 0) {
            JS_FreeAtom(s->ctx, atom);
            atom = JS_NewAtomUInt32(s->ctx, ++i);
        }
        if (i > hole) {
            struct text *entry = entries_add(entries);
            text_append_char(entry, '<');
            text_append_uint(entry, i - hole);
            text_append_string(entry, i - hole > 1 ? " empty items>" : " empty item>");
        } else {
            inspect_property(s, entries_add(entries), array, atom, depth, false);
            i++;
        }
        JS_FreeAtom(s->ctx, atom);
    }
    append_more(entries, length - i, " more item");
}

static void format_array(struct inspection *s, JSValueConst value, const struct object_name *name, struct shape *shape,
                         struct entries *entries, int depth)
{
    int64_t length = 0;
    char size[32];
    JS_GetLength(s->ctx, value, &length);
    snprintf(size, sizeof size, "(%lld)", (long long)length);
    shape->kind = ENTRIES_OF_ARRAY;
    shape->close = "]";
    if (is_named(name, "Array"))
        text_append_char(&shape->open, '[');
    else
        open_with_prefix(shape, name, "Array", size, "[");
    if (entries)
        add_array_items(s, value, length, entries, depth);
}

static void format_typed_array(struct inspection *s, JSValueConst value, const struct object_name *name,
                               struct shape *shape, struct entries *entries)
{
    int64_t length = 0;
    char size[32];
    JS_GetLength(s->ctx, value, &length);
    snprintf(size, sizeof size, "(%lld)", (long long)length);
    shape->kind = ENTRIES_OF_ARRAY;
    shape->close = "]";
    open_with_prefix(shape, name, "TypedArray", size, "[");
    for (int64_t i = 0; entries && i < length && i < ITEMS_MAX; i++) {
        JSValue item = JS_GetPropertyInt64(s->ctx, value, i);
        inspect_primitive(s, entries_add(entries), item);
        JS_FreeValue(s->ctx, item);
    }
    if (entries)
        append_more(entries, length - ITEMS_MAX, " more item");
}

static void add_map_entry(struct inspection *s, JSValueConst pair, struct text *entry, int depth)
{
    JSValue key = JS_GetPropertyUint32(s->ctx, pair, 0), value = JS_GetPropertyUint32(s->ctx, pair, 1);
    inspect_nested(s, entry, key, depth);
    text_append_string(entry, " => ");
    inspect_nested(s, entry, value, depth);
    JS_FreeValue(s->ctx, key);
    JS_FreeValue(s->ctx, value);
}

static void format_collection(struct inspection *s, JSValueConst value, const struct object_name *name,
                              struct shape *shape, struct entries *entries, int depth)
{
    bool is_map = JS_IsMap(value);
    JSValue iterator = inspect_call_own_class(s->ctx, value, is_map ? "entries" : "values");
    JSValue items = array_from_iterable(s->ctx, iterator);
    int64_t length = 0;
    char size[32];
    JS_GetLength(s->ctx, items, &length);
    snprintf(size, sizeof size, "(%lld)", (long long)length);
    open_with_prefix(shape, name, is_map ? "Map" : "Set", size, "{");
    s->indentation += 2;
    for (int64_t i = 0; entries && i < length && i < ITEMS_MAX; i++) {
        JSValue item = JS_GetPropertyInt64(s->ctx, items, i);
        if (is_map)
            add_map_entry(s, item, entries_add(entries), depth);
        else
            inspect_nested(s, entries_add(entries), item, depth);
        JS_FreeValue(s->ctx, item);
    }
    s->indentation -= 2;
    if (entries)
        append_more(entries, length - ITEMS_MAX, " more item");
    JS_FreeValue(s->ctx, items);
    JS_FreeValue(s->ctx, iterator);
}

static void format_promise(struct inspection *s, JSValueConst value, const struct object_name *name,
                           struct shape *shape, struct entries *entries, int depth)
{
    open_with_prefix(shape, name, "Promise", "", "{");
    if (!entries)
        return;
    struct text *entry = entries_add(entries);
    JSPromiseStateEnum state = JS_PromiseState(s->ctx, value);
    if (state == JS_PROMISE_PENDING) {
        text_append_string(entry, "<pending>");
        return;
    }
    JSValue result = JS_PromiseResult(s->ctx, value);
    if (state == JS_PROMISE_REJECTED)
        text_append_string(entry, "<rejected> ");
    s->indentation += 2;
    inspect_nested(s, entry, result, depth);
    s->indentation -= 2;
    JS_FreeValue(s->ctx, result);
}

static void format_array_buffer(struct inspection *s, JSValueConst value, const struct object_name *name,
                                struct shape *shape, struct entries *entries)
{
    size_t size = 0;
    char digits[8];
    uint8_t *bytes = JS_GetArrayBuffer(s->ctx, &size, value);
    JS_FreeValue(s->ctx, JS_GetException(s->ctx));
    open_with_prefix(shape, name, "ArrayBuffer", "", "{");
    if (!entries)
        return;
    struct text *entry = entries_add(entries);
    text_append_string(entry, "[Uint8Contents]: <");
    for (size_t i = 0; bytes && i < size && i < ITEMS_MAX; i++) {
        snprintf(digits, sizeof digits, i > 0 ? " %02x" : "%02x", bytes[i]);
        text_append_string(entry, digits);
    }
    if (size > ITEMS_MAX) {
        text_append_string(entry, " ... ");
        text_append_uint(entry, size - ITEMS_MAX);
        text_append_string(entry, size - ITEMS_MAX > 1 ? " more bytes" : " more byte");
    }
    text_append_char(entry, '>');
    entry = entries_add(entries);
    text_append_string(entry, "byteLength: ");
    text_append_uint(entry, size);
}

static void format_data_view(struct inspection *s, JSValueConst value, const struct object_name *name,
                             struct shape *shape, struct entries *entries, int depth)
{
    static const char *const members[] = {"byteLength", "byteOffset", "buffer"};
    open_with_prefix(shape, name, "DataView", "", "{");
    for (size_t i = 0; entries && i < countof(members); i++) {
        JSValue member = inspect_get(s->ctx, value, members[i]);
        struct text *entry = entries_add(entries);
        text_append_string(entry, members[i]);
        text_append_string(entry, ": ");
        s->indentation += 3;
        inspect_nested(s, entry, member, depth);
        s->indentation -= 3;
        JS_FreeValue(s->ctx, member);
    }
}

bool inspect_is_native(JSContext *ctx, JSValueConst function)
{
    JSValue global = JS_GetGlobalObject(ctx), native = JS_GetPropertyStr(ctx, global, "Object");
    bool is_native = JS_GetClassID(function) == JS_GetClassID(native);
    JS_FreeValue(ctx, native);
    JS_FreeValue(ctx, global);
    return is_native;
}

/* Only a class's `prototype` cannot be written, and that of native functions. */
static bool is_class(JSContext *ctx, JSValueConst function)
{
    JSPropertyDescriptor descriptor;
    JSAtom atom = JS_NewAtom(ctx, "prototype");
    int found = inspect_is_native(ctx, function) ? 0 : JS_GetOwnProperty(ctx, &descriptor, function, atom);
    JS_FreeAtom(ctx, atom);
    if (found <= 0)
        return false;
    JS_FreeValue(ctx, descriptor.value);
    JS_FreeValue(ctx, descriptor.getter);
    JS_FreeValue(ctx, descriptor.setter);
    return !(descriptor.flags & JS_PROP_WRITABLE);
}

static void append_function_name(struct inspection *s, JSValueConst function, struct text *base, const char *before)
{
    size_t start = base->size;
    text_append_string(base, before);
    size_t named = base->size;
    JSValue name = inspect_get(s->ctx, function, "name");
    if (JS_IsString(name))
        inspect_append_value(s->ctx, base, name);
    JS_FreeValue(s->ctx, name);
    if (base->size > named)
        return;
    base->size = start;
    text_append_string(base, " (anonymous)");
}

static void format_class(struct inspection *s, JSValueConst function, struct text *base)
{
    text_append_string(base, "[class");
    append_function_name(s, function, base, " ");
    JSValue parent = JS_GetPrototype(s->ctx, function);
    JSValue name = JS_IsObject(parent) ? inspect_get(s->ctx, parent, "name") : JS_UNDEFINED;
    struct text parent_name = {0};
    if (JS_IsString(name))
        inspect_append_value(s->ctx, &parent_name, name);
    if (parent_name.size > 0) {
        text_append_string(base, " extends ");
        text_append(base, parent_name.data, parent_name.size);
    }
    text_free(&parent_name);
    JS_FreeValue(s->ctx, name);
    JS_FreeValue(s->ctx, parent);
    text_append_char(base, ']');
}

static void format_function(struct inspection *s, JSValueConst function, const struct object_name *name,
                            struct text *base)
{
    if (is_class(s->ctx, function)) {
        format_class(s, function, base);
        return;
    }
    bool is_kind =
        name->constructor.size > 8 && memcmp(name->constructor.data + name->constructor.size - 8, "Function", 8) == 0;
    text_append_char(base, '[');
    if (is_kind)
        text_append(base, name->constructor.data, name->constructor.size);
    else
        text_append_string(base, "Function");
    if (!name->has_constructor)
        text_append_string(base, " (null prototype)");
    append_function_name(s, function, base, ": ");
    text_append_char(base, ']');
}

static void append_call_result(struct inspection *s, struct text *base, JSValueConst value, const char *method)
{
    JSValue result = inspect_call_own_class(s->ctx, value, method);
    if (JS_IsString(result))
        inspect_append_value(s->ctx, base, result);
    else
        text_append_string(base, "Invalid Date");
    JS_FreeValue(s->ctx, result);
}

static void append_base_prefix(struct text *base, const struct object_name *name, const char *usual)
{
    if (!is_named(name, usual))
        inspect_append_prefix(base, name, usual, "");
}

bool inspect_is_boxed(JSContext *ctx, JSValueConst value, const char *class)
{
    JSAtom atom = JS_GetClassName(JS_GetRuntime(ctx), JS_GetClassID(value));
    const char *name = atom == JS_ATOM_NULL ? NULL : JS_AtomToCString(ctx, atom);
    bool is_boxed = name && strcmp(name, class) == 0;
    JS_FreeCString(ctx, name);
    if (atom != JS_ATOM_NULL)
        JS_FreeAtom(ctx, atom);
    return is_boxed;
}

/* [Number: 3], [String: 'a'] */
static bool format_boxed(struct inspection *s, JSValueConst value, struct text *base)
{
    static const char *const classes[] = {"Number", "String", "Boolean", "Symbol", "BigInt"};
    for (size_t i = 0; i < countof(classes); i++) {
        if (!inspect_is_boxed(s->ctx, value, classes[i]))
            continue;
        JSValue primitive = inspect_call_own_class(s->ctx, value, "valueOf");
        text_append_char(base, '[');
        text_append_string(base, classes[i]);
        text_append_string(base, ": ");
        if (!JS_IsObject(primitive))
            inspect_primitive(s, base, primitive);
        text_append_char(base, ']');
        JS_FreeValue(s->ctx, primitive);
        return true;
    }
    return false;
}

static bool format_by_base(struct inspection *s, JSValueConst value, const struct object_name *name, struct text *base)
{
    if (JS_IsFunction(s->ctx, value)) {
        format_function(s, value, name, base);
    } else if (JS_IsError(value)) {
        inspect_error_base(s, value, name, base);
    } else if (JS_IsRegExp(value)) {
        append_base_prefix(base, name, "RegExp");
        append_call_result(s, base, value, "toString");
    } else if (JS_IsDate(value)) {
        append_base_prefix(base, name, "Date");
        append_call_result(s, base, value, "toISOString");
    } else {
        return format_boxed(s, value, base);
    }
    return true;
}

static bool format_weak(JSValueConst value, const struct object_name *name, struct shape *shape,
                        struct entries *entries)
{
    const char *kind = JS_IsWeakMap(value) ? "WeakMap" : JS_IsWeakSet(value) ? "WeakSet" : NULL;
    if (!kind)
        return false;
    open_with_prefix(shape, name, kind, "", "{");
    if (entries)
        text_append_string(entries_add(entries), "<items unknown>");
    return true;
}

static void open_plain(struct shape *shape, const struct object_name *name)
{
    if (is_named(name, "Object"))
        text_append_char(&shape->open, '{');
    else
        open_with_prefix(shape, name, "Object", "", "{");
}

bool inspect_kind(struct inspection *s, JSValueConst value, const struct object_name *name, struct shape *shape,
                  struct entries *entries, int depth, uint32_t key_count)
{
    shape->close = "}";
    if (JS_IsArray(value)) {
        format_array(s, value, name, shape, entries, depth);
    } else if (JS_IsMap(value) || JS_IsSet(value)) {
        format_collection(s, value, name, shape, entries, depth);
    } else if (JS_GetTypedArrayType(value) >= 0) {
        format_typed_array(s, value, name, shape, entries);
    } else if (JS_IsPromise(value)) {
        format_promise(s, value, name, shape, entries, depth);
    } else if (JS_IsArrayBuffer(value)) {
        format_array_buffer(s, value, name, shape, entries);
    } else if (JS_IsDataView(value)) {
        format_data_view(s, value, name, shape, entries, depth);
    } else if (format_weak(value, name, shape, entries)) {
        return true;
    } else if (format_by_base(s, value, name, &shape->base)) {
        text_append_char(&shape->open, '{');
        return key_count > 0;
    } else {
        open_plain(shape, name);
        if (entries)
            inspect_native(s, value, entries, depth);
    }
    return true;
}
