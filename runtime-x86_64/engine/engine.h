/* What the engine's files and modules share. One heading per file; a module's own header stands in its folder. */
#ifndef UNIK_ENGINE_H
#define UNIK_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <quickjs.h>

#define countof(array) (sizeof(array) / sizeof((array)[0]))
#define container_of(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/* A builtin API. It is linked only if the program refers to unik_module_<id>; an id is the folder's name with - as _.
 */
struct module {
    const char *name;
    /* Modules of an earlier phase are ready when init runs. */
    enum module_phase { PHASE_LANGUAGE, PHASE_API, PHASE_SERVICE } phase;
    /* Defines globals. 0, or -1 with an exception. */
    int (*init)(JSContext *ctx, JSValueConst global);
    /* What the app may import this module as, NULL-terminated, or NULL when it has globals only. */
    const char *const *specifiers;
    /* The object whose own properties are the named exports; it is itself the default export unless it has one. */
    JSValue (*namespace)(JSContext *ctx, const char *specifier);
    /* Called with the app's namespace once its top level has ended. 0, or -1 with an exception. */
    int (*start)(JSContext *ctx, JSValueConst app);
};

/* Pointers, because structures in such a section suffer from alignment that compiler and linker see differently. */
#define MODULE(id)                                                                                                     \
    extern const struct module unik_module_##id;                                                                       \
    static const struct module *const module_entry_##id __attribute__((section("unik_modules"), used, retain)) =       \
        &unik_module_##id;                                                                                             \
    const struct module unik_module_##id

/* What a file keeps for the app between two calls: a zeroed structure that `name` points at. Each of several apps in
 * one program has its own, and the pointers are set to those of the app that runs (modules/apps/switch.c): what is no
 * app's, such as class ids and rooms that no call of JavaScript outlives, stays outside. The table is linked only with
 * several. */
struct app_state {
    void **place;
    uint64_t size;
};
#define APP_STATE(type, name)                                                                                          \
    static type name##_first;                                                                                          \
    static type *name = &name##_first;                                                                                 \
    APP_STATE_ROW(type, name)
#define APP_STATE_ROW(type, name)                                                                                      \
    static const struct app_state app_state_##name                                                                     \
        __attribute__((section("unik_app_states"), used, aligned(16))) = {(void **)&(name), sizeof(type)}
_Static_assert(sizeof(struct app_state) == 16, "the table has no gaps");

/* The app whose JavaScript runs, or ran last. */
extern struct app {
    const struct unik_program *program;
    JSContext *context;
    /* Set by the process module: see report.c. */
    bool (*report_hook)(JSContext *ctx, JSValueConst error, JSValueConst promise);
    int (*exit_hook)(JSContext *ctx, int status);
    /* Its module, and the promise of its top level's end. */
    JSModuleDef *module;
    JSValue loaded;
    struct hosted *hosted; /* of several: modules/apps */
} * running;

/* What there is with several apps only: linked with modules/apps. */
#define OF_SEVERAL __attribute__((weak))
/* Everything up to the server; then the loop's turn comes. */
OF_SEVERAL void apps_start(void);
OF_SEVERAL JSRuntime *apps_make_runtime(void);
OF_SEVERAL void apps_run(struct app *app, void (*function)(void *opaque), void *opaque);
OF_SEVERAL void apps_write(int fd, const void *data, size_t size);
/* The running app has ended: goes back to where it was run from, or ends the program with the last one. */
OF_SEVERAL _Noreturn void apps_end(int status);
/* Ends every app. */
OF_SEVERAL _Noreturn void apps_stop(void);

/* Every callback of the loop that goes on into JavaScript does it through this: `function` is called with `app`
 * running, which was `running` when the callback was set up, unless that app has ended. The app may end within: then
 * the call is over. */
static inline void app_run(struct app *app, void (*function)(void *opaque), void *opaque)
{
    if (unlikely(apps_run))
        apps_run(app, function, opaque);
    else
        function(opaque);
}

/* modules.c */
int modules_init(JSContext *ctx);
int modules_start(JSContext *ctx, JSValueConst app);
/* Lets imports of the app find the linked modules. */
void modules_set_loader(JSRuntime *rt);

/* jobs.c: promise jobs, what runs before them, and rejections that nobody handles. */
void jobs_init(JSContext *ctx);
/* To be called after every callback into JavaScript. An unhandled rejection ends the program. */
void jobs_run(JSContext *ctx);
/* Somebody in C looks after the promise's rejection. */
void jobs_set_handled(JSContext *ctx, JSValueConst promise);
/* `tick` runs before promise jobs and says whether it did anything (process.nextTick). */
void jobs_set_tick(bool (*tick)(JSContext *ctx));
/* Calls `function`, reports an exception as uncaught, then runs jobs. Frees `result`. */
void jobs_call(JSContext *ctx, JSValueConst function, JSValueConst this_value, int argc, JSValueConst *argv);

/* loop.c: libuv's loop, made when first asked for. A program that has none ends with its top level. */
struct uv_loop_s;
struct uv_loop_s *loop_get(void);
/* Runs until nothing keeps the loop alive (`once`: until something happened). Weak: absent unless a module needs a
 * loop. */
bool loop_run(bool once) __attribute__((weak));

/* start.c: of the running app. An error ends it. */
/* Makes its context and evaluates its module as far as that goes without waiting. */
void engine_load(void);
bool engine_is_loading(void);
/* Nothing is left that could end the wait for its top level. */
_Noreturn void engine_end_unsettled(void);
/* Its top level has ended: modules may start what the app exports. Then the loop's turn comes. */
void engine_begin(void);
/* All of it, for the only app or for several. */
void engine_start(int argc, char **argv);
/* The real environment overrides the program's own: "K=V", NULL-terminated. */
void engine_set_environment(const char *const *env);
extern int engine_argc;
extern char **engine_argv;

/* output.c: whole and in order, whatever kind of file the descriptor is. */
void output_write(int fd, const void *data, size_t size);
/* Lines of the running app: among several apps each begins with the app's name. */
static inline void app_write(int fd, const void *data, size_t size)
{
    if (unlikely(apps_write))
        apps_write(fd, data, size);
    else
        output_write(fd, data, size);
}

/* report.c */
/* Writes "Uncaught ..." with the stack to stderr. */
void report_uncaught(JSContext *ctx, JSValueConst error);
/* The same with another first word, for errors after which the program goes on. */
void report_error(JSContext *ctx, const char *what, JSValueConst error);
/* The pending exception is nobody's: unless the process has a listener for that, it is reported and the program ends
 * with status 1. */
void report_exception(JSContext *ctx);
/* Likewise for a rejection. `running->report_hook` says true when somebody took the error; its `promise` is undefined
 * for an exception. */
void report_rejection(JSContext *ctx, JSValueConst promise, JSValueConst reason);
/* Ends the running app and, if it is the only one, the program: `running->exit_hook` runs exit handlers first, once,
 * and gives the status to end with. */
_Noreturn void engine_exit(JSContext *ctx, int status);
/* Ends the program: nothing is left to do, or it was told to stop. */
_Noreturn void engine_stop(void);

/* allocate.c */
extern const JSMallocFunctions allocate_functions;

#endif
