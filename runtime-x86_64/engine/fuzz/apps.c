/* The same server before two apps: routes, and heads that are rewritten on their way. */
#include <stddef.h>
#include "../program.h"

#define ROUTE(text, kind, app)                                                                                         \
    {                                                                                                                  \
        text, sizeof text - 1, kind, app                                                                               \
    }

static const struct unik_program *const programs[] = {&unik_program, &unik_program};
static const struct unik_route hosts[] = {
    ROUTE("a.b", HOST_EXACT, 1),
    ROUTE("b", HOST_BELOW, 0),
    ROUTE("a", HOST_UNDER, 0),
};
static const struct unik_route paths[] = {ROUTE("/a/b", 0, 1), ROUTE("/a", 0, 0)};
static const char *const env[] = {NULL};

const struct unik_apps unik_apps = {
    .name = "fuzz",
    .programs = programs,
    .count = 2,
    .hosts = hosts,
    .host_count = 3,
    .paths = paths,
    .path_count = 2,
    .env = env,
};
