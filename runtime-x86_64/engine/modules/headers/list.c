#include <stdlib.h>
#include <string.h>
#include "headers.h"

struct headers *headers_new(void)
{
    struct headers *headers = calloc(1, sizeof *headers);
    if (headers)
        headers->references = 1;
    return headers;
}

struct headers *headers_reference(struct headers *headers)
{
    headers->references++;
    return headers;
}

void raw_head_release(struct raw_head *head)
{
    if (!head->is_owned)
        return;
    free((void *)head->base);
    free((void *)head->items);
}

void headers_release(struct headers *headers)
{
    if (!headers || --headers->references > 0)
        return;
    headers_clear(headers);
    raw_head_release(&headers->head);
    free(headers);
}

bool headers_keep(struct headers *headers)
{
    struct raw_head *head = &headers->head;
    if (head->is_owned || !head->base)
        return true;
    char *base = malloc(head->size + 1);
    struct raw_header *items = malloc(head->count * sizeof *items + 1);
    if (!base || !items) {
        free(base);
        free(items);
        return false;
    }
    memcpy(base, head->base, head->size);
    memcpy(items, head->items, head->count * sizeof *items);
    head->base = base;
    head->items = items;
    head->is_owned = true;
    return true;
}

struct header_view headers_at(const struct headers *headers, uint32_t i)
{
    if (headers->is_raw) {
        const struct raw_header *item = &headers->head.items[i];
        const char *base = headers->head.base;
        return (struct header_view){base + item->name, base + item->value, item->name_size, item->value_size};
    }
    const struct header *item = &headers->items[i];
    return (struct header_view){item->text, item->text + item->name_size, item->name_size, item->value_size};
}

static bool has_name(const struct header_view *header, const char *name, size_t name_size)
{
    return ascii_equal_ignoring_case(header->name, header->name_size, name, name_size);
}

int headers_find(const struct headers *headers, const char *name, size_t name_size)
{
    for (uint32_t i = 0; i < headers_count(headers); i++) {
        struct header_view header = headers_at(headers, i);
        if (has_name(&header, name, name_size))
            return i;
    }
    return -1;
}

static bool make_header(struct header *header, const char *name, size_t name_size, const char *value, size_t value_size)
{
    char *text = malloc(name_size + value_size + 1);
    if (!text)
        return false;
    for (size_t i = 0; i < name_size; i++)
        text[i] = ascii_lower(name[i]);
    memcpy(text + name_size, value, value_size);
    *header = (struct header){text, name_size, value_size};
    return true;
}

static bool append(struct headers *headers, const char *name, size_t name_size, const char *value, size_t value_size)
{
    if (headers->count == headers->capacity) {
        uint32_t capacity = headers->capacity ? headers->capacity * 2 : 4;
        void *items = realloc(headers->items, capacity * sizeof *headers->items);
        if (!items)
            return false;
        headers->items = items;
        headers->capacity = capacity;
    }
    if (!make_header(&headers->items[headers->count], name, name_size, value, value_size))
        return false;
    headers->count++;
    return true;
}

static bool take_over_raw(struct headers *headers)
{
    if (!headers->is_raw)
        return true;
    for (uint32_t i = 0; i < headers->head.count; i++) {
        struct header_view header = headers_at(headers, i);
        if (!append(headers, header.name, header.name_size, header.value, header.value_size)) {
            headers->count = 0;
            return false;
        }
    }
    headers->is_raw = false;
    return true;
}

bool headers_append(struct headers *headers, const char *name, size_t name_size, const char *value, size_t value_size)
{
    return take_over_raw(headers) && append(headers, name, name_size, value, value_size);
}

void headers_delete(struct headers *headers, const char *name, size_t name_size)
{
    if (headers_find(headers, name, name_size) < 0 || !take_over_raw(headers))
        return;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < headers->count; i++) {
        struct header_view header = headers_at(headers, i);
        if (has_name(&header, name, name_size))
            free(headers->items[i].text);
        else
            headers->items[kept++] = headers->items[i];
    }
    headers->count = kept;
}

/* The first of that name keeps its place, the others go. */
bool headers_set(struct headers *headers, const char *name, size_t name_size, const char *value, size_t value_size)
{
    if (!take_over_raw(headers))
        return false;
    int first = headers_find(headers, name, name_size);
    if (first < 0)
        return append(headers, name, name_size, value, value_size);
    struct header kept;
    if (!make_header(&kept, name, name_size, value, value_size))
        return false;
    free(headers->items[first].text);
    headers->items[first] = (struct header){0};
    headers_delete(headers, name, name_size);
    headers->items[first] = kept;
    return true;
}

bool headers_copy(struct headers *to, const struct headers *from)
{
    for (uint32_t i = 0; i < headers_count(from); i++) {
        struct header_view header = headers_at(from, i);
        if (!headers_append(to, header.name, header.name_size, header.value, header.value_size))
            return false;
    }
    return true;
}

void headers_clear(struct headers *headers)
{
    for (uint32_t i = 0; i < headers->count; i++)
        free(headers->items[i].text);
    free(headers->items);
    headers->items = NULL;
    headers->count = headers->capacity = 0;
    headers->is_raw = false;
}

bool header_name_is_valid(const char *name, size_t size)
{
    static const char separators[] = "\"(),/:;<=>?@[\\]{}";
    for (size_t i = 0; i < size; i++)
        if (name[i] <= ' ' || name[i] == 0x7f || strchr(separators, name[i]))
            return false;
    return size > 0;
}

static bool is_http_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool header_value_trim(const char **value, size_t *size)
{
    while (*size > 0 && is_http_space((*value)[*size - 1]))
        --*size;
    for (; *size > 0 && is_http_space(**value); --*size)
        ++*value;
    return !memchr(*value, '\0', *size) && !memchr(*value, '\r', *size) && !memchr(*value, '\n', *size);
}
