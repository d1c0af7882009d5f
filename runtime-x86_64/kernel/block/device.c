/* Which block devices there are: names, registration, partitions. */
#include "block/queue.h"
#include "block/node.h"
#include "fs/vfs.h"
#include "mm/mm.h"

struct list block_queues = LIST_INIT(block_queues);

/* Its prefix names the controller ("nvme0n"), and numbers its namespaces from 1. */
static bool is_nvme(const char *prefix)
{
    return !strncmp(prefix, "nvme", 4);
}

/* 0: a, 25: z, 26: aa, as Linux counts. */
static void append_letters(char *out, size_t size, unsigned n)
{
    char letters[8];
    unsigned i = sizeof letters - 1;
    letters[i] = 0;
    for (n++; n; n = (n - 1) / 26)
        letters[--i] = (char)('a' + (n - 1) % 26);
    format(out, size, "%s", letters + i);
}

static void give_name(struct block_queue *q, const char *prefix)
{
    char *name = q->device->name;
    size_t len = strlen(prefix), size = sizeof q->device->name;
    unsigned same = 0;
    list_for_each (link, &block_queues) {
        const char *other = list_entry(link, struct block_queue, link)->device->name;
        same += !strncmp(other, prefix, len);
        q->number += !strncmp(other, prefix, is_nvme(prefix) ? 4 : len);
    }
    if (is_nvme(prefix))
        format(name, size, "%s%u", prefix, same + 1);
    else
        append_letters(name + format(name, size, "%s", prefix), size - len, q->number);
}

static bool is_power_of_two(uint64_t n)
{
    return n && !(n & (n - 1));
}

static bool is_valid(const struct block_device *d, const char *prefix)
{
    return d->submit && d->poll && d->depth && d->sectors <= BLOCK_MAX_SECTORS && d->max_parts &&
           d->sector_size >= BLOCK_SECTOR && d->sector_size <= PAGE_SIZE && is_power_of_two(d->sector_size) &&
           d->max_bytes >= d->sector_size && (!d->max_part_bytes || d->max_part_bytes >= BLOCK_SECTOR) &&
           (!d->part_boundary || (is_power_of_two(d->part_boundary) && d->part_boundary >= BLOCK_SECTOR)) &&
           strlen(prefix) + 4 < sizeof d->name;
}

int block_register(struct block_device *d, const char *prefix)
{
    if (!is_valid(d, prefix)) {
        log_warn("disk %s?: %lu KiB, sectors of %u bytes, %u at once and %u parts cannot be worked with", prefix,
                 d->sectors / 2, d->sector_size, d->max_bytes, d->max_parts);
        return -EINVAL;
    }
    struct block_queue *q = kzalloc(sizeof *q);
    if (!q)
        return -ENOMEM;
    q->device = d;
    d->block = q;
    list_init(&q->waiting);
    list_init(&q->flying);
    waitq_init(&q->ended);
    block_watchdog_init(q);
    give_name(q, prefix);
    list_add_tail(&block_queues, &q->link);
    block_attach();
    log_info("%s: %lu sectors of %u bytes%s", d->name, d->sectors / (d->sector_size / BLOCK_SECTOR), d->sector_size,
             d->read_only ? ", read-only" : "");
    return 0;
}

static int read_for_scan(const struct partition_disk *p, uint64_t offset, void *to, size_t n)
{
    struct block_view *view = block_disk_view(p->priv);
    return view ? cache_copy(view, offset, n / PAGE_SIZE + 1, to, n) : -ENOMEM;
}

const struct partition_table *block_partitions(struct block_queue *q)
{
    if (!q->scanned) {
        const struct block_device *d = q->device;
        struct partition_disk disk = {
            .name = d->name, .sectors = d->sectors, .sector_size = d->sector_size, .read = read_for_scan, .priv = q};
        q->scanned = true;
        int err = partition_scan(&disk, &q->table);
        if (err)
            log_warn("%s: its partition table cannot be read: error %d", d->name, -err);
    }
    return &q->table;
}
