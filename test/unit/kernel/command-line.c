/* boot/command-line.c: joining the two lines, words, quotes, parameters, arguments, environment; any bytes are
 * survived. */
#include <stdio.h>
#include <stdlib.h>
#include "boot/command-line.c"

#define CHECK(cond) ((cond) ? (void)0 : (fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #cond), exit(1)))

struct boot_info boot_info;

static const char *joined(const char *defaults, const char *loader)
{
    static char out[256];
    command_line_join(out, sizeof out, defaults, loader, strlen(loader));
    return out;
}

static void lines_are_joined_before_the_arguments(void)
{
    CHECK(!strcmp(joined("", ""), ""));
    CHECK(!strcmp(joined("quiet", "verbose"), "quiet verbose"));
    CHECK(!strcmp(joined("quiet -- a b", "verbose"), "quiet verbose -- a b"));
    CHECK(!strcmp(joined("quiet -- a b", "verbose -- c"), "quiet verbose -- c"));
    CHECK(!strcmp(joined("a=\"x -- y\"", "b"), "a=\"x -- y\" b"));
    CHECK(!strcmp(joined("--x", "y"), "--x y"));
    CHECK(!strcmp(joined("", "-- --"), "-- --"));
}

static void a_long_line_is_cut(void)
{
    char line[300], out[64];
    memset(line, 'a', sizeof line);
    command_line_join(out, sizeof out, "k -- v", line, sizeof line);
    CHECK(strlen(out) == sizeof out - 1 && !strncmp(out, "k aaa", 5));
}

static void a_word_is_found_before_the_line_is_split(void)
{
    CHECK(command_line_has("nokaslr", "nokaslr") && command_line_has("a nokaslr\tb", "nokaslr"));
    CHECK(!command_line_has("xnokaslr nokaslrx nokaslr=1 -- nokaslr", "nokaslr"));
    CHECK(!command_line_has("", "nokaslr"));
}

static void parameters_have_values(void)
{
    command_line_parse("init=/bin/app  verbose\ttrace=sys trace=boot console=\"tty S0\" empty= init2=x");
    CHECK(!strcmp(boot_param("init"), "/bin/app"));
    CHECK(!strcmp(boot_param("verbose"), "") && !strcmp(boot_param("empty"), ""));
    CHECK(!strcmp(boot_param("trace"), "boot") && !strcmp(boot_param_nth("trace", 0), "sys"));
    CHECK(!boot_param_nth("trace", 2) && !boot_param("ini") && !boot_param("absent"));
    CHECK(!strcmp(boot_param("console"), "tty S0"));
}

static void numbers_take_suffixes_and_nothing_else(void)
{
    command_line_parse("a=12 b=0x1f c=3K d=2m e=1G f=12x g=99999999999999999999 h= i=0x j=17179869184G k=1KK");
    CHECK(boot_param_u64("a", 7) == 12 && boot_param_u64("b", 7) == 31 && boot_param_u64("c", 7) == 3072);
    CHECK(boot_param_u64("d", 7) == 2 << 20 && boot_param_u64("e", 7) == 1 << 30);
    for (const char *bad = "fghijk"; *bad; bad++) {
        const char name[] = {*bad, 0};
        CHECK(boot_param_u64(name, 7) == 7);
    }
    CHECK(boot_param_u64("absent", 7) == 7);
}

static void the_app_gets_the_rest(void)
{
    const char *words[4];
    command_line_parse(
        "ip=dhcp HOME=/x mod.opt=1 flag PORT=80 -- -v \"two words\" virtio_mmio.device=512@0xfeb00000:5 z");
    CHECK(!strcmp(boot_param("ip"), "dhcp"));
    CHECK(!strcmp(boot_param("virtio_mmio.device"), "512@0xfeb00000:5"));
    CHECK(boot_app_args(words, 4) == 3);
    CHECK(!strcmp(words[0], "-v") && !strcmp(words[1], "two words") && !strcmp(words[2], "z"));
    CHECK(boot_app_args(words, 1) == 1);
    CHECK(boot_app_env(words, 4) == 2 && !strcmp(words[0], "HOME=/x") && !strcmp(words[1], "PORT=80"));
    CHECK(!boot_param("-v") && !boot_param("z"));
}

static void the_last_value_of_a_variable_counts(void)
{
    char line[] = "A=1 AB=2 A=3 B=4 A=5 AB=";
    const char *words[8];
    command_line_parse(line);
    CHECK(boot_app_env(words, 8) == 3);
    CHECK(!strcmp(words[0], "B=4") && !strcmp(words[1], "A=5") && !strcmp(words[2], "AB="));
}

static void any_bytes_are_survived(void)
{
    static char line[4096];
    srand(1);
    for (unsigned round = 0; round < 2000; round++) {
        size_t n = (size_t)rand() % (sizeof line - 1);
        for (size_t i = 0; i < n; i++)
            line[i] = "a-=\" \t.\x80k"[rand() % 9];
        line[n] = 0;
        command_line_join(boot_info.command_line, sizeof boot_info.command_line, "x -- y", line, n);
        command_line_parse(boot_info.command_line);
        const char *words[MAX_WORDS];
        CHECK(boot_app_args(words, MAX_WORDS) + boot_app_env(words, MAX_WORDS) <= 2 * MAX_WORDS);
        boot_param_u64("a", 0);
    }
}

int main(void)
{
    lines_are_joined_before_the_arguments();
    a_word_is_found_before_the_line_is_split();
    a_long_line_is_cut();
    parameters_have_values();
    the_last_value_of_a_variable_counts();
    numbers_take_suffixes_and_nothing_else();
    the_app_gets_the_rest();
    any_bytes_are_survived();
    return 0;
}
