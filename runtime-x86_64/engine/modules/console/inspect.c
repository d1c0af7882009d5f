#include <stdlib.h>
#include <string.h>
#include "inspect.h"

/* Well-known symbols as atoms, looked up once. */
struct atoms {
    JSAtom to_string_tag, custom_inspect, constructor;
};
APP_STATE(struct atoms, atoms);

static JSAtom symbol_atom(JSContext *ctx, const char *member, const char *registered)
{
    JSValue global = JS_GetGlobalObject(ctx), symbol = JS_GetPropertyStr(ctx, global, "Symbol"), value;
    if (registered)
        value = JS_NewSymbol(ctx, registered, true);
    else
        value = JS_GetPropertyStr(ctx, symbol, member);
    JSAtom atom = JS_ValueToAtom(ctx, value);
    JS_FreeValue(ctx, value);
    JS_FreeValue(ctx, symbol);
    JS_FreeValue(ctx, global);
    return atom;
}

static void make_atoms(JSContext *ctx)
{
    if (atoms->constructor)
        return;
    atoms->to_string_tag = symbol_atom(ctx, "toStringTag", NULL);
    atoms->custom_inspect = symbol_atom(ctx, NULL, "nodejs.util.inspect.custom");
    atoms->constructor = JS_NewAtom(ctx, "constructor");
}

static JSValue without_exception(JSContext *ctx, JSValue value)
{
    if (!JS_IsException(value))
        return value;
    JS_FreeValue(ctx, JS_GetException(ctx));
    return JS_UNDEFINED;
}

JSValue inspect_get(JSContext *ctx, JSValueConst object, const char *name)
{
    return without_exception(ctx, JS_GetPropertyStr(ctx, object, name));
}

/* A method of the class as the engine made it, whatever the object itself has of that name. */
JSValue inspect_call_own_class(JSContext *ctx, JSValueConst value, const char *method)
{
    JSValue prototype = JS_GetClassProto(ctx, JS_GetClassID(value));
    JSValue function = inspect_get(ctx, prototype, method);
    JSValue result = without_exception(ctx, JS_Call(ctx, function, value, 0, NULL));
    JS_FreeValue(ctx, function);
    JS_FreeValue(ctx, prototype);
    return result;
}

void inspect_append_value(JSContext *ctx, struct text *out, JSValueConst value)
{
    size_t size;
    const char *text = JS_ToCStringLen(ctx, &size, value);
    if (text)
        text_append(out, text, size);
    else
        JS_FreeValue(ctx, JS_GetException(ctx));
    JS_FreeCString(ctx, text);
}

static void free_descriptor(JSContext *ctx, JSPropertyDescriptor *descriptor)
{
    JS_FreeValue(ctx, descriptor->value);
    JS_FreeValue(ctx, descriptor->getter);
    JS_FreeValue(ctx, descriptor->setter);
}

/* The name of the nearest constructor on the prototype chain. */
static void find_constructor(JSContext *ctx, JSValueConst object, struct object_name *name)
{
    JSValue holder = JS_DupValue(ctx, object);
    while (JS_IsObject(holder) && name->constructor.size == 0) {
        JSPropertyDescriptor descriptor;
        if (JS_GetOwnProperty(ctx, &descriptor, holder, atoms->constructor) > 0) {
            if (JS_IsFunction(ctx, descriptor.value)) {
                JSValue value = inspect_get(ctx, descriptor.value, "name");
                if (JS_IsString(value))
                    inspect_append_value(ctx, &name->constructor, value);
                JS_FreeValue(ctx, value);
            }
            free_descriptor(ctx, &descriptor);
        }
        JSValue prototype = without_exception(ctx, JS_GetPrototype(ctx, holder));
        JS_FreeValue(ctx, holder);
        holder = prototype;
    }
    JS_FreeValue(ctx, holder);
    name->has_constructor = name->constructor.size > 0;
}

/* An own tag that is enumerable is shown with the other properties. */
static void find_tag(JSContext *ctx, JSValueConst object, struct object_name *name)
{
    JSPropertyDescriptor descriptor;
    if (JS_GetOwnProperty(ctx, &descriptor, object, atoms->to_string_tag) > 0) {
        free_descriptor(ctx, &descriptor);
        if (descriptor.flags & JS_PROP_ENUMERABLE)
            return;
    }
    JSValue tag = without_exception(ctx, JS_GetProperty(ctx, object, atoms->to_string_tag));
    if (JS_IsString(tag))
        inspect_append_value(ctx, &name->tag, tag);
    JS_FreeValue(ctx, tag);
    bool is_same = name->tag.size == name->constructor.size && name->tag.size > 0 &&
                   memcmp(name->tag.data, name->constructor.data, name->tag.size) == 0;
    if (is_same)
        name->tag.size = 0;
}

