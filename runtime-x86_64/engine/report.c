#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "engine.h"
#include "program.h"
#include "modules/console/inspect.h"

/* Linked only with the module console. */
#pragma weak inspect_value

static struct app running_first = {.program = &unik_program};
struct app *running = &running_first;
APP_STATE_ROW(struct app, running);

static void write_text(const char *text)
{
    app_write(STDERR_FILENO, text, strlen(text));
}

static JSValue inspect(JSContext *ctx, JSValueConst value)
{
    static const struct inspect_options options = {.depth = INSPECT_DEPTH_DEFAULT};
    struct text text = {0};
    inspect_value(ctx, &text, value, &options);
    JSValue string = JS_NewStringLen(ctx, text.data, text.size);
    text_free(&text);
    return string;
}

/* An error by its stack, which begins with name and message, anything else as console.log would show it. */
static JSValue describe(JSContext *ctx, JSValueConst error)
{
    if (JS_IsError(error)) {
        JSValue stack = JS_GetPropertyStr(ctx, error, "stack");
        if (JS_IsString(stack))
            return stack;
        JS_FreeValue(ctx, stack);
    }
    return inspect_value ? inspect(ctx, error) : JS_ToString(ctx, error);
}

void report_error(JSContext *ctx, const char *what, JSValueConst error)
{
    JSValue description = describe(ctx, error);
    const char *text = JS_ToCString(ctx, description);
    write_text(what);
    write_text(text ? text : "(an error that cannot be shown)");
    write_text("\n");
    JS_FreeCString(ctx, text);
    JS_FreeValue(ctx, description);
    JS_FreeValue(ctx, JS_GetException(ctx));
}

void report_uncaught(JSContext *ctx, JSValueConst error)
{
    report_error(ctx, "Uncaught ", error);
}

void report_rejection(JSContext *ctx, JSValueConst promise, JSValueConst reason)
{
    if (running->report_hook && running->report_hook(ctx, reason, promise))
        return;
    report_uncaught(ctx, reason);
    engine_exit(ctx, 1);
}

void report_exception(JSContext *ctx)
{
    JSValue error = JS_GetException(ctx);
    report_rejection(ctx, JS_UNDEFINED, error);
    JS_FreeValue(ctx, error);
}

/* What is still allocated goes with the process. */
void engine_exit(JSContext *ctx, int status)
{
    int (*hook)(JSContext *, int) = running->exit_hook;
    running->exit_hook = NULL;
    if (hook)
        status = hook(ctx, status);
    if (apps_end)
        apps_end(status);
    exit(status);
}

void engine_stop(void)
{
    if (apps_stop)
        apps_stop();
    engine_exit(running->context, 0);
}
