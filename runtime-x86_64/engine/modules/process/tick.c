/* process.nextTick: what runs before promise jobs. */
#include <stdlib.h>
#include "process.h"

struct tick {
    struct tick *next;
    JSValue function;
    int argc;
    JSValue argv[];
};

struct ticks {
    struct tick *first, **last;
};
APP_STATE(struct ticks, ticks);

static bool run_ticks(JSContext *ctx)
{
    bool has_run = ticks->first;
    while (ticks->first) {
        struct tick *tick = ticks->first;
        ticks->first = tick->next;
        JSValue result = JS_Call(ctx, tick->function, JS_UNDEFINED, tick->argc, (JSValueConst *)tick->argv);
        if (JS_IsException(result))
            report_exception(ctx);
        JS_FreeValue(ctx, result);
        JS_FreeValue(ctx, tick->function);
        for (int i = 0; i < tick->argc; i++)
            JS_FreeValue(ctx, tick->argv[i]);
        free(tick);
    }
    return has_run;
}

int process_queue_tick(JSContext *ctx, JSValueConst function, int argc, JSValueConst *argv)
{
    struct tick *tick = malloc(sizeof *tick + argc * sizeof tick->argv[0]);
    if (!tick) {
        JS_ThrowOutOfMemory(ctx);
        return -1;
    }
    *tick = (struct tick){.function = JS_DupValue(ctx, function), .argc = argc};
    for (int i = 0; i < argc; i++)
        tick->argv[i] = JS_DupValue(ctx, argv[i]);
    *(ticks->first ? ticks->last : &ticks->first) = tick;
    ticks->last = &tick->next;
    jobs_set_tick(run_ticks);
    return 0;
}

JSValue process_next_tick(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    if (!JS_IsFunction(ctx, argv[0]))
        return JS_ThrowTypeError(ctx, "The \"callback\" argument must be of type function.");
    return process_queue_tick(ctx, argv[0], argc > 1 ? argc - 1 : 0, argv + 1) ? JS_EXCEPTION : JS_UNDEFINED;
}
