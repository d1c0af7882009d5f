/* The command line, Linux syntax: words at blanks; double quotes keep blanks and vanish; `--` ends the kernel's part.
 * Loaders append device descriptions at the very end, so virtio_mmio.device= is the kernel's wherever it stands. */
#include "boot/command-line.h"

#define MAX_WORDS 128

static char text[sizeof boot_info.command_line + 1];
static struct {
    const char *text;
    bool claimed; /* somebody asked for this parameter */
} words[MAX_WORDS];
static unsigned word_count;
static unsigned kernel_end; /* index of `--`, or word_count */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Bytes before the word `--`, or `max` when there is none. */
static size_t kernel_part(const char *s, size_t max)
{
    bool quoted = false, start = true;
    for (size_t i = 0; i < max; i++) {
        if (start && !quoted && max - i >= 2 && s[i] == '-' && s[i + 1] == '-' && (i + 2 == max || is_blank(s[i + 2])))
            return i;
        if (s[i] == '"')
            quoted = !quoted;
        start = is_blank(s[i]);
    }
    return max;
}

static size_t append(char *out, size_t size, size_t used, const char *s, size_t n)
{
    while (n && is_blank(s[n - 1]))
        n--;
    if (used && n && used + 1 < size)
        out[used++] = ' ';
    n = MIN(n, size - 1 - used);
    memcpy(out + used, s, n);
    out[used + n] = 0;
    return used + n;
}

void command_line_join(char *out, size_t size, const char *defaults, const char *loader, size_t loader_max)
{
    size_t default_size = strlen(defaults), loader_size = strnlen(loader, loader_max);
    size_t default_kernel = kernel_part(defaults, default_size), loader_kernel = kernel_part(loader, loader_size);
    size_t used = append(out, size, 0, defaults, default_kernel);
    used = append(out, size, used, loader, loader_kernel);
    if (loader_kernel < loader_size)
        append(out, size, used, loader + loader_kernel, loader_size - loader_kernel);
    else
        append(out, size, used, defaults + default_kernel, default_size - default_kernel);
}

bool command_line_has(const char *line, const char *word)
{
    size_t size = kernel_part(line, strlen(line)), length = strlen(word);
    for (size_t i = 0; i + length <= size; i++)
        if ((!i || is_blank(line[i - 1])) && !memcmp(line + i, word, length) &&
            (i + length == size || is_blank(line[i + length])))
            return true;
    return false;
}

static const char *take_word(const char **in, char **out)
{
    const char *s = *in;
    char *word = *out, *d = word;
    bool quoted = false;
    for (; *s && (quoted || !is_blank(*s)); s++) {
        if (*s == '"')
            quoted = !quoted;
        else
            *d++ = *s;
    }
    *d++ = 0;
    *in = s;
    *out = d;
    return word;
}

void command_line_parse(const char *line)
{
    char *out = text;
    for (word_count = 0; word_count < MAX_WORDS; word_count++) {
        while (is_blank(*line))
            line++;
        if (!*line)
            break;
        words[word_count].claimed = false;
        words[word_count].text = take_word(&line, &out);
    }
    for (kernel_end = 0; kernel_end < word_count && strcmp(words[kernel_end].text, "--"); kernel_end++)
        ;
}

static bool is_kernel_word(unsigned i)
{
    static const char device[] = "virtio_mmio.device=";
    return i < kernel_end || !strncmp(words[i].text, device, sizeof device - 1);
}

/* The value when the word is `name` or `name=value`. */
static const char *match(const char *word, const char *name)
{
    size_t n = strlen(name);
    if (strncmp(word, name, n))
        return NULL;
    if (!word[n])
        return word + n;
    return word[n] == '=' ? word + n + 1 : NULL;
}

const char *boot_param_nth(const char *name, unsigned n)
{
    for (unsigned i = 0; i < word_count; i++) {
        const char *value = is_kernel_word(i) ? match(words[i].text, name) : NULL;
        if (!value)
            continue;
        words[i].claimed = true;
        if (!n--)
            return value;
    }
    return NULL;
}

const char *boot_param(const char *name)
{
    const char *value, *last = NULL;
    for (unsigned n = 0; (value = boot_param_nth(name, n)); n++)
        last = value;
    return last;
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

static int suffix_shift(char c)
{
    switch (c | 0x20) {
    case 'k':
        return 10;
    case 'm':
        return 20;
    case 'g':
        return 30;
    default:
        return -1;
    }
}

uint64_t boot_param_u64(const char *name, uint64_t fallback)
{
    const char *s = boot_param(name);
    if (!s || !*s)
        return fallback;
    uint64_t value = 0, base = 10;
    if (s[0] == '0' && (s[1] | 0x20) == 'x') {
        base = 16;
        s += 2;
    }
    const char *first = s;
    for (; digit(*s) < (int)base; s++)
        if (__builtin_mul_overflow(value, base, &value) || __builtin_add_overflow(value, (uint64_t)digit(*s), &value))
            return fallback;
    int shift = *s && s != first ? suffix_shift(*s) : 0;
    bool bad = s == first || shift < 0 || (*s && s[1]) || value << shift >> shift != value;
    return bad ? fallback : value << shift;
}

unsigned boot_app_args(const char **out, unsigned max)
{
    unsigned n = 0;
    for (unsigned i = kernel_end + 1; i < word_count && n < max; i++)
        if (!is_kernel_word(i))
            out[n++] = words[i].text;
    return n;
}

/* As in Linux, a name with a dot is a module's parameter, never the environment's. */
static bool is_environment(const char *word)
{
    size_t n = 0;
    while (word[n] && word[n] != '=' && word[n] != '.')
        n++;
    return n && word[n] == '=';
}

/* The loader's words follow the build's. */
static bool is_set_again(unsigned i)
{
    size_t name = (size_t)(strchr(words[i].text, '=') - words[i].text) + 1;
    for (unsigned later = i + 1; later < kernel_end; later++)
        if (!strncmp(words[i].text, words[later].text, name))
            return true;
    return false;
}

unsigned boot_app_env(const char **out, unsigned max)
{
    unsigned n = 0;
    for (unsigned i = 0; i < kernel_end && n < max; i++)
        if (!words[i].claimed && is_environment(words[i].text) && !is_set_again(i))
            out[n++] = words[i].text;
    return n;
}
