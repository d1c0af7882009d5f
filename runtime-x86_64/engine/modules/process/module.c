/* process: what of Node.js' object makes sense for one program on its machine. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/resource.h>
#include "../../class.h"
#include "../../program.h"
#include "process.h"

extern char **environ;

struct process {
    JSValue object;
    uint64_t start_ns;
};
APP_STATE(struct process, process);

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

/* An exit code that is a number or a decimal string; -1: none. */
static int to_exit_code(JSContext *ctx, JSValueConst value)
{
    int32_t code;
    if (JS_IsUndefined(value) || JS_IsNull(value))
        return -1;
    if (JS_ToInt32(ctx, &code, value)) {
        JS_FreeValue(ctx, JS_GetException(ctx));
        return -1;
    }
    return code & 0xff;
}

static int get_exit_code(JSContext *ctx)
{
    JSValue value = JS_GetPropertyStr(ctx, process->object, "exitCode");
    int code = to_exit_code(ctx, value);
    JS_FreeValue(ctx, value);
    return code;
}

/* process.exitCode holds unless the program failed; 'exit' listeners may still change it. */
static int finish(JSContext *ctx, int status)
{
    int code = get_exit_code(ctx);
    JSValue argument = JS_NewInt32(ctx, status == 0 && code >= 0 ? code : status);
    if (status != 0)
        JS_SetPropertyStr(ctx, process->object, "exitCode", JS_NewInt32(ctx, status));
    process_emit(ctx, "exit", 1, (JSValueConst *)&argument);
    code = get_exit_code(ctx);
    return code >= 0 ? code : status;
}

/* Without a listener the engine reports the error itself. */
static bool on_error(JSContext *ctx, JSValueConst error, JSValueConst promise)
{
    if (!JS_IsUndefined(promise) && process_emit(ctx, "unhandledRejection", 2, (JSValueConst[]){error, promise}))
        return true;
    JSValue origin = JS_NewString(ctx, JS_IsUndefined(promise) ? "uncaughtException" : "unhandledRejection");
    running->report_hook = NULL; /* what a listener throws is reported */
    bool is_taken = process_emit(ctx, "uncaughtException", 2, (JSValueConst[]){error, origin});
    running->report_hook = on_error;
    JS_FreeValue(ctx, origin);
    return is_taken;
}

static JSValue process_exit(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    int code = argc > 0 ? to_exit_code(ctx, argv[0]) : -1;
    if (code >= 0)
        JS_SetPropertyStr(ctx, process->object, "exitCode", JS_NewInt32(ctx, code));
    engine_exit(ctx, 0);
}

static JSValue process_cwd(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    char path[4096];
    (void)this_value;
    (void)argc;
    (void)argv;
    return getcwd(path, sizeof path) ? JS_NewString(ctx, path) : JS_ThrowPlainError(ctx, "getcwd: %s", strerror(errno));
}

static JSValue process_uptime(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    (void)argc;
    (void)argv;
    return JS_NewFloat64(ctx, (now_ns() - process->start_ns) / 1e9);
}

static JSValue process_hrtime(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    uint64_t now = now_ns();
    int64_t seconds = now / 1000000000, nanoseconds = now % 1000000000;
    if (argc > 0 && JS_IsArray(argv[0])) {
        JSValue before[] = {JS_GetPropertyUint32(ctx, argv[0], 0), JS_GetPropertyUint32(ctx, argv[0], 1)};
        int64_t parts[2] = {0};
        int error = JS_ToInt64(ctx, &parts[0], before[0]) || JS_ToInt64(ctx, &parts[1], before[1]);
        JS_FreeValue(ctx, before[0]);
        JS_FreeValue(ctx, before[1]);
        if (error)
            return JS_EXCEPTION;
        seconds -= parts[0];
        nanoseconds -= parts[1];
        if (nanoseconds < 0) {
            seconds--;
            nanoseconds += 1000000000;
        }
    }
    return JS_NewArrayFrom(ctx, 2, (JSValue[]){JS_NewInt64(ctx, seconds), JS_NewInt64(ctx, nanoseconds)});
}

