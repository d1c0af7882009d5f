/* An app, from its bytecode to the loop. */
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include "engine.h"
#include "program.h"

/* Left of the stack for C code below the engine's check. */
#define STACK_RESERVE (128 * 1024)
/* Taken where the system sets no limit. */
#define STACK_UNLIMITED (8 * 1024 * 1024)

static size_t script_stack_size(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_STACK, &limit) || limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > STACK_UNLIMITED)
        return STACK_UNLIMITED - STACK_RESERVE;
    return limit.rlim_cur > 2 * STACK_RESERVE ? limit.rlim_cur - STACK_RESERVE : limit.rlim_cur / 2;
}

static _Noreturn void fail(const char *message)
{
    output_write(STDERR_FILENO, message, strlen(message));
    exit(1);
}

void engine_set_environment(const char *const *entry)
{
    for (; entry && *entry; entry++) {
        const char *equals = strchr(*entry, '=');
        char *name = equals ? strndup(*entry, equals - *entry) : NULL;
        if (name)
            setenv(name, equals + 1, 0);
        free(name);
    }
}

/* There is no way on without what failed. */
static _Noreturn void end_with_exception(JSContext *ctx)
{
    report_exception(ctx);
    engine_exit(ctx, 1);
}

static JSContext *make_context(void)
{
    JSRuntime *rt = apps_make_runtime ? apps_make_runtime() : JS_NewRuntime2(&allocate_functions, NULL);
    JSContext *ctx = rt ? JS_NewContextRaw(rt) : NULL;
    if (!ctx)
        fail("not enough memory to start\n");
    running->context = ctx;
    JS_SetMaxStackSize(rt, script_stack_size());
    modules_set_loader(rt);
    jobs_init(ctx);
    if (JS_AddIntrinsicBaseObjects(ctx) || JS_AddIntrinsicPromise(ctx) || modules_init(ctx))
        end_with_exception(ctx);
    return ctx;
}

void engine_load(void)
{
    const struct unik_program *program = running->program;
    JSContext *ctx = make_context();
    prctl(PR_SET_NAME, program->name); /* for ps and top; and a unikernel's boot timeline: the engine is ready */
    JSValue module = JS_ReadObject(ctx, program->bytecode, program->bytecode_size, JS_READ_OBJ_BYTECODE);
    if (JS_IsException(module) || JS_ResolveModule(ctx, module) < 0)
        end_with_exception(ctx);
    running->module = JS_VALUE_GET_PTR(module);
    running->loaded = JS_EvalFunction(ctx, module);
    if (JS_IsException(running->loaded))
        end_with_exception(ctx);
    jobs_run(ctx); /* a rejection that nobody handles is the top level's, and ends the app */
}

bool engine_is_loading(void)
{
    return JS_PromiseState(running->context, running->loaded) == JS_PROMISE_PENDING;
}

void engine_end_unsettled(void)
{
    static const char warning[] = "Warning: Detected unsettled top-level await\n";
    app_write(STDERR_FILENO, warning, sizeof warning - 1);
    engine_exit(running->context, 13); /* as Node.js */
}

void engine_begin(void)
{
    JSContext *ctx = running->context;
    JSValue app = JS_GetModuleNamespace(ctx, running->module);
    JS_FreeValue(ctx, running->loaded);
    if (modules_start(ctx, app))
        end_with_exception(ctx);
    JS_FreeValue(ctx, app);
    jobs_run(ctx);
}

int engine_argc;
char **engine_argv;

void engine_start(int argc, char **argv)
{
    engine_argc = argc;
    engine_argv = argv;
    if (apps_start) {
        apps_start();
        return;
    }
    engine_set_environment(running->program->env);
    engine_load();
    while (engine_is_loading())
        if (!loop_run || !loop_run(true))
            engine_end_unsettled();
    engine_begin();
}

int main(int argc, char **argv)
{
    engine_start(argc, argv);
    if (loop_run)
        loop_run(false);
    engine_stop();
}
