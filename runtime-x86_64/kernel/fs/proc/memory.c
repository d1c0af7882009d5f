/* /proc: memory of the process and of the machine. */
#include "fs/proc.h"
#include "mm/leaf.h"

#define KIB_PER_PAGE (PAGE_SIZE / 1024)

struct amount {
    const char *name;
    uint64_t kib;
};

static void print_amounts(struct text *t, const struct amount *rows, size_t count)
{
    for (size_t n = 0; n < count; n++)
        text_print(t, "%-15s %8lu kB\n", rows[n].name, rows[n].kib);
}

static int print_area(const struct area *a, void *arg)
{
    struct text *t = arg;
    char line[128], path[256] = "";
    struct kstat st = {0};
    if (a->file) {
        if (a->file->inode)
            inode_stat(a->file->inode, &st);
        if (file_path(a->file, path, sizeof path) < 0)
            path[0] = '\0';
    }
    const char *name = a->file ? path : a->name ? a->name : "";
    format(line, sizeof line, "%08lx-%08lx %c%c%c%c %08lx %02x:%02x %lu", a->start, a->end,
           a->prot & PROT_READ ? 'r' : '-', a->prot & PROT_WRITE ? 'w' : '-', a->prot & PROT_EXEC ? 'x' : '-',
           a->flags & MAP_SHARED ? 's' : 'p', a->offset, device_major(st.dev), device_minor(st.dev), st.ino);
    text_print(t, *name ? "%-72s " : "%s", line);
    text_append(t, name, strlen(name));
    text_append(t, "\n", 1);
    return 0;
}

int proc_maps(struct text *t, long arg)
{
    space_each(print_area, t);
    return 0;
}

/* Pages of areas: the app's own, and those that it shows of files. */
struct resident {
    struct text *text;
    uint64_t size, own, shown;
};

static void count_leaf(struct leaf leaf, void *arg)
{
    struct resident *r = arg;
    *(*leaf.entry & PTE_OWN ? &r->own : &r->shown) += leaf.large ? LARGE_PAGES : 1;
}

static int count_area(const struct area *a, void *arg)
{
    struct resident *r = arg;
    r->size += (a->end - a->start) >> PAGE_SHIFT;
    return leaf_each(a->start, a->end, count_leaf, r);
}

/* Nobody else maps the pages. */
static void print_resident(const struct resident *r)
{
    uint64_t own = r->own * KIB_PER_PAGE, shown = r->shown * KIB_PER_PAGE;
    const struct amount rows[] = {
        {"Size:", r->size * KIB_PER_PAGE},
        {"Rss:", own + shown},
        {"Pss:", own + shown},
        {"Shared_Clean:", 0},
        {"Shared_Dirty:", 0},
        {"Private_Clean:", shown},
        {"Private_Dirty:", own},
        {"Referenced:", own + shown},
        {"Anonymous:", own},
        {"AnonHugePages:", 0},
        {"Swap:", 0},
    };
    print_amounts(r->text, rows, ARRAY_LEN(rows));
}

static int print_area_resident(const struct area *a, void *arg)
{
    struct resident r = {.text = arg};
    int err = count_area(a, &r);
    print_area(a, arg);
    print_resident(&r);
    return err;
}

int proc_smaps(struct text *t, long arg)
{
    return space_each(print_area_resident, t);
}

int proc_smaps_rollup(struct text *t, long arg)
{
    struct resident r = {.text = t};
    int err = space_each(count_area, &r);
    text_print(t, "%08lx-%08lx ---p 00000000 00:00 0 %38s[rollup]\n", 0ul, USER_MAX, "");
    print_resident(&r);
    return err;
}

int proc_vmstat(struct text *t, long arg)
{
    text_print(t, "nr_free_pages %zu\nnr_file_pages %zu\nnr_shmem %zu\npgfault %zu\n", page_free_count(), page_cached,
               regular_used_pages(), space_faults());
    text_print(t, "pgmajfault 0\npgpgin 0\npgpgout 0\npswpin 0\npswpout 0\noom_kill 0\n");
    return 0;
}

struct totals {
    uint64_t code, data;
};

static int add_area(const struct area *a, void *arg)
{
    struct totals *sum = arg;
    uint64_t pages = (a->end - a->start) >> PAGE_SHIFT;
    if (a->prot & PROT_EXEC)
        sum->code += pages;
    else if (a->prot & PROT_WRITE && !(a->flags & MAP_SHARED))
        sum->data += pages;
    return 0;
}

int proc_statm(struct text *t, long arg)
{
    struct totals sum = {0};
    space_each(add_area, &sum);
    text_print(t, "%zu %zu 0 %lu 0 %lu 0\n", space_virtual_pages(), space_resident_pages(), sum.code, sum.data);
    return 0;
}

int proc_memory_current(struct text *t, long arg)
{
    text_print(t, "%zu\n", (page_total() - page_free_count()) * PAGE_SIZE);
    return 0;
}

int proc_meminfo(struct text *t, long arg)
{
    uint64_t total = page_total() * KIB_PER_PAGE, free = page_free_count() * KIB_PER_PAGE;
    uint64_t cached = page_cached * KIB_PER_PAGE;
    uint64_t files = regular_used_pages() * KIB_PER_PAGE, resident = space_resident_pages() * KIB_PER_PAGE;
    const struct amount rows[] = {
        {"MemTotal:", total},
        {"MemFree:", free},
        {"MemAvailable:", free + cached},
        {"Buffers:", 0},
        {"Cached:", files + cached},
        {"SwapCached:", 0},
        {"Active:", resident},
        {"Inactive:", 0},
        {"SwapTotal:", 0},
        {"SwapFree:", 0},
        {"Dirty:", 0},
        {"Writeback:", 0},
        {"AnonPages:", resident},
        {"Mapped:", 0},
        {"Shmem:", files},
        {"CommitLimit:", total},
        {"Committed_AS:", space_virtual_pages() * KIB_PER_PAGE},
        {"Hugepagesize:", 2048},
    };
    print_amounts(t, rows, ARRAY_LEN(rows));
    return 0;
}
