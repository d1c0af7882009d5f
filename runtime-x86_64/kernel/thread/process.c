/* The one process: how it ends, and what its ended threads leave behind. */
#include "cpu/local.h"
#include "fs/file.h"
#include "mm/report.h"
#include "thread/new.h"
#include "thread/schedule.h"
#include "thread/signal.h"

static uint64_t ended_cpu_ns;

void process_add_cpu_time(uint64_t ns)
{
    ended_cpu_ns += ns;
}

static bool add_cpu_time(struct thread *t, void *arg)
{
    *(uint64_t *)arg += thread_cpu_ns(t);
    return false;
}

uint64_t process_cpu_ns(void)
{
    uint64_t sum = ended_cpu_ns;
    thread_each(add_cpu_time, &sum);
    return sum;
}

_Noreturn void process_exit(int code)
{
    power_off(code & 0xff);
}

struct place {
    uint64_t addr;
    char text[128];
};

static int describe_area(const struct area *a, void *arg)
{
    struct place *p = arg;
    if (p->addr < a->start || p->addr >= a->end)
        return 0;
    char path[96] = "";
    if (a->file && file_path(a->file, path, sizeof path) >= 0)
        format(p->text, sizeof p->text, " (%s+0x%lx)", path, p->addr - a->start + a->offset);
    else
        format(p->text, sizeof p->text, " (%s)", a->name ? a->name : "anonymous memory");
    return 1;
}

static bool is_fault(const struct siginfo *info)
{
    return info->code > 0 && info->code != SI_KERNEL && (info->signo == SIGSEGV || info->signo == SIGBUS);
}

_Noreturn void process_killed_by(const struct siginfo *info)
{
    const struct thread *t = current_thread();
    char cause[48] = "";
    struct place place = {.addr = t->frame ? t->frame->rip : 0};
    space_each(describe_area, &place);
    if (is_fault(info))
        format(cause, sizeof cause, ", address 0x%lx", info->addr);
    else if (info->code == SI_KERNEL)
        format(cause, sizeof cause, ", exception %lu, error 0x%lx", t->trap.number, t->trap.error);
    log_warn("killed by %s at rip 0x%lx%s%s, thread %d \"%s\"", signal_name(info->signo), place.addr, place.text, cause,
             t->tid, t->name);
    power_off(128 + info->signo);
}

_Noreturn void process_killed(int signal)
{
    process_killed_by(&(struct siginfo){.signo = signal});
}

_Noreturn void process_out_of_memory(void)
{
    memory_report();
    power_off(STATUS_OUT_OF_MEMORY);
}
