/* setTimeout and its kin (HTML, 8.6) with Node.js' Timeout objects. One libuv timer serves the heap of all. */
#include <math.h>
#include <stdlib.h>
#include <uv.h>
#include "../../class.h"
#include "immediate.h"

/* Longer delays become 1 ms, as everywhere. */
#define DELAY_MAX 2147483647.0
#define NOT_QUEUED SIZE_MAX

struct timer {
    uint64_t deadline, sequence; /* ms of the loop's clock; equal deadlines run in the order of calls */
    uint64_t delay;
    size_t position; /* in the heap */
    uint32_t id;
    bool repeats, is_unreferenced, is_running;
    JSValue self; /* holds the object while the timer is queued */
    JSValue callback;
    int argc;
    JSValue argv[];
};

static JSClassID timer_class;

struct timers {
    uv_timer_t alarm;
    bool alarm_is_ready;
    uint64_t next_sequence;
    uint32_t last_id;
    size_t referenced_count;
    struct heap {
        struct timer **items;
        size_t count, capacity;
    } heap;
};
APP_STATE(struct timers, timers);

static bool is_before(const struct timer *a, const struct timer *b)
{
    return a->deadline != b->deadline ? a->deadline < b->deadline : a->sequence < b->sequence;
}

static void heap_put(size_t position, struct timer *timer)
{
    timers->heap.items[position] = timer;
    timer->position = position;
}

static void heap_rise(size_t at, struct timer *timer)
{
    for (; at > 0 && is_before(timer, timers->heap.items[(at - 1) / 2]); at = (at - 1) / 2)
        heap_put(at, timers->heap.items[(at - 1) / 2]);
    heap_put(at, timer);
}

static void heap_sink(size_t at, struct timer *timer)
{
    size_t child;
    for (; (child = 2 * at + 1) < timers->heap.count; at = child) {
        if (child + 1 < timers->heap.count && is_before(timers->heap.items[child + 1], timers->heap.items[child]))
            child++;
        if (!is_before(timers->heap.items[child], timer))
            break;
        heap_put(at, timers->heap.items[child]);
    }
    heap_put(at, timer);
}

static bool heap_add(struct timer *timer)
{
    if (timers->heap.count == timers->heap.capacity) {
        size_t capacity = timers->heap.capacity ? timers->heap.capacity * 2 : 16;
        void *items = realloc(timers->heap.items, capacity * sizeof *timers->heap.items);
        if (!items)
            return false;
        timers->heap.items = items;
        timers->heap.capacity = capacity;
    }
    heap_rise(timers->heap.count++, timer);
    return true;
}

static void heap_remove(struct timer *timer)
{
    size_t at = timer->position;
    struct timer *last = timers->heap.items[--timers->heap.count];
    timer->position = NOT_QUEUED;
    if (last == timer)
        return;
    heap_sink(at, last);
    heap_rise(last->position, last);
}

static void run_due_timers(uv_timer_t *handle);

static void set_alarm(void)
{
    if (!timers->alarm_is_ready) {
        uv_timer_init(loop_get(), &timers->alarm);
        timers->alarm.data = running;
        timers->alarm_is_ready = true;
    }
    if (timers->heap.count == 0) {
        uv_timer_stop(&timers->alarm);
        return;
    }
    uint64_t now = uv_now(loop_get());
    uint64_t deadline = timers->heap.items[0]->deadline;
    uv_timer_start(&timers->alarm, run_due_timers, deadline > now ? deadline - now : 0, 0);
    if (timers->referenced_count > 0)
        uv_ref((uv_handle_t *)&timers->alarm);
    else
        uv_unref((uv_handle_t *)&timers->alarm);
}

static bool enqueue(JSContext *ctx, struct timer *timer, JSValueConst self)
{
    uv_loop_t *loop = loop_get();
    uv_update_time(loop);
    timer->deadline = uv_now(loop) + timer->delay;
    timer->sequence = timers->next_sequence++;
    if (!heap_add(timer))
        return false;
    timer->self = JS_DupValue(ctx, self);
    timers->referenced_count += !timer->is_unreferenced;
    return true;
}

