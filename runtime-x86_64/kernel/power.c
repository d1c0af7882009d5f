/* The end of a run. */
#include "kernel.h"
#include "boot/boot.h"
#include "cpu/cpu.h"

static struct {
    int priority;
    void (*off)(int status);
} ways[8];
static unsigned way_count;

void power_register(int priority, void (*off)(int status))
{
    if (way_count == ARRAY_LEN(ways))
        return;
    unsigned i = way_count++;
    for (; i && ways[i - 1].priority > priority; i--)
        ways[i] = ways[i - 1];
    ways[i].priority = priority;
    ways[i].off = off;
}

/* Without a usable IDT the next exception cannot be delivered, which resets the machine (Intel SDM 6.15, #DF). */
static _Noreturn void triple_fault(void)
{
    struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) none = {0};
    __asm__ volatile("lidt %0; int3" ::"m"(none));
    for (;;)
        __asm__ volatile("cli; hlt");
}

_Noreturn void power_off(int status)
{
    boot_tell_marks();
    log_record("exit=%d", status);
    console_drain();
    for (unsigned i = 0; i < way_count; i++)
        ways[i].off(status);
    triple_fault();
}
