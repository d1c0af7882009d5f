/* Any loader's command line after any default, and every reader of words. */
#include "fuzz.h"
#include "../unit/kernel/command-line.c"
#define digit mmio_digit
#include "bus/virtio-mmio-param.c"

static void run(void)
{
    static char text[6000];
    size_t n = take_bytes(text, sizeof text - 1);
    text[n] = 0;
    char *exact = strdup(text); /* the sanitizer sees the first byte beyond */
    command_line_join(boot_info.command_line, sizeof boot_info.command_line, "quiet a=\"b c\" -- x", exact, n + 1);
    CHECK(strlen(boot_info.command_line) < sizeof boot_info.command_line);
    command_line_has(boot_info.command_line, "nokaslr");
    command_line_parse(boot_info.command_line);
    const char *words[MAX_WORDS];
    CHECK(boot_app_args(words, MAX_WORDS) + boot_app_env(words, MAX_WORDS) <= 2 * MAX_WORDS);
    boot_param_u64("a", 0);
    boot_param_nth("trace", 3);
    struct virtio_mmio_place p;
    virtio_mmio_parse(exact, &p);
    free(exact);
}
FUZZ(run)
