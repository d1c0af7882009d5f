#include <unistd.h>
#include "../../engine.h"
#include "../../text.h"

static JSValue console_log(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int fd)
{
    (void)this_value;
    struct text line = {0};
    for (int i = 0; i < argc; i++) {
        size_t size;
        const char *s = JS_ToCStringLen(ctx, &size, argv[i]);
        if (!s)
            return JS_EXCEPTION;
        if (i) text_append_char(&line, ' ');
        text_append(&line, s, size);
        JS_FreeCString(ctx, s);
    }
    text_append_char(&line, '\n');
    output_write(fd, line.data, line.size);
    text_free(&line);
    return JS_UNDEFINED;
}

static const JSCFunctionListEntry console_functions[] = {
    JS_CFUNC_MAGIC_DEF("log", 0, console_log, STDOUT_FILENO),
    JS_CFUNC_MAGIC_DEF("error", 0, console_log, STDERR_FILENO),
};

static int console_init(JSContext *ctx, JSValueConst global)
{
    JSValue console = JS_NewObject(ctx);
    JS_SetPropertyFunctionList(ctx, console, console_functions, countof(console_functions));
    return JS_DefinePropertyValueStr(ctx, global, "console", console, JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE) < 0 ? -1 : 0;
}

MODULE(console) = {.name = "console", .phase = PHASE_API, .init = console_init};
