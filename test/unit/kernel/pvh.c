/* boot/pvh.c: what a loader hands over is read; what it could get wrong is refused or ignored. */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "boot/memory-map.c"
#include "boot/e820.c"
#include "boot/command-line.c"
#include "boot/pvh.c"

#define CHECK(cond) ((cond) ? (void)0 : (fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #cond), exit(1)))
/* <sys/mman.h> and mm/mm.h both define the same names. */
void *mmap(void *addr, size_t len, int prot, int flags, int fd, long offset);

struct boot_info boot_info;
uint64_t direct_map_base;
struct cpu_features cpu = {.physical_bits = 40};
const char boot_default_command_line[] = "quiet -- one";
static jmp_buf refused;
_Noreturn void boot_refuse(const char *why)
{
    longjmp(refused, 1);
}

/* Loaders put everything below 4 GiB. */
static struct {
    struct hvm_start_info info;
    struct hvm_memory_map_entry map[200];
    char line[8192];
} * low;

static bool reads(void)
{
    memset(&boot_info, 0, sizeof boot_info);
    if (setjmp(refused))
        return false;
    pvh_read(&low->info);
    return true;
}

static void start_over(void)
{
    memset(low, 0, sizeof *low);
    low->info = (struct hvm_start_info){.magic = 0x336ec578, .version = 1, .rsdp = 0xf0000, .memory_map_count = 3};
    low->info.memory_map = (uint64_t)low->map;
    low->info.command_line = (uint64_t)low->line;
    low->map[0] = (struct hvm_memory_map_entry){0x100000, 0x700000, E820_RAM, 0};
    low->map[1] = (struct hvm_memory_map_entry){0, 0x9fc00, E820_RAM, 0};
    low->map[2] = (struct hvm_memory_map_entry){0x800000, 0x1000, E820_NVS, 0};
    strcpy(low->line, "verbose");
}

static void a_good_loader_is_understood(void)
{
    start_over();
    CHECK(reads() && boot_info.rsdp == 0xf0000 && boot_info.range_count == 3);
    CHECK(boot_info.ranges[0].end == 0x9f000 && boot_info.ranges[1].start == 0x100000);
    CHECK(boot_info.ranges[2].type == BOOT_RANGE_ACPI && !strcmp(boot_info.command_line, "quiet verbose -- one"));
}

static void the_map_may_lie_at_any_address(void)
{
    start_over();
    memmove((char *)low->map + 1, low->map, 3 * sizeof low->map[0]);
    low->info.memory_map++;
    CHECK(reads() && boot_info.range_count == 3);
}

static void no_map_is_refused(void)
{
    start_over();
    low->info.version = 0;
    CHECK(!reads());
    low->info.version = 1;
    low->info.memory_map_count = 0;
    CHECK(!reads());
    low->info.memory_map_count = 3;
    low->info.memory_map = 1ull << 40;
    CHECK(!reads());
    low->info.memory_map = IDENTITY_END - 8;
    CHECK(!reads());
    low->info.memory_map = 0;
    CHECK(!reads());
}

static void odd_values_are_ignored(void)
{
    start_over();
    low->info.command_line = 0;
    CHECK(reads() && !strcmp(boot_info.command_line, "quiet -- one"));
    low->info.command_line = 1ull << 33;
    CHECK(reads() && !strcmp(boot_info.command_line, "quiet -- one"));
    low->info.command_line = (uint64_t)low->line;
    memset(low->line, 'x', sizeof low->line);
    CHECK(reads() && strlen(boot_info.command_line) == sizeof boot_info.command_line - 1);
    start_over();
    low->map[2] = (struct hvm_memory_map_entry){0xfffffffffffff000, 0x2000, E820_RAM, 0};
    low->map[1] = (struct hvm_memory_map_entry){(1ull << 40) - 0x1000, 1ull << 41, E820_RAM, 0};
    CHECK(reads() && boot_info.range_count == 2 && boot_info.ranges[1].end == 1ull << 40);
    low->info.memory_map_count = UINT32_MAX; /* only so many are looked at */
    CHECK(reads());
}

int main(void)
{
    low = mmap((void *)0x10000000, sizeof *low, 3, 0x32, -1, 0);
    CHECK(low == (void *)0x10000000);
    a_good_loader_is_understood();
    the_map_may_lie_at_any_address();
    no_map_is_refused();
    odd_values_are_ignored();
    return 0;
}
