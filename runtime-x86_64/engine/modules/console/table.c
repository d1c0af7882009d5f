/* console.table: rows by index, columns by the rows' properties. */
#include <string.h>
#include "inspect.h"

struct table {
    JSContext *ctx;
    struct entries columns; /* names; the first is that of the indexes */
    struct entries cells;   /* row by row */
    uint32_t row_count;
    bool has_values; /* rows that are no objects stand in a column of their own */
};

static const struct inspect_options cell_options = {.depth = 0};

static bool has_text(const struct text *text, const char *data, size_t size)
{
    return text->size == size && memcmp(text->data, data, size) == 0;
}

static void add_column(struct table *table, JSAtom atom)
{
    size_t size;
    const char *name = JS_AtomToCStringLen(table->ctx, &size, atom);
    bool is_known = !name;
    for (uint32_t i = 1; name && i < table->columns.count; i++)
        is_known |= has_text(&table->columns.items[i], name, size);
    if (!is_known)
        text_append(entries_add(&table->columns), name, size);
    JS_FreeCString(table->ctx, name);
}

static void add_columns_of(struct table *table, JSValueConst row)
{
    JSPropertyEnum *keys;
    uint32_t count;
    if (!JS_IsObject(row)) {
        table->has_values = true;
        return;
    }
    if (JS_GetOwnPropertyNames(table->ctx, &keys, &count, row, JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY))
        return;
    for (uint32_t i = 0; i < count; i++)
        add_column(table, keys[i].atom);
    JS_FreePropertyEnum(table->ctx, keys, count);
}

static void add_row(struct table *table, JSAtom index, JSValueConst row)
{
    JSContext *ctx = table->ctx;
    JSValue name = JS_AtomToString(ctx, index);
    inspect_append_value(ctx, entries_add(&table->cells), name);
    JS_FreeValue(ctx, name);
    for (uint32_t i = 1; i < table->columns.count; i++) {
        struct text *cell = entries_add(&table->cells);
        JSAtom atom = JS_NewAtomLen(ctx, table->columns.items[i].data, table->columns.items[i].size);
        if (JS_IsObject(row) && JS_GetOwnProperty(ctx, NULL, row, atom) > 0) {
            JSValue value = JS_GetProperty(ctx, row, atom);
            inspect_value(ctx, cell, value, &cell_options);
            JS_FreeValue(ctx, value);
        }
        JS_FreeAtom(ctx, atom);
    }
    if (table->has_values) {
        struct text *cell = entries_add(&table->cells);
        if (!JS_IsObject(row))
            inspect_value(ctx, cell, row, &cell_options);
    }
    table->row_count++;
}

static void append_rule(struct text *out, const size_t *widths, uint32_t count, const char *const marks[3])
{
    for (uint32_t i = 0; i < count; i++) {
        text_append_string(out, marks[i > 0]);
        for (size_t j = 0; j < widths[i] + 2; j++)
            text_append_string(out, "─");
    }
    text_append_string(out, marks[2]);
}

static void append_cells(struct text *out, const struct text *cells, const size_t *widths, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        size_t spaces = widths[i] + 2 - inspect_length(cells[i].data, cells[i].size);
        text_append_string(out, "│");
        text_append_char(out, ' ');
        text_append(out, cells[i].data, cells[i].size);
        text_append_repeated(out, ' ', spaces - 1);
    }
    text_append_string(out, "│\n");
}

static void append_table(struct text *out, struct table *table)
{
    static const char *const top[] = {"┌", "┬", "┐\n"}, *const middle[] = {"├", "┼", "┤\n"},
                             *const bottom[] = {"└", "┴", "┘"};
    uint32_t count = table->columns.count;
    struct text widths_room = {0};
    size_t *widths = (size_t *)text_reserve(&widths_room, count * sizeof *widths);
    if (!widths)
        return;
    for (uint32_t i = 0; i < count; i++) {
        widths[i] = inspect_length(table->columns.items[i].data, table->columns.items[i].size);
        for (uint32_t row = 0; row < table->row_count; row++) {
            const struct text *cell = &table->cells.items[row * count + i];
            size_t length = inspect_length(cell->data, cell->size);
            widths[i] = length > widths[i] ? length : widths[i];
        }
    }
    append_rule(out, widths, count, top);
    append_cells(out, table->columns.items, widths, count);
    append_rule(out, widths, count, middle);
    for (uint32_t row = 0; row < table->row_count; row++)
        append_cells(out, &table->cells.items[row * count], widths, count);
    append_rule(out, widths, count, bottom);
    text_free(&widths_room);
}

static void for_each_row(struct table *table, JSValueConst data, bool adds_columns)
{
    JSPropertyEnum *keys;
    uint32_t count;
    if (JS_GetOwnPropertyNames(table->ctx, &keys, &count, data, JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY))
        return;
    for (uint32_t i = 0; i < count; i++) {
        JSValue row = JS_GetProperty(table->ctx, data, keys[i].atom);
        if (adds_columns)
            add_columns_of(table, row);
        else
            add_row(table, keys[i].atom, row);
        JS_FreeValue(table->ctx, row);
    }
    JS_FreePropertyEnum(table->ctx, keys, count);
}

static void take_columns(struct table *table, JSValueConst columns)
{
    int64_t length = 0;
    JS_GetLength(table->ctx, columns, &length);
    for (int64_t i = 0; i < length; i++) {
        JSValue name = JS_GetPropertyInt64(table->ctx, columns, i);
        inspect_append_value(table->ctx, entries_add(&table->columns), name);
        JS_FreeValue(table->ctx, name);
    }
}

bool inspect_table(JSContext *ctx, struct text *out, JSValueConst data, JSValueConst columns)
{
    struct table table = {.ctx = ctx};
    if (!JS_IsObject(data))
        return false;
    text_append_string(entries_add(&table.columns), "(index)");
    if (JS_IsArray(columns))
        take_columns(&table, columns);
    else
        for_each_row(&table, data, true);
    for_each_row(&table, data, false);
    if (table.has_values)
        text_append_string(entries_add(&table.columns), "Values");
    append_table(out, &table);
    entries_free(&table.columns);
    entries_free(&table.cells);
    return true;
}
