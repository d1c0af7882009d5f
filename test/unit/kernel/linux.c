/* boot/linux.c: what a loader of Linux hands over is read; what it could get wrong is refused or ignored. */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "boot/memory-map.c"
#include "boot/e820.c"
#include "boot/command-line.c"
#include "boot/screen.c"
#include "boot/fw-cfg.c"
#include "boot/linux.c"

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

paddr_t efi_find_rsdp(const struct efi_system_table *table)
{
    return table->tables[table->table_count - 1].address;
}

/* Loaders put everything below 4 GiB. */
static struct {
    struct boot_params params;
    struct {
        struct setup_data head;
        struct e820_entry entries[200];
    } __attribute__((packed)) extension, other;
    struct efi_system_table efi;
    struct efi_configuration_table tables[2];
    char line[8192];
} * low;

static bool reads(void)
{
    memset(&boot_info, 0, sizeof boot_info);
    memset(&boot_screen, 0, sizeof boot_screen);
    raw_count = 0;
    if (setjmp(refused))
        return false;
    linux_read(&low->params);
    return true;
}

static struct boot_params *start_over(void)
{
    memset(low, 0, sizeof *low);
    struct boot_params *p = &low->params;
    p->header.magic = LINUX_HEADER_MAGIC;
    p->header.command_line = (uint32_t)(uint64_t)low->line;
    p->rsdp = 0xf0000;
    p->e820_count = 3;
    p->e820[0] = (struct e820_entry){0x100000, 0x700000, E820_RAM};
    p->e820[1] = (struct e820_entry){0, 0x9fc00, E820_RAM};
    p->e820[2] = (struct e820_entry){0x800000, 0x1000, E820_NVS};
    strcpy(low->line, "verbose");
    return p;
}

static void a_good_loader_is_understood(void)
{
    struct boot_params *p = start_over();
    CHECK(reads() && boot_info.rsdp == 0xf0000 && boot_info.range_count == 3 && !boot_info.loader_tsc);
    CHECK(boot_info.ranges[0].end == 0x9f000 && boot_info.ranges[1].start == 0x100000);
    CHECK(boot_info.ranges[2].type == BOOT_RANGE_ACPI && !strcmp(boot_info.command_line, "quiet verbose -- one"));
    CHECK(!strcmp(boot_info.loader, "linux") && !boot_screen.address);
    p->loader_mark = UNIK_LOADER_MARK;
    p->loader_tsc = 12345;
    CHECK(reads() && boot_info.loader_tsc == 12345);
}

static void bad_loaders_are_refused(void)
{
    start_over()->header.magic = 0;
    CHECK(!reads());
    start_over()->e820_count = 0;
    CHECK(!reads());
    start_over()->e820_count = 255; /* more than the table holds */
    CHECK(reads());
}

static void a_command_line_may_be_anywhere(void)
{
    start_over()->header.command_line = 0;
    CHECK(reads() && !strcmp(boot_info.command_line, "quiet -- one"));
    start_over()->command_line_high = 1; /* above 4 GiB, where nothing is mapped yet */
    CHECK(reads() && !strcmp(boot_info.command_line, "quiet -- one"));
    start_over();
    memset(low->line, 'a', sizeof low->line);
    low->params.header.command_line = (uint32_t)(uint64_t)low->line;
    CHECK(reads() && strlen(boot_info.command_line) == sizeof boot_info.command_line - 1);
}

/* A sentinel says that the loader left junk wherever it did not know a field. */
static void junk_is_told_by_the_sentinel(void)
{
    struct boot_params *p = start_over();
    p->sentinel = 0xff;
    p->command_line_high = 0xdeadbeef;
    p->rsdp = 0xdeadbeefdeadbeef;
    CHECK(reads() && !boot_info.rsdp && !strcmp(boot_info.command_line, "quiet verbose -- one"));
}

static void the_firmware_knows_where_the_acpi_tables_are(void)
{
    struct boot_params *p = start_over();
    p->rsdp = 0;
    p->efi = (struct efi_info){.signature = LINUX_EFI_64, .table = (uint32_t)(uint64_t)&low->efi};
    low->efi.header.signature = EFI_SYSTEM_TABLE_SIGNATURE;
    low->efi.table_count = 2;
    low->efi.tables = low->tables;
    low->tables[1].address = 0x7e0000;
    CHECK(reads() && boot_info.rsdp == 0x7e0000);
    p->efi.table_high = 1;
    CHECK(reads() && !boot_info.rsdp);
    p->efi.table_high = 0;
    low->efi.tables = (void *)0xffff800000000000; /* as after SetVirtualAddressMap */
    CHECK(reads() && !boot_info.rsdp);
    low->efi.tables = low->tables;
    low->efi.table_count = 1ull << 60;
    CHECK(reads() && !boot_info.rsdp);
    low->efi.table_count = 2;
    low->efi.header.signature = 0;
    CHECK(reads() && !boot_info.rsdp);
}

