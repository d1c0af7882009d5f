/* console, as Node.js prints: log, info, debug and what reports numbers to stdout; error, warn, assert, trace to
 * stderr. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "../../engine.h"
#include "inspect.h"

struct label;
struct console {
    int group_level;
    struct label *first_label;
};
APP_STATE(struct console, console);

/* One write a call, so that lines of several writers do not mix. */
static void write_text(struct text *text, int fd)
{
    text_append_char(text, '\n');
    if (console->group_level > 0) {
        struct text indented = {0};
        for (size_t i = 0; i < text->size; i++) {
            if (i == 0 || text->data[i - 1] == '\n')
                text_append_repeated(&indented, ' ', 2 * console->group_level);
            text_append_char(&indented, text->data[i]);
        }
        text_free(text);
        *text = indented;
    }
    app_write(fd, text->data, text->size);
    text_free(text);
}

static JSValue console_log(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int fd)
{
    (void)this_value;
    struct text text = {0};
    inspect_format(ctx, &text, argc, argv);
    write_text(&text, fd);
    return JS_UNDEFINED;
}

static JSValue console_assert(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    struct text text = {0};
    if (argc > 0 && JS_ToBool(ctx, argv[0]))
        return JS_UNDEFINED;
    text_append_string(&text, "Assertion failed");
    if (argc > 1) {
        text_append_string(&text, JS_IsString(argv[1]) ? ": " : " ");
        inspect_format(ctx, &text, argc - 1, argv + 1);
    }
    write_text(&text, STDERR_FILENO);
    return JS_UNDEFINED;
}

static JSValue console_trace(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    struct text text = {0};
    JSValue error = JS_NewPlainError(ctx, "%s", "");
    JSValue stack = inspect_get(ctx, error, "stack");
    size_t size;
    const char *lines = JS_ToCStringLen(ctx, &size, stack);
    const char *frames = lines ? strchr(lines, '\n') : NULL;
    /* The first frame is this function. */
    frames = frames ? strchr(frames + 1, '\n') : NULL;
    text_append_string(&text, argc > 0 ? "Trace: " : "Trace");
    inspect_format(ctx, &text, argc, argv);
    if (frames)
        text_append_string(&text, frames);
    write_text(&text, STDERR_FILENO);
    JS_FreeCString(ctx, lines);
    JS_FreeValue(ctx, stack);
    JS_FreeValue(ctx, error);
    return JS_UNDEFINED;
}

static JSValue console_dir(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    struct inspect_options options = {.depth = INSPECT_DEPTH_DEFAULT};
    struct text text = {0};
    JSValue depth = argc > 1 && JS_IsObject(argv[1]) ? inspect_get(ctx, argv[1], "depth") : JS_UNDEFINED;
    double number = INSPECT_DEPTH_UNLIMITED;
    if (!JS_IsUndefined(depth)) {
        if (!JS_IsNull(depth))
            JS_ToFloat64(ctx, &number, depth);
        options.depth = number >= 0 && number < INSPECT_DEPTH_UNLIMITED ? (int)number : INSPECT_DEPTH_UNLIMITED;
    }
    JS_FreeValue(ctx, depth);
    inspect_value(ctx, &text, argv[0], &options);
    write_text(&text, STDOUT_FILENO);
    return JS_UNDEFINED;
}

static JSValue console_table(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    struct text text = {0};
    if (!inspect_table(ctx, &text, argv[0], argc > 1 ? argv[1] : JS_UNDEFINED))
        return console_log(ctx, this_value, argc, argv, STDOUT_FILENO);
    write_text(&text, STDOUT_FILENO);
    return JS_UNDEFINED;
}

static JSValue console_group(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    if (argc > 0)
        console_log(ctx, this_value, argc, argv, STDOUT_FILENO);
    console->group_level++;
    return JS_UNDEFINED;
}

static JSValue console_group_end(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)ctx;
    (void)this_value;
    (void)argc;
    (void)argv;
    console->group_level -= console->group_level > 0;
    return JS_UNDEFINED;
}

/* What count() and time() keep by label. */
struct label {
    struct label *next;
    char *name;
    bool is_timer;
    uint64_t value; /* a count, or the start in ns */
};

static struct label **find_label(const char *name, bool is_timer)
{
    struct label **link = &console->first_label;
    while (*link && ((*link)->is_timer != is_timer || strcmp((*link)->name, name) != 0))
        link = &(*link)->next;
    return link;
}

static struct label *add_label(const char *name, bool is_timer)
{
    struct label *label = calloc(1, sizeof *label);
    if (!label || !(label->name = strdup(name))) {
        free(label);
        return NULL;
    }
    label->is_timer = is_timer;
    label->next = console->first_label;
    console->first_label = label;
    return label;
}

