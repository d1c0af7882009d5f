/* What the engine's files and modules share. One heading per file; a module's own header stands in its folder. */
#ifndef UNIK_ENGINE_H
#define UNIK_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <quickjs.h>

#define countof(array) (sizeof(array) / sizeof((array)[0]))
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
/* The only context. */
extern JSContext *engine_context;

/* start.c */
/* Everything up to the end of the app's top level; then the loop's turn comes. An error ends the program. */
JSContext *engine_start(int argc, char **argv);
extern int engine_argc;
extern char **engine_argv;

/* output.c: whole and in order, whatever kind of file the descriptor is. */
void output_write(int fd, const void *data, size_t size);

/* report.c */
/* Writes "Uncaught ..." with the stack to stderr. */
void report_uncaught(JSContext *ctx, JSValueConst error);
/* The same with another first word, for errors after which the program goes on. */
void report_error(JSContext *ctx, const char *what, JSValueConst error);
/* The pending exception is nobody's: unless the process has a listener for that, it is reported and the program ends
 * with status 1. */
void report_exception(JSContext *ctx);
/* Likewise for a rejection. */
void report_rejection(JSContext *ctx, JSValueConst promise, JSValueConst reason);
/* Set by the process module: true when somebody took the error. `promise` is undefined for an exception. */
extern bool (*report_hook)(JSContext *ctx, JSValueConst error, JSValueConst promise);
/* Ends the program: exit handlers run first, once. */
_Noreturn void engine_exit(JSContext *ctx, int status);
/* Called by engine_exit; returns the status to end with. Set by the process module. */
extern int (*engine_exit_hook)(JSContext *ctx, int status);

/* allocate.c */
extern const JSMallocFunctions allocate_functions;

#endif
