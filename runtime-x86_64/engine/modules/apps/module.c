#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>
#include "../serve/serve.h"
#include "apps.h"

static void load(void *opaque)
{
    (void)opaque;
    engine_load();
}

static void end_unsettled(void *opaque)
{
    (void)opaque;
    engine_end_unsettled();
}

static void begin(void *opaque)
{
    static const char message[] = "The default export has no function fetch\n";
    (void)opaque;
    engine_begin();
    if (exchange_has_handler())
        return;
    app_write(STDERR_FILENO, message, sizeof message - 1);
    engine_exit(running->context, 1);
}

static bool is_loading(const struct hosted *hosted)
{
    return !hosted->has_ended && JS_PromiseState(hosted->app->context, hosted->app->loaded) == JS_PROMISE_PENDING;
}

static bool any_is_loading(void)
{
    for (uint64_t i = 0; i < unik_apps.count; i++)
        if (is_loading(&apps_hosted[i]))
            return true;
    return false;
}

static void load_all(void)
{
    for (uint64_t i = 0; i < unik_apps.count; i++)
        apps_run(apps_hosted[i].app, load, NULL);
    while (any_is_loading() && loop_run(true))
        ;
    for (uint64_t i = 0; i < unik_apps.count; i++)
        apps_run(apps_hosted[i].app, is_loading(&apps_hosted[i]) ? end_unsettled : begin, NULL);
}

/* There is one server, whoever is left to tell of its failure. */
static void listen_for_all(void)
{
    for (uint64_t i = 0; i < unik_apps.count; i++)
        if (!apps_hosted[i].has_ended)
            apps_enter(&apps_hosted[i]);
    JSContext *ctx = running->context;
    if (serve_listen(ctx) == 0)
        return;
    report_uncaught(ctx, JS_GetException(ctx));
    exit(1);
}

void apps_start(void)
{
    static const char message[] = "not enough memory to start\n";
    engine_set_environment(unik_apps.env);
    if (!apps_make()) {
        output_write(STDERR_FILENO, message, sizeof message - 1);
        exit(1);
    }
    load_all();
    prctl(PR_SET_NAME, unik_apps.name);
    listen_for_all();
}

MODULE(apps) = {.name = "apps", .phase = PHASE_SERVICE};
