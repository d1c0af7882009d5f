#include <string.h>
#include "inspect.h"

static bool text_has_prefix(const struct text *text, const char *prefix, size_t size)
{
    return text->size >= size && memcmp(text->data, prefix, size) == 0;
}

static bool ends_with_error(const struct text *text)
{
    return text->size >= 5 && memcmp(text->data + text->size - 5, "Error", 5) == 0;
}

/* The stack tells the name property; a class of its own name is told too. */
static void improve_name(struct text *stack, const struct text *name, const struct object_name *object_name)
{
    const struct text *class = &object_name->constructor;
    bool is_shown = ends_with_error(name) && text_has_prefix(stack, name->data, name->size) &&
                    (stack->size == name->size || stack->data[name->size] == ':' || stack->data[name->size] == '\n');
    if (!object_name->has_constructor || !is_shown ||
        (class->size == name->size && memcmp(class->data, name->data, name->size) == 0))
        return;
    struct text improved = {0};
    text_append(&improved, class->data, class->size);
    if (!memmem(class->data, class->size, name->data, name->size)) {
        text_append_string(&improved, " [");
        text_append(&improved, name->data, name->size);
        text_append_char(&improved, ']');
    }
    text_append(&improved, stack->data + name->size, stack->size - name->size);
    text_free(stack);
    *stack = improved;
}

static void append_indented(struct text *out, const struct text *text, int indentation)
{
    for (size_t i = 0; i < text->size; i++) {
        text_append_char(out, text->data[i]);
        if (text->data[i] == '\n')
            text_append_repeated(out, ' ', indentation);
    }
}

static void append_property(JSContext *ctx, struct text *out, JSValueConst error, const char *property)
{
    JSValue value = inspect_get(ctx, error, property);
    if (!JS_IsUndefined(value))
        inspect_append_value(ctx, out, value);
    JS_FreeValue(ctx, value);
}

void inspect_error_base(struct inspection *s, JSValueConst error, const struct object_name *object_name,
                        struct text *base)
{
    struct text stack = {0}, name = {0};
    JSValue value = inspect_get(s->ctx, error, "stack");
    append_property(s->ctx, &name, error, "name");
    if (JS_IsString(value))
        inspect_append_value(s->ctx, &stack, value);
    if (stack.size == 0)
        inspect_append_value(s->ctx, &stack, error);
    JS_FreeValue(s->ctx, value);
    improve_name(&stack, &name, object_name);
    bool has_frames = memmem(stack.data, stack.size, "\n    at", 7);
    if (!has_frames)
        text_append_char(base, '[');
    append_indented(base, &stack, s->indentation);
    if (!has_frames)
        text_append_char(base, ']');
    text_free(&stack);
    text_free(&name);
}

bool inspect_error_hides(JSContext *ctx, JSValueConst error, JSAtom key)
{
    const char *name = JS_AtomToCString(ctx, key);
    bool is_told = name && (strcmp(name, "stack") == 0 || strcmp(name, "message") == 0 || strcmp(name, "name") == 0);
    JS_FreeCString(ctx, name);
    if (!is_told)
        return false;
    struct text text = {0}, stack = {0};
    JSValue value = JS_GetProperty(ctx, error, key);
    bool is_string = JS_IsString(value);
    if (is_string)
        inspect_append_value(ctx, &text, value);
    append_property(ctx, &stack, error, "stack");
    bool hides = is_string && (text.size == 0 || memmem(stack.data, stack.size, text.data, text.size));
    JS_FreeValue(ctx, value);
    text_free(&text);
    text_free(&stack);
    return hides;
}
