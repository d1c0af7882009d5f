/* Kernel mappings outside of the direct map: device registers, firmware tables, stacks between guard pages. */
#include "mm/frame.h"
#include "mm/table.h"
#include "boot/boot.h"
#include "cpu/cpu.h"
#include "drivers/driver.h"

/* The window's first half holds what is mapped once and for ever; it is filled from a random place on. The second half
 * holds stacks: slots of twice the size, of which the lower part is never mapped. */
#define STACKS_START (VMAP_START + (VMAP_END - VMAP_START) / 2)
#define STACK_SLOT (2 * KERNEL_STACK_SIZE)
#define MAX_STACKS 65536u
/* Page attribute table (Intel SDM vol. 3, 12.12). Its second entry, which no other mapping uses, is chosen by PWT
 * alone. */
#define MSR_PAT 0x277
#define PAT_WRITE_COMBINING 1ul
#define KERNEL_WC (KERNEL_RW | PTE_WRITE_THROUGH)
#define STACKS_SIZE (MAX_STACKS * STACK_SLOT)

static uint64_t next_mapping, stacks_base;
static uint64_t stack_slots[MAX_STACKS / 64]; /* bit set: in use */
static unsigned stack_hint;                   /* no free slot in the words before this one */

paddr_t image_to_phys(const void *v)
{
    return (uint64_t)v - boot_image_offset;
}

static uint64_t random_offset(uint64_t window)
{
    return entropy_u64() % (window / PAGE_SIZE) * PAGE_SIZE;
}

static void *map_for_ever(paddr_t start, size_t size, uint64_t flags)
{
    if (!next_mapping)
        next_mapping = VMAP_START + random_offset((STACKS_START - VMAP_START) / 2);
    paddr_t first = ALIGN_DOWN(start, PAGE_SIZE), end = ALIGN_UP(start + size, PAGE_SIZE);
    /* The same offset within a large page lets large areas use large pages; small ones share a page table. */
    uint64_t virt = next_mapping;
    if (end - first >= LARGE_PAGE_SIZE)
        virt = ALIGN_UP(next_mapping, LARGE_PAGE_SIZE) + (first & (LARGE_PAGE_SIZE - 1));
    if (end <= first || end > 1ul << cpu.physical_bits)
        return NULL;
    if (end - first > STACKS_START - virt || !table_map(virt, first, end - first, flags))
        return NULL;
    next_mapping = virt + (end - first) + PAGE_SIZE;
    return (void *)(virt + (start - first));
}

void *mmio_map(paddr_t start, size_t size)
{
    void *p = map_for_ever(start, size, KERNEL_MMIO);
    if (!p)
        panic("cannot map the device registers at %lx (%zu bytes)", start, size);
    return p;
}

void *write_combining_map(paddr_t start, size_t size)
{
    wrmsr(MSR_PAT, (rdmsr(MSR_PAT) & ~0xff00ul) | PAT_WRITE_COMBINING << 8);
    return map_for_ever(start, size, KERNEL_WC);
}

const void *firmware_map(paddr_t start, size_t size)
{
    return map_for_ever(start, size, KERNEL_RO);
}

static int take_slot(void)
{
    for (unsigned word = stack_hint; word < ARRAY_LEN(stack_slots); word++) {
        if (~stack_slots[word]) {
            unsigned bit = (unsigned)__builtin_ctzl(~stack_slots[word]);
            stack_slots[word] |= 1ul << bit;
            stack_hint = word;
            return (int)(word * 64 + bit);
        }
    }
    return -ENOMEM;
}

static void give_slot(unsigned slot)
{
    stack_slots[slot / 64] &= ~(1ul << slot % 64);
    stack_hint = MIN(stack_hint, slot / 64);
}

static void unmap_stack(uint64_t start, uint64_t end)
{
    for (uint64_t virt = start; virt < end; virt += PAGE_SIZE) {
        uint64_t *entry = table_entry(virt);
        page_free(phys_to_virt(*entry & PTE_ADDRESS), 0);
        *entry = 0;
        tlb_flush_page(virt);
    }
}

void *stack_alloc(void)
{
    int slot = take_slot();
    if (slot < 0)
        return NULL;
    if (!stacks_base)
        stacks_base = STACKS_START + random_offset(VMAP_END - STACKS_START - STACKS_SIZE);
    uint64_t top = stacks_base + ((uint64_t)slot + 1) * STACK_SLOT, start = top - KERNEL_STACK_SIZE;
    for (uint64_t virt = start; virt < top; virt += PAGE_SIZE) {
        void *page = page_alloc(0);
        if (page && table_map(virt, virt_to_phys(page), PAGE_SIZE, KERNEL_RW))
            continue;
        if (page)
            page_free(page, 0);
        unmap_stack(start, virt);
        give_slot((unsigned)slot);
        return NULL;
    }
    return (void *)top;
}

void stack_free(void *top)
{
    uint64_t end = (uint64_t)top;
    unmap_stack(end - KERNEL_STACK_SIZE, end);
    give_slot((unsigned)((end - stacks_base) / STACK_SLOT - 1));
}
