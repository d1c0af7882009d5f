/* Native classes as data. */
#ifndef UNIK_CLASS_H
#define UNIK_CLASS_H

#include "engine.h"

struct native_class {
    JSClassID *id;
    JSClassDef definition;
    /* NULL: no global, instances are made by C only. */
    JSCFunction *constructor;
    int constructor_length;
    const JSCFunctionListEntry *methods;
    int method_count;
    const JSCFunctionListEntry *statics;
    int static_count;
};

/* 0, or -1 with an exception. */
int class_define(JSContext *ctx, JSValueConst global, const struct native_class *class);

/* An instance for `new_target` (so that a subclass gets its own prototype), or an exception. */
JSValue class_instance(JSContext *ctx, JSValueConst new_target, JSClassID id);

/* `name` gets a property like the ones that interface members have. */
int define_global(JSContext *ctx, JSValueConst global, const char *name, JSValue value);

#endif
