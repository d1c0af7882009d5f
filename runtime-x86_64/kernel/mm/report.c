/* Who has the memory, when there is none left: one line with the biggest users. */
#include "mm/space.h"
#include "fs/vfs.h"
#include "mm/report.h"
#include "thread/thread.h"

#define KIB(pages) ((pages) * (PAGE_SIZE / 1024))
#define SHOWN 3

enum user { ANONYMOUS, HEAP, STACK, COPIES, FILES, CACHE, OBJECTS, TABLES, STACKS, OTHER, USERS };
static const char *const names[USERS] = {
    [ANONYMOUS] = "anonymous memory",
    [HEAP] = "the heap (brk)",
    [STACK] = "the first stack",
    [COPIES] = "copies of file pages",
    [FILES] = "files in memory",
    [CACHE] = "disk cache",
    [OBJECTS] = "kernel objects and network buffers",
    [TABLES] = "page tables",
    [STACKS] = "threads' kernel stacks",
    [OTHER] = "pipes and others",
};

static void count_own(struct leaf leaf, void *pages)
{
    if (*leaf.entry & PTE_OWN)
        *(size_t *)pages += leaf.large ? LARGE_PAGES : 1;
}

static int count_area(const struct area *a, void *pages)
{
    enum user user = a->file ? COPIES : !a->name ? ANONYMOUS : !strcmp(a->name, "[heap]") ? HEAP : STACK;
    if (!(a->file && a->flags & MAP_SHARED))
        leaf_each(a->start, a->end, count_own, (size_t *)pages + user);
    return 0;
}

void memory_report(void)
{
    size_t pages[USERS] = {[FILES] = regular_used_pages(),
                           [CACHE] = page_cached,
                           [OBJECTS] = heap_pages,
                           [TABLES] = leaf_tables,
                           [STACKS] = thread_count() * (KERNEL_STACK_SIZE / PAGE_SIZE)};
    size_t known = page_free_count();
    char text[160] = "";
    space_each(count_area, pages);
    for (unsigned i = 0; i < OTHER; i++)
        known += pages[i];
    pages[OTHER] = page_total() - MIN(known, page_total());
    for (unsigned shown = 0, length = 0; shown < SHOWN; shown++) {
        unsigned most = 0;
        for (unsigned i = 1; i < USERS; i++)
            most = pages[i] > pages[most] ? i : most;
        length += (unsigned)format(text + length, sizeof text - length, "%s%zu KiB %s", shown ? ", " : "",
                                   KIB(pages[most]), names[most]);
        pages[most] = 0;
    }
    log_warn("out of memory: %zu of %zu KiB free; give the machine more (-m)", KIB(page_free_count()),
             KIB(page_total()));
    log_warn("the biggest users: %s", text);
}
