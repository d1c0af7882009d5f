/* What the linker adds to the engine: one app, or several. Linker and engine share nothing else but the names
 * `unik_module_<name>`. */
#ifndef UNIK_PROGRAM_H
#define UNIK_PROGRAM_H

#include <stdint.h>

/* clang-format off */
struct unik_asset { const char *path; const uint8_t *data; uint64_t size; };
struct unik_program {
    const char *name;
    const uint8_t *bytecode; uint64_t bytecode_size;
    const struct unik_asset *assets; uint64_t asset_count; /* sorted by path (memcmp order) */
    const char *const *env;                               /* "K=V", NULL-terminated */
};
/* The app, or the first of several. */
extern const struct unik_program unik_program;

/* Which host names or paths are an app's. */
struct unik_route {
    const char *text; uint64_t size;
    uint32_t kind; /* of enum route_kind, for host names */
    uint32_t app;
};
enum route_kind { HOST_EXACT, HOST_BELOW /* *.text */, HOST_UNDER /* text.* */ };
/* There with several apps only. */
struct unik_apps {
    const char *name;
    const struct unik_program *const *programs; uint64_t count;
    const struct unik_route *hosts; uint64_t host_count; /* lower case; the first that matches holds */
    const struct unik_route *paths; uint64_t path_count; /* likewise, without a last slash: "" is everything */
    const char *const *env;                             /* of all, beside each program's own */
};
extern const struct unik_apps unik_apps;
/* clang-format on */

#endif
