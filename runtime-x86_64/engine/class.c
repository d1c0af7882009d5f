#include "class.h"

struct class_names {
    JSAtom prototype;
};
APP_STATE(struct class_names, names);

static int define_constructor(JSContext *ctx, JSValueConst global, const struct native_class *class,
                              JSValueConst prototype)
{
    const char *name = class->definition.class_name;
    JSValue constructor =
        JS_NewCFunction2(ctx, class->constructor, name, class->constructor_length, JS_CFUNC_constructor, 0);
    if (JS_IsException(constructor))
        return -1;
    JS_SetConstructor(ctx, constructor, prototype);
    if (class->static_count > 0)
        JS_SetPropertyFunctionList(ctx, constructor, class->statics, class->static_count);
    return define_global(ctx, global, name, constructor);
}

int class_define(JSContext *ctx, JSValueConst global, const struct native_class *class)
{
    JSRuntime *rt = JS_GetRuntime(ctx);
    JS_NewClassID(rt, class->id);
    if (JS_NewClass(rt, *class->id, &class->definition))
        return -1;
    JSValue prototype = JS_NewObject(ctx);
    if (JS_IsException(prototype) || JS_SetPropertyFunctionList(ctx, prototype, class->methods, class->method_count))
        return -1;
    JS_SetClassProto(ctx, *class->id, prototype);
    /* One instance stays for good and with it the shape that all begin with: else the engine would make and free the
     * shape with each instance that is the only one. */
    if (JS_IsException(JS_NewObjectClass(ctx, *class->id)))
        return -1;
    return class->constructor ? define_constructor(ctx, global, class, prototype) : 0;
}

JSValue class_instance(JSContext *ctx, JSValueConst new_target, JSClassID id)
{
    if (JS_IsUndefined(new_target))
        return JS_NewObjectClass(ctx, id);
    if (!names->prototype)
        names->prototype = JS_NewAtom(ctx, "prototype");
    JSValue prototype = JS_GetProperty(ctx, new_target, names->prototype);
    if (JS_IsException(prototype))
        return prototype;
    JSValue object = JS_IsObject(prototype) ? JS_NewObjectProtoClass(ctx, prototype, id) : JS_NewObjectClass(ctx, id);
    JS_FreeValue(ctx, prototype);
    return object;
}

int define_global(JSContext *ctx, JSValueConst global, const char *name, JSValue value)
{
    int done = JS_DefinePropertyValueStr(ctx, global, name, value, JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE);
    return done < 0 ? -1 : 0;
}
