/* Locked memory (mlock(2)). Nothing is ever paged out: a lock is a mark, which is counted, and which keeps
 * MADV_DONTNEED away. */
#include "mm/space.h"

int space_lock(uaddr_t start, uaddr_t end, bool on)
{
    struct area_node *node;
    int err;
    while (!(err = space_cut(start, end, &node))) {
        struct area *a = &node->area;
        size_t pages = (a->end - a->start) >> PAGE_SHIFT;
        start = a->end;
        space.locked_pages -= a->flags & MAP_LOCKED ? pages : 0;
        a->flags = on ? a->flags | MAP_LOCKED : a->flags & ~(uint32_t)MAP_LOCKED;
        space.locked_pages += on ? pages : 0;
        space_join(node);
    }
    return err == -ENOENT ? 0 : err;
}
