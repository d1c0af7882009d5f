/* /proc: the machine: processor, time, load. */
#include "fs/proc.h"
#include "abi/utsname.h"
#include "boot/boot.h"
#include "cpu/cpu.h"
#include "thread/new.h"
#include "thread/schedule.h"

#define NS_PER_TICK 10000000ul /* USER_HZ 100 */
#define NS_PER_SECOND 1000000000ul

enum { EAX, EBX, ECX, EDX };

/* Flags that programs look for, by CPUID leaf, register and bit (Intel SDM vol. 2, CPUID). */
static const struct {
    uint32_t leaf;
    uint8_t reg, bit;
    const char *name;
} flags[] = {
    {1, EDX, 0, "fpu"},
    {1, EDX, 4, "tsc"},
    {1, EDX, 8, "cx8"},
    {1, EDX, 15, "cmov"},
    {1, EDX, 23, "mmx"},
    {1, EDX, 24, "fxsr"},
    {1, EDX, 25, "sse"},
    {1, EDX, 26, "sse2"},
    {1, ECX, 0, "pni"},
    {1, ECX, 1, "pclmulqdq"},
    {1, ECX, 9, "ssse3"},
    {1, ECX, 12, "fma"},
    {1, ECX, 13, "cx16"},
    {1, ECX, 19, "sse4_1"},
    {1, ECX, 20, "sse4_2"},
    {1, ECX, 22, "movbe"},
    {1, ECX, 23, "popcnt"},
    {1, ECX, 25, "aes"},
    {1, ECX, 26, "xsave"},
    {1, ECX, 28, "avx"},
    {1, ECX, 29, "f16c"},
    {1, ECX, 30, "rdrand"},
    {1, ECX, 31, "hypervisor"},
    {7, EBX, 0, "fsgsbase"},
    {7, EBX, 3, "bmi1"},
    {7, EBX, 5, "avx2"},
    {7, EBX, 8, "bmi2"},
    {7, EBX, 9, "erms"},
    {7, EBX, 16, "avx512f"},
    {7, EBX, 18, "rdseed"},
    {7, EBX, 19, "adx"},
    {7, EBX, 29, "sha_ni"},
    {0x80000001, EDX, 11, "syscall"},
    {0x80000001, EDX, 20, "nx"},
    {0x80000001, EDX, 27, "rdtscp"},
    {0x80000001, EDX, 29, "lm"},
    {0x80000001, ECX, 0, "lahf_lm"},
    {0x80000001, ECX, 5, "abm"},
};

static void print_flags(struct text *t)
{
    uint32_t regs[4], last = 0;
    text_print(t, "flags\t\t:");
    for (size_t n = 0; n < ARRAY_LEN(flags); n++) {
        if (flags[n].leaf != last)
            cpuid(last = flags[n].leaf, 0, regs);
        if (regs[flags[n].reg] >> flags[n].bit & 1)
            text_print(t, " %s", flags[n].name);
    }
    text_print(t, "\n");
}

int proc_cpuinfo(struct text *t, long arg)
{
    uint32_t r[4], name[13] = {0}, vendor[4] = {0};
    cpuid(0, 0, r);
    memcpy(vendor, (uint32_t[]){r[EBX], r[EDX], r[ECX]}, 12);
    cpuid(0x80000000, 0, r);
    for (uint32_t n = 0; n < 3 && r[EAX] >= 0x80000004; n++)
        cpuid(0x80000002 + n, 0, name + 4 * n);
    cpuid(1, 0, r);
    uint32_t family = r[EAX] >> 8 & 15, model = r[EAX] >> 4 & 15;
    if (family == 15)
        family += r[EAX] >> 20 & 255;
    if (family >= 6)
        model |= (r[EAX] >> 16 & 15) << 4;
    uint64_t hz = clock_tsc_hz();
    text_print(t, "processor\t: 0\nvendor_id\t: %s\ncpu family\t: %u\nmodel\t\t: %u\n", (char *)vendor, family, model);
    text_print(t, "model name\t: %s\nstepping\t: %u\n", (char *)name, r[EAX] & 15);
    text_print(t, "cpu MHz\t\t: %lu.%03lu\nphysical id\t: 0\nsiblings\t: 1\ncore id\t\t: 0\ncpu cores\t: 1\n",
               hz / 1000000, hz / 1000 % 1000);
    print_flags(t);
    text_print(t, "bogomips\t: %lu.%02lu\n\n", hz / 500000, hz / 5000 % 100);
    return 0;
}

int proc_stat(struct text *t, long arg)
{
    uint64_t up = clock_monotonic() / NS_PER_TICK, busy = process_cpu_ns() / NS_PER_TICK;
    uint64_t idle = up > busy ? up - busy : 0;
    text_print(t, "cpu  %lu 0 0 %lu 0 0 0 0 0 0\ncpu0 %lu 0 0 %lu 0 0 0 0 0 0\n", busy, idle, busy, idle);
    text_print(t, "btime %lu\nprocesses 1\nprocs_running 1\nprocs_blocked 0\n",
               (clock_realtime() - clock_monotonic()) / NS_PER_SECOND);
    return 0;
}

static void print_hundredths(struct text *t, uint64_t ns, char end)
{
    text_print(t, "%lu.%02lu%c", ns / NS_PER_SECOND, ns / (NS_PER_SECOND / 100) % 100, end);
}

int proc_uptime(struct text *t, long arg)
{
    uint64_t up = clock_monotonic(), busy = process_cpu_ns();
    print_hundredths(t, up, ' ');
    print_hundredths(t, up > busy ? up - busy : 0, '\n');
    return 0;
}

int proc_loadavg(struct text *t, long arg)
{
    uint32_t loads[3];
    load_averages(loads);
    for (int n = 0; n < 3; n++)
        print_hundredths(t, (loads[n] + LOAD_ONE / 200) * NS_PER_SECOND / LOAD_ONE, ' ');
    text_print(t, "%u/%u 1\n", 1 + schedule_waiting(), thread_count());
    return 0;
}

int proc_kernel_command_line(struct text *t, long arg)
{
    text_append(t, boot_info.command_line, strlen(boot_info.command_line));
    text_append(t, "\n", 1);
    return 0;
}
