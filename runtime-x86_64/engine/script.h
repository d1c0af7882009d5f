/* The TypeScript half of a module: modules/<folder>/index.ts as bytecode, linked with the module. */
#ifndef UNIK_SCRIPT_H
#define UNIK_SCRIPT_H

#include "engine.h"

/* Between two symbols that the half's object defines. */
#define SCRIPT(id)                                                                                                     \
    extern const uint8_t script_##id[] __attribute__((visibility("hidden")));                                          \
    extern const uint8_t script_##id##_end[] __attribute__((visibility("hidden")))

/* Evaluates the half and makes each of its exports a global. 0, or -1 with an exception. */
int script_define_globals(JSContext *ctx, JSValueConst global, const uint8_t *start, const uint8_t *end);

#endif
