#include <stdlib.h>
#include "inspect.h"

struct text *entries_add(struct entries *entries)
{
    static struct text lost;
    if (entries->count == entries->capacity) {
        uint32_t capacity = entries->capacity ? entries->capacity * 2 : 8;
        void *items = realloc(entries->items, capacity * sizeof *entries->items);
        if (!items) {
            lost.size = 0;
            return &lost;
        }
        entries->items = items;
        entries->capacity = capacity;
    }
    entries->items[entries->count] = (struct text){0};
    return &entries->items[entries->count++];
}

void entries_free(struct entries *entries)
{
    for (uint32_t i = 0; i < entries->count; i++)
        text_free(&entries->items[i]);
    free(entries->items);
    *entries = (struct entries){0};
}
