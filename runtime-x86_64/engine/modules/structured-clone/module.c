/* structuredClone (HTML, 2.7): a copy of data with its cycles and shared parts. `transfer` moves nothing: what it names
 * is copied like the rest. */
#include <stdlib.h>
#include <string.h>
#include "../../class.h"
#include "../../iterate.h"

#define DEPTH_MAX 500

struct clone {
    JSContext *ctx;
    /* Objects that have a copy already. */
    struct pair {
        void *object;
        JSValue copy;
    } * pairs;
    size_t count, capacity;
    int depth;
};

static JSValue clone_value(struct clone *clone, JSValueConst value);

static JSValue refuse(JSContext *ctx, JSValueConst value)
{
    JSValue text = JS_IsSymbol(value) ? JS_NewString(ctx, "Symbol()") : JS_ToString(ctx, value);
    const char *shown = JS_IsException(text) ? NULL : JS_ToCString(ctx, text);
    JS_FreeValue(ctx, JS_GetException(ctx));
    JS_ThrowDOMException(ctx, "DataCloneError", "%.100s could not be cloned.", shown ? shown : "#<Object>");
    JS_FreeCString(ctx, shown);
    JS_FreeValue(ctx, text);
    return JS_EXCEPTION;
}

/* A hash table by address: open addressing, a power of two. */
static size_t slot_of(const struct clone *clone, void *object)
{
    size_t mask = clone->capacity - 1, slot = ((uintptr_t)object >> 4) * 0x9e3779b97f4a7c15 >> 32 & mask;
    while (clone->pairs[slot].object && clone->pairs[slot].object != object)
        slot = (slot + 1) & mask;
    return slot;
}

static bool grow(struct clone *clone)
{
    struct clone grown = *clone;
    grown.capacity = clone->capacity ? clone->capacity * 2 : 16;
    grown.pairs = calloc(grown.capacity, sizeof *grown.pairs);
    if (!grown.pairs)
        return false;
    for (size_t i = 0; i < clone->capacity; i++)
        if (clone->pairs[i].object)
            grown.pairs[slot_of(&grown, clone->pairs[i].object)] = clone->pairs[i];
    free(clone->pairs);
    *clone = grown;
    return true;
}

static bool remember(struct clone *clone, JSValueConst value, JSValueConst copy)
{
    if (clone->count * 2 >= clone->capacity && !grow(clone)) {
        JS_ThrowOutOfMemory(clone->ctx);
        return false;
    }
    struct pair *pair = &clone->pairs[slot_of(clone, JS_VALUE_GET_PTR(value))];
    *pair = (struct pair){JS_VALUE_GET_PTR(value), JS_DupValue(clone->ctx, copy)};
    clone->count++;
    return true;
}

/* Enumerable own properties with string keys. 0, or -1 with an exception. */
static int copy_properties(struct clone *clone, JSValueConst from, JSValueConst to)
{
    JSContext *ctx = clone->ctx;
    JSPropertyEnum *names;
    uint32_t count;
    int error = 0;
    if (JS_GetOwnPropertyNames(ctx, &names, &count, from, JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY))
        return -1;
    for (uint32_t i = 0; i < count && !error; i++) {
        JSValue value = JS_GetProperty(ctx, from, names[i].atom);
        JSValue copy = JS_IsException(value) ? value : clone_value(clone, value);
        error = JS_IsException(copy) || JS_DefinePropertyValue(ctx, to, names[i].atom, copy, JS_PROP_C_W_E) < 0;
        JS_FreeValue(ctx, value);
    }
    JS_FreePropertyEnum(ctx, names, count);
    return error ? -1 : 0;
}

static JSValue construct(JSContext *ctx, const char *name, int argc, JSValueConst *argv)
{
    JSValue global = JS_GetGlobalObject(ctx), constructor = JS_GetPropertyStr(ctx, global, name);
    JSValue object = JS_CallConstructor(ctx, constructor, argc, argv);
    JS_FreeValue(ctx, constructor);
    JS_FreeValue(ctx, global);
    return object;
}

static JSValue call_method(JSContext *ctx, JSValueConst object, const char *name, int argc, JSValueConst *argv)
{
    JSValue prototype = JS_GetClassProto(ctx, JS_GetClassID(object));
    JSValue method = JS_GetPropertyStr(ctx, prototype, name);
    JSValue result = JS_Call(ctx, method, object, argc, argv);
    JS_FreeValue(ctx, method);
    JS_FreeValue(ctx, prototype);
    return result;
}

static int copy_item(struct clone *clone, JSValueConst item, JSValueConst to, bool is_map)
{
    JSContext *ctx = clone->ctx;
    JSValue parts[2] = {JS_UNDEFINED, JS_UNDEFINED};
    for (int i = 0; i < (is_map ? 2 : 1); i++) {
        JSValue part = is_map ? JS_GetPropertyUint32(ctx, item, i) : JS_DupValue(ctx, item);
        parts[i] = clone_value(clone, part);
        JS_FreeValue(ctx, part);
    }
    JSValue result = JS_EXCEPTION;
    if (!JS_IsException(parts[0]) && !JS_IsException(parts[1]))
        result = call_method(ctx, to, is_map ? "set" : "add", is_map ? 2 : 1, (JSValueConst *)parts);
    JS_FreeValue(ctx, parts[0]);
    JS_FreeValue(ctx, parts[1]);
    JS_FreeValue(ctx, result);
    return JS_IsException(result) ? -1 : 0;
}

