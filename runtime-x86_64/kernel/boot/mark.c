/* The boot timeline: what was reached when, and how much of the time until then the processor had nothing to do. */
#include "boot/boot.h"
#include "cpu/cpu.h"
#include "irq/irq.h"

#define MAX_MARKS 32

static struct {
    const char *name;
    uint64_t tsc, idle;
} marks[MAX_MARKS];
static unsigned mark_count;
unsigned boot_reached;

void boot_mark(const char *name)
{
    if (mark_count == MAX_MARKS)
        return;
    marks[mark_count].name = name;
    marks[mark_count].idle = irq_idle_ticks();
    marks[mark_count++].tsc = rdtsc();
}

void boot_tell_marks(void)
{
    const char *what;
    for (unsigned n = 0; (what = boot_param_nth("trace", n)); n++)
        if (!strcmp(what, "boot"))
            for (unsigned i = 0; i < mark_count; i++)
                log_record("mark=%s,%lu,%lu", marks[i].name, marks[i].tsc - boot_entry_tsc, marks[i].idle);
}
