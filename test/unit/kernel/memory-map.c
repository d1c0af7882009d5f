/* boot/memory-map.c: the loader's map becomes sorted and disjoint, and reserved memory never becomes free. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "boot/memory-map.c"

#define CHECK(cond) ((cond) ? (void)0 : (fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #cond), exit(1)))
#define FREE BOOT_RANGE_FREE
#define RESERVED BOOT_RANGE_RESERVED
#define ACPI BOOT_RANGE_ACPI

struct boot_info boot_info;
uint64_t direct_map_base;
_Noreturn void boot_refuse(const char *why)
{
    fprintf(stderr, "refused: %s\n", why);
    exit(1);
}

static void is(const struct boot_range *in, unsigned n, const struct boot_range *want, unsigned want_n)
{
    struct boot_range out[8];
    CHECK(memory_map_normalize(in, n, out, 8) == want_n);
    for (unsigned i = 0; i < want_n; i++)
        CHECK(out[i].start == want[i].start && out[i].end == want[i].end && out[i].type == want[i].type);
}

static void overlaps_are_resolved(void)
{
    is((struct boot_range[]){{0x100000, 0x800000, FREE}, {0, 0x9fc00, FREE}, {0x9fc00, 0xa0000, RESERVED}}, 3,
       (struct boot_range[]){{0, 0x9f000, FREE}, {0x9f000, 0xa0000, RESERVED}, {0x100000, 0x800000, FREE}}, 3);
    is((struct boot_range[]){{0x1000, 0x9000, FREE}, {0x3000, 0x4001, RESERVED}, {0x4000, 0x7000, ACPI}}, 3,
       (struct boot_range[]){
           {0x1000, 0x3000, FREE}, {0x3000, 0x5000, RESERVED}, {0x5000, 0x7000, ACPI}, {0x7000, 0x9000, FREE}},
       4);
    is((struct boot_range[]){{0x1000, 0x2000, FREE}, {0x2000, 0x3000, FREE}, {0x1800, 0x2800, FREE}}, 3,
       (struct boot_range[]){{0x1000, 0x3000, FREE}}, 1);
}

static void nonsense_is_dropped(void)
{
    is((struct boot_range[]){{0x5000, 0x5000, FREE}, {0x9000, 0x8000, FREE}, {0x6001, 0x6fff, FREE}}, 3, NULL, 0);
    is((struct boot_range[]){{PHYS_LIMIT - 0x1000, UINT64_MAX, FREE}, {PHYS_LIMIT, PHYS_LIMIT + 0x1000, FREE}}, 2,
       (struct boot_range[]){{PHYS_LIMIT - 0x1000, PHYS_LIMIT, FREE}}, 1);
}

static unsigned type_of(const struct boot_range *r, unsigned n, paddr_t page)
{
    unsigned found = 0;
    for (unsigned i = 0; i < n; i++)
        if (r[i].start <= page && page < r[i].end) {
            CHECK(!found);
            found = r[i].type;
        }
    return found;
}

static void random_maps_agree_with_a_page_by_page_reading(void)
{
    srand(2);
    for (unsigned round = 0; round < 3000; round++) {
        struct boot_range in[12], out[64];
        unsigned n = (unsigned)rand() % 12;
        for (unsigned i = 0; i < n; i++) {
            in[i].start = (paddr_t)rand() % 0x40000;
            in[i].end = in[i].start + (paddr_t)rand() % 0x10000;
            in[i].type = (enum boot_range_type)(1 + rand() % 3);
        }
        unsigned m = memory_map_normalize(in, n, out, 64);
        for (unsigned i = 0; i < m; i++)
            CHECK(out[i].start < out[i].end && (!i || out[i - 1].end <= out[i].start));
        for (paddr_t page = 0; page < 0x50000; page += 0x1000) {
            bool reserved = false, acpi = false, is_free = false;
            for (unsigned i = 0; i < n; i++) {
                bool touches = in[i].start < in[i].end && in[i].start < page + 0x1000 && in[i].end > page;
                reserved |= touches && in[i].type == RESERVED;
                acpi |= touches && in[i].type == ACPI;
                is_free |= in[i].type == FREE && in[i].start <= page && in[i].end >= page + 0x1000;
            }
            CHECK(type_of(out, m, page) == (reserved ? RESERVED : acpi ? ACPI : is_free ? FREE : 0));
        }
    }
}

static void ranges_are_cut(void)
{
    boot_info.range_count = 2;
    boot_info.ranges[0] = (struct boot_range){0x1000, 0x9000, FREE};
    boot_info.ranges[1] = (struct boot_range){0x10000, 0x20000, RESERVED};
    CHECK(!memory_map_take(0x8000, 0xa000) && !memory_map_take(0x11000, 0x12000));
    CHECK(memory_map_take(0x3000, 0x4000) && boot_info.range_count == 3);
    CHECK(boot_info.ranges[0].end == 0x3000 && boot_info.ranges[1].start == 0x4000 &&
          boot_info.ranges[1].end == 0x9000);
    CHECK(memory_map_take(0x1000, 0x2000) && boot_info.ranges[0].start == 0x2000);
    CHECK(memory_map_take(0x8000, 0x9000) && boot_info.ranges[1].end == 0x8000);
    CHECK(boot_info.ranges[2].type == RESERVED);
}

/* The larger rest stays; with the image in the last range, too. */
static void a_full_map_is_cut(void)
{
    for (unsigned at = 0; at < BOOT_MAX_RANGES; at += BOOT_MAX_RANGES - 1) {
        boot_info.range_count = BOOT_MAX_RANGES;
        for (unsigned i = 0; i < BOOT_MAX_RANGES; i++)
            boot_info.ranges[i] = (struct boot_range){i * 0x100000ul, i * 0x100000ul + 0x10000, FREE};
        struct boot_range *r = &boot_info.ranges[at];
        paddr_t start = r->start;
        CHECK(memory_map_take(start + 0x1000, start + 0x2000) && boot_info.range_count == BOOT_MAX_RANGES);
        CHECK(r->start == start + 0x2000 && r->end == start + 0x10000);
        CHECK(memory_map_take(start + 0xe000, start + 0xf000) && r->start == start + 0x2000 &&
              r->end == start + 0xe000);
        CHECK(boot_info.ranges[BOOT_MAX_RANGES - 2].start == (BOOT_MAX_RANGES - 2) * 0x100000ul);
    }
}

static void a_range_that_wraps_is_not_taken(void)
{
    boot_info.range_count = 1;
    boot_info.ranges[0] = (struct boot_range){0x1000, 0x9000, FREE};
    CHECK(!memory_map_take(-0x1000ul, 0x3000) && !memory_map_take(0x3000, 0x3000));
    CHECK(boot_info.range_count == 1 && boot_info.ranges[0].end == 0x9000);
}

int main(void)
{
    overlaps_are_resolved();
    nonsense_is_dropped();
    random_maps_agree_with_a_page_by_page_reading();
    ranges_are_cut();
    a_full_map_is_cut();
    a_range_that_wraps_is_not_taken();
    return 0;
}
