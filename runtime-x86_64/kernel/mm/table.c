/* Page tables of the kernel's half. */
#include "mm/table.h"
#include "boot/early.h"
#include "cpu/cpu.h"

paddr_t table_root;

/* While the direct map does not exist (boot/early.c), pages come straight out of the loader's memory map. */
static paddr_t new_table(void)
{
    if (!direct_map_base)
        return memory_map_take_page();
    void *page = page_alloc_zeroed(0);
    return page ? virt_to_phys(page) : 0;
}

/* The entry for `virt` at `level`, making the tables above it; NULL when out of memory. */
static uint64_t *entry_at(uint64_t virt, unsigned level)
{
    uint64_t *table = phys_to_virt(table_root);
    for (unsigned above = 4; above > level; above--) {
        uint64_t *entry = &table[TABLE_INDEX(virt, above)];
        if (!*entry) {
            paddr_t page = new_table();
            if (!page)
                return NULL;
            *entry = page | PTE_PRESENT | PTE_WRITE | PTE_ACCESSED;
        }
        ASSERT(!(*entry & PTE_LARGE));
        table = phys_to_virt(*entry & PTE_ADDRESS);
    }
    return &table[TABLE_INDEX(virt, level)];
}

static unsigned largest_level(uint64_t virt, paddr_t phys, size_t size)
{
    for (unsigned level = cpu.gib_pages ? 3 : 2; level > 1; level--)
        if (size >= LEVEL_SIZE(level) && !((virt | phys) & (LEVEL_SIZE(level) - 1)))
            return level;
    return 1;
}

/* Reserved bits (Intel SDM vol. 3, 4.5): an emulator may not mind them, a CPU faults. */
static void check_reserved(uint64_t virt, paddr_t phys, size_t size, uint64_t flags)
{
    bool whole = !((virt | phys | size) & PAGE_MASK);
    bool reachable = phys + size <= 1ul << cpu.physical_bits;
    bool plain = !(flags & (PTE_ADDRESS | PTE_LARGE)) && (cpu.nx || !(flags & PTE_NO_EXECUTE));
    if (!whole || !reachable || !plain)
        panic("page tables cannot hold %lx -> %lx, %zu bytes, flags %lx", virt, phys, size, flags);
}

bool table_map(uint64_t virt, paddr_t phys, size_t size, uint64_t flags)
{
    check_reserved(virt, phys, size, flags);
    while (size) {
        unsigned level = largest_level(virt, phys, size);
        uint64_t *entry = entry_at(virt, level), step = LEVEL_SIZE(level);
        if (!entry)
            return false;
        /* Up to the end of this table: a larger page can only begin there. */
        uint64_t run = MIN(size >> LEVEL_SHIFT(level), TABLE_ENTRIES - TABLE_INDEX(virt, level));
        uint64_t value = phys | flags | (level > 1 ? PTE_LARGE : 0);
        for (uint64_t i = 0; i < run; i++, value += step)
            entry[i] = value;
        virt += run * step;
        phys += run * step;
        size -= run * step;
    }
    return true;
}

bool table_is_mapped(uint64_t virt)
{
    const uint64_t *table = phys_to_virt(table_root);
    for (unsigned level = 4;; level--) {
        uint64_t entry = table[TABLE_INDEX(virt, level)];
        if (level == 1 || !entry || entry & PTE_LARGE)
            return entry;
        table = phys_to_virt(entry & PTE_ADDRESS);
    }
}

uint64_t *table_entry(uint64_t virt)
{
    return entry_at(virt, 1);
}
