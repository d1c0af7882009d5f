#include "mm/leaf.h"
#include "mm/frame.h"
#include "mm/report.h"

#define TABLE_FLAGS (PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED)
/* Beyond so many pages one flush of everything is cheaper than one for each page. */
#define FLUSH_ALL_ABOVE (32 * PAGE_SIZE)

size_t leaf_tables;

static uint64_t *table_of(uint64_t entry)
{
    return phys_to_virt(entry & PTE_ADDRESS);
}

static struct frame *frame_of_entry(const uint64_t *entry)
{
    return frame_of(virt_to_phys(entry));
}

void leaf_store(uint64_t *entry, uint64_t value)
{
    struct frame *f = frame_of_entry(entry);
    f->used = (uint16_t)(f->used + !!value - !!*entry);
    *entry = value;
}

struct leaf leaf_find(uaddr_t addr)
{
    uint64_t *table = phys_to_virt(table_root);
    for (unsigned level = 4; level > 1; level--) {
        uint64_t *entry = &table[TABLE_INDEX(addr, level)];
        if (level == 2 && *entry & PTE_LARGE)
            return (struct leaf){entry, ALIGN_DOWN(addr, LARGE_PAGE_SIZE), true};
        if (!*entry)
            return (struct leaf){NULL, addr, false};
        table = table_of(*entry);
    }
    return (struct leaf){&table[TABLE_INDEX(addr, 1)], ALIGN_DOWN(addr, PAGE_SIZE), false};
}

/* A large leaf becomes a table of 512 leaves that say the same. */
static bool split(uint64_t *entry)
{
    uint64_t *table = page_alloc(0);
    if (!table)
        return false;
    uint64_t leaf = *entry & ~PTE_LARGE;
    for (unsigned i = 0; i < TABLE_ENTRIES; i++)
        table[i] = leaf + i * PAGE_SIZE;
    frame_of_entry(table)->used = TABLE_ENTRIES;
    leaf_tables++;
    page_split(phys_to_virt(leaf & PTE_ADDRESS), MAX_ORDER);
    *entry = virt_to_phys(table) | TABLE_FLAGS;
    tlb_flush_app();
    return true;
}

/* The root belongs to the kernel and keeps no count. */
static void store_table(uint64_t *entry, uint64_t value, unsigned level)
{
    if (level == 4)
        *entry = value;
    else
        leaf_store(entry, value);
}

uint64_t *leaf_make(uaddr_t addr, bool large)
{
    unsigned last = large ? 2 : 1;
    uint64_t *table = phys_to_virt(table_root);
    for (unsigned level = 4; level > last; level--) {
        uint64_t *entry = &table[TABLE_INDEX(addr, level)];
        if (level == 2 && *entry & PTE_LARGE && !split(entry))
            return NULL;
        if (!*entry) {
            void *page = page_alloc_zeroed(0);
            if (!page)
                return NULL;
            store_table(entry, virt_to_phys(page) | TABLE_FLAGS, level);
            leaf_tables++;
        }
        table = table_of(*entry);
    }
    uint64_t *entry = &table[TABLE_INDEX(addr, last)];
    return large && *entry && !(*entry & PTE_LARGE) ? NULL : entry;
}

struct walk {
    void (*fn)(struct leaf leaf, void *arg);
    void *arg;
    bool out_of_memory, freed_table;
};

static void walk_table(struct walk *w, uint64_t *table, unsigned level, uaddr_t start, uaddr_t end);

static void walk_below(struct walk *w, uint64_t *entry, unsigned level, uaddr_t start, uaddr_t end)
{
    uint64_t *child = table_of(*entry);
    walk_table(w, child, level - 1, start, end);
    if (frame_of_entry(child)->used)
        return;
    store_table(entry, 0, level);
    page_free(child, 0);
    leaf_tables--;
    w->freed_table = true;
}

static void walk_entry(struct walk *w, uint64_t *entry, unsigned level, uaddr_t start, uaddr_t end)
{
    if (level == 1) {
        w->fn((struct leaf){entry, start, false}, w->arg);
        return;
    }
    bool large = level == 2 && *entry & PTE_LARGE;
    if (large && end - start == LARGE_PAGE_SIZE)
        w->fn((struct leaf){entry, start, true}, w->arg);
    else if (large && !split(entry))
        w->out_of_memory = true;
    else
        walk_below(w, entry, level, start, end);
}

static void walk_table(struct walk *w, uint64_t *table, unsigned level, uaddr_t start, uaddr_t end)
{
    while (start < end) {
        uaddr_t next = MIN(end, ALIGN_DOWN(start, LEVEL_SIZE(level)) + LEVEL_SIZE(level));
        uint64_t *entry = &table[TABLE_INDEX(start, level)];
        if (*entry)
            walk_entry(w, entry, level, start, next);
        start = next;
    }
}

int leaf_each(uaddr_t start, uaddr_t end, void (*fn)(struct leaf leaf, void *arg), void *arg)
{
    struct walk w = {.fn = fn, .arg = arg};
    walk_table(&w, phys_to_virt(table_root), 4, start, end);
    if (w.freed_table || end - start > FLUSH_ALL_ABOVE)
        tlb_flush_app();
    else
        for (uaddr_t addr = start; addr < end; addr += PAGE_SIZE)
            tlb_flush_page(addr);
    return w.out_of_memory ? -ENOMEM : 0;
}
