/* See bytecode.h. The engine's source is included whole, because the report reads its internal structures. */
#include "quickjs.c"
#include "bytecode.h"
#include "references.h"

/* Half of the stack that the Makefile gives the WebAssembly build. Deeply nested source may run over the host's own
 * stack before that (984 KiB in Node.js, some hundred levels), which the caller reports alike. */
#define PARSER_STACK_BYTES (512 * 1024)

#define MODULE_NAME "app.js"

static char *module_name = MODULE_NAME;
static char *source;
static uint32_t source_size;
static uint8_t *output;
static size_t output_size;
static DynBuf report;

/* Nothing is collected: the instance ends when the bytecode is made. */
static JSContext *new_context(void)
{
    JSRuntime *rt = JS_NewRuntime();
    if (!rt)
        return NULL;
    JS_SetMaxStackSize(rt, PARSER_STACK_BYTES);
    JS_SetGCThreshold(rt, SIZE_MAX);
    return JS_NewContext(rt);
}

/* Imports are the engine's own modules. Only their names matter here; the engine links them. */
static JSModuleDef *name_module(JSContext *ctx, const char *name, __attribute__((unused)) void *opaque)
{
    return JS_NewCModule(ctx, name, NULL);
}

static JSValue get_exception_field(JSContext *ctx, JSValueConst error, const char *name)
{
    JSValue value = JS_GetPropertyStr(ctx, error, name);
    return JS_IsException(value) ? JS_UNDEFINED : value;
}

/* The parser leaves the position only in the stack: "    at app.js:LINE:COLUMN\n". Other errors have none: 0. */
static void report_exception(JSContext *ctx)
{
    JSValue error = JS_GetException(ctx);
    const char *message = JS_ToCString(ctx, get_exception_field(ctx, error, "message"));
    const char *stack = JS_ToCString(ctx, get_exception_field(ctx, error, "stack"));
    const char *position = stack ? strstr(stack, module_name) : NULL;
    int line = 0, column = 0;
    if (position) {
        line = atoi(position + strlen(module_name) + 1);
        position = strchr(position + strlen(module_name) + 1, ':');
        column = position ? atoi(position + 1) : 0;
    }
    dbuf_printf(&report, "error\t%d\t%d\t%s\n", line, column, message ? message : "out of memory");
}

/* A literal that is no regular expression: the error comes with the (empty) stack of running code, and the parser adds
 * the position only to an error without one. */
static JSValue compile_regexp(JSContext *ctx, JSValueConst pattern, JSValueConst flags)
{
    JSValue code = js_compile_regexp(ctx, pattern, flags);
    if (JS_IsException(code)) {
        JSValue error = JS_GetException(ctx);
        if (JS_VALUE_GET_TAG(error) == JS_TAG_OBJECT && JS_VALUE_GET_OBJ(error)->class_id == JS_CLASS_ERROR)
            JS_VALUE_GET_OBJ(error)->u.object_data = JS_UNDEFINED;
        JS_Throw(ctx, error);
    }
    return code;
}

static int compile_source(JSContext *ctx)
{
    JSValue module = JS_Eval(ctx, source, source_size, module_name, JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
    if (JS_IsException(module))
        return -1;
    report_references(ctx, JS_VALUE_GET_PTR(module), &report);
    output = JS_WriteObject(ctx, &output_size, module, JS_WRITE_OBJ_BYTECODE | JS_WRITE_OBJ_STRIP_SOURCE);
    return output ? 0 : -1;
}

char *bytecode_name(uint32_t size)
{
    module_name = calloc((size_t)size + 1, 1);
    return module_name;
}

char *bytecode_source(uint32_t size)
{
    source_size = size;
    source = malloc((size_t)size + 1);
    if (source)
        source[size] = '\0'; /* the parser's sentinel */
    return source;
}

int bytecode_compile(void)
{
    dbuf_init(&report);
    JSContext *ctx = new_context();
    if (!ctx)
        return -1;
    ctx->compile_regexp = compile_regexp;
    JS_SetModuleLoaderFunc(JS_GetRuntime(ctx), NULL, name_module, NULL);
    if (compile_source(ctx) == 0)
        return 0;
    report_exception(ctx);
    return -1;
}

const uint8_t *bytecode_output(void)
{
    return output;
}

uint32_t bytecode_output_size(void)
{
    return output_size;
}

const uint8_t *bytecode_report(void)
{
    return report.buf;
}

uint32_t bytecode_report_size(void)
{
    return report.size;
}
