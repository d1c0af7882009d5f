/* O_DIRECT: the device reads and writes the app's memory itself. */
#include "block/node.h"

/* Pages of one transfer. */
#define MOST_PAGES 256u

struct direct {
    struct block_transfer transfer;
    paddr_t *frames; /* of each part, to be given back */
    struct block_part parts[];
};

static struct direct *new_direct(enum block_operation operation, uint64_t at, uint64_t n)
{
    size_t count = (size_t)MIN(n / BLOCK_SECTOR, (uint64_t)MOST_PAGES);
    struct direct *d = kmalloc(sizeof *d + count * (sizeof *d->parts + sizeof *d->frames));
    if (!d)
        return NULL;
    *d = (struct direct){.frames = (paddr_t *)(d->parts + count)};
    d->transfer.operation = operation;
    d->transfer.sector = at / BLOCK_SECTOR;
    d->transfer.parts = d->parts;
    return d;
}

/* Takes the app's pages, as far as they are there: the bytes in them. Whole sectors, since addresses and lengths are
 * multiples of one. */
static uint64_t pin(struct direct *d, struct iter *memory, uint64_t n)
{
    bool write = d->transfer.operation == BLOCK_READ;
    uint64_t total = 0;
    unsigned *count = &d->transfer.part_count;
    iter_skip(memory, 0);
    while (total < n && *count < MOST_PAGES) {
        uaddr_t at = memory->vec->base + memory->offset;
        size_t part = MIN(MIN(n - total, memory->vec->len - memory->offset), PAGE_SIZE - (at & PAGE_MASK));
        if (user_pin(at, write, &d->frames[*count]))
            break;
        d->parts[*count] = (struct block_part){d->frames[*count] + (at & PAGE_MASK), (uint32_t)part};
        ++*count;
        total += part;
        iter_skip(memory, part);
    }
    return total;
}

static ssize_t move(const struct block_node *node, enum block_operation operation, struct iter *memory, uint64_t at,
                    uint64_t n)
{
    struct block_device *device = node->queue->device;
    struct direct *d = new_direct(operation, at, n);
    if (!d)
        return 0;
    ssize_t done = (ssize_t)pin(d, memory, n);
    if (done > 0) {
        int err = block_run(device, &d->transfer, true);
        done = err ? err : done;
    }
    for (unsigned i = 0; i < d->transfer.part_count; i++)
        page_put(d->frames[i]);
    kfree(d);
    return done;
}

ssize_t block_direct(const struct block_node *node, enum block_operation operation, struct iter *memory, uint64_t at,
                     uint64_t n)
{
    ssize_t done = 0, part = 1;
    if (memory->kernel)
        return 0;
    for (; n && part > 0; n -= (uint64_t)part) {
        part = move(node, operation, memory, at + (uint64_t)done, n);
        if (part <= 0)
            break;
        done += part;
    }
    if (operation == BLOCK_WRITE && (done || part < 0))
        cache_forget(node->disk, at, (uint64_t)done + (part < 0 ? n : 0));
    return done ? done : part;
}
