/* Instances of native classes keep nothing in properties: they are shown by what their prototype's getters give, and
 * lists by what they iterate over, as Node.js shows its own. */
#include <string.h>
#include "../../iterate.h"
#include "inspect.h"

static bool has_tag(struct inspection *s, JSValueConst value, const char *tag)
{
    JSAtom atom = JS_GetClassName(JS_GetRuntime(s->ctx), JS_GetClassID(value));
    const char *name = atom == JS_ATOM_NULL ? NULL : JS_AtomToCString(s->ctx, atom);
    bool is_same = name && strcmp(name, tag) == 0;
    JS_FreeCString(s->ctx, name);
    if (atom != JS_ATOM_NULL)
        JS_FreeAtom(s->ctx, atom);
    return is_same;
}

static void add_pair(struct inspection *s, JSValueConst pair, struct text *entry, bool as_property)
{
    JSValue name = JS_GetPropertyUint32(s->ctx, pair, 0), value = JS_GetPropertyUint32(s->ctx, pair, 1);
    if (as_property) {
        JSAtom key = JS_ValueToAtom(s->ctx, name);
        inspect_key(s, entry, key, true);
        JS_FreeAtom(s->ctx, key);
    } else {
        inspect_primitive(s, entry, name);
    }
    text_append_string(entry, as_property ? ": " : " => ");
    inspect_primitive(s, entry, value);
    JS_FreeValue(s->ctx, name);
    JS_FreeValue(s->ctx, value);
}

static void add_pairs(struct inspection *s, JSValueConst value, struct entries *entries, bool as_properties)
{
    JSValue iterator = inspect_call_own_class(s->ctx, value, "entries");
    JSValue pairs = array_from_iterable(s->ctx, iterator);
    int64_t length = 0;
    if (!JS_IsException(pairs))
        JS_GetLength(s->ctx, pairs, &length);
    for (int64_t i = 0; i < length; i++) {
        JSValue pair = JS_GetPropertyInt64(s->ctx, pairs, i);
        add_pair(s, pair, entries_add(entries), as_properties);
        JS_FreeValue(s->ctx, pair);
    }
    JS_FreeValue(s->ctx, pairs);
    JS_FreeValue(s->ctx, iterator);
}

static bool is_getter(JSContext *ctx, JSValueConst prototype, JSAtom key)
{
    JSPropertyDescriptor descriptor;
    if (JS_GetOwnProperty(ctx, &descriptor, prototype, key) <= 0)
        return false;
    bool has_getter = JS_IsFunction(ctx, descriptor.getter);
    JS_FreeValue(ctx, descriptor.value);
    JS_FreeValue(ctx, descriptor.getter);
    JS_FreeValue(ctx, descriptor.setter);
    return has_getter;
}

static void add_getters(struct inspection *s, JSValueConst value, struct entries *entries, int depth)
{
    JSContext *ctx = s->ctx;
    JSPropertyEnum *keys;
    uint32_t count = 0;
    JSValue prototype = JS_GetClassProto(ctx, JS_GetClassID(value));
    if (JS_IsObject(prototype) &&
        JS_GetOwnPropertyNames(ctx, &keys, &count, prototype, JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY) == 0) {
        for (uint32_t i = 0; i < count; i++) {
            if (!is_getter(ctx, prototype, keys[i].atom))
                continue;
            struct text *entry = entries_add(entries);
            JSValue member = JS_GetProperty(ctx, value, keys[i].atom);
            inspect_key(s, entry, keys[i].atom, true);
            text_append_string(entry, ": ");
            s->indentation += 2;
            if (!JS_IsException(member))
                inspect_nested(s, entry, member, depth);
            s->indentation -= 2;
            JS_FreeValue(ctx, member);
        }
        JS_FreePropertyEnum(ctx, keys, count);
    }
    JS_FreeValue(ctx, JS_GetException(ctx));
    JS_FreeValue(ctx, prototype);
}

bool inspect_native(struct inspection *s, JSValueConst value, struct entries *entries, int depth)
{
    if (has_tag(s, value, "Object"))
        return false;
    if (has_tag(s, value, "Headers"))
        add_pairs(s, value, entries, true);
    else if (has_tag(s, value, "URLSearchParams"))
        add_pairs(s, value, entries, false);
    else
        add_getters(s, value, entries, depth);
    return entries->count > 0;
}
