#include "lib/terminal.h"
#include "mm/mm.h"

#define TAB 8
#define NOT_SHOWN 0 /* no cell that a screen shows: neither font has a character there */
enum { BELL = 7, BACKSPACE = 8, CANCEL = 0x18, SUBSTITUTE = 0x1a, ESCAPE = 0x1b, DELETE = 0x7f };

int terminal_init(struct terminal *t)
{
    size_t size = (size_t)t->columns * t->rows;
    t->wanted = kmalloc(size);
    t->shown = kmalloc(size);
    if (!t->wanted || !t->shown)
        return -ENOMEM;
    memset(t->wanted, ' ', size);
    memset(t->shown, NOT_SHOWN, size);
    t->end_changed = t->rows;
    return 0;
}

static void mark_row(struct terminal *t, unsigned row)
{
    t->first_changed = MIN(t->first_changed, row);
    t->end_changed = MAX(t->end_changed, row + 1);
}

static void line_feed(struct terminal *t)
{
    if (++t->row < t->rows)
        return;
    t->row--;
    size_t moved = (size_t)t->columns * (t->rows - 1);
    memmove(t->wanted, t->wanted + t->columns, moved);
    memset(t->wanted + moved, ' ', t->columns);
    t->first_changed = 0;
    t->end_changed = t->rows;
}

/* The line is left only when one more character comes: a line of full width needs no empty one below. */
static void put_cell(struct terminal *t, uint8_t cell)
{
    if (t->column == t->columns) {
        t->column = 0;
        line_feed(t);
    }
    t->wanted[t->row * t->columns + t->column++] = cell;
    mark_row(t, t->row);
}

static void put_character(struct terminal *t, uint32_t c)
{
    uint8_t cell = t->cell_of(c);
    put_cell(t, cell ? cell : '?');
}

static void put_control(struct terminal *t, uint8_t c)
{
    switch (c) {
    case '\r':
        t->column = 0;
        break;
    case '\n': /* the tty adds no CR unless the app asks for it */
        t->column = 0;
        line_feed(t);
        break;
    case BACKSPACE:
        t->column -= t->column > 0;
        break;
    case '\t':
        do
            put_cell(t, ' ');
        while (t->column % TAB && t->column < t->columns);
        break;
    case ESCAPE:
        t->state = TERMINAL_ESCAPE;
        break;
    }
}

/* RFC 3629. A byte that does not fit in shows as one unknown character. */
static void put_text(struct terminal *t, uint8_t c)
{
    bool continues = (c & 0xc0) == 0x80;
    if (t->missing && !continues) {
        t->missing = 0;
        put_character(t, 0);
    }
    if (c < ' ') {
        put_control(t, c);
    } else if (c < DELETE) {
        put_character(t, c);
    } else if (t->missing) {
        t->character = t->character << 6 | (c & 0x3f);
        if (!--t->missing)
            put_character(t, t->character);
    } else if (c >= 0xc2 && c < 0xf5) {
        t->missing = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
        t->character = c & (0x3fu >> t->missing);
    } else if (c != DELETE) {
        put_character(t, 0);
    }
}

/* ECMA-48: control sequences (5.4) end with a byte from 0x40 on; strings (5.6), ours among them, with ESC \ or, by
 * custom, BEL. None goes beyond its line, so that one without an end hides little. */
static void put_escape(struct terminal *t, uint8_t c)
{
    if (c == CANCEL || c == SUBSTITUTE) {
        t->state = TERMINAL_TEXT;
    } else if (c == '\n') {
        t->state = TERMINAL_TEXT;
        put_text(t, c);
    } else if (t->state == TERMINAL_STRING) {
        t->state = c == BELL ? TERMINAL_TEXT : c == ESCAPE ? TERMINAL_STRING_ESCAPE : TERMINAL_STRING;
    } else if (t->state == TERMINAL_STRING_ESCAPE && c == '\\') {
        t->state = TERMINAL_TEXT;
    } else if (t->state == TERMINAL_CONTROL) {
        if (c >= 0x40)
            t->state = TERMINAL_TEXT;
    } else if (c == '[') {
        t->state = TERMINAL_CONTROL;
    } else if (c == ']' || c == 'P' || c == 'X' || c == '^' || c == '_') {
        t->state = TERMINAL_STRING;
    } else if (c >= 0x30) { /* less: one more byte belongs to it */
        t->state = TERMINAL_TEXT;
    }
}

/* Runs of cells that differ from what is shown. */
static void draw_row(struct terminal *t, unsigned row)
{
    uint8_t *wanted = t->wanted + row * t->columns, *shown = t->shown + row * t->columns;
    for (unsigned start = 0, end; start < t->columns; start = end + 1) {
        for (end = start; end < t->columns && wanted[end] != shown[end]; end++)
            shown[end] = wanted[end];
        if (end > start)
            t->draw(row, start, wanted + start, end - start);
    }
}

void terminal_write(struct terminal *t, const char *s, size_t n)
{
    for (; n--; s++) {
        if (t->state == TERMINAL_TEXT)
            put_text(t, (uint8_t)*s);
        else
            put_escape(t, (uint8_t)*s);
    }
    for (unsigned row = t->first_changed; row < t->end_changed; row++)
        draw_row(t, row);
    t->first_changed = t->rows;
    t->end_changed = 0;
    if (t->move_cursor)
        t->move_cursor(t->row, MIN(t->column, t->columns - 1));
}
