/* One app, from its bytecode to its exit status. */
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

/* There is no way on without what failed. */
static _Noreturn void end_with_exception(JSContext *ctx)
{
    report_exception(ctx);
    engine_exit(ctx, 1);
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
        end_with_exception(ctx);
    return ctx;
}

/* The app's module once its top level, awaits included, has ended. When that rejects, nobody has handled the promise,
 * and the jobs end the program. */
static JSValue evaluate(JSContext *ctx)
{
    JSValue module = JS_ReadObject(ctx, unik_program.bytecode, unik_program.bytecode_size, JS_READ_OBJ_BYTECODE);
    if (JS_IsException(module) || JS_ResolveModule(ctx, module) < 0)
        end_with_exception(ctx);
    JSModuleDef *definition = JS_VALUE_GET_PTR(module);
    JSValue done = JS_EvalFunction(ctx, module);
    if (JS_IsException(done))
        end_with_exception(ctx);
    jobs_run(ctx);
    while (JS_PromiseState(ctx, done) == JS_PROMISE_PENDING)
        if (!loop_run || !loop_run(true)) {
            static const char warning[] = "Warning: Detected unsettled top-level await\n";
            output_write(STDERR_FILENO, warning, sizeof warning - 1);
            engine_exit(ctx, 13); /* as Node.js */
        }
    JS_FreeValue(ctx, done);
    return JS_GetModuleNamespace(ctx, definition);
}

int engine_argc;
char **engine_argv;

JSContext *engine_start(int argc, char **argv)
{
    engine_argc = argc;
    engine_argv = argv;
    if (unik_program.env)
        set_default_environment(unik_program.env);
    JSContext *ctx = make_context();
    prctl(PR_SET_NAME, unik_program.name); /* for ps and top; and a unikernel's boot timeline: the engine is ready */
    JSValue app = evaluate(ctx);
    if (modules_start(ctx, app))
        end_with_exception(ctx);
    JS_FreeValue(ctx, app);
    jobs_run(ctx);
    return ctx;
}

int main(int argc, char **argv)
{
    JSContext *ctx = engine_start(argc, argv);
    if (loop_run)
        loop_run(false);
    engine_exit(ctx, 0);
}
