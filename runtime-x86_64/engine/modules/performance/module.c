/* performance.now and timeOrigin (High Resolution Time). */
#include <time.h>
#include "../../class.h"

struct origin {
    double start_ms; /* of the monotonic clock */
};
APP_STATE(struct origin, origin);

static double clock_ms(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static JSValue performance_now(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    (void)argc;
    (void)argv;
    return JS_NewFloat64(ctx, clock_ms(CLOCK_MONOTONIC) - origin->start_ms);
}

static JSValue performance_get_time_origin(JSContext *ctx, JSValueConst this_value)
{
    (void)this_value;
    return JS_NewFloat64(ctx, clock_ms(CLOCK_REALTIME) - (clock_ms(CLOCK_MONOTONIC) - origin->start_ms));
}

static const JSCFunctionListEntry performance_functions[] = {
    JS_CFUNC_DEF("now", 0, performance_now),
    JS_CGETSET_DEF("timeOrigin", performance_get_time_origin, NULL),
    JS_PROP_STRING_DEF("[Symbol.toStringTag]", "Performance", JS_PROP_CONFIGURABLE),
};

static int performance_init(JSContext *ctx, JSValueConst global)
{
    static const JSCFunctionListEntry performance[] = {
        JS_OBJECT_DEF("performance", performance_functions, countof(performance_functions),
                      JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE | JS_PROP_ENUMERABLE),
    };
    origin->start_ms = clock_ms(CLOCK_MONOTONIC);
    return JS_SetPropertyFunctionList(ctx, global, performance, countof(performance));
}

static JSValue performance_namespace(JSContext *ctx, const char *specifier)
{
    (void)specifier;
    JSValue global = JS_GetGlobalObject(ctx), namespace = JS_NewObject(ctx);
    JS_SetPropertyStr(ctx, namespace, "performance", JS_GetPropertyStr(ctx, global, "performance"));
    JS_FreeValue(ctx, global);
    return namespace;
}

static const char *const performance_specifiers[] = {"node:perf_hooks", "perf_hooks", NULL};

MODULE(performance) = {
    .name = "performance",
    .phase = PHASE_API,
    .init = performance_init,
    .specifiers = performance_specifiers,
    .namespace = performance_namespace,
};