static void dequeue(JSContext *ctx, struct timer *timer)
{
    if (timer->position == NOT_QUEUED)
        return;
    heap_remove(timer);
    timers->referenced_count -= !timer->is_unreferenced;
    JSValue self = timer->self;
    timer->self = JS_UNDEFINED;
    JS_FreeValue(ctx, self);
}

static void fire(JSContext *ctx, struct timer *timer)
{
    JSValue self = JS_DupValue(ctx, timer->self);
    dequeue(ctx, timer);
    timer->is_running = true;
    jobs_call(ctx, timer->callback, self, timer->argc, (JSValueConst *)timer->argv);
    /* The callback may have cleared it, or started it anew by refresh(). */
    if (timer->repeats && timer->is_running && timer->position == NOT_QUEUED)
        enqueue(ctx, timer, self);
    timer->is_running = false;
    JS_FreeValue(ctx, self);
}

/* Those that the callbacks add wait for the next turn. */
static void fire_due_timers(void *opaque)
{
    uv_timer_t *handle = opaque;
    uint64_t now = uv_now(handle->loop);
    uint64_t end = timers->next_sequence;
    while (timers->heap.count > 0 && timers->heap.items[0]->deadline <= now && timers->heap.items[0]->sequence < end)
        fire(running->context, timers->heap.items[0]);
    set_alarm();
}

static void run_due_timers(uv_timer_t *handle)
{
    app_run(handle->data, fire_due_timers, handle);
}

static void timer_finalize(JSRuntime *rt, JSValueConst value)
{
    struct timer *timer = JS_GetOpaque(value, timer_class);
    if (!timer)
        return;
    JS_FreeValueRT(rt, timer->callback);
    for (int i = 0; i < timer->argc; i++)
        JS_FreeValueRT(rt, timer->argv[i]);
    free(timer);
}

static void timer_mark(JSRuntime *rt, JSValueConst value, JS_MarkFunc *mark)
{
    struct timer *timer = JS_GetOpaque(value, timer_class);
    if (!timer)
        return;
    JS_MarkValue(rt, timer->callback, mark);
    for (int i = 0; i < timer->argc; i++)
        JS_MarkValue(rt, timer->argv[i], mark);
}

static uint64_t to_delay(JSContext *ctx, JSValueConst value)
{
    double delay;
    if (JS_ToFloat64(ctx, &delay, value))
        JS_FreeValue(ctx, JS_GetException(ctx));
    else if (delay >= 1 && delay <= DELAY_MAX)
        return delay;
    return 1;
}

static JSValue set_timer(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int repeats)
{
    (void)this_value;
    if (!JS_IsFunction(ctx, argv[0]))
        return JS_ThrowTypeError(ctx, "The \"callback\" argument must be of type function.");
    int extra = argc > 2 ? argc - 2 : 0;
    struct timer *timer = malloc(sizeof *timer + extra * sizeof timer->argv[0]);
    JSValue self = timer ? JS_NewObjectClass(ctx, timer_class) : JS_ThrowOutOfMemory(ctx);
    if (JS_IsException(self)) {
        free(timer);
        return self;
    }
    *timer = (struct timer){
        .delay = argc > 1 ? to_delay(ctx, argv[1]) : 1,
        .position = NOT_QUEUED,
        .id = ++timers->last_id,
        .repeats = repeats,
        .self = JS_UNDEFINED,
        .callback = JS_DupValue(ctx, argv[0]),
        .argc = extra,
    };
    for (int i = 0; i < extra; i++)
        timer->argv[i] = JS_DupValue(ctx, argv[i + 2]);
    JS_SetOpaque(self, timer);
    if (!enqueue(ctx, timer, self)) {
        JS_FreeValue(ctx, self);
        return JS_ThrowOutOfMemory(ctx);
    }
    set_alarm();
    return self;
}

static struct timer *find_by_id(JSContext *ctx, JSValueConst value)
{
    uint32_t id;
    if (JS_ToUint32(ctx, &id, value))
        JS_FreeValue(ctx, JS_GetException(ctx));
    else
        for (size_t i = 0; i < timers->heap.count; i++)
            if (timers->heap.items[i]->id == id)
                return timers->heap.items[i];
    return NULL;
}

