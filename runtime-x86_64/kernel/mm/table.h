/* Page tables (Intel SDM vol. 3, 4.5). One root serves kernel and app; the app's half is kept by mm/leaf.c. */
#pragma once
#include "mm/mm.h"

#define PTE_PRESENT 0x1ul
#define PTE_WRITE 0x2ul
#define PTE_USER 0x4ul
#define PTE_WRITE_THROUGH 0x8ul
#define PTE_NO_CACHE 0x10ul
#define PTE_ACCESSED 0x20ul
#define PTE_DIRTY 0x40ul
#define PTE_LARGE 0x80ul
#define PTE_GLOBAL 0x100ul
#define PTE_NO_EXECUTE (1ul << 63)
#define PTE_ADDRESS 0x000ffffffffff000ul

#define TABLE_ENTRIES 512u
/* Levels: 1 page table, 2 page directory, 3 page directory pointer table, 4 PML4. */
#define LEVEL_SHIFT(level) (PAGE_SHIFT + 9 * ((level)-1))
#define LEVEL_SIZE(level) (1ul << LEVEL_SHIFT(level))
#define TABLE_INDEX(addr, level) (((addr) >> LEVEL_SHIFT(level)) & (TABLE_ENTRIES - 1))
#define LARGE_PAGE_SIZE LEVEL_SIZE(2)

/* Kernel mappings. Accessed and dirty are set beforehand: nobody reads them, and the CPU need not write them. */
#define KERNEL_RX (PTE_PRESENT | PTE_ACCESSED | PTE_GLOBAL)
#define KERNEL_RO (KERNEL_RX | PTE_NO_EXECUTE)
#define KERNEL_RW (KERNEL_RO | PTE_WRITE | PTE_DIRTY)
#define KERNEL_MMIO (KERNEL_RW | PTE_NO_CACHE | PTE_WRITE_THROUGH)

extern paddr_t table_root;

/* The kernel's half: maps whole pages, the largest that fit. False when out of memory. The range was not mapped before.
 */
bool table_map(uint64_t virt, paddr_t phys, size_t size, uint64_t flags);
bool table_is_mapped(uint64_t virt);
/* The entry of a 4 KiB page that table_map mapped as such. */
uint64_t *table_entry(uint64_t virt);

static inline void tlb_flush_page(uint64_t virt)
{
    __asm__ volatile("invlpg (%0)" ::"r"(virt) : "memory");
}
/* Everything but global (kernel) pages. */
static inline void tlb_flush_app(void)
{
    uint64_t root;
    __asm__ volatile("mov %%cr3, %0; mov %0, %%cr3" : "=r"(root)::"memory");
}
