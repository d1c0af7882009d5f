/* Frames of the app's memory that a device reads or writes: they stay, whatever the app does with the mapping. */
#include "mm/leaf.h"
#include "mm/user.h"

static void keep(struct leaf leaf, void *arg)
{
}

int user_pin(uaddr_t addr, bool write, paddr_t *frame)
{
    uint64_t needed = PTE_PRESENT | (write ? PTE_WRITE : 0);
    uaddr_t page = ALIGN_DOWN(addr, PAGE_SIZE);
    if (!user_range_ok(addr, 1))
        return -EFAULT;
    for (unsigned tries = 0; tries < 4; tries++) {
        struct leaf leaf = leaf_find(addr);
        bool there = leaf.entry && (*leaf.entry & needed) == needed;
        if (there && !leaf.large) {
            *frame = *leaf.entry & PTE_ADDRESS;
            page_get(*frame);
            return 0;
        }
        /* Frames are counted one by one, so a large page is split. */
        if (there ? leaf_each(page, page + PAGE_SIZE, keep, NULL) : space_fault(addr, write, false))
            return -EFAULT;
    }
    return -EAGAIN;
}
