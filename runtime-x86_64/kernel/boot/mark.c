/* The boot timeline. */
#include "boot/boot.h"
#include "cpu/cpu.h"

struct boot_mark boot_marks[BOOT_MAX_MARKS];
unsigned boot_mark_count;

void boot_mark(const char *name)
{
    if (boot_mark_count < BOOT_MAX_MARKS)
        boot_marks[boot_mark_count++] = (struct boot_mark){name, rdtsc()};
}
