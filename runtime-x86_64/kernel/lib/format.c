/* Formatted text into a buffer: the subset of printf that kernel.h lists. */
#include "kernel.h"

struct sink {
    char *buf;
    size_t size, len; /* len counts what does not fit, too */
};

struct spec {
    bool left, zero, upper;
    int width;
    int longs; /* 0 int, 1 long and size_t, 2 long long */
};

static void put(struct sink *s, char c)
{
    if (s->len + 1 < s->size)
        s->buf[s->len] = c;
    s->len++;
}

static void put_field(struct sink *s, const struct spec *spec, const char *text, size_t n)
{
    size_t width = (size_t)spec->width;
    size_t fill = width > n ? width - n : 0;
    if (!spec->left)
        for (; fill; fill--)
            put(s, ' ');
    while (n--)
        put(s, *text++);
    for (; fill; fill--)
        put(s, ' ');
}

static void put_number(struct sink *s, const struct spec *spec, uint64_t v, unsigned base, bool negative,
                       const char *prefix)
{
    char text[32];
    char *p = text + sizeof text;
    do
        *--p = (spec->upper ? "0123456789ABCDEF" : "0123456789abcdef")[v % base];
    while (v /= base);
    size_t sign = negative + strlen(prefix);
    if (spec->zero && !spec->left)
        while (p > text + 3 && (size_t)(text + sizeof text - p) + sign < (size_t)spec->width)
            *--p = '0';
    for (size_t i = strlen(prefix); i; i--)
        *--p = prefix[i - 1];
    if (negative)
        *--p = '-';
    put_field(s, spec, p, (size_t)(text + sizeof text - p));
}

static const char *parse_spec(const char *fmt, struct spec *spec, va_list *ap)
{
    *spec = (struct spec){0};
    for (;; fmt++) {
        if (*fmt == '-')
            spec->left = true;
        else if (*fmt == '0')
            spec->zero = true;
        else
            break;
    }
    if (*fmt == '*') {
        int width = va_arg(*ap, int);
        spec->left |= width < 0;
        spec->width = width < 0 ? -width : width;
        fmt++;
    }
    for (; *fmt >= '0' && *fmt <= '9'; fmt++)
        spec->width = spec->width * 10 + (*fmt - '0');
    for (; *fmt == 'l' || *fmt == 'z'; fmt++)
        spec->longs++;
    spec->upper = *fmt == 'X';
    return fmt;
}

static void put_conversion(struct sink *s, char c, const struct spec *spec, va_list *ap)
{
    if (c == 'd') {
        int64_t v = spec->longs ? va_arg(*ap, int64_t) : va_arg(*ap, int);
        put_number(s, spec, v < 0 ? -(uint64_t)v : (uint64_t)v, 10, v < 0, "");
    } else if (c == 'u' || c == 'x' || c == 'X' || c == 'o') {
        uint64_t v = spec->longs ? va_arg(*ap, uint64_t) : va_arg(*ap, unsigned);
        put_number(s, spec, v, c == 'u' ? 10 : c == 'o' ? 8 : 16, false, "");
    } else if (c == 'p') {
        put_number(s, spec, (uint64_t)va_arg(*ap, void *), 16, false, "0x");
    } else if (c == 's') {
        const char *text = va_arg(*ap, const char *);
        text = text ? text : "(null)";
        put_field(s, spec, text, strlen(text));
    } else if (c == 'c') {
        char v = (char)va_arg(*ap, int);
        put_field(s, spec, &v, 1);
    } else {
        put(s, '%');
        if (c != '%')
            put(s, c);
    }
}

int format_va(char *buf, size_t size, const char *fmt, va_list ap)
{
    struct sink s = {buf, size, 0};
    va_list args;
    va_copy(args, ap);
    for (; *fmt; fmt++) {
        if (*fmt != '%') {
            put(&s, *fmt);
            continue;
        }
        struct spec spec;
        fmt = parse_spec(fmt + 1, &spec, &args);
        if (!*fmt)
            break;
        put_conversion(&s, *fmt, &spec, &args);
    }
    va_end(args);
    if (size)
        buf[MIN(s.len, size - 1)] = '\0';
    return (int)s.len;
}

int format(char *buf, size_t size, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = format_va(buf, size, fmt, ap);
    va_end(ap);
    return n;
}
