/* One request into JavaScript and its response out again. */
#include <string.h>
#include "serve.h"

struct handler {
    JSValue object, fetch;
};
APP_STATE(struct handler, handler);

int exchange_set_handler(JSContext *ctx, JSValueConst app)
{
    handler->fetch = JS_GetPropertyStr(ctx, app, "fetch");
    if (JS_IsException(handler->fetch))
        return -1;
    handler->object = JS_DupValue(ctx, app);
    return 0;
}

bool exchange_has_handler(void)
{
    return JS_IsObject(handler->object);
}

static void on_request_gone(void *opaque)
{
    ((struct connection *)opaque)->request = NULL;
}

static void release_head(struct connection *connection)
{
    headers_release(connection->head);
    connection->head = NULL;
}

void exchange_forget(struct connection *connection)
{
    exchange_keep(connection);
    if (connection->request)
        connection->request->on_finalize = NULL;
    connection->request = NULL;
    release_head(connection);
}

bool exchange_keep(struct connection *connection)
{
    bool is_kept = true;
    if (connection->head && (connection->head->references > 1))
        is_kept = headers_keep(connection->head);
    if (connection->request)
        is_kept &= body_keep(&connection->request->body);
    return is_kept;
}

static void take_body(struct request *request, struct message *message)
{
    struct body *body = &request->body;
    if (message->body) {
        *body = (struct body){.kind = BODY_BORROWED,
                              .bytes = (const uint8_t *)message->body,
                              .size = message->body_size,
                              .string = JS_UNDEFINED};
    } else if (message->body_pieces.size > 0) {
        *body = (struct body){.kind = BODY_OWNED,
                              .bytes = (const uint8_t *)message->body_pieces.data,
                              .size = message->body_pieces.size,
                              .string = JS_UNDEFINED};
        message->body_pieces = (struct text){0};
    }
}

/* A request on its way into JavaScript. */
struct incoming {
    struct connection *connection;
    struct raw_head head;
};

static JSValue make_request(JSContext *ctx, struct incoming *incoming)
{
    struct connection *connection = incoming->connection;
    struct message *message = &connection->message;
    connection->head = headers_new();
    if (!connection->head) {
        raw_head_release(&incoming->head);
        return JS_ThrowOutOfMemory(ctx);
    }
    connection->head->is_raw = true;
    connection->head->head = incoming->head;
    JSValue value = request_from_head(ctx, connection->head, &connection->request);
    if (JS_IsException(value))
        return value;
    struct request *request = connection->request;
    request->method = llhttp_method_name(message->method);
    request->target = message->target;
    request->target_size = message->target_size;
    request->on_finalize = on_request_gone;
    request->opaque = connection;
    take_body(request, message);
    return value;
}

static void answer_with_error(JSContext *ctx, struct connection *connection, JSValueConst error)
{
    report_error(ctx, "Error in fetch handler: ", error);
    exchange_forget(connection);
    response_write_status(connection, 500, false);
}

static void answer(JSContext *ctx, struct connection *connection, JSValueConst value)
{
    struct response *response = response_from_value(value);
    if (likely(response && !response->body.is_used && !response->is_error)) {
        exchange_forget(connection);
        response_write(connection, ctx, response);
        return;
    }
    JSValue error =
        JS_NewTypeError(ctx, response ? "the Response that fetch returned cannot be sent: its body has been read"
                                      : "fetch must return a Response, or a promise of one");
    answer_with_error(ctx, connection, error);
    JS_FreeValue(ctx, error);
}

/* The handler's promise is settled: `is_rejection` is the closure's magic. */
static JSValue on_settled(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int is_rejection,
                          void *opaque)
{
    struct connection *connection = opaque;
    (void)this_value;
    (void)argc;
    if (connection->state != CONNECTION_BUSY) {
        if (is_rejection)
            report_error(ctx, "Error in fetch handler: ", argv[0]);
        return JS_UNDEFINED;
    }
    if (is_rejection)
        answer_with_error(ctx, connection, argv[0]);
    else
        answer(ctx, connection, argv[0]);
    return JS_UNDEFINED;
}

static void release_connection(void *opaque)
{
    connection_release(opaque);
}

static JSValue make_callback(JSContext *ctx, struct connection *connection, bool is_rejection)
{
    connection_reference(connection);
    JSValue callback = JS_NewCClosure(ctx, on_settled, "", release_connection, 1, is_rejection, connection);
    if (JS_IsException(callback))
        connection_release(connection);
    return callback;
}

static void await_promise(JSContext *ctx, struct connection *connection, JSValueConst promise)
{
    JSValue fulfilled = make_callback(ctx, connection, false), rejected = make_callback(ctx, connection, true);
    JSValue chained = JS_PromiseThen(ctx, promise, fulfilled, rejected);
    JS_FreeValue(ctx, fulfilled);
    JS_FreeValue(ctx, rejected);
    if (JS_IsException(chained)) {
        JSValue error = JS_GetException(ctx);
        answer_with_error(ctx, connection, error);
        JS_FreeValue(ctx, error);
    }
    JS_FreeValue(ctx, chained);
}

static bool answer_settled(JSContext *ctx, struct connection *connection, JSValueConst promise)
{
    JSPromiseStateEnum state = JS_PromiseState(ctx, promise);
    if (state == JS_PROMISE_PENDING)
        return false;
    JSValue result = JS_PromiseResult(ctx, promise);
    if (state == JS_PROMISE_REJECTED) {
        jobs_set_handled(ctx, promise);
        answer_with_error(ctx, connection, result);
    } else {
        answer(ctx, connection, result);
    }
    JS_FreeValue(ctx, result);
    return true;
}

/* Most promises are settled when the handler returns or after the jobs that it has queued: those need no callbacks. */
static void answer_promise(JSContext *ctx, struct connection *connection, JSValueConst promise)
{
    if (answer_settled(ctx, connection, promise))
        return;
    jobs_set_handled(ctx, promise);
    jobs_run(ctx);
    if (connection->state == CONNECTION_BUSY && !answer_settled(ctx, connection, promise))
        await_promise(ctx, connection, promise);
}

static void handle(void *opaque)
{
    struct incoming *incoming = opaque;
    struct connection *connection = incoming->connection;
    JSContext *ctx = running->context;
    JSValue request = make_request(ctx, incoming);
    JSValue result = JS_EXCEPTION;
    if (!JS_IsException(request))
        result = JS_Call(ctx, handler->fetch, handler->object, 1, (JSValueConst *)&request);
    JS_FreeValue(ctx, request);
    if (JS_IsPromise(result)) {
        answer_promise(ctx, connection, result);
    } else if (JS_IsException(result)) {
        JSValue error = JS_GetException(ctx);
        answer_with_error(ctx, connection, error);
        JS_FreeValue(ctx, error);
    } else {
        answer(ctx, connection, result);
    }
    JS_FreeValue(ctx, result);
    jobs_run(ctx);
}

void exchange_begin(struct connection *connection)
{
    const struct message *message = &connection->message;
    struct incoming incoming = {
        .connection = connection,
        .head =
            {
                .base = message->base,
                .items = message->headers,
                .size = message->head_size,
                .count = message->header_count,
            },
    };
    if (unlikely(apps_route) && !apps_route(connection, &incoming.head))
        return;
    app_run(connection->app, handle, &incoming);
}
