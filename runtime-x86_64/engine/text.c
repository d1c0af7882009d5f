#include <stdlib.h>
#include <string.h>
#include "text.h"

void text_free(struct text *text)
{
    free(text->data);
    *text = (struct text){0};
}

char *text_reserve(struct text *text, size_t size)
{
    if (text->failed)
        return NULL;
    if (size > text->capacity - text->size) {
        size_t capacity = text->capacity < 128 ? 256 : text->capacity * 2;
        if (capacity < text->size + size)
            capacity = text->size + size;
        char *data = realloc(text->data, capacity);
        if (!data) {
            text->failed = true;
            return NULL;
        }
        text->data = data;
        text->capacity = capacity;
    }
    return text->data + text->size;
}

void text_append(struct text *text, const void *data, size_t size)
{
    char *room = text_reserve(text, size);
    if (!room || size == 0)
        return;
    memcpy(room, data, size);
    text->size += size;
}

void text_append_string(struct text *text, const char *string)
{
    text_append(text, string, strlen(string));
}

void text_append_char(struct text *text, char c)
{
    text_append(text, &c, 1);
}

void text_append_repeated(struct text *text, char c, size_t count)
{
    char *room = text_reserve(text, count);
    if (!room || count == 0)
        return;
    memset(room, c, count);
    text->size += count;
}

void text_append_uint(struct text *text, uint64_t value)
{
    char digits[20];
    char *next = digits + sizeof digits;
    do
        *--next = '0' + value % 10;
    while (value /= 10);
    text_append(text, next, digits + sizeof digits - next);
}

void text_append_utf8(struct text *text, uint32_t c)
{
    uint8_t bytes[4];
    size_t size;
    if (c < 0x80) {
        bytes[0] = c;
        size = 1;
    } else if (c < 0x800) {
        bytes[0] = 0xc0 | c >> 6;
        size = 2;
    } else if (c < 0x10000) {
        bytes[0] = 0xe0 | c >> 12;
        size = 3;
    } else {
        bytes[0] = 0xf0 | c >> 18;
        size = 4;
    }
    for (size_t i = 1; i < size; i++)
        bytes[i] = 0x80 | (c >> 6 * (size - 1 - i) & 0x3f);
    text_append(text, bytes, size);
}
