/* The machine's memory map, made trustworthy: loaders give it unsorted, overlapping, with empty or overflowing entries.
 */
#include "boot/early.h"
#include "mm/mm.h"

#define MAX_BOUNDARIES 256

static unsigned insert_boundary(paddr_t *list, unsigned count, paddr_t value)
{
    unsigned i = count;
    while (i && list[i - 1] > value)
        i--;
    if ((i && list[i - 1] == value) || count == MAX_BOUNDARIES)
        return count;
    memmove(list + i + 1, list + i, (count - i) * sizeof *list);
    list[i] = value;
    return count + 1;
}

/* Free memory shrinks to whole pages, everything else grows. */
static struct boot_range to_pages(struct boot_range r)
{
    bool is_free = r.type == BOOT_RANGE_FREE;
    r.end = MIN(r.end, (paddr_t)PHYS_LIMIT);
    r.start = MIN(r.start, (paddr_t)PHYS_LIMIT);
    r.start = is_free ? ALIGN_UP(r.start, PAGE_SIZE) : ALIGN_DOWN(r.start, PAGE_SIZE);
    r.end = is_free ? ALIGN_DOWN(r.end, PAGE_SIZE) : ALIGN_UP(r.end, PAGE_SIZE);
    return r;
}

/* Reserved wins over ACPI wins over free; 0 where no entry says anything. */
static unsigned type_at(const struct boot_range *in, unsigned count, paddr_t at)
{
    static const unsigned char weight[] = {0, [BOOT_RANGE_FREE] = 1, [BOOT_RANGE_ACPI] = 2, [BOOT_RANGE_RESERVED] = 3};
    unsigned best = 0;
    for (unsigned i = 0; i < count; i++) {
        struct boot_range r = to_pages(in[i]);
        if (r.start <= at && at < r.end && weight[r.type] > weight[best])
            best = r.type;
    }
    return best;
}

unsigned memory_map_normalize(const struct boot_range *in, unsigned count, struct boot_range *out, unsigned max)
{
    static paddr_t boundaries[MAX_BOUNDARIES + 1];
    unsigned edges = 0, n = 0;
    for (unsigned i = 0; i < count; i++) {
        struct boot_range r = to_pages(in[i]);
        if (r.start >= r.end)
            continue;
        edges = insert_boundary(boundaries, edges, r.start);
        edges = insert_boundary(boundaries, edges, r.end);
    }
    for (unsigned i = 0; i + 1 < edges; i++) {
        unsigned type = type_at(in, count, boundaries[i]);
        if (!type)
            continue;
        if (n && out[n - 1].end == boundaries[i] && out[n - 1].type == type)
            out[n - 1].end = boundaries[i + 1];
        else if (n < max)
            out[n++] = (struct boot_range){boundaries[i], boundaries[i + 1], type};
        else
            break;
    }
    return n;
}

static void cut_range(unsigned i, paddr_t start, paddr_t end)
{
    struct boot_range *r = &boot_info.ranges[i];
    if (r->start == start) {
        r->start = end;
    } else if (r->end == end) {
        r->end = start;
    } else if (boot_info.range_count == BOOT_MAX_RANGES) { /* no room for both rests: the larger one stays */
        if (start - r->start > r->end - end)
            r->end = start;
        else
            r->start = end;
    } else {
        memmove(r + 2, r + 1, (boot_info.range_count - i - 1) * sizeof *r);
        r[1] = (struct boot_range){end, r->end, r->type};
        r->end = start;
        boot_info.range_count++;
    }
}

bool memory_map_take(paddr_t start, paddr_t end)
{
    if (start >= end)
        return false;
    for (unsigned i = 0; i < boot_info.range_count; i++) {
        const struct boot_range *r = &boot_info.ranges[i];
        if (r->type == BOOT_RANGE_FREE && r->start <= start && end <= r->end) {
            cut_range(i, start, end);
            return true;
        }
    }
    return false;
}

/* Memory below 1 MiB is left alone: the loader's data lies there while it is still being read. */
paddr_t memory_map_take_page(void)
{
    for (unsigned i = 0; i < boot_info.range_count; i++) {
        struct boot_range *r = &boot_info.ranges[i];
        if (r->type != BOOT_RANGE_FREE || r->start >= r->end || r->start < 0x100000 || r->start >= 0x100000000)
            continue;
        paddr_t page = r->start;
        r->start += PAGE_SIZE;
        memset(phys_to_virt(page), 0, PAGE_SIZE);
        return page;
    }
    boot_refuse("too little memory for the page tables");
}