static JSValue hrtime_bigint(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    (void)argc;
    (void)argv;
    return JS_NewBigUint64(ctx, now_ns());
}

static uint64_t resident_size(void)
{
    char text[128];
    FILE *file = fopen("/proc/self/statm", "r");
    uint64_t pages = 0;
    if (file && fgets(text, sizeof text, file)) {
        const char *space = strchr(text, ' ');
        pages = space ? strtoull(space, NULL, 10) : 0;
    }
    if (file)
        fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

static JSValue process_memory_usage(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    (void)argc;
    (void)argv;
    JSMemoryUsage usage;
    JS_ComputeMemoryUsage(JS_GetRuntime(ctx), &usage);
    JSValue result = JS_NewObject(ctx);
    JS_SetPropertyStr(ctx, result, "rss", JS_NewInt64(ctx, resident_size()));
    JS_SetPropertyStr(ctx, result, "heapTotal", JS_NewInt64(ctx, usage.malloc_size));
    JS_SetPropertyStr(ctx, result, "heapUsed", JS_NewInt64(ctx, usage.memory_used_size));
    JS_SetPropertyStr(ctx, result, "external", JS_NewInt32(ctx, 0));
    JS_SetPropertyStr(ctx, result, "arrayBuffers", JS_NewInt64(ctx, usage.binary_object_size));
    return result;
}

static JSValue memory_usage_rss(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    (void)argc;
    (void)argv;
    return JS_NewInt64(ctx, resident_size());
}

static JSValue process_abort(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)ctx;
    (void)this_value;
    (void)argc;
    (void)argv;
    abort();
}

/* stdout.write, stderr.write: `fd` is the magic. */
static JSValue stream_write(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int fd)
{
    uint8_t *bytes;
    size_t size;
    (void)this_value;
    int found = bytes_from_value(ctx, argv[0], &bytes, &size);
    if (found < 0)
        return JS_EXCEPTION;
    if (found) {
        output_write(fd, bytes, size);
    } else if (JS_IsString(argv[0])) {
        struct utf8 text;
        if (utf8_from_value(ctx, argv[0], &text))
            return JS_EXCEPTION;
        output_write(fd, text.data, text.size);
        utf8_free(ctx, &text);
    } else {
        return JS_ThrowTypeError(ctx, "The \"chunk\" argument must be of type string or an instance of Uint8Array.");
    }
    for (int i = 1; i < argc && i < 3; i++)
        if (JS_IsFunction(ctx, argv[i]))
            process_queue_tick(ctx, argv[i], 0, NULL);
    return JS_TRUE;
}

static JSValue stream_get_is_tty(JSContext *ctx, JSValueConst this_value, int fd)
{
    (void)this_value;
    return JS_NewBool(ctx, isatty(fd));
}

static const JSCFunctionListEntry stdout_functions[] = {
    JS_CFUNC_MAGIC_DEF("write", 1, stream_write, STDOUT_FILENO),
    JS_CGETSET_MAGIC_DEF("isTTY", stream_get_is_tty, NULL, STDOUT_FILENO),
    JS_PROP_INT32_DEF("fd", STDOUT_FILENO, JS_PROP_ENUMERABLE),
};

static const JSCFunctionListEntry stderr_functions[] = {
    JS_CFUNC_MAGIC_DEF("write", 1, stream_write, STDERR_FILENO),
    JS_CGETSET_MAGIC_DEF("isTTY", stream_get_is_tty, NULL, STDERR_FILENO),
    JS_PROP_INT32_DEF("fd", STDERR_FILENO, JS_PROP_ENUMERABLE),
};

/* Node.js' version is the one whose API we follow; some packages look at it. */
static const JSCFunctionListEntry versions[] = {
    JS_PROP_STRING_DEF("node", "20.0.0", JS_PROP_ENUMERABLE),
    JS_PROP_STRING_DEF("quickjs", "0.17.0", JS_PROP_ENUMERABLE),
};

