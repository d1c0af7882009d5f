/* Between header lists and JavaScript values. */
#include <stdlib.h>
#include <string.h>
#include "headers.h"
#include "../../text.h"

static int refuse_wide_character(JSContext *ctx, struct byte_string *string)
{
    byte_string_free(string);
    JS_ThrowTypeError(
        ctx, "Cannot convert argument to a ByteString because it has a character with a value greater than 255.");
    return -1;
}

int byte_string_from_value(JSContext *ctx, JSValueConst value, struct byte_string *string)
{
    size_t size, out = 0;
    const char *utf8 = JS_ToCStringLen(ctx, &size, value);
    if (!utf8)
        return -1;
    string->data = size <= sizeof string->room ? string->room : malloc(size);
    if (!string->data) {
        JS_FreeCString(ctx, utf8);
        JS_ThrowOutOfMemory(ctx);
        return -1;
    }
    for (size_t i = 0; i < size; i++) {
        uint8_t c = utf8[i];
        if (c >= 0xc4) {
            JS_FreeCString(ctx, utf8);
            return refuse_wide_character(ctx, string);
        }
        string->data[out++] = c < 0x80 ? c : (c & 3) << 6 | (utf8[++i] & 0x3f);
    }
    JS_FreeCString(ctx, utf8);
    string->size = out;
    return 0;
}

void byte_string_free(struct byte_string *string)
{
    if (string->data != string->room)
        free(string->data);
}

static int append_checked(JSContext *ctx, struct headers *headers, const struct byte_string *name,
                          const struct byte_string *text)
{
    const char *value = text->data;
    size_t size = text->size;
    if (!header_name_is_valid(name->data, name->size)) {
        JS_ThrowTypeError(ctx, "Headers.append: %.*s is an invalid header name.", (int)name->size, name->data);
        return -1;
    }
    if (!header_value_trim(&value, &size)) {
        JS_ThrowTypeError(ctx, "Headers.append: the value of %.*s is an invalid header value.", (int)name->size,
                          name->data);
        return -1;
    }
    if (headers_append(headers, name->data, name->size, value, size))
        return 0;
    JS_ThrowOutOfMemory(ctx);
    return -1;
}

static int append_values(JSContext *ctx, struct headers *headers, JSValueConst name, JSValueConst value)
{
    struct byte_string name_bytes, value_bytes;
    if (byte_string_from_value(ctx, name, &name_bytes))
        return -1;
    int error = byte_string_from_value(ctx, value, &value_bytes);
    if (!error) {
        error = append_checked(ctx, headers, &name_bytes, &value_bytes);
        byte_string_free(&value_bytes);
    }
    byte_string_free(&name_bytes);
    return error;
}

static int fill_from_pair(JSContext *ctx, struct headers *headers, JSValueConst pair)
{
    int64_t length;
    if (!JS_IsObject(pair) || JS_GetLength(ctx, pair, &length) || length != 2) {
        if (!JS_HasException(ctx))
            JS_ThrowTypeError(ctx, "Headers constructor: expected name/value pair to be length 2.");
        return -1;
    }
    JSValue name = JS_GetPropertyUint32(ctx, pair, 0);
    JSValue value = JS_GetPropertyUint32(ctx, pair, 1);
    int error = JS_IsException(name) || JS_IsException(value) ? -1 : append_values(ctx, headers, name, value);
    JS_FreeValue(ctx, name);
    JS_FreeValue(ctx, value);
    return error;
}

static int fill_from_array(JSContext *ctx, struct headers *headers, JSValueConst array)
{
    int64_t length;
    if (JS_GetLength(ctx, array, &length))
        return -1;
    for (int64_t i = 0; i < length; i++) {
        JSValue pair = JS_GetPropertyInt64(ctx, array, i);
        int error = JS_IsException(pair) ? -1 : fill_from_pair(ctx, headers, pair);
        JS_FreeValue(ctx, pair);
        if (error)
            return -1;
    }
    return 0;
}

static int fill_from_record(JSContext *ctx, struct headers *headers, JSValueConst record)
{
    JSPropertyEnum *names;
    uint32_t count;
    int error = 0;
    if (JS_GetOwnPropertyNames(ctx, &names, &count, record, JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY))
        return -1;
    for (uint32_t i = 0; i < count && !error; i++) {
        JSValue name = JS_AtomToString(ctx, names[i].atom);
        JSValue value = JS_GetProperty(ctx, record, names[i].atom);
        error = JS_IsException(name) || JS_IsException(value) ? -1 : append_values(ctx, headers, name, value);
        JS_FreeValue(ctx, name);
        JS_FreeValue(ctx, value);
    }
    JS_FreePropertyEnum(ctx, names, count);
    return error;
}

