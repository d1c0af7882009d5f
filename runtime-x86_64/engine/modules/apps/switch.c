#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../serve/serve.h"
#include "apps.h"

extern const struct app_state __start_unik_app_states[] __attribute__((visibility("hidden")));
extern const struct app_state __stop_unik_app_states[] __attribute__((visibility("hidden")));

#define STATE_ALIGNMENT 16

struct hosted *apps_hosted;
static struct hosted *inside; /* whose JavaScript is on the stack */
static uint64_t living_count;
static int first_failure;
static bool is_stopping;

static size_t state_count(void)
{
    return __stop_unik_app_states - __start_unik_app_states;
}

static void *make_states(void **states)
{
    size_t size = 0;
    for (size_t i = 0; i < state_count(); i++)
        size += (__start_unik_app_states[i].size + STATE_ALIGNMENT - 1) / STATE_ALIGNMENT * STATE_ALIGNMENT;
    char *at = calloc(1, size);
    for (size_t i = 0; at && i < state_count(); i++) {
        states[i] = at;
        at += (__start_unik_app_states[i].size + STATE_ALIGNMENT - 1) / STATE_ALIGNMENT * STATE_ALIGNMENT;
    }
    return at;
}

/* The first app takes what a program of one app would use. */
static bool make_hosted(struct hosted *hosted, uint64_t index)
{
    hosted->states = calloc(state_count(), sizeof *hosted->states);
    if (!hosted->states)
        return false;
    for (size_t i = 0; i < state_count() && index == 0; i++)
        hosted->states[i] = *__start_unik_app_states[i].place;
    if (index > 0 && !make_states(hosted->states))
        return false;
    apps_enter(hosted);
    hosted->app = running;
    *running = (struct app){.program = unik_apps.programs[index], .hosted = hosted};
    return true;
}

bool apps_make(void)
{
    apps_hosted = calloc(unik_apps.count, sizeof *apps_hosted);
    if (!apps_hosted)
        return false;
    /* The first one's come first: they are found where the others' will be put. */
    for (uint64_t i = 0; i < unik_apps.count; i++)
        if (!make_hosted(&apps_hosted[i], i))
            return false;
    living_count = unik_apps.count;
    return true;
}

void apps_enter(const struct hosted *hosted)
{
    for (size_t i = 0; i < state_count(); i++)
        *__start_unik_app_states[i].place = hosted->states[i];
}

/* While the app is on the stack already its end leads to where that began. */
static void run_guarded(struct hosted *hosted, void (*function)(void *opaque), void *opaque)
{
    jmp_buf guard;
    hosted->guard = &guard;
    if (setjmp(guard) == 0)
        function(opaque);
    else
        heap_release(hosted);
    hosted->guard = NULL;
}

void apps_run(struct app *app, void (*function)(void *opaque), void *opaque)
{
    struct hosted *hosted = app->hosted, *outer = inside;
    if (hosted->has_ended)
        return;
    if (running != app)
        apps_enter(hosted);
    inside = hosted;
    if (hosted->guard)
        function(opaque);
    else
        run_guarded(hosted, function, opaque);
    inside = outer;
    if (outer && running != outer->app)
        apps_enter(outer);
}

static void log_end(int status)
{
    char text[80];
    int size = snprintf(text, sizeof text, "ended with status %d: requests for it are answered with 503\n", status);
    apps_write(STDERR_FILENO, text, size);
}

static void answer_for_ended(struct connection *connection, void *app)
{
    if (connection->app == app && connection->state == CONNECTION_BUSY)
        forward_refuse_ended(connection);
}

/* Nothing of the app runs any more: frames of its JavaScript are left as they are, and its values are not looked at
 * again. */
void apps_end(int status)
{
    struct hosted *hosted = running->hosted;
    hosted->has_ended = true;
    if (!first_failure)
        first_failure = status;
    if (--living_count == 0)
        exit(first_failure);
    if (!is_stopping) {
        log_end(status);
        connection_for_each(answer_for_ended, hosted->app);
    }
    longjmp(*(jmp_buf *)hosted->guard, 1);
}

static void end_normally(void *opaque)
{
    (void)opaque;
    engine_exit(running->context, 0);
}

/* The one that is on the stack comes last: there is no way back to here from its end. */
void apps_stop(void)
{
    struct hosted *last = inside;
    is_stopping = true;
    for (uint64_t i = 0; i < unik_apps.count; i++)
        if (&apps_hosted[i] != last)
            apps_run(apps_hosted[i].app, end_normally, NULL);
    engine_exit(running->context, 0);
}

/* Text may come in pieces of a line. */
void apps_write(int fd, const void *data, size_t size)
{
    static bool is_within_line;
    struct text text = {0};
    const char *name = running->program->name, *at = data, *end = at + size;
    while (at < end) {
        const char *newline = memchr(at, '\n', end - at), *next = newline ? newline + 1 : end;
        if (!is_within_line && inside) {
            text_append_char(&text, '[');
            text_append_string(&text, name);
            text_append(&text, "] ", 2);
        }
        text_append(&text, at, next - at);
        is_within_line = !newline;
        at = next;
    }
    if (text.failed)
        output_write(fd, data, size);
    else
        output_write(fd, text.data, text.size);
    text_free(&text);
}
