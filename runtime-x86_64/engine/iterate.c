#include "iterate.h"

static JSValue get_global_member(JSContext *ctx, const char *object_name, const char *name)
{
    JSValue global = JS_GetGlobalObject(ctx);
    JSValue object = JS_GetPropertyStr(ctx, global, object_name);
    JSValue member = JS_GetPropertyStr(ctx, object, name);
    JS_FreeValue(ctx, object);
    JS_FreeValue(ctx, global);
    return member;
}

/* 1, 0, or -1 with an exception. */
static int is_iterable(JSContext *ctx, JSValueConst object)
{
    JSValue symbol = get_global_member(ctx, "Symbol", "iterator");
    JSAtom atom = JS_ValueToAtom(ctx, symbol);
    JSValue method = JS_GetProperty(ctx, object, atom);
    JS_FreeAtom(ctx, atom);
    JS_FreeValue(ctx, symbol);
    if (JS_IsException(method))
        return -1;
    bool is_absent = JS_IsUndefined(method) || JS_IsNull(method);
    JS_FreeValue(ctx, method);
    return !is_absent;
}

JSValue array_from_iterable(JSContext *ctx, JSValueConst object)
{
    int found = is_iterable(ctx, object);
    if (found <= 0)
        return found ? JS_EXCEPTION : JS_UNDEFINED;
    JSValue from = get_global_member(ctx, "Array", "from");
    JSValue array = JS_Call(ctx, from, JS_UNDEFINED, 1, &object);
    JS_FreeValue(ctx, from);
    return array;
}

JSValue array_iterator(JSContext *ctx, JSValue array)
{
    JSValue values = JS_GetPropertyStr(ctx, array, "values");
    JSValue iterator = JS_Call(ctx, values, array, 0, NULL);
    JS_FreeValue(ctx, values);
    JS_FreeValue(ctx, array);
    return iterator;
}
