/* Listens when the app's default export has a fetch function, and drains on SIGTERM and SIGINT. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include "serve.h"

static uv_tcp_t listener;
static uv_signal_t term_signal, interrupt_signal;
static uv_timer_t drain_timer;

void server_connection_gone(void)
{
    if (connection_is_draining && connection_count == 0)
        engine_stop();
}

static void on_drain_timeout(uv_timer_t *timer)
{
    (void)timer;
    engine_stop();
}

static void on_stop(uv_signal_t *handle, int number)
{
    (void)number;
    if (connection_is_draining)
        return;
    uv_close((uv_handle_t *)&listener, NULL);
    connection_drain_all();
    uv_timer_init(handle->loop, &drain_timer);
    uv_timer_start(&drain_timer, on_drain_timeout, DRAIN_TIMEOUT, 0);
    server_connection_gone();
}

static void on_connection(uv_stream_t *stream, int status)
{
    if (status == 0)
        connection_accept(stream);
}

static int get_port(void)
{
    const char *text = getenv("PORT");
    char *end;
    if (!text || !*text)
        return 8080;
    long port = strtol(text, &end, 10);
    return *end == '\0' && port >= 0 && port <= 65535 ? port : -1;
}

static int listen_at(uv_loop_t *loop, const char *host, int port)
{
    struct sockaddr_storage address;
    int error = strchr(host, ':') ? uv_ip6_addr(host, port, (struct sockaddr_in6 *)&address)
                                  : uv_ip4_addr(host, port, (struct sockaddr_in *)&address);
    if (!error)
        error = uv_tcp_init(loop, &listener);
    if (!error)
        error = uv_tcp_bind(&listener, (struct sockaddr *)&address, 0);
    return error ? error : uv_listen((uv_stream_t *)&listener, 511, on_connection);
}

static int throw_listen_error(JSContext *ctx, int error, const char *host, int port)
{
    JSValue value = JS_NewPlainError(ctx, "listen %s: %s %s:%d", uv_err_name(error), uv_strerror(error), host, port);
    JS_DefinePropertyValueStr(ctx, value, "code", JS_NewString(ctx, uv_err_name(error)), JS_PROP_C_W_E);
    JS_Throw(ctx, value);
    return -1;
}

static void watch_signals(uv_loop_t *loop)
{
    signal(SIGPIPE, SIG_IGN); /* a client that is gone is an error of its write */
    uv_signal_init(loop, &term_signal);
    uv_signal_init(loop, &interrupt_signal);
    uv_unref((uv_handle_t *)&term_signal);
    uv_unref((uv_handle_t *)&interrupt_signal);
    uv_signal_start(&term_signal, on_stop, SIGTERM);
    uv_signal_start(&interrupt_signal, on_stop, SIGINT);
}

int serve_listen(JSContext *ctx)
{
    const char *host = getenv("HOST");
    int port = get_port();
    if (port < 0) {
        JS_ThrowRangeError(ctx, "PORT must be a number from 0 to 65535, but is '%s'", getenv("PORT"));
        return -1;
    }
    host = host && *host ? host : "0.0.0.0";
    host = strcmp(host, "localhost") == 0 ? "127.0.0.1" : host;
    int error = listen_at(loop_get(), host, port);
    if (error)
        return throw_listen_error(ctx, error, host, port);
    watch_signals(loop_get());
    return 0;
}

static int serve_start(JSContext *ctx, JSValueConst app)
{
    JSValue handler = JS_GetPropertyStr(ctx, app, "default");
    JSValue fetch = JS_IsObject(handler) ? JS_GetPropertyStr(ctx, handler, "fetch") : JS_UNDEFINED;
    int error = JS_IsException(fetch) ? -1 : 0;
    if (JS_IsFunction(ctx, fetch))
        error = exchange_set_handler(ctx, handler) || (!apps_start && serve_listen(ctx)) ? -1 : 0;
    JS_FreeValue(ctx, fetch);
    JS_FreeValue(ctx, handler);
    return error;
}

MODULE(serve) = {.name = "serve", .phase = PHASE_SERVICE, .start = serve_start};
