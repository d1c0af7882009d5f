/* Where lines break: util.inspect's reduceToSingleString and groupArrayElements, for compact 3 and breakLength 80. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "inspect.h"

#define COMPACT 3
#define BREAK_LENGTH 80
#define GROUPED_FROM 7 /* entries of an array */
#define ARRAY_LENGTH_MAX 100
#define COLUMNS_MAX 15

static size_t length_of(const struct text *text)
{
    return inspect_length(text->data, text->size);
}

static bool has_newline(const struct text *text)
{
    return text->size > 0 && memchr(text->data, '\n', text->size);
}

static bool fits_in_line(const struct inspection *s, const struct shape *shape, const struct entries *entries)
{
    size_t start = entries->count + s->indentation + length_of(&shape->open) + length_of(&shape->base) + 10;
    size_t total = entries->count + start;
    if (total + entries->count > BREAK_LENGTH || has_newline(&shape->base))
        return false;
    for (uint32_t i = 0; i < entries->count; i++) {
        total += length_of(&entries->items[i]);
        if (total > BREAK_LENGTH || has_newline(&entries->items[i]))
            return false;
    }
    return true;
}

struct grid {
    uint32_t count; /* of what is grouped: a last "... more items" is not */
    uint32_t columns;
    size_t *lengths;
    size_t widths[COLUMNS_MAX];
    bool aligns_right;
};

static bool choose_columns(const struct inspection *s, struct grid *grid, const struct entries *entries)
{
    size_t total = 0, longest = 0;
    for (uint32_t i = 0; i < grid->count; i++) {
        grid->lengths[i] = length_of(&entries->items[i]);
        total += grid->lengths[i] + 2;
        longest = grid->lengths[i] > longest ? grid->lengths[i] : longest;
    }
    double actual = longest + 2;
    if (actual * 3 + s->indentation >= BREAK_LENGTH || !(total / actual > 5 || longest <= 6))
        return false;
    double bias = sqrt(actual - (double)total / entries->count);
    double biased = fmax(actual - 3 - bias, 1);
    double columns = floor(sqrt(2.5 * biased * grid->count) / biased + 0.5);
    columns = fmin(columns, floor((BREAK_LENGTH - s->indentation) / actual));
    grid->columns = fmin(columns, fmin(COMPACT * 4, COLUMNS_MAX));
    return grid->columns > 1;
}

static void measure_columns(struct grid *grid)
{
    for (uint32_t column = 0; column < grid->columns; column++) {
        size_t width = 0;
        for (uint32_t i = column; i < grid->count; i += grid->columns)
            width = grid->lengths[i] > width ? grid->lengths[i] : width;
        grid->widths[column] = width + 2;
    }
}

static bool holds_only_numbers(JSContext *ctx, JSValueConst array, uint32_t count)
{
    bool is_number = true;
    for (uint32_t i = 0; i < count && is_number; i++) {
        JSValue value = JS_GetPropertyUint32(ctx, array, i);
        is_number = JS_IsNumber(value) || JS_IsBigInt(value);
        JS_FreeValue(ctx, value);
    }
    return is_number;
}

static void append_row(struct text *row, const struct grid *grid, const struct entries *entries, uint32_t first)
{
    uint32_t end = first + grid->columns < grid->count ? first + grid->columns : grid->count;
    for (uint32_t i = first; i < end; i++) {
        bool is_last = i == end - 1;
        size_t width = grid->widths[i - first] - (is_last ? 2 : 0);
        size_t used = grid->lengths[i] + (is_last ? 0 : 2);
        size_t padding = width > used ? width - used : 0;
        if (grid->aligns_right)
            text_append_repeated(row, ' ', padding);
        text_append(row, entries->items[i].data, entries->items[i].size);
        if (!is_last)
            text_append(row, ", ", 2);
        if (!grid->aligns_right && !is_last)
            text_append_repeated(row, ' ', padding);
    }
}

/* Many short entries make rows of columns. */
static void group_entries(struct inspection *s, struct entries *entries, JSValueConst value)
{
    struct grid grid = {.count = entries->count - (entries->count > ARRAY_LENGTH_MAX)};
    grid.lengths = calloc(entries->count, sizeof *grid.lengths);
    if (grid.lengths && choose_columns(s, &grid, entries)) {
        struct entries rows = {0};
        measure_columns(&grid);
        grid.aligns_right = holds_only_numbers(s->ctx, value, entries->count);
        for (uint32_t i = 0; i < grid.count; i += grid.columns)
            append_row(entries_add(&rows), &grid, entries, i);
        if (grid.count < entries->count) {
            const struct text *more = &entries->items[grid.count];
            text_append(entries_add(&rows), more->data, more->size);
        }
        entries_free(entries);
        *entries = rows;
    }
    free(grid.lengths);
}

static void append_joined(struct text *out, const struct entries *entries, const char *separator, int indentation)
{
    for (uint32_t i = 0; i < entries->count; i++) {
        if (i > 0)
            text_append_string(out, separator);
        if (i > 0 && indentation >= 0)
            text_append_repeated(out, ' ', indentation);
        text_append(out, entries->items[i].data, entries->items[i].size);
    }
}

void inspect_layout(struct inspection *s, struct text *out, struct shape *shape, struct entries *entries, int depth,
                    JSValueConst value)
{
    uint32_t count = entries->count;
    if (shape->kind == ENTRIES_OF_ARRAY && count >= GROUPED_FROM)
        group_entries(s, entries, value);
    if (shape->base.size > 0) {
        text_append(out, shape->base.data, shape->base.size);
        text_append_char(out, ' ');
    }
    text_append(out, shape->open.data, shape->open.size);
    if (s->current_depth - depth < COMPACT && count == entries->count && fits_in_line(s, shape, entries)) {
        text_append_char(out, ' ');
        append_joined(out, entries, ", ", -1);
        text_append_char(out, ' ');
    } else {
        text_append_char(out, '\n');
        text_append_repeated(out, ' ', s->indentation + 2);
        append_joined(out, entries, ",\n", s->indentation + 2);
        text_append_char(out, '\n');
        text_append_repeated(out, ' ', s->indentation);
    }
    text_append_string(out, shape->close);
}
