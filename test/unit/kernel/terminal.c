/* lib/terminal.c: what a stream of bytes leaves on the screen, and how little is drawn for it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lib/terminal.c"

#define CHECK(cond) ((cond) ? (void)0 : (fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #cond), exit(1)))
#define COLUMNS 10
#define ROWS 4

static char screen[ROWS][COLUMNS + 1];
static unsigned drawn, cursor_row, cursor_column;

void *kmalloc(size_t n)
{
    return malloc(n);
}

static uint8_t cell_of(uint32_t c)
{
    return (c >= ' ' && c < 0x7f) || c == 0xfc ? (uint8_t)c : c == 0x20ac ? 'E' : c == 0x1f600 ? 'S' : 0;
}

static void draw(unsigned row, unsigned column, const uint8_t *cells, unsigned count)
{
    CHECK(row < ROWS && column + count <= COLUMNS && count);
    memcpy(&screen[row][column], cells, count);
    drawn += count;
}

static void move_cursor(unsigned row, unsigned column)
{
    cursor_row = row;
    cursor_column = column;
}

static struct terminal t;

static void start_over(void)
{
    free(t.wanted);
    free(t.shown);
    t = (struct terminal){
        .columns = COLUMNS, .rows = ROWS, .cell_of = cell_of, .draw = draw, .move_cursor = move_cursor};
    memset(screen, 'j', sizeof screen); /* junk that the firmware left */
    for (unsigned i = 0; i < ROWS; i++)
        screen[i][COLUMNS] = '\0';
    CHECK(terminal_init(&t) == 0);
    drawn = 0;
}

static void say(const char *s)
{
    terminal_write(&t, s, strlen(s));
}

/* Trailing blanks are not given. */
static bool shows(unsigned row, const char *expected)
{
    char text[COLUMNS + 1];
    snprintf(text, sizeof text, "%-*s", COLUMNS, expected);
    if (strcmp(text, screen[row]))
        fprintf(stderr, "row %u: \"%s\", expected \"%s\"\n", row, screen[row], text);
    return !strcmp(text, screen[row]);
}

static void nothing_is_touched_before_the_first_text(void)
{
    start_over();
    CHECK(drawn == 0 && screen[0][0] == 'j');
    say("a");
    CHECK(drawn == ROWS * COLUMNS && shows(0, "a") && shows(3, ""));
    CHECK(cursor_row == 0 && cursor_column == 1);
}

static void lines_wrap_and_scroll(void)
{
    start_over();
    say("0123456789");
    CHECK(cursor_row == 0 && cursor_column == COLUMNS - 1);
    say("\nb\nc\nd\ne");
    CHECK(shows(0, "b") && shows(1, "c") && shows(2, "d") && shows(3, "e"));
    say("\n0123456789ab");
    CHECK(shows(1, "e") && shows(2, "0123456789") && shows(3, "ab"));
}

static void only_what_differs_is_drawn(void)
{
    start_over();
    say("a\na\na\na");
    drawn = 0;
    say("\na");
    CHECK(drawn == 0 && shows(3, "a"));
    say("bc");
    CHECK(drawn == 2);
    say("\r\x1b[0mab");
    CHECK(drawn == 2);
    say("\n\n\n\n\n\n\n\n\n\n");
    CHECK(drawn == 2 + 6); /* what was there is blank; the lines between were never shown */
}

static void controls_move(void)
{
    start_over();
    say("abc\rX\n\tY\b\bZ\a\n\b\bq");
    CHECK(shows(0, "Xbc") && shows(1, "       ZY") && shows(2, "q"));
    say("\n12345678\tx");
    CHECK(shows(2, "12345678") && shows(3, "x"));
}

static void records_and_escape_sequences_show_nothing(void)
{
    start_over();
    say("a\033]unik;exit=0\007b\033[1;31mc\033[0m\033(Bd\033=e\033]2;x\033\\f");
    CHECK(shows(0, "abcdef"));
    const char *piecewise = "\n\033]unik;listen=8080\007x\033[2Ky";
    for (; *piecewise; piecewise++)
        terminal_write(&t, piecewise, 1);
    CHECK(shows(1, "xy"));
    say("\n\033]never ends\nz\033[12\030w");
    CHECK(shows(3, "zw"));
}

static void utf8_is_decoded_and_errors_are_told(void)
{
    start_over();
    say("\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80\xc3\xa9.");
    CHECK(shows(0, "\xfc"
                   "ES?."));
    say("\n\xe2\x82"
        "a\xff\x80\xc0"
        "b\xe2\n\xc3");
    CHECK(shows(1, "?a???b?"));
    say("\xbc");
    CHECK(shows(2, "\xfc"));
}

static void any_bytes_stay_on_the_screen(void)
{
    start_over();
    unsigned seed = 1;
    for (unsigned i = 0; i < 200000; i++) {
        char bytes[7];
        for (unsigned k = 0; k < sizeof bytes; k++)
            bytes[k] = (char)((seed = seed * 1103515245 + 12345) >> 16);
        terminal_write(&t, bytes, seed >> 8 & 7 ? seed >> 8 & 7 : 1);
    }
    say("\030\n\nend");
    CHECK(shows(3, "end") || shows(2, "end"));
}

int main(void)
{
    nothing_is_touched_before_the_first_text();
    lines_wrap_and_scroll();
    only_what_differs_is_drawn();
    controls_move();
    records_and_escape_sequences_show_nothing();
    utf8_is_decoded_and_errors_are_told();
    any_bytes_stay_on_the_screen();
    free(t.wanted);
    free(t.shown);
    return 0;
}
