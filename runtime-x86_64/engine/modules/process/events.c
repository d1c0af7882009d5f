#include <stdlib.h>
#include <string.h>
#include "process.h"

struct listener {
    struct listener *next;
    char *name;
    JSValue function;
    bool is_once;
};

struct events {
    struct listener *first;
    JSValue process;
};
APP_STATE(struct events, events);

void process_events_init(JSValueConst process)
{
    events->process = process;
}

static uint32_t count_listeners(const char *name)
{
    uint32_t count = 0;
    for (struct listener *listener = events->first; listener; listener = listener->next)
        count += strcmp(listener->name, name) == 0;
    return count;
}

static void unlink_listener(JSContext *ctx, struct listener **link)
{
    struct listener *listener = *link;
    *link = listener->next;
    if (count_listeners(listener->name) == 0)
        process_watch_signal(listener->name, false);
    JS_FreeValue(ctx, listener->function);
    free(listener->name);
    free(listener);
}

static int add(JSContext *ctx, const char *name, JSValueConst function, int how)
{
    struct listener *listener = calloc(1, sizeof *listener);
    if (!listener || !(listener->name = strdup(name))) {
        free(listener);
        JS_ThrowOutOfMemory(ctx);
        return -1;
    }
    listener->function = JS_DupValue(ctx, function);
    listener->is_once = how == LISTENER_ONCE;
    struct listener **link = &events->first;
    while (how != LISTENER_FIRST && *link)
        link = &(*link)->next;
    listener->next = *link;
    *link = listener;
    process_watch_signal(name, true);
    return 0;
}

JSValue process_add_listener(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int how)
{
    (void)argc;
    if (!JS_IsFunction(ctx, argv[1]))
        return JS_ThrowTypeError(ctx, "The \"listener\" argument must be of type function.");
    const char *name = JS_ToCString(ctx, argv[0]);
    int error = name ? add(ctx, name, argv[1], how) : -1;
    JS_FreeCString(ctx, name);
    return error ? JS_EXCEPTION : JS_DupValue(ctx, this_value);
}

static bool is_listener(const struct listener *listener, const char *name, JSValueConst function)
{
    return strcmp(listener->name, name) == 0 && JS_VALUE_GET_PTR(listener->function) == JS_VALUE_GET_PTR(function);
}

/* The one that was added last. */
JSValue process_remove_listener(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)argc;
    const char *name = JS_ToCString(ctx, argv[0]);
    if (!name)
        return JS_EXCEPTION;
    struct listener **found = NULL;
    for (struct listener **link = &events->first; JS_IsObject(argv[1]) && *link; link = &(*link)->next)
        if (is_listener(*link, name, argv[1]))
            found = link;
    if (found)
        unlink_listener(ctx, found);
    JS_FreeCString(ctx, name);
    return JS_DupValue(ctx, this_value);
}

JSValue process_remove_all_listeners(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    const char *name = argc > 0 && !JS_IsUndefined(argv[0]) ? JS_ToCString(ctx, argv[0]) : NULL;
    struct listener **link = &events->first;
    while (*link) {
        if (!name || strcmp((*link)->name, name) == 0)
            unlink_listener(ctx, link);
        else
            link = &(*link)->next;
    }
    JS_FreeCString(ctx, name);
    return JS_DupValue(ctx, this_value);
}

JSValue process_listener_count(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    (void)argc;
    const char *name = JS_ToCString(ctx, argv[0]);
    if (!name)
        return JS_EXCEPTION;
    JSValue count = JS_NewUint32(ctx, count_listeners(name));
    JS_FreeCString(ctx, name);
    return count;
}

/* A copy of the list is called: listeners may come and go meanwhile. */
bool process_emit(JSContext *ctx, const char *name, int argc, JSValueConst *argv)
{
    uint32_t count = count_listeners(name), filled = 0;
    JSValue *functions = malloc((count + 1) * sizeof *functions);
    if (!functions)
        return false;
    for (struct listener **link = &events->first; *link && filled < count;) {
        if (strcmp((*link)->name, name) != 0) {
            link = &(*link)->next;
            continue;
        }
        functions[filled++] = JS_DupValue(ctx, (*link)->function);
        if ((*link)->is_once)
            unlink_listener(ctx, link);
        else
            link = &(*link)->next;
    }
    for (uint32_t i = 0; i < filled; i++) {
        JSValue result = JS_Call(ctx, functions[i], events->process, argc, argv);
        JS_FreeValue(ctx, functions[i]);
        if (JS_IsException(result))
            report_exception(ctx);
        JS_FreeValue(ctx, result);
    }
    free(functions);
    return count > 0;
}

JSValue process_emit_event(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    const char *name = JS_ToCString(ctx, argv[0]);
    if (!name)
        return JS_EXCEPTION;
    bool has_listeners = process_emit(ctx, name, argc > 1 ? argc - 1 : 0, argv + 1);
    JS_FreeCString(ctx, name);
    return JS_NewBool(ctx, has_listeners);
}