static JSValue clear_timer(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    (void)argc;
    struct timer *timer = JS_GetOpaque(argv[0], timer_class);
    if (!timer && (JS_IsNumber(argv[0]) || JS_IsString(argv[0])))
        timer = find_by_id(ctx, argv[0]);
    if (!timer)
        return JS_UNDEFINED;
    timer->is_running = false;
    dequeue(ctx, timer);
    set_alarm();
    return JS_UNDEFINED;
}

static JSValue timer_reference(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int is_referenced)
{
    (void)argc;
    (void)argv;
    struct timer *timer = JS_GetOpaque2(ctx, this_value, timer_class);
    if (!timer)
        return JS_EXCEPTION;
    if (timer->is_unreferenced == is_referenced) {
        timer->is_unreferenced = !is_referenced;
        if (timer->position != NOT_QUEUED)
            timers->referenced_count += is_referenced ? 1 : -1;
        set_alarm();
    }
    return JS_DupValue(ctx, this_value);
}

static JSValue timer_has_reference(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)argc;
    (void)argv;
    struct timer *timer = JS_GetOpaque2(ctx, this_value, timer_class);
    return timer ? JS_NewBool(ctx, !timer->is_unreferenced) : JS_EXCEPTION;
}

static JSValue timer_refresh(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)argc;
    (void)argv;
    struct timer *timer = JS_GetOpaque2(ctx, this_value, timer_class);
    if (!timer)
        return JS_EXCEPTION;
    JSValue self = JS_DupValue(ctx, this_value);
    dequeue(ctx, timer);
    if (!enqueue(ctx, timer, self)) {
        JS_FreeValue(ctx, self);
        return JS_ThrowOutOfMemory(ctx);
    }
    set_alarm();
    return self;
}

static JSValue timer_close(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)argc;
    (void)argv;
    return clear_timer(ctx, JS_UNDEFINED, 1, &this_value);
}

static JSValue timer_to_primitive(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)argc;
    (void)argv;
    struct timer *timer = JS_GetOpaque2(ctx, this_value, timer_class);
    return timer ? JS_NewUint32(ctx, timer->id) : JS_EXCEPTION;
}

static const JSCFunctionListEntry timer_methods[] = {
    JS_CFUNC_MAGIC_DEF("ref", 0, timer_reference, true),
    JS_CFUNC_MAGIC_DEF("unref", 0, timer_reference, false),
    JS_CFUNC_DEF("hasRef", 0, timer_has_reference),
    JS_CFUNC_DEF("refresh", 0, timer_refresh),
    JS_CFUNC_DEF("close", 0, timer_close),
    JS_CFUNC_DEF("[Symbol.toPrimitive]", 0, timer_to_primitive),
    JS_CFUNC_DEF("[Symbol.dispose]", 0, timer_close),
};

static const JSCFunctionListEntry global_functions[] = {
    JS_CFUNC_MAGIC_DEF("setTimeout", 1, set_timer, false), JS_CFUNC_MAGIC_DEF("setInterval", 1, set_timer, true),
    JS_CFUNC_DEF("clearTimeout", 1, clear_timer),          JS_CFUNC_DEF("clearInterval", 1, clear_timer),
    JS_CFUNC_DEF("setImmediate", 1, immediate_set),        JS_CFUNC_DEF("clearImmediate", 1, immediate_clear),
};

static int timers_init(JSContext *ctx, JSValueConst global)
{
    static const struct native_class class = {
        .id = &timer_class,
        .definition = {.class_name = "Timeout", .finalizer = timer_finalize, .gc_mark = timer_mark},
        .methods = timer_methods,
        .method_count = countof(timer_methods),
    };
    if (class_define(ctx, global, &class) || immediate_init(ctx, global))
        return -1;
    return JS_SetPropertyFunctionList(ctx, global, global_functions, countof(global_functions));
}

static JSValue timers_namespace(JSContext *ctx, const char *specifier)
{
    (void)specifier;
    JSValue namespace = JS_NewObject(ctx);
    JS_SetPropertyFunctionList(ctx, namespace, global_functions, countof(global_functions));
    return namespace;
}

static const char *const timers_specifiers[] = {"node:timers", "timers", NULL};

MODULE(timers) = {
    .name = "timers",
    .phase = PHASE_API,
    .init = timers_init,
    .specifiers = timers_specifiers,
    .namespace = timers_namespace,
};
