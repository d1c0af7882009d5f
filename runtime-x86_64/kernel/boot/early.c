/* From the loader's identity map to the image's random address: draws the slide, makes the final page tables,
 * relocates. The rules of boot/early.h hold for every function that is called from here. */
#include "boot/command-line.h"
#include "boot/early.h"
#include "cpu/cpu.h"
#include "drivers/driver.h"
#include "mm/table.h"

#define IMAGE_WINDOW 0xffffffff80000000ul
#define IMAGE_WINDOW_SIZE (1ul << 30)
/* The direct map starts at a multiple of 1 GiB in this window. */
#define DIRECT_WINDOW 0xffff880000000000ul
#define DIRECT_WINDOW_END VMAP_START
#define LOW_MEMORY_END 0x100000ul

struct boot_info boot_info;
uint64_t boot_slide, boot_image_offset, boot_entry_tsc, direct_map_base;
/* Standard RELR encoding (gABI "Relative Relocation Table"), made by the linker. */
extern const uint64_t __relr_start[], __relr_end[];
extern uint64_t __stack_chk_guard;

static uint64_t draw_image_offset(void)
{
    uint64_t size = (uint64_t)__kernel_end - (uint64_t)__kernel_start;
    if (size > IMAGE_WINDOW_SIZE / 2)
        boot_refuse("the image is larger than 512 MiB");
    uint64_t places = (IMAGE_WINDOW_SIZE - size) / PAGE_SIZE;
    uint64_t place = command_line_has(boot_info.command_line, "nokaslr") ? 0 : entropy_u64() % places;
    return IMAGE_WINDOW + place * PAGE_SIZE - (uint64_t)__kernel_start;
}

static uint64_t draw_direct_map_base(void)
{
    uint64_t gib = 1ul << 30, places = (DIRECT_WINDOW_END - DIRECT_WINDOW - PHYS_LIMIT) / gib;
    return DIRECT_WINDOW + entropy_u64() % places * gib;
}

static void map_image(uint64_t offset)
{
    const struct {
        const char *start, *end;
        uint64_t flags;
    } parts[] = {
        {__text_start, __text_end, KERNEL_RX},
        {__rodata_start, __data_start, KERNEL_RO},
        {__data_start, boot_stack_guard, KERNEL_RW},
        {boot_stack_guard + PAGE_SIZE, __kernel_end, KERNEL_RW},
    };
    for (unsigned i = 0; i < ARRAY_LEN(parts); i++)
        table_map((uint64_t)parts[i].start + offset, (paddr_t)parts[i].start, (size_t)(parts[i].end - parts[i].start),
                  parts[i].flags);
}

/* All RAM, and the first MiB for what the firmware left there. What is read-only in the image has no writable alias.
 * The ranges are copied first: tables are taken out of them on the way, and must be in the map too. */
static void map_all_memory(uint64_t base)
{
    static struct boot_range ranges[BOOT_MAX_RANGES];
    unsigned count = boot_info.range_count;
    memcpy(ranges, boot_info.ranges, count * sizeof *ranges);
    table_root = memory_map_take_page();
    paddr_t image = (paddr_t)__kernel_start, data = (paddr_t)__data_start, end = (paddr_t)__kernel_end;
    table_map(base, 0, LOW_MEMORY_END, KERNEL_RW);
    table_map(base + image, image, data - image, KERNEL_RO);
    table_map(base + data, data, end - data, KERNEL_RW);
    for (unsigned i = 0; i < count; i++) {
        const struct boot_range *r = &ranges[i];
        paddr_t start = MAX(r->start, LOW_MEMORY_END);
        if (r->type != BOOT_RANGE_RESERVED && start < r->end)
            table_map(base + start, start, r->end - start, KERNEL_RW);
    }
}

/* One of the words that are relocated: tells for which place of the image they are right. */
static char *volatile settled_at = __kernel_start;
static uint64_t load_offset; /* where the image is - where it was linked */

static void relocate(uint64_t by)
{
    uint64_t *where = NULL;
    for (const uint64_t *entry = __relr_start; entry < __relr_end; entry++) {
        if (!(*entry & 1)) {
            where = (uint64_t *)(*entry + load_offset);
            *where++ += by;
            continue;
        }
        for (uint64_t bits = *entry >> 1; bits; bits &= bits - 1)
            where[__builtin_ctzl(bits)] += by;
        where += 63;
    }
}

void boot_settle_image(void)
{
    uint64_t by = (uint64_t)__kernel_start - (uint64_t)settled_at;
    load_offset += by;
    if (by)
        relocate(by);
}

/* The tables below the last root entry are shared with the early root, so that the jump there can come before the
 * switch. */
static void make_page_tables(uint64_t offset, uint64_t direct)
{
    map_all_memory(direct);
    map_image(offset);
    const uint64_t *root = phys_to_virt(table_root);
    ((uint64_t *)early_tables)[TABLE_ENTRIES - 1] = root[TABLE_ENTRIES - 1];
}

/* Its own frame must not check a canary that it changes. */
__attribute__((no_stack_protector)) struct boot_handover boot_early(boot_read *read, const void *info,
                                                                    uint64_t entry_tsc)
{
    boot_settle_image();
    boot_entry_tsc = entry_tsc;
    cpu_detect();
    read(info);
    if (!memory_map_take((paddr_t)__kernel_start, (paddr_t)__kernel_end))
        boot_refuse("too little memory: the image itself does not fit");
    memory_map_take(0, PAGE_SIZE);
    entropy_init();
    __stack_chk_guard = entropy_u64() & ~0xfful; /* a zero byte ends any string that runs over it */
    uint64_t offset = draw_image_offset(), direct = draw_direct_map_base();
    make_page_tables(offset, direct);
    boot_slide = load_offset + offset;
    boot_image_offset = offset;
    direct_map_base = direct;
    relocate(offset);
    return (struct boot_handover){offset, table_root};
}
