/* The boot timeline: what was reached when. */
#include "boot/boot.h"
#include "cpu/cpu.h"

#define MAX_MARKS 32

static struct {
    const char *name;
    uint64_t tsc;
} marks[MAX_MARKS];
static unsigned mark_count;

void boot_mark(const char *name)
{
    if (mark_count == MAX_MARKS)
        return;
    marks[mark_count].name = name;
    marks[mark_count++].tsc = rdtsc();
}

void boot_print_marks(void)
{
    const char *what;
    for (unsigned n = 0; (what = boot_param_nth("trace", n)); n++)
        if (!strcmp(what, "boot"))
            for (unsigned i = 0; i < mark_count; i++)
                log_warn("boot %s %lu", marks[i].name, marks[i].tsc - boot_entry_tsc);
}
