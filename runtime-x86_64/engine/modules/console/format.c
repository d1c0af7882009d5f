#include <string.h>
#include "inspect.h"

static const struct inspect_options defaults = {.depth = INSPECT_DEPTH_DEFAULT};

static void append_argument(JSContext *ctx, struct text *out, JSValueConst value)
{
    if (JS_IsString(value))
        inspect_append_value(ctx, out, value);
    else
        inspect_value(ctx, out, value, &defaults);
}

static bool has_toString_of_its_own(JSContext *ctx, JSValueConst object)
{
    JSValue method = inspect_get(ctx, object, "toString");
    bool is_own = JS_IsFunction(ctx, method) && !inspect_is_native(ctx, method);
    JS_FreeValue(ctx, method);
    return is_own;
}

/* %s */
static void append_string(JSContext *ctx, struct text *out, JSValueConst value)
{
    static const struct inspect_options flat = {.depth = 0};
    bool is_object = JS_IsObject(value) && !JS_IsFunction(ctx, value);
    if (JS_IsString(value) || (is_object && has_toString_of_its_own(ctx, value)))
        inspect_append_value(ctx, out, value);
    else
        inspect_value(ctx, out, value, &flat);
}

static void append_number(JSContext *ctx, struct text *out, JSValueConst value, const char *parser)
{
    bool keeps_bigint = !parser || strcmp(parser, "parseInt") == 0;
    if (JS_IsBigInt(value) && keeps_bigint) {
        inspect_value(ctx, out, value, &defaults);
        return;
    }
    if (JS_IsObject(value) || JS_IsSymbol(value)) {
        text_append_string(out, "NaN");
        return;
    }
    JSValue global = JS_GetGlobalObject(ctx);
    JSValue function = JS_GetPropertyStr(ctx, global, parser ? parser : "Number");
    JSValue number = JS_Call(ctx, function, JS_UNDEFINED, 1, &value);
    inspect_value(ctx, out, number, &defaults);
    JS_FreeValue(ctx, number);
    JS_FreeValue(ctx, function);
    JS_FreeValue(ctx, global);
}

static void append_json(JSContext *ctx, struct text *out, JSValueConst value)
{
    JSValue text = JS_JSONStringify(ctx, value, JS_UNDEFINED, JS_UNDEFINED);
    if (JS_IsException(text)) {
        JS_FreeValue(ctx, JS_GetException(ctx));
        text_append_string(out, "[Circular]");
        return;
    }
    inspect_append_value(ctx, out, text);
    JS_FreeValue(ctx, text);
}

/* false: not a directive. */
static bool append_directive(JSContext *ctx, struct text *out, char directive, JSValueConst value)
{
    static const struct inspect_options deep = {.depth = 4};
    switch (directive) {
    case 's':
        append_string(ctx, out, value);
        return true;
    case 'd':
        append_number(ctx, out, value, NULL);
        return true;
    case 'i':
        append_number(ctx, out, value, "parseInt");
        return true;
    case 'f':
        append_number(ctx, out, value, "parseFloat");
        return true;
    case 'j':
        append_json(ctx, out, value);
        return true;
    case 'o':
        inspect_value(ctx, out, value, &deep);
        return true;
    case 'O':
        inspect_value(ctx, out, value, &defaults);
        return true;
    case 'c':
        return true; /* styles are for browsers */
    default:
        return false;
    }
}

/* How many arguments are used up, the format among them. */
static int append_formatted(JSContext *ctx, struct text *out, int argc, JSValueConst *argv)
{
    size_t size, plain = 0;
    int used = 1;
    const char *format = JS_ToCStringLen(ctx, &size, argv[0]);
    if (!format) {
        JS_FreeValue(ctx, JS_GetException(ctx));
        return used;
    }
    for (size_t i = 0; argc > 1 && i + 1 < size; i++) {
        if (format[i] != '%')
            continue;
        size_t kept = out->size;
        text_append(out, format + plain, i - plain);
        if (format[i + 1] == '%') {
            text_append_char(out, '%');
        } else if (used == argc || !append_directive(ctx, out, format[i + 1], argv[used])) {
            out->size = kept;
            continue;
        } else {
            used++;
        }
        plain = i + 2;
        i++;
    }
    text_append(out, format + plain, size - plain);
    JS_FreeCString(ctx, format);
    return used;
}

void inspect_format(JSContext *ctx, struct text *out, int argc, JSValueConst *argv)
{
    int i = 0;
    if (argc > 0 && JS_IsString(argv[0]))
        i = append_formatted(ctx, out, argc, argv);
    for (bool is_first = i == 0; i < argc; i++, is_first = false) {
        if (!is_first)
            text_append_char(out, ' ');
        append_argument(ctx, out, argv[i]);
    }
}