static int copy_collection(struct clone *clone, JSValueConst from, JSValueConst to)
{
    JSContext *ctx = clone->ctx;
    bool is_map = JS_IsMap(from);
    JSValue iterator = call_method(ctx, from, is_map ? "entries" : "values", 0, NULL);
    JSValue items = array_from_iterable(ctx, iterator);
    int64_t length = 0;
    int error = JS_IsException(items) || JS_GetLength(ctx, items, &length) ? -1 : 0;
    for (int64_t i = 0; i < length && !error; i++) {
        JSValue item = JS_GetPropertyInt64(ctx, items, i);
        error = copy_item(clone, item, to, is_map);
        JS_FreeValue(ctx, item);
    }
    JS_FreeValue(ctx, items);
    JS_FreeValue(ctx, iterator);
    return error;
}

static JSValue clone_buffer(JSContext *ctx, JSValueConst value)
{
    size_t size;
    uint8_t *bytes = JS_GetArrayBuffer(ctx, &size, value);
    return bytes || !JS_HasException(ctx) ? JS_NewArrayBufferCopy(ctx, bytes, size) : JS_EXCEPTION;
}

/* A view of the copy of its whole buffer, so that views of one buffer still share it. */
static JSValue clone_view(struct clone *clone, JSValueConst value)
{
    static const char *const offset_names[] = {"byteOffset", "length", "byteLength"};
    JSContext *ctx = clone->ctx;
    bool is_data_view = JS_IsDataView(value);
    JSValue buffer = JS_GetPropertyStr(ctx, value, "buffer");
    JSValue arguments[] = {
        clone_value(clone, buffer),
        JS_GetPropertyStr(ctx, value, offset_names[0]),
        JS_GetPropertyStr(ctx, value, offset_names[is_data_view ? 2 : 1]),
    };
    JSValue copy = JS_EXCEPTION;
    if (!JS_IsException(arguments[0]) && is_data_view)
        copy = construct(ctx, "DataView", 3, (JSValueConst *)arguments);
    else if (!JS_IsException(arguments[0]))
        copy = JS_NewTypedArray(ctx, 3, (JSValueConst *)arguments, JS_GetTypedArrayType(value));
    for (size_t i = 0; i < countof(arguments); i++)
        JS_FreeValue(ctx, arguments[i]);
    JS_FreeValue(ctx, buffer);
    return copy;
}

