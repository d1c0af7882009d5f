/* sys/table.h: numbers and names are Linux's, rows are in order, there is a known type for each argument. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

/* Younger than Debian 12's headers. */
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

#define CHECK_ROW(cond, row)                                                                                           \
    ((cond) ? (void)0                                                                                                  \
            : (fprintf(stderr, "%s:%d: row %s: not true: %s\n", __FILE__, __LINE__, (row)->name, #cond), exit(1)))

struct row {
    int number, count; /* count -1: refused */
    const char *name, *text;
};

#define FULL ""
#define PARTIAL(what) what
#define SYS(number, name, count, trace, support) {number, count, #name, trace},
#define LINKED SYS
#define REFUSED(number, name, error, why) {number, -1, #name, why},
static const struct row rows[] = {
#include "sys/table.h"
};
#define ROWS (sizeof rows / sizeof rows[0])

/* Every name must be one that the C library knows, with the same number. */
#undef SYS
#undef REFUSED
#define SYS(number, name, count, trace, support) _Static_assert(number == SYS_##name, #name);
#define REFUSED(number, name, error, why)
#include "sys/table.h"
#undef SYS
#undef REFUSED
#define SYS(number, name, count, trace, support) _Static_assert((sizeof support) > 0, #name);
#define REFUSED(number, name, error, why) _Static_assert((error) > 0 && (error) < 134, #name);
#include "abi/errno.h"
#include "sys/table.h"

static void rows_are_in_order(void)
{
    for (size_t i = 1; i < ROWS; i++)
        CHECK_ROW(rows[i].number > rows[i - 1].number, &rows[i]);
}

static void types_fit_the_arguments(void)
{
    for (size_t i = 0; i < ROWS; i++) {
        if (rows[i].count < 0)
            continue;
        CHECK_ROW(rows[i].count <= 6, &rows[i]);
        CHECK_ROW(strlen(rows[i].text) == (size_t)rows[i].count, &rows[i]);
        CHECK_ROW(strspn(rows[i].text, "dluxopsft") == (size_t)rows[i].count, &rows[i]);
    }
}

int main(void)
{
    rows_are_in_order();
    types_fit_the_arguments();
    puts("OK");
}
