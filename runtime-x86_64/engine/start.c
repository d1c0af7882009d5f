/* One app, from its bytecode to its exit status. */
#include <stdlib.h>
#include <string.h>
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

/* The real environment overrides the program's own. */
static void set_default_environment(const char *const *entry)
{
    for (; *entry; entry++) {
        const char *equals = strchr(*entry, '=');
        char *name = equals ? strndup(*entry, equals - *entry) : NULL;
        if (name)
            setenv(name, equals + 1, 0);
        free(name);
    }
}

static JSContext *make_context(void)
{
    JSRuntime *rt = JS_NewRuntime2(&allocate_functions, NULL);
    JSContext *ctx = rt ? JS_NewContextRaw(rt) : NULL;
    if (!ctx)
        fail("not enough memory to start\n");
    engine_context = ctx;
    JS_SetMaxStackSize(rt, script_stack_size());
    modules_set_loader(rt);
    jobs_init(ctx);
    if (JS_AddIntrinsicBaseObjects(ctx) || JS_AddIntrinsicPromise(ctx) || modules_init(ctx))
        report_exception_and_exit(ctx);
    return ctx;
}

/* The module's namespace once its top level, awaits included, has ended. When that rejects, nobody has handled the promise,
 * and the jobs end the program. */
static JSValue evaluate(JSContext *ctx)
{
    JSValue module = JS_ReadObject(ctx, unik_program.bytecode, unik_program.bytecode_size, JS_READ_OBJ_BYTECODE);
    if (JS_IsException(module) || JS_ResolveModule(ctx, module) < 0)
        report_exception_and_exit(ctx);
    JSModuleDef *definition = JS_VALUE_GET_PTR(module);
    JSValue done = JS_EvalFunction(ctx, module);
    if (JS_IsException(done))
        report_exception_and_exit(ctx);
    jobs_run(ctx);
    while (JS_PromiseState(ctx, done) == JS_PROMISE_PENDING)
        if (!loop_run || !loop_run(true))
            fail("Warning: the program ended before its top-level await was settled\n");
    JS_FreeValue(ctx, done);
    return JS_GetModuleNamespace(ctx, definition);
}

int main(void)
{
    if (unik_program.env)
        set_default_environment(unik_program.env);
    JSContext *ctx = make_context();
    JSValue app = evaluate(ctx);
    if (modules_start(ctx, app))
        report_exception_and_exit(ctx);
    JS_FreeValue(ctx, app);
    if (loop_run)
        loop_run(false);
    engine_exit(ctx, 0);
}
