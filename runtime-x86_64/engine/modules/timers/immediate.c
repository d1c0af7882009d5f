#include <stdlib.h>
#include <uv.h>
#include "../../class.h"
#include "immediate.h"

/* In the queue from set to run or clear. */
struct immediate {
    struct immediate *next, **link; /* link: what points here; NULL when not queued */
    uint64_t turn;
    JSValue self, callback;
    int argc;
    JSValue argv[];
};

static JSClassID immediate_class;
struct immediates {
    struct immediate *first, **last; /* last: only while there is a first */
    uint64_t current_turn;
    uv_check_t check;
    uv_idle_t idle; /* keeps the loop from waiting */
    bool is_ready;
};
APP_STATE(struct immediates, immediates);

static void append(struct immediate *immediate)
{
    immediate->next = NULL;
    immediate->turn = immediates->current_turn;
    immediate->link = immediates->first ? immediates->last : &immediates->first;
    *immediate->link = immediate;
    immediates->last = &immediate->next;
}

static void unlink_immediate(struct immediate *immediate)
{
    *immediate->link = immediate->next;
    if (immediate->next)
        immediate->next->link = immediate->link;
    else
        immediates->last = immediate->link;
    immediate->link = NULL;
}

static void do_nothing(uv_idle_t *handle)
{
    (void)handle;
}

/* Those that the callbacks add wait for the next turn. */
static void call_immediates(void *opaque)
{
    (void)opaque;
    JSContext *ctx = running->context;
    immediates->current_turn++;
    while (immediates->first && immediates->first->turn < immediates->current_turn) {
        struct immediate *immediate = immediates->first;
        unlink_immediate(immediate);
        jobs_call(ctx, immediate->callback, JS_UNDEFINED, immediate->argc, (JSValueConst *)immediate->argv);
        JS_FreeValue(ctx, immediate->self);
    }
    if (immediates->first)
        uv_idle_start(&immediates->idle, do_nothing);
    else
        uv_check_stop(&immediates->check);
}

/* An app that ends meanwhile must not keep the loop turning. */
static void run_immediates(uv_check_t *handle)
{
    struct immediates *own = container_of(handle, struct immediates, check);
    uv_idle_stop(&own->idle);
    app_run(handle->data, call_immediates, NULL);
}

static void keep_loop_turning(void)
{
    if (!immediates->is_ready) {
        uv_check_init(loop_get(), &immediates->check);
        uv_idle_init(loop_get(), &immediates->idle);
        immediates->check.data = running;
        immediates->is_ready = true;
    }
    uv_check_start(&immediates->check, run_immediates);
    uv_idle_start(&immediates->idle, do_nothing);
}

JSValue immediate_set(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    if (!JS_IsFunction(ctx, argv[0]))
        return JS_ThrowTypeError(ctx, "The \"callback\" argument must be of type function.");
    int extra = argc > 1 ? argc - 1 : 0;
    struct immediate *immediate = malloc(sizeof *immediate + extra * sizeof immediate->argv[0]);
    JSValue self = immediate ? JS_NewObjectClass(ctx, immediate_class) : JS_ThrowOutOfMemory(ctx);
    if (JS_IsException(self)) {
        free(immediate);
        return self;
    }
    immediate->self = JS_DupValue(ctx, self);
    immediate->callback = JS_DupValue(ctx, argv[0]);
    immediate->argc = extra;
    for (int i = 0; i < extra; i++)
        immediate->argv[i] = JS_DupValue(ctx, argv[i + 1]);
    JS_SetOpaque(self, immediate);
    append(immediate);
    keep_loop_turning();
    return self;
}

JSValue immediate_clear(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    (void)argc;
    struct immediate *immediate = JS_GetOpaque(argv[0], immediate_class);
    if (!immediate || !immediate->link)
        return JS_UNDEFINED;
    unlink_immediate(immediate);
    JS_FreeValue(ctx, immediate->self);
    return JS_UNDEFINED;
}

static void immediate_finalize(JSRuntime *rt, JSValueConst value)
{
    struct immediate *immediate = JS_GetOpaque(value, immediate_class);
    if (!immediate)
        return;
    JS_FreeValueRT(rt, immediate->callback);
    for (int i = 0; i < immediate->argc; i++)
        JS_FreeValueRT(rt, immediate->argv[i]);
    free(immediate);
}

static void immediate_mark(JSRuntime *rt, JSValueConst value, JS_MarkFunc *mark)
{
    struct immediate *immediate = JS_GetOpaque(value, immediate_class);
    if (!immediate)
        return;
    JS_MarkValue(rt, immediate->callback, mark);
    for (int i = 0; i < immediate->argc; i++)
        JS_MarkValue(rt, immediate->argv[i], mark);
}

int immediate_init(JSContext *ctx, JSValueConst global)
{
    static const struct native_class class = {
        .id = &immediate_class,
        .definition = {.class_name = "Immediate", .finalizer = immediate_finalize, .gc_mark = immediate_mark},
    };
    return class_define(ctx, global, &class);
}