static const JSCFunctionListEntry process_functions[] = {
    JS_PROP_STRING_DEF("title", "unik", JS_PROP_C_W_E),
    JS_PROP_STRING_DEF("version", "v20.0.0", JS_PROP_ENUMERABLE),
    JS_OBJECT_DEF("versions", versions, countof(versions), JS_PROP_ENUMERABLE),
    JS_PROP_STRING_DEF("arch", "x64", JS_PROP_ENUMERABLE),
    JS_PROP_STRING_DEF("platform", "linux", JS_PROP_ENUMERABLE),
    JS_OBJECT_DEF("stdout", stdout_functions, countof(stdout_functions), JS_PROP_C_W_E),
    JS_OBJECT_DEF("stderr", stderr_functions, countof(stderr_functions), JS_PROP_C_W_E),
    JS_PROP_UNDEFINED_DEF("exitCode", JS_PROP_C_W_E),
    JS_CFUNC_DEF("exit", 0, process_exit),
    JS_CFUNC_DEF("abort", 0, process_abort),
    JS_CFUNC_DEF("kill", 2, process_kill),
    JS_CFUNC_DEF("cwd", 0, process_cwd),
    JS_CFUNC_DEF("uptime", 0, process_uptime),
    JS_CFUNC_DEF("hrtime", 0, process_hrtime),
    JS_CFUNC_DEF("memoryUsage", 0, process_memory_usage),
    JS_CFUNC_DEF("nextTick", 1, process_next_tick),
    JS_CFUNC_MAGIC_DEF("on", 2, process_add_listener, LISTENER_LAST),
    JS_ALIAS_DEF("addListener", "on"),
    JS_CFUNC_MAGIC_DEF("once", 2, process_add_listener, LISTENER_ONCE),
    JS_CFUNC_MAGIC_DEF("prependListener", 2, process_add_listener, LISTENER_FIRST),
    JS_CFUNC_DEF("off", 2, process_remove_listener),
    JS_ALIAS_DEF("removeListener", "off"),
    JS_CFUNC_DEF("removeAllListeners", 1, process_remove_all_listeners),
    JS_CFUNC_DEF("listenerCount", 1, process_listener_count),
    JS_CFUNC_DEF("emit", 1, process_emit_event),
    JS_PROP_STRING_DEF("[Symbol.toStringTag]", "process", JS_PROP_CONFIGURABLE),
};

static void define_variable(JSContext *ctx, JSValueConst object, const char *entry, bool is_default)
{
    const char *equals = strchr(entry, '=');
    if (!equals)
        return;
    JSAtom name = JS_NewAtomLen(ctx, entry, equals - entry);
    if (!is_default || JS_GetOwnProperty(ctx, NULL, object, name) == 0)
        JS_DefinePropertyValue(ctx, object, name, string_from_utf8(ctx, equals + 1, strlen(equals + 1)), JS_PROP_C_W_E);
    JS_FreeAtom(ctx, name);
}

/* The process' environment has the defaults of an only app, not those of one among several. */
static JSValue make_environment(JSContext *ctx)
{
    JSValue object = JS_NewObject(ctx);
    for (char **entry = environ; entry && *entry; entry++)
        define_variable(ctx, object, *entry, false);
    for (const char *const *entry = running->program->env; apps_start && *entry; entry++)
        define_variable(ctx, object, *entry, true);
    return object;
}

/* Node.js' own path first, then the script's: both are the program. The kernel gives its arguments by /proc or not at
 * all. */
static JSValue make_arguments(JSContext *ctx)
{
    JSValue array = JS_NewArray(ctx);
    uint32_t length = 0;
    for (int i = 0; i < engine_argc; i++) {
        const char *argument = engine_argv[i];
        JS_DefinePropertyValueUint32(ctx, array, length++, string_from_utf8(ctx, argument, strlen(argument)),
                                     JS_PROP_C_W_E);
        if (i == 0)
            JS_DefinePropertyValueUint32(ctx, array, length++, JS_NewString(ctx, running->program->name),
                                         JS_PROP_C_W_E);
    }
    return array;
}

