/* Text that grows. */
#include "fs/vfs.h"

static bool reserve(struct text *t, size_t more)
{
    if (t->len + more <= t->size)
        return true;
    size_t size = MAX(2 * t->size, t->len + more + 256);
    char *data = krealloc(t->data, size);
    if (!data) {
        t->failed = true;
        return false;
    }
    t->data = data;
    t->size = size;
    return true;
}

void text_append(struct text *t, const char *s, size_t n)
{
    if (!reserve(t, n))
        return;
    memcpy(t->data + t->len, s, n);
    t->len += n;
}

void text_print(struct text *t, const char *fmt, ...)
{
    char line[256];
    va_list ap;
    va_start(ap, fmt);
    int n = format_va(line, sizeof line, fmt, ap);
    va_end(ap);
    text_append(t, line, MIN((size_t)n, sizeof line - 1));
}
