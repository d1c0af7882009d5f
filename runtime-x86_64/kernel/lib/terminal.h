/* A screen of character cells behind the consoles that have one: takes a terminal's bytes, and has drawn what they
 * changed. It knows CR, LF, BS, TAB and UTF-8; escape sequences (ECMA-48), records for the host among them, show
 * nothing. What is seen is kept here: video memory is slow to read, and a scrolled line costs only the cells that
 * differ. */
#pragma once
#include "kernel.h"

struct terminal {
    unsigned columns, rows;
    /* Of one Unicode character; 0 when the screen has none, which shows as `?`. */
    uint8_t (*cell_of)(uint32_t character);
    void (*draw)(unsigned row, unsigned column, const uint8_t *cells, unsigned count);
    void (*move_cursor)(unsigned row, unsigned column); /* NULL: there is none to be seen */

    /* Of terminal.c alone. */
    uint8_t *wanted, *shown;
    unsigned row, column;
    unsigned first_changed, end_changed; /* rows */
    enum { TERMINAL_TEXT, TERMINAL_ESCAPE, TERMINAL_CONTROL, TERMINAL_STRING, TERMINAL_STRING_ESCAPE } state;
    uint32_t character; /* what has come of it so far */
    unsigned missing;   /* bytes that it still lacks */
};
/* The public fields are set, and the screen's content is unknown: the first text clears it. -ENOMEM. */
int terminal_init(struct terminal *t);
void terminal_write(struct terminal *t, const char *s, size_t n);