/* Properties that cost something are made when they are first read. */
enum { LAZY_ENV, LAZY_ARGV, LAZY_PID, LAZY_PPID, LAZY_EXEC_PATH };
struct lazy {
    JSValue values[2];
    bool is_made[2];
};
APP_STATE(struct lazy, lazy);

static JSValue process_get_lazy(JSContext *ctx, JSValueConst this_value, int which)
{
    (void)this_value;
    switch (which) {
    case LAZY_PID:
        return JS_NewInt32(ctx, getpid());
    case LAZY_PPID:
        return JS_NewInt32(ctx, getppid());
    case LAZY_EXEC_PATH:
        return JS_NewString(ctx, engine_argc > 0 ? engine_argv[0] : running->program->name);
    default:
        if (!lazy->is_made[which]) {
            lazy->values[which] = which == LAZY_ENV ? make_environment(ctx) : make_arguments(ctx);
            lazy->is_made[which] = true;
        }
        return JS_DupValue(ctx, lazy->values[which]);
    }
}

static JSValue process_set_lazy(JSContext *ctx, JSValueConst this_value, JSValueConst value, int which)
{
    (void)this_value;
    if (lazy->is_made[which])
        JS_FreeValue(ctx, lazy->values[which]);
    lazy->values[which] = JS_DupValue(ctx, value);
    lazy->is_made[which] = true;
    return JS_UNDEFINED;
}

#define LAZY_FLAGS (JS_PROP_CONFIGURABLE | JS_PROP_ENUMERABLE)

static const JSCFunctionListEntry lazy_properties[] = {
    JS_CGETSET_MAGIC_DEF2("env", process_get_lazy, process_set_lazy, LAZY_ENV, LAZY_FLAGS),
    JS_CGETSET_MAGIC_DEF2("argv", process_get_lazy, process_set_lazy, LAZY_ARGV, LAZY_FLAGS),
    JS_CGETSET_MAGIC_DEF2("pid", process_get_lazy, NULL, LAZY_PID, LAZY_FLAGS),
    JS_CGETSET_MAGIC_DEF2("ppid", process_get_lazy, NULL, LAZY_PPID, LAZY_FLAGS),
    JS_CGETSET_MAGIC_DEF2("execPath", process_get_lazy, NULL, LAZY_EXEC_PATH, LAZY_FLAGS),
};

static int add_function(JSContext *ctx, const char *owner, const char *name, JSCFunction *function)
{
    JSValue object = JS_GetPropertyStr(ctx, process->object, owner);
    int done = JS_SetPropertyStr(ctx, object, name, JS_NewCFunction(ctx, function, name, 0));
    JS_FreeValue(ctx, object);
    return done < 0 ? -1 : 0;
}

static int process_init(JSContext *ctx, JSValueConst global)
{
    process->start_ns = now_ns();
    process->object = JS_NewObject(ctx);
    if (JS_SetPropertyFunctionList(ctx, process->object, process_functions, countof(process_functions)) ||
        JS_SetPropertyFunctionList(ctx, process->object, lazy_properties, countof(lazy_properties)) ||
        add_function(ctx, "hrtime", "bigint", hrtime_bigint) ||
        add_function(ctx, "memoryUsage", "rss", memory_usage_rss))
        return -1;
    running->exit_hook = finish;
    running->report_hook = on_error;
    process_events_init(process->object);
    return define_global(ctx, global, "process", JS_DupValue(ctx, process->object));
}

static JSValue process_namespace(JSContext *ctx, const char *specifier)
{
    (void)specifier;
    return JS_DupValue(ctx, process->object);
}

static const char *const process_specifiers[] = {"node:process", "process", NULL};

MODULE(process) = {
    .name = "process",
    .phase = PHASE_API,
    .init = process_init,
    .specifiers = process_specifiers,
    .namespace = process_namespace,
};