static void remove_label(struct label **link)
{
    struct label *label = *link;
    *link = label->next;
    free(label->name);
    free(label);
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

static void append_duration(struct text *text, uint64_t ns)
{
    char digits[64];
    double ms = ns / 1e6;
    if (ms < 1000)
        snprintf(digits, sizeof digits, ms < 0.0005 ? "0ms" : "%.*fms", ms < 1 ? 3 : 3, ms);
    else if (ms < 60000)
        snprintf(digits, sizeof digits, "%.3fs", ms / 1000);
    else
        snprintf(digits, sizeof digits, "%d:%06.3f (m:ss.mmm)", (int)(ms / 60000), ms / 1000 - (int)(ms / 60000) * 60);
    text_append_string(text, digits);
}

enum { LABEL_COUNT, LABEL_COUNT_RESET, LABEL_TIME, LABEL_TIME_LOG, LABEL_TIME_END };

static void use_label(JSContext *ctx, const char *name, int action, int argc, JSValueConst *argv)
{
    bool is_timer = action >= LABEL_TIME;
    struct label **link = find_label(name, is_timer), *label = *link;
    struct text text = {0};
    if (!label && (action == LABEL_COUNT || action == LABEL_TIME))
        label = add_label(name, is_timer);
    if (action == LABEL_TIME && label) {
        label->value = now_ns();
        return;
    }
    if (!label) {
        text_append_string(&text, is_timer ? "Warning: No such label '" : "Warning: Count for '");
        text_append_string(&text, name);
        text_append_string(&text, is_timer ? "' for console.time()" : "' does not exist");
        write_text(&text, STDERR_FILENO);
        return;
    }
    if (action == LABEL_COUNT_RESET) {
        label->value = 0;
        return;
    }
    text_append_string(&text, name);
    text_append_string(&text, ": ");
    if (is_timer)
        append_duration(&text, now_ns() - label->value);
    else
        text_append_uint(&text, ++label->value);
    if (action == LABEL_TIME_LOG && argc > 1) {
        text_append_char(&text, ' ');
        inspect_format(ctx, &text, argc - 1, argv + 1);
    }
    if (action == LABEL_TIME_END)
        remove_label(link);
    write_text(&text, STDOUT_FILENO);
}

static JSValue console_label(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int action)
{
    (void)this_value;
    const char *name = argc > 0 && !JS_IsUndefined(argv[0]) ? JS_ToCString(ctx, argv[0]) : NULL;
    if (JS_HasException(ctx))
        return JS_EXCEPTION;
    use_label(ctx, name ? name : "default", action, argc, argv);
    JS_FreeCString(ctx, name);
    return JS_UNDEFINED;
}

static const JSCFunctionListEntry console_functions[] = {
    JS_CFUNC_MAGIC_DEF("log", 0, console_log, STDOUT_FILENO),
    JS_CFUNC_MAGIC_DEF("info", 0, console_log, STDOUT_FILENO),
    JS_CFUNC_MAGIC_DEF("debug", 0, console_log, STDOUT_FILENO),
    JS_CFUNC_MAGIC_DEF("dirxml", 0, console_log, STDOUT_FILENO),
    JS_CFUNC_MAGIC_DEF("error", 0, console_log, STDERR_FILENO),
    JS_CFUNC_MAGIC_DEF("warn", 0, console_log, STDERR_FILENO),
    JS_CFUNC_DEF("assert", 0, console_assert),
    JS_CFUNC_DEF("trace", 0, console_trace),
    JS_CFUNC_DEF("dir", 1, console_dir),
    JS_CFUNC_DEF("table", 1, console_table),
    JS_CFUNC_DEF("group", 0, console_group),
    JS_CFUNC_DEF("groupCollapsed", 0, console_group),
    JS_CFUNC_DEF("groupEnd", 0, console_group_end),
    JS_CFUNC_MAGIC_DEF("count", 0, console_label, LABEL_COUNT),
    JS_CFUNC_MAGIC_DEF("countReset", 0, console_label, LABEL_COUNT_RESET),
    JS_CFUNC_MAGIC_DEF("time", 0, console_label, LABEL_TIME),
    JS_CFUNC_MAGIC_DEF("timeLog", 0, console_label, LABEL_TIME_LOG),
    JS_CFUNC_MAGIC_DEF("timeEnd", 0, console_label, LABEL_TIME_END),
    JS_PROP_STRING_DEF("[Symbol.toStringTag]", "console", JS_PROP_CONFIGURABLE),
};

static int console_init(JSContext *ctx, JSValueConst global)
{
    static const JSCFunctionListEntry members[] = {
        JS_OBJECT_DEF("console", console_functions, countof(console_functions),
                      JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE),
    };
    return JS_SetPropertyFunctionList(ctx, global, members, countof(members));
}

static JSValue console_namespace(JSContext *ctx, const char *specifier)
{
    (void)specifier;
    JSValue global = JS_GetGlobalObject(ctx), value = JS_GetPropertyStr(ctx, global, "console");
    JS_FreeValue(ctx, global);
    return value;
}

static const char *const console_specifiers[] = {"node:console", "console", NULL};

MODULE(console) = {
    .name = "console",
    .phase = PHASE_API,
    .init = console_init,
    .specifiers = console_specifiers,
    .namespace = console_namespace,
};