int headers_fill(JSContext *ctx, struct headers *headers, JSValueConst init)
{
    if (JS_IsUndefined(init))
        return 0;
    const struct headers *from = headers_from_value(init);
    if (from) {
        if (headers_copy(headers, from))
            return 0;
        JS_ThrowOutOfMemory(ctx);
        return -1;
    }
    if (!JS_IsObject(init)) {
        JS_ThrowTypeError(ctx, "Headers constructor: init is not an object.");
        return -1;
    }
    if (JS_IsArray(init))
        return fill_from_array(ctx, headers, init);
    JSValue array = array_from_iterable(ctx, init);
    if (JS_IsException(array))
        return -1;
    int error = JS_IsUndefined(array) ? fill_from_record(ctx, headers, init) : fill_from_array(ctx, headers, array);
    JS_FreeValue(ctx, array);
    return error;
}

JSValue headers_get(JSContext *ctx, const struct headers *headers, const char *name, size_t name_size)
{
    int first = headers_find(headers, name, name_size);
    if (first < 0)
        return JS_NULL;
    struct header_view found = headers_at(headers, first);
    struct text joined = {0};
    for (uint32_t i = first + 1; i < headers_count(headers); i++) {
        struct header_view header = headers_at(headers, i);
        if (!ascii_equal_ignoring_case(header.name, header.name_size, name, name_size))
            continue;
        if (joined.size == 0)
            text_append(&joined, found.value, found.value_size);
        text_append(&joined, ", ", 2);
        text_append(&joined, header.value, header.value_size);
    }
    if (likely(joined.capacity == 0))
        return string_from_latin1(ctx, found.value, found.value_size);
    JSValue value = string_from_latin1(ctx, joined.data, joined.size);
    text_free(&joined);
    return value;
}

struct sorted_header {
    struct header_view view;
    uint32_t position;
};

static int compare_headers(const void *a_pointer, const void *b_pointer)
{
    const struct sorted_header *a = a_pointer, *b = b_pointer;
    uint32_t common = a->view.name_size < b->view.name_size ? a->view.name_size : b->view.name_size;
    for (uint32_t i = 0; i < common; i++) {
        int order = (uint8_t)ascii_lower(a->view.name[i]) - (uint8_t)ascii_lower(b->view.name[i]);
        if (order)
            return order;
    }
    if (a->view.name_size != b->view.name_size)
        return a->view.name_size < b->view.name_size ? -1 : 1;
    return a->position < b->position ? -1 : 1;
}

static JSValue lower_case_name(JSContext *ctx, const struct header_view *header)
{
    struct text name = {0};
    for (uint32_t i = 0; i < header->name_size; i++)
        text_append_char(&name, ascii_lower(header->name[i]));
    JSValue value = JS_NewStringLen(ctx, name.data, name.size);
    text_free(&name);
    return value;
}

static bool is_set_cookie(const struct header_view *header)
{
    return ascii_equal_ignoring_case(header->name, header->name_size, "set-cookie", 10);
}

static JSValue make_part(JSContext *ctx, const struct headers *headers, const struct header_view *header,
                         enum headers_part part)
{
    if (part == HEADERS_NAMES)
        return lower_case_name(ctx, header);
    JSValue value = is_set_cookie(header) ? string_from_latin1(ctx, header->value, header->value_size)
                                          : headers_get(ctx, headers, header->name, header->name_size);
    if (part == HEADERS_VALUES || JS_IsException(value))
        return value;
    JSValue pair[] = {lower_case_name(ctx, header), value};
    return JS_NewArrayFrom(ctx, 2, pair);
}

JSValue headers_sorted(JSContext *ctx, const struct headers *headers, enum headers_part part)
{
    uint32_t count = headers_count(headers), length = 0;
    struct sorted_header *items = malloc((count + 1) * sizeof *items);
    JSValue array = items ? JS_NewArray(ctx) : JS_ThrowOutOfMemory(ctx);
    if (JS_IsException(array)) {
        free(items);
        return array;
    }
    for (uint32_t i = 0; i < count; i++)
        items[i] = (struct sorted_header){.view = headers_at(headers, i), .position = i};
    qsort(items, count, sizeof *items, compare_headers);
    for (uint32_t i = 0; i < count; i++) {
        const struct header_view *header = &items[i].view;
        if (i > 0 && !is_set_cookie(header) &&
            ascii_equal_ignoring_case(header->name, header->name_size, items[i - 1].view.name,
                                      items[i - 1].view.name_size))
            continue;
        JSValue value = make_part(ctx, headers, header, part);
        if (JS_IsException(value) || JS_DefinePropertyValueUint32(ctx, array, length++, value, JS_PROP_C_W_E) < 0) {
            JS_FreeValue(ctx, array);
            array = JS_EXCEPTION;
            break;
        }
    }
    free(items);
    return array;
}
