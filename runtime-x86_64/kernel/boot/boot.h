/* What the boot path found, in one structure whatever the loader was; filled by entry/<protocol>, read by everyone
 * else. */
#pragma once
#include "kernel.h"

#define BOOT_MAX_RANGES 64

enum boot_range_type { BOOT_RANGE_FREE = 1, BOOT_RANGE_RESERVED = 2, BOOT_RANGE_ACPI = 3 };

struct boot_range {
    paddr_t start, end; /* end is exclusive */
    enum boot_range_type type;
};

struct boot_info {
    struct boot_range ranges[BOOT_MAX_RANGES]; /* sorted, without overlap */
    unsigned range_count;
    paddr_t rsdp;            /* 0: the loader gave none */
    uint64_t loader_tsc;     /* time-stamp counter when our own loader began; 0: there was none */
    char loader[8];          /* "pvh", "linux", "efi": for messages */
    char command_line[4096]; /* the build's default and the loader's, joined (boot/command-line.h) */
};
extern struct boot_info boot_info;
/* Run-time address of the image - link address (KASLR), and - physical address. */
extern uint64_t boot_slide, boot_image_offset;

/* Linked in by the linker (linker/link-bootable.ts). */
extern const char rootfs_start[], rootfs_end[];
extern const char vdso_start[], vdso_end[];
extern const char boot_default_command_line[];
/* Layout, page aligned: text, read-only data, root file system, data, cleared memory. */
extern char __kernel_start[], __kernel_end[], __text_start[], __text_end[], __rodata_start[], __rodata_end[],
    __data_start[], __data_end[], __bss_start[], __bss_end[];

/* boot/command-line.c: Linux syntax: `name`, `name=value`, quotes, `--` ends the kernel's part.
 * boot_param returns the value of the last `name=`, "" for a bare `name`, NULL when absent. The text lives forever. */
const char *boot_param(const char *name);
uint64_t boot_param_u64(const char *name, uint64_t fallback); /* decimal, 0x, suffixes K M G */
/* The n-th value (from 0) of a parameter that may stand several times, like virtio_mmio.device=; NULL after the last.
 */
const char *boot_param_nth(const char *name, unsigned n);
/* Words after `--` become the app's arguments; words NAME=VALUE that nobody has asked for by then become its
 * environment. */
unsigned boot_app_args(const char **out, unsigned max);
unsigned boot_app_env(const char **out, unsigned max);

/* boot/mark.c: the boot timeline. With `trace=boot` the host is told it soon after the first response, and the rest at
 * the end of the run, as records
 *   clock=HZ,ENTRY,LOADER   rate of the time-stamp counter; its values at the kernel's entry and our loader's, or 0
 *   mark=NAME,TICKS,IDLE    a phase that ended: counts since the entry, and how many of them the processor waited */
void boot_mark(const char *name); /* one too many is dropped */
void boot_tell_marks(void);
/* Whether one of the words `trace=` has this value. */
bool boot_traces(const char *what);
/* What the app reaches is marked the first time only. */
enum boot_milestone { BOOT_ENGINE = 1, BOOT_LISTEN = 2, BOOT_OUTPUT = 4, BOOT_REQUEST = 8, BOOT_RESPONSE = 16 };
extern unsigned boot_reached;
static inline void boot_mark_first(enum boot_milestone what, const char *name)
{
    if (likely(boot_reached & what))
        return;
    boot_mark(name);
    boot_reached |= what;
}
extern uint64_t boot_entry_tsc;
