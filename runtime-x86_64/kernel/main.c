/* The boot order. entry/pvh.S comes here at the image's random address, on the boot stack, with interrupts off. */
#include "boot/command-line.h"
#include "boot/early.h"
#include "bus/bus.h"
#include "cpu/cpu.h"
#include "fs/vfs.h"
#include "irq/irq.h"
#include "mm/report.h"
#include "net/net.h"
#include "sys/trace.h"
#include "thread/thread.h"
#include "time/time.h"

#define MAX_WORDS 128
#define APP_MIN_KIB 1024u
/* As a shell has it, for a program that cannot be run. */
#define STATUS_NOT_EXECUTABLE 126
#define STATUS_NOT_FOUND 127

/* Linux starts its init with these two variables. */
static void add_default_environment(const char **envp, unsigned n)
{
    static const char *const defaults[] = {"HOME=/", "TERM=linux"};
    for (unsigned d = 0; d < ARRAY_LEN(defaults); d++) {
        size_t name = (size_t)(strchr(defaults[d], '=') - defaults[d]) + 1;
        unsigned i = 0;
        while (i < n && strncmp(envp[i], defaults[d], name))
            i++;
        if (i == n)
            envp[n++] = defaults[d];
    }
}

/* With less an app would start, and then wait for memory that never comes. */
static void require_memory(void)
{
    size_t left = page_free_count() * PAGE_SIZE / 1024;
    if (left >= APP_MIN_KIB)
        return;
    log_warn("too little memory: %zu KiB are left for the app, it needs at least %u; give the machine more (-m)", left,
             APP_MIN_KIB);
    power_off(STATUS_OUT_OF_MEMORY);
}

/* argv[0] is the program. */
static void start_app(void)
{
    static const char *words[SCRIPT_MAX_WORDS + MAX_WORDS + 2], *envp[MAX_WORDS + 3];
    const char **argv = words + SCRIPT_MAX_WORDS, *path = boot_param("init");
    uint64_t entry, stack;
    argv[0] = path && *path ? path : "/init";
    boot_app_args(argv + 1, MAX_WORDS);
    add_default_environment(envp, boot_app_env(envp, MAX_WORDS));
    int err = script_resolve(&argv);
    if (!err)
        err = elf_exec(argv[0], argv, envp, &entry, &stack);
    if (err)
        power_off(err == -ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE);
    thread_create_app(entry, stack);
}

_Noreturn void kernel_main(void)
{
    boot_mark("kernel");
    command_line_parse(boot_info.command_line);
    if (boot_traces("start")) /* for a host on whose console firmware has written before us */
        log_record("start");
    sys_trace_init();
    cpu_init();
    fpu_init();
    page_init();
    acpi_init();
    irq_init();
    clock_init();
    bus_init();
    boot_mark("devices");
    vfs_init();
    fd_init_standard();
    boot_mark("files");
    net_init();
    boot_mark("network");
    space_init();
    require_memory();
    start_app();
    boot_mark("app");
    thread_start_first(); /* nothing of this stack is used from here on */
}
