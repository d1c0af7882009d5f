#include <stdio.h>
#include <string.h>
#include "../../bytes.h"
#include "inspect.h"

#define STRING_LENGTH_MAX 10000
#define LINE_WIDTH_MIN 16
#define BREAK_LENGTH 80

size_t inspect_length(const char *utf8, size_t size)
{
    size_t length = 0;
    for (size_t i = 0; i < size; i++)
        length += ((utf8[i] & 0xc0) != 0x80) + ((uint8_t)utf8[i] >= 0xf0);
    return length;
}

/* Single quotes, unless others save escapes. */
static char choose_quote(const char *utf8, size_t size)
{
    if (!memchr(utf8, '\'', size))
        return '\'';
    if (!memchr(utf8, '"', size))
        return '"';
    return memchr(utf8, '`', size) || memmem(utf8, size, "${", 2) ? '\'' : '`';
}

static void append_escape(struct text *out, uint32_t c)
{
    static const char names[] = "b\bt\tn\nf\fr\r";
    char escape[16];
    for (int i = 0; names[i]; i += 2) {
        if ((uint8_t)names[i + 1] == c) {
            text_append(out, (char[]){'\\', names[i]}, 2);
            return;
        }
    }
    snprintf(escape, sizeof escape, c < 0x100 ? "\\x%02X" : "\\u%04x", (unsigned)c);
    text_append_string(out, escape);
}

void inspect_quoted(struct text *out, const char *utf8, size_t size)
{
    char quote = choose_quote(utf8, size);
    text_append_char(out, quote);
    for (size_t i = 0; i < size; i++) {
        uint8_t c = utf8[i];
        bool is_c1 = c == 0xc2 && i + 1 < size && (uint8_t)utf8[i + 1] < 0xa0;
        bool is_surrogate = c == 0xed && i + 2 < size && (uint8_t)utf8[i + 1] >= 0xa0;
        if (c == '\\' || c == quote) {
            text_append(out, (char[]){'\\', c}, 2);
        } else if (c < 0x20 || c == 0x7f) {
            append_escape(out, c);
        } else if (is_c1) {
            append_escape(out, (uint8_t)utf8[++i]);
        } else if (is_surrogate) {
            append_escape(out, 0xd000 | (utf8[i + 1] & 0x3f) << 6 | (utf8[i + 2] & 0x3f));
            i += 2;
        } else {
            text_append_char(out, c);
        }
    }
    text_append_char(out, quote);
}

/* A long string with line ends is shown in lines. */
static void append_lines(struct inspection *s, struct text *out, const char *utf8, size_t size)
{
    const char *end = utf8 + size;
    for (const char *line = utf8, *stop; line < end; line = stop) {
        stop = memchr(line, '\n', end - line);
        stop = stop ? stop + 1 : end;
        inspect_quoted(out, line, stop - line);
        if (stop == end)
            return;
        text_append_string(out, " +\n");
        text_append_repeated(out, ' ', s->indentation + 2);
    }
}

static void append_string(struct inspection *s, struct text *out, JSValueConst value)
{
    size_t size;
    const char *utf8 = JS_ToCStringLen(s->ctx, &size, value);
    if (!utf8) {
        JS_FreeValue(s->ctx, JS_GetException(s->ctx));
        return;
    }
    size_t length = inspect_length(utf8, size), shown = size;
    if (length > STRING_LENGTH_MAX && ascii_is_all(utf8, size))
        shown = STRING_LENGTH_MAX;
    int width = BREAK_LENGTH - s->indentation - 4;
    if (length > LINE_WIDTH_MIN && (int)length > width && memchr(utf8, '\n', shown))
        append_lines(s, out, utf8, shown);
    else
        inspect_quoted(out, utf8, shown);
    if (shown < size) {
        text_append_string(out, "... ");
        text_append_uint(out, size - shown);
        text_append_string(out, size - shown > 1 ? " more characters" : " more character");
    }
    JS_FreeCString(s->ctx, utf8);
}

static void append_symbol(struct inspection *s, struct text *out, JSValueConst value)
{
    JSValue description = inspect_get(s->ctx, value, "description");
    text_append_string(out, "Symbol(");
    if (!JS_IsUndefined(description))
        inspect_append_value(s->ctx, out, description);
    text_append_char(out, ')');
    JS_FreeValue(s->ctx, description);
}

void inspect_primitive(struct inspection *s, struct text *out, JSValueConst value)
{
    double number;
    if (JS_IsString(value)) {
        append_string(s, out, value);
    } else if (JS_IsSymbol(value)) {
        append_symbol(s, out, value);
    } else {
        if (JS_IsNumber(value) && JS_ToFloat64(s->ctx, &number, value) == 0 && number == 0 && __builtin_signbit(number))
            text_append_char(out, '-');
        inspect_append_value(s->ctx, out, value);
        if (JS_IsBigInt(value))
            text_append_char(out, 'n');
    }
}