static bool is_native_error_name(const char *name)
{
    static const char *const names[] = {"Error",       "EvalError", "RangeError", "ReferenceError",
                                        "SyntaxError", "TypeError", "URIError"};
    for (size_t i = 0; i < countof(names); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* Name, message, stack and cause; the class is the one of that name, or Error. */
static JSValue clone_error(struct clone *clone, JSValueConst value)
{
    static const char *const members[] = {"message", "stack", "cause"};
    JSContext *ctx = clone->ctx;
    JSValue name_value = JS_GetPropertyStr(ctx, value, "name");
    const char *name = JS_ToCString(ctx, name_value);
    JSValue copy = construct(ctx, name && is_native_error_name(name) ? name : "Error", 0, NULL);
    JS_FreeCString(ctx, name);
    JS_FreeValue(ctx, name_value);
    for (size_t i = 0; i < countof(members) && !JS_IsException(copy); i++) {
        JSAtom atom = JS_NewAtom(ctx, members[i]);
        bool is_stack = i == 1;
        if (is_stack || JS_GetOwnProperty(ctx, NULL, value, atom) > 0) {
            JSValue member = JS_GetProperty(ctx, value, atom), member_copy = clone_value(clone, member);
            JS_FreeValue(ctx, member);
            if (JS_IsException(member_copy)) {
                JS_FreeValue(ctx, copy);
                copy = JS_EXCEPTION;
            } else {
                JS_DefinePropertyValue(ctx, copy, atom, member_copy, JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE);
            }
        }
        JS_FreeAtom(ctx, atom);
    }
    return copy;
}

static JSValue clone_regexp(JSContext *ctx, JSValueConst value)
{
    JSValue arguments[] = {JS_GetPropertyStr(ctx, value, "source"), JS_GetPropertyStr(ctx, value, "flags")};
    JSValue copy = construct(ctx, "RegExp", 2, (JSValueConst *)arguments);
    JS_FreeValue(ctx, arguments[0]);
    JS_FreeValue(ctx, arguments[1]);
    return copy;
}

/* new Number() and the like. undefined: it is something else. */
static JSValue clone_boxed(JSContext *ctx, JSValueConst value)
{
    static const char *const classes[] = {"Number", "String", "Boolean", "BigInt"};
    JSAtom atom = JS_GetClassName(JS_GetRuntime(ctx), JS_GetClassID(value));
    const char *name = JS_AtomToCString(ctx, atom);
    JSValue copy = JS_UNDEFINED;
    for (size_t i = 0; name && i < countof(classes); i++) {
        if (strcmp(classes[i], name) != 0)
            continue;
        JSValue primitive = call_method(ctx, value, "valueOf", 0, NULL);
        copy = JS_ToObject(ctx, primitive);
        JS_FreeValue(ctx, primitive);
    }
    JS_FreeCString(ctx, name);
    JS_FreeAtom(ctx, atom);
    return copy;
}

static bool is_plain_object(JSContext *ctx, JSValueConst value)
{
    JSValue plain = JS_NewObject(ctx);
    bool is_plain = JS_GetClassID(plain) == JS_GetClassID(value) && !JS_IsProxy(value);
    JS_FreeValue(ctx, plain);
    return is_plain;
}

/* What has contents of other values: made empty, remembered, then filled, so that cycles find it. */
static JSValue clone_container(struct clone *clone, JSValueConst value)
{
    JSContext *ctx = clone->ctx;
    bool is_collection = JS_IsMap(value) || JS_IsSet(value);
    JSValue copy = JS_IsArray(value) ? JS_NewArray(ctx)
                   : is_collection   ? construct(ctx, JS_IsMap(value) ? "Map" : "Set", 0, NULL)
                                     : JS_NewObject(ctx);
    int64_t length;
    int error = JS_IsException(copy) || !remember(clone, value, copy) ? -1 : 0;
    if (!error && JS_IsArray(value))
        error = JS_GetLength(ctx, value, &length) || JS_SetLength(ctx, copy, length) < 0;
    if (!error)
        error = is_collection ? copy_collection(clone, value, copy) : copy_properties(clone, value, copy);
    if (!error)
        return copy;
    JS_FreeValue(ctx, copy);
    return JS_EXCEPTION;
}

static JSValue clone_leaf(struct clone *clone, JSValueConst value)
{
    JSContext *ctx = clone->ctx;
    double time;
    if (JS_IsDate(value)) {
        JSValue number = call_method(ctx, value, "getTime", 0, NULL);
        int error = JS_ToFloat64(ctx, &time, number);
        JS_FreeValue(ctx, number);
        return error ? JS_EXCEPTION : JS_NewDate(ctx, time);
    }
    if (JS_IsRegExp(value))
        return clone_regexp(ctx, value);
    if (JS_IsArrayBuffer(value))
        return clone_buffer(ctx, value);
    if (JS_GetTypedArrayType(value) >= 0 || JS_IsDataView(value))
        return clone_view(clone, value);
    if (JS_IsError(value))
        return clone_error(clone, value);
    JSValue boxed = clone_boxed(ctx, value);
    return JS_IsUndefined(boxed) ? refuse(ctx, value) : boxed;
}

static JSValue clone_object(struct clone *clone, JSValueConst value)
{
    JSContext *ctx = clone->ctx;
    if (clone->count > 0) {
        struct pair *pair = &clone->pairs[slot_of(clone, JS_VALUE_GET_PTR(value))];
        if (pair->object)
            return JS_DupValue(ctx, pair->copy);
    }
    if (JS_IsFunction(ctx, value) || JS_IsProxy(value))
        return refuse(ctx, value);
    if (JS_IsArray(value) || JS_IsMap(value) || JS_IsSet(value) || is_plain_object(ctx, value))
        return clone_container(clone, value);
    JSValue copy = clone_leaf(clone, value);
    if (!JS_IsException(copy) && !remember(clone, value, copy)) {
        JS_FreeValue(ctx, copy);
        return JS_EXCEPTION;
    }
    return copy;
}

static JSValue clone_value(struct clone *clone, JSValueConst value)
{
    if (JS_IsSymbol(value))
        return refuse(clone->ctx, value);
    if (!JS_IsObject(value))
        return JS_DupValue(clone->ctx, value);
    if (clone->depth == DEPTH_MAX)
        return JS_ThrowRangeError(clone->ctx, "Maximum call stack size exceeded");
    clone->depth++;
    JSValue copy = clone_object(clone, value);
    clone->depth--;
    return copy;
}

static JSValue structured_clone(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    if (argc == 0)
        return JS_ThrowTypeError(ctx, "The \"value\" argument must be specified");
    struct clone clone = {.ctx = ctx};
    JSValue copy = clone_value(&clone, argv[0]);
    for (size_t i = 0; i < clone.capacity; i++)
        if (clone.pairs[i].object)
            JS_FreeValue(ctx, clone.pairs[i].copy);
    free(clone.pairs);
    return copy;
}

static int structured_clone_init(JSContext *ctx, JSValueConst global)
{
    return define_global(ctx, global, "structuredClone", JS_NewCFunction(ctx, structured_clone, "structuredClone", 1));
}

MODULE(structured_clone) = {.name = "structured-clone", .phase = PHASE_API, .init = structured_clone_init};
