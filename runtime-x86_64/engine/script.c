#include <string.h>
#include "class.h"
#include "script.h"

/* Members of an interface are enumerable (Web IDL, 3.7.6 and 3.7.7); a class's are not. */
static int make_enumerable(JSContext *ctx, JSValueConst object)
{
    JSPropertyEnum *names;
    uint32_t count;
    int error = 0;
    if (JS_GetOwnPropertyNames(ctx, &names, &count, object, JS_GPN_STRING_MASK))
        return -1;
    for (uint32_t i = 0; i < count && !error; i++) {
        const char *name = JS_AtomToCString(ctx, names[i].atom);
        bool is_member = name && strcmp(name, "constructor") && strcmp(name, "length") && strcmp(name, "name") &&
                         strcmp(name, "prototype");
        int flags = JS_PROP_HAS_ENUMERABLE | JS_PROP_ENUMERABLE;
        error = !name || (is_member && JS_DefineProperty(ctx, object, names[i].atom, JS_UNDEFINED, JS_UNDEFINED,
                                                         JS_UNDEFINED, flags) < 0);
        JS_FreeCString(ctx, name);
    }
    JS_FreePropertyEnum(ctx, names, count);
    return error ? -1 : 0;
}

static int expose_class(JSContext *ctx, JSValueConst class)
{
    JSValue prototype = JS_GetPropertyStr(ctx, class, "prototype");
    int error = JS_IsException(prototype) || make_enumerable(ctx, class) || make_enumerable(ctx, prototype);
    JS_FreeValue(ctx, prototype);
    return error ? -1 : 0;
}

static int define_exports(JSContext *ctx, JSValueConst global, JSValueConst namespace)
{
    JSPropertyEnum *names;
    uint32_t count;
    int error = 0;
    if (JS_GetOwnPropertyNames(ctx, &names, &count, namespace, JS_GPN_STRING_MASK))
        return -1;
    for (uint32_t i = 0; i < count && !error; i++) {
        JSValue value = JS_GetProperty(ctx, namespace, names[i].atom);
        int flags = JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE;
        error = JS_IsException(value) || (JS_IsConstructor(ctx, value) && expose_class(ctx, value)) ||
                JS_DefinePropertyValue(ctx, global, names[i].atom, value, flags) < 0;
    }
    JS_FreePropertyEnum(ctx, names, count);
    return error ? -1 : 0;
}

int script_define_globals(JSContext *ctx, JSValueConst global, const uint8_t *start, const uint8_t *end)
{
    JSValue module = JS_ReadObject(ctx, start, end - start, JS_READ_OBJ_BYTECODE);
    if (JS_IsException(module) || JS_ResolveModule(ctx, module) < 0)
        return -1;
    JSModuleDef *definition = JS_VALUE_GET_PTR(module);
    JSValue done = JS_EvalFunction(ctx, module);
    if (JS_IsException(done))
        return -1;
    if (JS_PromiseState(ctx, done) == JS_PROMISE_REJECTED) {
        jobs_set_handled(ctx, done);
        JS_Throw(ctx, JS_PromiseResult(ctx, done));
        return -1;
    }
    JS_FreeValue(ctx, done);
    JSValue namespace = JS_GetModuleNamespace(ctx, definition);
    int error = define_exports(ctx, global, namespace);
    JS_FreeValue(ctx, namespace);
    return error;
}
