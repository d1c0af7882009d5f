/* /dev/vda and its partitions; how block/ is hooked into the rest of the kernel. */
#pragma once
#include "block/cache.h"
#include "block/queue.h"
#include "fs/vfs.h"

struct block_node {
    struct device_node row;
    char name[24];
    struct block_queue *queue;
    struct block_view *disk;           /* pages are kept for the disk: partitions share them */
    const struct partition *partition; /* NULL: the whole disk */
};
extern const struct file_ops block_file_ops; /* block/file.c */
static inline struct block_node *block_node_of(const struct file *f)
{
    return f->priv;
}
/* Bytes; the disk's own may change. */
static inline uint64_t block_node_start(const struct block_node *n)
{
    return n->partition ? n->partition->first * BLOCK_SECTOR : 0;
}
static inline uint64_t block_node_size(const struct block_node *n)
{
    return (n->partition ? n->partition->count : n->queue->device->sectors) * BLOCK_SECTOR;
}
/* block/direct.c: moves up to n bytes between the disk, from byte `at` on, and the app's memory without a copy. 0: the
 * memory cannot be used this way. May sleep. */
ssize_t block_direct(const struct block_node *node, enum block_operation operation, struct iter *memory, uint64_t at,
                     uint64_t n);
/* block/node.c: at the first disk. */
void block_attach(void);
/* The view that has the pages of the whole disk; NULL: out of memory. */
struct block_view *block_disk_view(struct block_queue *q);
/* block/device.c: read when first asked for, by polling. */
const struct partition_table *block_partitions(struct block_queue *q);
/* "vda2" or "nvme0n1p2"; the number 0 is the disk itself. */
void block_node_name(char *out, size_t size, const struct block_device *d, unsigned number);
/* block/root.c */
int block_mount_root(struct inode *root, const char *wanted);
ssize_t block_root_span(struct inode *i, loff_t pos, size_t max, const char **data, paddr_t *frame);
int block_root_page(void *source, uint64_t index, paddr_t *frame);
int block_root_copy(void *source, uint64_t index, char *page, size_t from, size_t end);
void block_root_release(void *source);
