/* Kernel instructions that may fault on the app's memory. When the fault cannot be resolved, execution goes on at
 * `target`. */
#pragma once
#include "kernel.h"

struct kernel_fixup {
    int32_t instruction, target; /* relative to the field itself: needs no relocation at run time */
};
/* Labels of the same asm statement, e.g. asm volatile("1: rep movsb\n2:\n" KERNEL_FIXUP("1b", "2b") …). */
#define KERNEL_FIXUP(instruction, target)                                                                              \
    ".pushsection unik_fixups, \"a\"\n"                                                                                \
    ".balign 4\n"                                                                                                      \
    ".long " instruction " - .\n"                                                                                      \
    ".long " target " - .\n"                                                                                           \
    ".popsection\n"
extern const struct kernel_fixup __start_unik_fixups[] __attribute__((weak, visibility("hidden")));
extern const struct kernel_fixup __stop_unik_fixups[] __attribute__((weak, visibility("hidden")));
