/* The list behind a URLSearchParams, and its form encoding (5). */
#ifndef UNIK_URL_PARAMETERS_H
#define UNIK_URL_PARAMETERS_H

#include "url.h"

struct parameter {
    char *text; /* name, then value; UTF-8 */
    uint32_t name_size, value_size;
};

struct parameters {
    struct parameter *items;
    uint32_t count, capacity;
};

/* These say false when there is no memory. */
bool parameters_append(struct parameters *list, struct slice name, struct slice value);
bool parameters_parse(struct parameters *list, const char *data, size_t size);
bool parameters_sort(struct parameters *list);
void parameters_serialize(const struct parameters *list, struct text *text);
void parameters_clear(struct parameters *list);

#endif
