/* Nodes in /dev for disks and partitions. */
#include "block/node.h"
#include "mm/mm.h"

/* Linux, Documentation/admin-guide/devices.txt: 8 is SCSI's, 259 the extended one; virtio disks get a dynamic number,
 * which is 254 most often. Sixteen minors a disk. */
enum { MAJOR_SCSI = 8, MAJOR_VIRTIO = 254, MAJOR_EXTENDED = 259, MINORS = 16, MINOR_BEYOND = 1024 };

static int node_open(struct file *f)
{
    struct block_node *n = container_of(f->inode->device.node, struct block_node, row);
    if ((f->flags & O_ACCMODE) != O_RDONLY && n->queue->device->read_only)
        return -EROFS;
    f->priv = n;
    return n->queue->dead ? -ENXIO : 0;
}

void block_node_name(char *out, size_t size, const struct block_device *d, unsigned number)
{
    bool digit = d->name[strlen(d->name) - 1] <= '9';
    if (number)
        format(out, size, "%s%s%u", d->name, digit ? "p" : "", number);
    else
        format(out, size, "%s", d->name);
}

/* Partitions beyond the fifteenth have the extended number, as in Linux. */
static void set_number(struct block_node *n, unsigned number)
{
    const char *name = n->queue->device->name;
    n->row.major = !strncmp(name, "sd", 2) ? MAJOR_SCSI : !strncmp(name, "vd", 2) ? MAJOR_VIRTIO : MAJOR_EXTENDED;
    n->row.minor = n->queue->number * MINORS + number;
    if (number >= MINORS) {
        n->row.major = MAJOR_EXTENDED;
        n->row.minor = (n->queue->number + 1) * MINOR_BEYOND + number;
    }
}

static int add_node(struct inode *dev, struct block_queue *q, const struct partition *p)
{
    struct block_node *n = kzalloc(sizeof *n);
    struct block_view *disk = n ? block_disk_view(q) : NULL;
    if (!disk) {
        kfree(n);
        return -ENOMEM;
    }
    n->queue = q;
    n->disk = disk;
    n->partition = p;
    unsigned number = p ? p->number : 0;
    block_node_name(n->name, sizeof n->name, q->device, number);
    n->row = (struct device_node){.name = n->name, .mode = 0660, .ops = &block_file_ops, .open = node_open};
    set_number(n, number);
    return dev_add_node(dev, S_IFBLK, &n->row);
}

static int add_nodes(struct inode *dev)
{
    int err = 0;
    list_for_each (link, &block_queues) {
        struct block_queue *q = list_entry(link, struct block_queue, link);
        err = err ? err : add_node(dev, q, NULL);
        const struct partition_table *t = block_partitions(q);
        for (unsigned i = 0; i < t->count && !err; i++)
            err = add_node(dev, q, &t->list[i]);
    }
    return err;
}

struct block_view *block_disk_view(struct block_queue *q)
{
    if (!q->view) {
        q->view = kzalloc(sizeof *q->view);
        if (q->view)
            *q->view = (struct block_view){.device = q->device};
    }
    if (q->view)
        q->view->size = q->device->sectors * BLOCK_SECTOR;
    return q->view;
}

static void sync_all(void)
{
    list_for_each (link, &block_queues)
        block_flush(list_entry(link, struct block_queue, link)->device);
}

/* The last thing before the machine goes off: nobody may sleep any more, and nobody waits for long. It may be a panic
 * that came from in here. */
static void flush_at_end(int status)
{
    if (block_hurry)
        return;
    block_hurry = true;
    list_for_each (link, &block_queues) {
        struct block_queue *q = list_entry(link, struct block_queue, link);
        if (!q->running && !q->polling && !q->resetting)
            block_flush(q->device);
    }
}

void block_attach(void)
{
    static const struct vfs_disks disks = {
        .add_nodes = add_nodes,
        .mount_root = block_mount_root,
        .span = block_root_span,
        .page = block_root_page,
        .copy = block_root_copy,
        .release = block_root_release,
        .sync = sync_all,
    };
    if (vfs_disks)
        return;
    vfs_disks = &disks;
    power_register(0, flush_at_end);
}
