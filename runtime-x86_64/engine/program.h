/* What the linker adds to the engine: one app. Linker and engine share nothing else but the names `unik_module_<name>`.
 */
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
extern const struct unik_program unik_program;
/* clang-format on */

#endif
