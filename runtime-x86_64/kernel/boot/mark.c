/* The boot timeline: what was reached when, and how much of the time until then the processor had nothing to do. */
#include "boot/boot.h"
#include "cpu/cpu.h"
#include "irq/irq.h"
#include "time/time.h"

#define MAX_MARKS 32
#define TELL_AFTER_NS 20000000u /* the response shall be out before the console is busy with us */

static struct {
    const char *name;
    uint64_t tsc, idle;
} marks[MAX_MARKS];
static unsigned mark_count, told;
unsigned boot_reached;

bool boot_traces(const char *what)
{
    const char *value;
    for (unsigned n = 0; (value = boot_param_nth("trace", n)); n++)
        if (!strcmp(value, what))
            return true;
    return false;
}

static void tell(struct timer *t)
{
    boot_tell_marks();
}

void boot_mark(const char *name)
{
    static struct timer soon = {.fn = tell};
    if (mark_count == MAX_MARKS)
        return;
    marks[mark_count].name = name;
    marks[mark_count].idle = irq_idle_ticks();
    marks[mark_count++].tsc = rdtsc();
    if (!strcmp(name, "response") && boot_traces("boot"))
        timer_arm(&soon, clock_monotonic() + TELL_AFTER_NS);
}

void boot_tell_marks(void)
{
    if (!boot_traces("boot"))
        return;
    if (!told)
        log_record("clock=%lu,%lu,%lu", clock_tsc_hz(), boot_entry_tsc, boot_info.loader_tsc);
    for (; told < mark_count; told++)
        log_record("mark=%s,%lu,%lu", marks[told].name, marks[told].tsc - boot_entry_tsc, marks[told].idle);
}
