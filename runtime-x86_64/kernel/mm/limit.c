/* RLIMIT_AS counts all areas, RLIMIT_DATA those that are private and writable. */
#include "mm/space.h"
#include "sys/limits.h"

static bool is_data(int prot, int flags)
{
    return prot & PROT_WRITE && flags & MAP_PRIVATE && !(flags & MAP_GROWSDOWN);
}

struct count {
    uaddr_t start, end;
    uint64_t all, data; /* bytes outside of it */
};

static int add_area(const struct area *a, void *arg)
{
    struct count *c = arg;
    uaddr_t from = MAX(a->start, c->start), to = MIN(a->end, c->end);
    uint64_t bytes = a->end - a->start - (from < to ? to - from : 0);
    c->all += bytes;
    if (is_data((int)a->prot, (int)a->flags))
        c->data += bytes;
    return 0;
}

bool space_may_map(uaddr_t start, size_t len, int prot, int flags)
{
    uint64_t all = process_soft_limit(RLIMIT_AS), data = process_soft_limit(RLIMIT_DATA);
    if (!is_data(prot, flags))
        data = RLIM_INFINITY;
    if (likely(all == RLIM_INFINITY && data == RLIM_INFINITY))
        return true;
    struct count count = {start, start + len, len, len};
    space_each(add_area, &count);
    return count.all <= all && count.data <= data;
}