static void more_ranges_follow(void)
{
    struct boot_params *p = start_over();
    p->header.setup_data = (uint64_t)&low->other;
    low->other.head = (struct setup_data){(uint64_t)&low->extension, 9, 32}; /* of a kind that is not ours */
    low->extension.head = (struct setup_data){0, SETUP_E820_EXT, 2 * sizeof(struct e820_entry)};
    low->extension.entries[0] = (struct e820_entry){0x10000000, 0x1000000, E820_RAM};
    low->extension.entries[1] = (struct e820_entry){0x10800000, 0x1000, 2};
    CHECK(reads() && boot_info.range_count == 6 && boot_info.ranges[4].type == BOOT_RANGE_RESERVED);
    low->extension.head.next = (uint64_t)&low->other; /* a ring: it ends, and what was read is not wrong */
    CHECK(reads() && boot_info.range_count == 6);
    low->extension.head = (struct setup_data){0, SETUP_E820_EXT, 0xffffffff}; /* longer than memory */
    CHECK(reads() && boot_info.range_count == 3);
    p->header.setup_data = 1ull << 40;
    CHECK(reads() && boot_info.range_count == 3);
}

static void they_may_lie_at_any_address(void)
{
    struct boot_params *p = start_over();
    char *odd = low->line + 4097;
    struct e820_entry more = {0x10000000, 0x1000000, E820_RAM};
    memcpy(odd, &(struct setup_data){0, SETUP_E820_EXT, sizeof more}, sizeof(struct setup_data));
    memcpy(odd + sizeof(struct setup_data), &more, sizeof more);
    p->header.setup_data = (uint64_t)odd;
    CHECK(reads() && boot_info.range_count == 4);
    p->rsdp = 0;
    p->efi = (struct efi_info){.signature = LINUX_EFI_64, .table = (uint32_t)(uint64_t)odd};
    CHECK(reads() && !boot_info.rsdp);
}

/* Were a reserved range dropped, its memory would count as free. */
static void with_too_many_ranges_only_free_ones_are_left_out(void)
{
    struct boot_params *p = start_over();
    p->e820_count = 128;
    p->e820[0] = (struct e820_entry){0, 1ull << 32, E820_RAM};
    for (unsigned i = 1; i < 128; i++)
        p->e820[i] = (struct e820_entry){(1ull << 32) + i * 0x10000ull, 0x1000, E820_RAM};
    p->header.setup_data = (uint64_t)&low->extension;
    low->extension.head = (struct setup_data){0, SETUP_E820_EXT, sizeof(struct e820_entry)};
    low->extension.entries[0] = (struct e820_entry){0x1000000, 0x1000, 2};
    CHECK(reads());
    CHECK(boot_info.ranges[0].end == 0x1000000 && boot_info.ranges[1].type == BOOT_RANGE_RESERVED);
}

static void framebuffers_are_taken_when_they_are_linear(void)
{
    struct boot_params *p = start_over();
    p->screen = (struct screen_info){.type = VIDEO_TYPE_VLFB,
                                     .base = 0xfd000000,
                                     .width = 800,
                                     .height = 600,
                                     .depth = 32,
                                     .pitch = 3200,
                                     .red_size = 8,
                                     .red_shift = 16};
    CHECK(reads() && boot_screen.address == 0xfd000000 && boot_screen.width == 800 && boot_screen.pitch == 3200);
    CHECK(boot_screen.red.bits == 8 && boot_screen.red.shift == 16);
    p->screen.capabilities = VIDEO_64BIT_BASE;
    p->screen.base_high = 1;
    CHECK(reads() && boot_screen.address == 0x1fd000000);
    p->screen.pitch = 3196;
    CHECK(reads() && !boot_screen.address);
    p->screen.pitch = 3200;
    p->screen.depth = 24;
    CHECK(reads() && !boot_screen.address);
    p->screen.type = 1; /* text */
    CHECK(reads() && !boot_screen.address);
}

int main(void)
{
    void *at = mmap((void *)0x10000000, sizeof *low, 3, 0x22 | 0x40 /* MAP_32BIT */, -1, 0);
    CHECK(at != (void *)-1 && (uint64_t)at < 1ull << 32);
    low = at;
    a_good_loader_is_understood();
    bad_loaders_are_refused();
    a_command_line_may_be_anywhere();
    junk_is_told_by_the_sentinel();
    the_firmware_knows_where_the_acpi_tables_are();
    more_ranges_follow();
    they_may_lie_at_any_address();
    with_too_many_ranges_only_free_ones_are_left_out();
    framebuffers_are_taken_when_they_are_linear();
    return 0;
}
