#include <stdlib.h>
#include <string.h>
#include "parameters.h"

void parameters_clear(struct parameters *list)
{
    for (uint32_t i = 0; i < list->count; i++)
        free(list->items[i].text);
    list->count = 0;
}

bool parameters_append(struct parameters *list, struct slice name, struct slice value)
{
    if (list->count == list->capacity) {
        uint32_t capacity = list->capacity ? list->capacity * 2 : 4;
        void *items = realloc(list->items, capacity * sizeof *list->items);
        if (!items)
            return false;
        list->items = items;
        list->capacity = capacity;
    }
    char *text = malloc(name.size + value.size + 1);
    if (!text)
        return false;
    memcpy(text, name.data, name.size);
    memcpy(text + name.size, value.data, value.size);
    list->items[list->count++] = (struct parameter){text, name.size, value.size};
    return true;
}

static void decode(struct text *to, const char *data, size_t size)
{
    static struct text bytes;
    to->size = bytes.size = 0;
    percent_decode(&bytes, data, size);
    if (utf8_is_valid(bytes.data, bytes.size)) {
        text_append(to, bytes.data, bytes.size);
        return;
    }
    for (size_t at = 0; at < bytes.size;) {
        int32_t c = utf8_next(bytes.data, bytes.size, &at);
        text_append_utf8(to, c < 0 ? 0xfffd : c);
    }
}

static struct slice decode_part(struct text *room, const char *data, size_t size, bool has_escapes)
{
    if (!has_escapes)
        return (struct slice){data, size};
    decode(room, data, size);
    return (struct slice){room->data ? room->data : "", room->size};
}

/* 5.1 */
static bool parse_pairs(struct parameters *list, const char *at, size_t size, bool has_escapes)
{
    static struct text name_room, value_room;
    bool is_done = true;
    const char *end = at + size;
    for (const char *start = at, *stop; start < end; start = stop + 1) {
        stop = memchr(start, '&', end - start);
        stop = stop ? stop : end;
        if (stop == start)
            continue;
        const char *equals = memchr(start, '=', stop - start);
        const char *value = equals ? equals + 1 : stop;
        struct slice name_slice = decode_part(&name_room, start, (equals ? equals : stop) - start, has_escapes);
        struct slice value_slice = decode_part(&value_room, value, stop - value, has_escapes);
        is_done &= parameters_append(list, name_slice, value_slice);
    }
    return is_done;
}

bool parameters_parse(struct parameters *list, const char *data, size_t size)
{
    static struct text plain;
    bool has_escapes = memchr(data, '%', size) || !ascii_is_all(data, size);
    if (!memchr(data, '+', size))
        return parse_pairs(list, data, size, has_escapes);
    plain.size = 0;
    for (size_t i = 0; i < size; i++)
        text_append_char(&plain, data[i] == '+' ? ' ' : data[i]);
    return !plain.failed && parse_pairs(list, plain.data, plain.size, has_escapes);
}

static void encode_form(struct text *to, const char *data, size_t size)
{
    size_t start = to->size;
    percent_encode(to, data, size, PERCENT_FORM);
    /* A space is "+" here. No other %20 can be there: "%" itself is encoded. */
    size_t out = start;
    for (size_t i = start; i < to->size; i++) {
        bool is_space = to->size - i >= 3 && memcmp(to->data + i, "%20", 3) == 0;
        to->data[out++] = is_space ? '+' : to->data[i];
        i += is_space ? 2 : 0;
    }
    to->size = out;
}

void parameters_serialize(const struct parameters *list, struct text *text)
{
    for (uint32_t i = 0; i < list->count; i++) {
        const struct parameter *item = &list->items[i];
        if (i > 0)
            text_append_char(text, '&');
        encode_form(text, item->text, item->name_size);
        text_append_char(text, '=');
        encode_form(text, item->text + item->name_size, item->value_size);
    }
}

struct sort_key {
    struct parameter item;
    uint32_t position;
};

/* By UTF-16 code units: surrogates, that is what UTF-8 begins with F0 and above, come before U+E000 and above. */
static int compare_units(const struct parameter *a, const struct parameter *b)
{
    uint32_t common = a->name_size < b->name_size ? a->name_size : b->name_size;
    for (uint32_t i = 0; i < common; i++) {
        uint8_t x = a->text[i], y = b->text[i];
        if (x == y)
            continue;
        if ((x >= 0xf0) != (y >= 0xf0) && x >= 0xee && y >= 0xee)
            return x >= 0xf0 ? -1 : 1;
        return x - y;
    }
    return a->name_size < b->name_size ? -1 : a->name_size > b->name_size;
}

static int compare_keys(const void *a_pointer, const void *b_pointer)
{
    const struct sort_key *a = a_pointer, *b = b_pointer;
    int order = compare_units(&a->item, &b->item);
    return order ? order : a->position < b->position ? -1 : 1;
}

bool parameters_sort(struct parameters *list)
{
    struct sort_key *keys = malloc((list->count + 1) * sizeof *keys);
    if (!keys)
        return false;
    for (uint32_t i = 0; i < list->count; i++)
        keys[i] = (struct sort_key){list->items[i], i};
    qsort(keys, list->count, sizeof *keys, compare_keys);
    for (uint32_t i = 0; i < list->count; i++)
        list->items[i] = keys[i].item;
    free(keys);
    return true;
}
