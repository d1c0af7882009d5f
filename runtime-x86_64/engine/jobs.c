#include <stdlib.h>
#include "engine.h"

/* Promises that were rejected before anyone handled them. By the end of the jobs somebody must have. */
struct rejections {
    struct rejection {
        JSValue promise, reason;
    } * items;
    size_t count, capacity;
};
APP_STATE(struct rejections, rejections);

static bool (*run_tick)(JSContext *ctx);

static void add_rejection(JSContext *ctx, JSValueConst promise, JSValueConst reason)
{
    if (rejections->count == rejections->capacity) {
        size_t capacity = rejections->capacity ? rejections->capacity * 2 : 8;
        void *items = realloc(rejections->items, capacity * sizeof *rejections->items);
        if (!items)
            return;
        rejections->items = items;
        rejections->capacity = capacity;
    }
    rejections->items[rejections->count++] = (struct rejection){JS_DupValue(ctx, promise), JS_DupValue(ctx, reason)};
}

static void remove_rejection(JSContext *ctx, JSValueConst promise)
{
    for (size_t i = 0; i < rejections->count; i++) {
        struct rejection *rejection = &rejections->items[i];
        if (JS_VALUE_GET_PTR(rejection->promise) != JS_VALUE_GET_PTR(promise))
            continue;
        JS_FreeValue(ctx, rejection->promise);
        JS_FreeValue(ctx, rejection->reason);
        *rejection = rejections->items[--rejections->count];
        return;
    }
}

void jobs_set_handled(JSContext *ctx, JSValueConst promise)
{
    JS_PromiseMarkAsHandled(ctx, promise);
    remove_rejection(ctx, promise);
}

static void track_rejection(JSContext *ctx, JSValueConst promise, JSValueConst reason, bool is_handled, void *opaque)
{
    (void)opaque;
    if (is_handled)
        remove_rejection(ctx, promise);
    else
        add_rejection(ctx, promise, reason);
}

void jobs_init(JSContext *ctx)
{
    JS_SetHostPromiseRejectionTracker(JS_GetRuntime(ctx), track_rejection, NULL);
}

void jobs_set_tick(bool (*tick)(JSContext *ctx))
{
    run_tick = tick;
}

void jobs_run(JSContext *ctx)
{
    JSRuntime *rt = JS_GetRuntime(ctx);
    JSContext *job_context;
    do {
        if (run_tick)
            run_tick(ctx);
        while (JS_ExecutePendingJob(rt, &job_context) > 0)
            ;
        if (unlikely(JS_HasException(ctx)))
            report_exception(ctx);
    } while (run_tick && run_tick(ctx));
    while (unlikely(rejections->count > 0)) {
        struct rejection rejection = rejections->items[--rejections->count];
        report_rejection(ctx, rejection.promise, rejection.reason);
        JS_FreeValue(ctx, rejection.promise);
        JS_FreeValue(ctx, rejection.reason);
    }
}

void jobs_call(JSContext *ctx, JSValueConst function, JSValueConst this_value, int argc, JSValueConst *argv)
{
    JSValue result = JS_Call(ctx, function, this_value, argc, argv);
    if (unlikely(JS_IsException(result)))
        report_exception(ctx);
    JS_FreeValue(ctx, result);
    jobs_run(ctx);
}