static bool is_identifier(const char *name)
{
    if (!*name || (*name >= '0' && *name <= '9'))
        return false;
    for (; *name; name++)
        if (!((*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z') || (*name >= '0' && *name <= '9') ||
              *name == '_'))
            return false;
    return true;
}

void inspect_key(struct inspection *s, struct text *out, JSAtom key, bool is_enumerable)
{
    JSValue value = JS_AtomToValue(s->ctx, key);
    size_t size;
    const char *name = JS_IsSymbol(value) ? NULL : JS_ToCStringLen(s->ctx, &size, value);
    if (!name || !is_enumerable) {
        text_append_char(out, '[');
        if (name)
            text_append(out, name, size);
        else
            inspect_primitive(s, out, value);
        text_append_char(out, ']');
    } else if (strcmp(name, "__proto__") == 0) {
        text_append_string(out, "['__proto__']");
    } else if (strlen(name) == size && is_identifier(name)) {
        text_append(out, name, size);
    } else {
        inspect_quoted(out, name, size);
    }
    JS_FreeCString(s->ctx, name);
    JS_FreeValue(s->ctx, value);
}

static void append_accessor(struct text *out, const JSPropertyDescriptor *descriptor)
{
    bool has_getter = !JS_IsUndefined(descriptor->getter), has_setter = !JS_IsUndefined(descriptor->setter);
    text_append_string(out, has_getter && has_setter ? "[Getter/Setter]" : has_getter ? "[Getter]" : "[Setter]");
}

void inspect_property(struct inspection *s, struct text *out, JSValueConst object, JSAtom key, int depth, bool with_key)
{
    JSPropertyDescriptor descriptor;
    int found = JS_GetOwnProperty(s->ctx, &descriptor, object, key);
    if (found <= 0) {
        JS_FreeValue(s->ctx, JS_GetException(s->ctx));
        return;
    }
    if (with_key) {
        inspect_key(s, out, key, descriptor.flags & JS_PROP_ENUMERABLE);
        text_append_string(out, ": ");
    }
    s->indentation += 2;
    if (descriptor.flags & JS_PROP_GETSET)
        append_accessor(out, &descriptor);
    else
        inspect_nested(s, out, descriptor.value, depth);
    s->indentation -= 2;
    free_descriptor(s->ctx, &descriptor);
}

static bool push(JSValueConst **items, uint32_t *count, uint32_t *capacity, JSValueConst value)
{
    if (*count == *capacity) {
        uint32_t grown = *capacity ? *capacity * 2 : 8;
        void *moved = realloc(*items, grown * sizeof **items);
        if (!moved)
            return false;
        *items = moved;
        *capacity = grown;
    }
    (*items)[(*count)++] = value;
    return true;
}

static int find_object(JSValueConst *items, uint32_t count, JSValueConst value)
{
    for (uint32_t i = 0; i < count; i++)
        if (JS_VALUE_GET_PTR(items[i]) == JS_VALUE_GET_PTR(value))
            return i;
    return -1;
}

static void append_circular(struct inspection *s, struct text *out, JSValueConst value)
{
    int index = find_object(s->circular, s->circular_count, value);
    if (index < 0) {
        index = s->circular_count;
        push(&s->circular, &s->circular_count, &s->circular_capacity, value);
    }
    text_append_string(out, "[Circular *");
    text_append_uint(out, index + 1);
    text_append_char(out, ']');
}

/* Enumerable own properties: an array's elements are shown by its kind. */
static bool is_shown_key(struct inspection *s, JSValueConst value, JSAtom key, bool is_list)
{
    if (JS_IsError(value) && inspect_error_hides(s->ctx, value, key))
        return false;
    if (!is_list)
        return true;
    JSValue name = JS_AtomToValue(s->ctx, key);
    const char *text = JS_IsString(name) ? JS_ToCString(s->ctx, name) : NULL;
    bool is_index = text && *text >= '0' && *text <= '9' && strspn(text, "0123456789") == strlen(text);
    JS_FreeCString(s->ctx, text);
    JS_FreeValue(s->ctx, name);
    return !is_index;
}

struct keys {
    JSPropertyEnum *items;
    uint32_t count, shown_count;
};

static void list_keys(struct inspection *s, JSValueConst value, struct keys *keys)
{
    bool is_list = JS_IsArray(value) || JS_GetTypedArrayType(value) >= 0 || inspect_is_boxed(s->ctx, value, "String");
    *keys = (struct keys){0};
    if (JS_GetOwnPropertyNames(s->ctx, &keys->items, &keys->count, value,
                               JS_GPN_STRING_MASK | JS_GPN_SYMBOL_MASK | JS_GPN_ENUM_ONLY)) {
        JS_FreeValue(s->ctx, JS_GetException(s->ctx));
        return;
    }
    for (uint32_t i = 0; i < keys->count; i++) {
        if (is_shown_key(s, value, keys->items[i].atom, is_list))
            keys->items[keys->shown_count++] = keys->items[i];
        else
            JS_FreeAtom(s->ctx, keys->items[i].atom);
    }
    keys->count = keys->shown_count;
}

/* An error's cause and errors are shown although they are not enumerable. */
static void add_error_members(struct inspection *s, JSValueConst error, struct entries *entries, int depth)
{
    static const char *const members[] = {"cause", "errors"};
    for (size_t i = 0; i < countof(members); i++) {
        JSPropertyDescriptor descriptor;
        JSAtom atom = JS_NewAtom(s->ctx, members[i]);
        if (JS_GetOwnProperty(s->ctx, &descriptor, error, atom) > 0) {
            if (!(descriptor.flags & JS_PROP_ENUMERABLE))
                inspect_property(s, entries_add(entries), error, atom, depth, true);
            free_descriptor(s->ctx, &descriptor);
        }
        JS_FreeAtom(s->ctx, atom);
    }
}

static bool has_error_members(JSContext *ctx, JSValueConst value)
{
    JSAtom cause = JS_NewAtom(ctx, "cause"), errors = JS_NewAtom(ctx, "errors");
    bool has_members = JS_IsError(value) && (JS_GetOwnProperty(ctx, NULL, value, cause) > 0 ||
                                             JS_GetOwnProperty(ctx, NULL, value, errors) > 0);
    JS_FreeAtom(ctx, cause);
    JS_FreeAtom(ctx, errors);
    return has_members;
}

/* [Object], [Array], [Foo] */
static void append_too_deep(struct text *out, JSValueConst value, const struct object_name *name)
{
    struct text prefix = {0};
    inspect_append_prefix(&prefix, name, JS_IsArray(value) ? "Array" : "Object", "");
    text_append_char(out, '[');
    text_append(out, prefix.data, prefix.size > 0 ? prefix.size - 1 : 0);
    text_append_char(out, ']');
    text_free(&prefix);
}

static void add_keys(struct inspection *s, JSValueConst value, const struct keys *keys, struct entries *entries,
                     int depth)
{
    for (uint32_t i = 0; i < keys->count; i++)
        inspect_property(s, entries_add(entries), value, keys->items[i].atom, depth, true);
    if (JS_IsError(value))
        add_error_members(s, value, entries, depth);
}

/* <ref *1>, for what is met again below. */
static void mark_reference(struct inspection *s, JSValueConst value, struct shape *shape)
{
    int index = find_object(s->circular, s->circular_count, value);
    struct text base = {0};
    if (index < 0)
        return;
    text_append_string(&base, "<ref *");
    text_append_uint(&base, index + 1);
    text_append_char(&base, '>');
    if (shape->base.size > 0)
        text_append_char(&base, ' ');
    text_append(&base, shape->base.data, shape->base.size);
    text_free(&shape->base);
    shape->base = base;
}

static void append_empty(struct text *out, const struct shape *shape)
{
    text_append(out, shape->open.data, shape->open.size);
    text_append_string(out, shape->close);
}

/* Below the depth that is shown, an object without anything in it still shows that. */
static bool is_empty(JSContext *ctx, JSValueConst value, const struct shape *shape, uint32_t key_count)
{
    int64_t length;
    if (key_count > 0)
        return false;
    if (JS_IsArray(value))
        return JS_GetLength(ctx, value, &length) == 0 && length == 0;
    return shape->open.size == 1;
}

static void append_shallow(struct inspection *s, struct text *out, JSValueConst value, const struct object_name *name,
                           struct shape *shape, uint32_t key_count, int depth)
{
    if (!inspect_kind(s, value, name, shape, NULL, depth, key_count))
        text_append(out, shape->base.data, shape->base.size);
    else if (is_empty(s->ctx, value, shape, key_count))
        append_empty(out, shape);
    else
        append_too_deep(out, value, name);
}

static void append_deep(struct inspection *s, struct text *out, JSValueConst value, const struct object_name *name,
                        struct shape *shape, const struct keys *keys, uint32_t key_count, int depth)
{
    struct entries entries = {0};
    s->current_depth = depth;
    bool has_entries = inspect_kind(s, value, name, shape, &entries, depth + 1, key_count);
    if (has_entries)
        add_keys(s, value, keys, &entries, depth + 1);
    s->seen_count--;
    mark_reference(s, value, shape);
    if (!has_entries)
        text_append(out, shape->base.data, shape->base.size);
    else if (entries.count == 0)
        append_empty(out, shape);
    else
        inspect_layout(s, out, shape, &entries, depth, value);
    entries_free(&entries);
}

static void append_object(struct inspection *s, struct text *out, JSValueConst value, const struct object_name *name,
                          int depth)
{
    struct keys keys;
    struct shape shape = {0};
    list_keys(s, value, &keys);
    uint32_t key_count = keys.count + has_error_members(s->ctx, value);
    if (depth <= s->options.depth && push(&s->seen, &s->seen_count, &s->seen_capacity, value))
        append_deep(s, out, value, name, &shape, &keys, key_count, depth);
    else
        append_shallow(s, out, value, name, &shape, key_count, depth);
    text_free(&shape.base);
    text_free(&shape.open);
    JS_FreePropertyEnum(s->ctx, keys.items, keys.count);
}

/* [Symbol.for('nodejs.util.inspect.custom')](depth, options). true when it has said all. */
static bool append_custom(struct inspection *s, struct text *out, JSValueConst value, int depth)
{
    JSValue function = without_exception(s->ctx, JS_GetProperty(s->ctx, value, atoms->custom_inspect));
    if (!JS_IsFunction(s->ctx, function)) {
        JS_FreeValue(s->ctx, function);
        return false;
    }
    JSValue options = JS_NewObject(s->ctx);
    JS_SetPropertyStr(s->ctx, options, "depth", JS_NewInt32(s->ctx, s->options.depth - depth));
    JSValueConst arguments[] = {JS_NewInt32(s->ctx, s->options.depth - depth), options};
    JSValue result = without_exception(s->ctx, JS_Call(s->ctx, function, value, 2, arguments));
    JS_FreeValue(s->ctx, options);
    JS_FreeValue(s->ctx, function);
    bool is_itself = JS_IsObject(result) && JS_VALUE_GET_PTR(result) == JS_VALUE_GET_PTR(value);
    if (JS_IsString(result))
        inspect_append_value(s->ctx, out, result);
    else if (!is_itself)
        inspect_nested(s, out, result, depth);
    JS_FreeValue(s->ctx, result);
    return !is_itself;
}

static void append_proxy(struct inspection *s, struct text *out, JSValueConst value, int depth)
{
    JSValue target = without_exception(s->ctx, JS_GetProxyTarget(s->ctx, value));
    if (JS_IsObject(target))
        inspect_nested(s, out, target, depth);
    else
        text_append_string(out, "<Revoked Proxy>");
    JS_FreeValue(s->ctx, target);
}

void inspect_nested(struct inspection *s, struct text *out, JSValueConst value, int depth)
{
    if (!JS_IsObject(value)) {
        inspect_primitive(s, out, value);
    } else if (JS_IsProxy(value)) {
        append_proxy(s, out, value, depth);
    } else if (find_object(s->seen, s->seen_count, value) >= 0) {
        append_circular(s, out, value);
    } else if (!append_custom(s, out, value, depth)) {
        struct object_name name = {0};
        find_constructor(s->ctx, value, &name);
        find_tag(s->ctx, value, &name);
        append_object(s, out, value, &name, depth);
        text_free(&name.constructor);
        text_free(&name.tag);
    }
}

void inspect_value(JSContext *ctx, struct text *out, JSValueConst value, const struct inspect_options *options)
{
    struct inspection s = {.ctx = ctx, .options = *options};
    make_atoms(ctx);
    inspect_nested(&s, out, value, 0);
    free(s.seen);
    free(s.circular);
}
