/* /proc: memory of the process and of the machine. */
#include "fs/proc.h"

#define KIB_PER_PAGE (PAGE_SIZE / 1024)

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
    const struct {
        const char *name;
        uint64_t kib;
    } rows[] = {
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
    for (size_t n = 0; n < ARRAY_LEN(rows); n++)
        text_print(t, "%-15s %8lu kB\n", rows[n].name, rows[n].kib);
    return 0;
}
