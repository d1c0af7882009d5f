#include <errno.h>
#include <signal.h>
#include <string.h>
#include <uv.h>
#include "process.h"

static const struct {
    const char *name;
    int number;
} signals[] = {
    {"SIGTERM", SIGTERM}, {"SIGINT", SIGINT},     {"SIGHUP", SIGHUP},   {"SIGUSR1", SIGUSR1}, {"SIGUSR2", SIGUSR2},
    {"SIGQUIT", SIGQUIT}, {"SIGWINCH", SIGWINCH}, {"SIGCONT", SIGCONT}, {"SIGALRM", SIGALRM}, {"SIGPIPE", SIGPIPE},
};

struct watched {
    uv_signal_t handles[countof(signals)];
};
APP_STATE(struct watched, watched);

static void emit_signal(void *opaque)
{
    JSContext *ctx = running->context;
    uv_signal_t *handle = opaque;
    const char *name = signals[handle - watched->handles].name;
    JSValue arguments[] = {JS_NewString(ctx, name), JS_NewInt32(ctx, handle->signum)};
    process_emit(ctx, name, 2, (JSValueConst *)arguments);
    JS_FreeValue(ctx, arguments[0]);
    jobs_run(ctx);
}

static void on_signal(uv_signal_t *handle, int number)
{
    (void)number;
    app_run(handle->data, emit_signal, handle);
}

/* As in Node.js, waiting for a signal keeps no program alive. */
void process_watch_signal(const char *name, bool is_watched)
{
    for (size_t i = 0; i < countof(signals); i++) {
        if (strcmp(signals[i].name, name) != 0)
            continue;
        uv_handle_t *handle = (uv_handle_t *)&watched->handles[i];
        if (!is_watched) {
            uv_signal_stop(&watched->handles[i]);
        } else if (!uv_is_active(handle)) {
            if (handle->type != UV_SIGNAL)
                uv_signal_init(loop_get(), &watched->handles[i]);
            handle->data = running;
            uv_signal_start(&watched->handles[i], on_signal, signals[i].number);
            uv_unref(handle);
        }
        return;
    }
}

static int signal_number(JSContext *ctx, JSValueConst value)
{
    int32_t number = SIGTERM;
    if (JS_IsUndefined(value))
        return number;
    if (JS_IsNumber(value))
        return JS_ToInt32(ctx, &number, value) ? -1 : number;
    const char *name = JS_ToCString(ctx, value);
    number = -1;
    for (size_t i = 0; name && i < countof(signals); i++)
        if (strcmp(signals[i].name, name) == 0)
            number = signals[i].number;
    if (name && strcmp(name, "SIGKILL") == 0)
        number = SIGKILL;
    if (number < 0 && name)
        JS_ThrowTypeError(ctx, "Unknown signal: %s", name);
    JS_FreeCString(ctx, name);
    return number;
}

JSValue process_kill(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    int32_t pid;
    if (JS_ToInt32(ctx, &pid, argv[0]))
        return JS_EXCEPTION;
    int number = signal_number(ctx, argc > 1 ? argv[1] : JS_UNDEFINED);
    if (number < 0)
        return JS_EXCEPTION;
    return kill(pid, number) == 0 ? JS_TRUE : JS_ThrowPlainError(ctx, "kill: %s", strerror(errno));
}
