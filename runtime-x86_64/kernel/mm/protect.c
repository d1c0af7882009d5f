/* mprotect. An area that is W and X at once is allowed outside of ELF segments (mm/elf.c refuses those): just-in-time
 * compilers of unmodified engines ask for it. Switching between W and X, which the better ones do, is allowed for all
 * but shared files. */
#include "mm/space.h"
#include "fs/file.h"

static void protect_leaf(struct leaf leaf, void *arg)
{
    const struct area *a = arg;
    uint64_t old = *leaf.entry, flags = space_leaf_flags(a);
    if (flags && old & PTE_OWN && a->prot & PROT_WRITE)
        flags |= PTE_WRITE | PTE_DIRTY;
    leaf_store(leaf.entry, flags | (old & (PTE_ADDRESS | PTE_OWN | PTE_LARGE)));
}

/* A shared file that was not opened for writing, or is sealed, stays read-only. */
static bool is_forbidden(const struct area *a, int prot)
{
    bool writes = a->file && a->flags & MAP_SHARED && prot & PROT_WRITE;
    return writes && ((a->file->flags & O_ACCMODE) != O_RDWR || file_is_write_sealed(a->file));
}

int space_protect(uaddr_t start, size_t len, int prot)
{
    uaddr_t end = start + len;
    while (start < end) {
        struct area_node *node;
        if (!space_is_mapped(start, start + PAGE_SIZE))
            return -ENOMEM;
        int err = space_cut(start, end, &node);
        if (err)
            return err;
        uaddr_t next = node->area.end;
        if (is_forbidden(&node->area, prot))
            return -EACCES;
        if (!space_may_map(start, next - start, prot, (int)node->area.flags))
            return -ENOMEM;
        bool same = node->area.prot == (uint32_t)prot;
        node->area.prot = (uint32_t)prot;
        if (!same)
            err = leaf_each(start, next, protect_leaf, &node->area);
        space_join(node);
        if (err)
            return err;
        start = next;
    }
    return 0;
}
