/* A growable buffer of UTF-8 text. When memory runs out it stays as it is and `failed` is set, so that only the end of
 * a long construction need be checked. */
#ifndef UNIK_TEXT_H
#define UNIK_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    char *data;
    size_t size, capacity;
    bool failed;
};

void text_free(struct text *text);
/* Room for `size` more bytes, or NULL. What was written there counts once text->size is raised. */
char *text_reserve(struct text *text, size_t size);
void text_append(struct text *text, const void *data, size_t size);
void text_append_string(struct text *text, const char *string);
void text_append_char(struct text *text, char c);
void text_append_repeated(struct text *text, char c, size_t count);
void text_append_uint(struct text *text, uint64_t value);
void text_append_utf8(struct text *text, uint32_t code_point);

#endif
