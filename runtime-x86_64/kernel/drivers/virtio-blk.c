/* virtio-blk: disk. Virtio 1.2, 5.2. One queue. Each request is a chain of header, data and a status byte; header and
 * status stand in memory of their own, apart from what the driver believes. */
#include "block/block.h"
#include "drivers/driver.h"
#include "mm/mm.h"

#define F_SIZE_MAX (1ull << 1)
#define F_SEG_MAX (1ull << 2)
#define F_RO (1ull << 5)
#define F_BLK_SIZE (1ull << 6)
#define F_FLUSH (1ull << 9)

enum { TYPE_IN = 0, TYPE_OUT = 1, TYPE_FLUSH = 4 }; /* 5.2.6 */
enum { STATUS_OK = 0, STATUS_NONE = 0xff };

struct config { /* 5.2.4, as far as it is used */
    uint64_t capacity;
    uint32_t size_max, seg_max, geometry, blk_size;
};
_Static_assert(offsetof(struct config, blk_size) == 20, "Virtio 1.2, 5.2.4");

struct exchange { /* what the device reads and writes */
    uint32_t type, reserved;
    uint64_t sector;
    uint8_t status;
};

#define RING_SIZE 256
#define MAX_PARTS 126 /* two such requests fill the ring */
#define DEPTH 64
#define MAX_BYTES (4u << 20)
#define CONFIG_TRIES 8

struct disk {
    struct block_device device;
    struct virtio *virtio;
    struct virtq *queue;
    struct exchange *exchanges;            /* by slot */
    struct block_request *requests[DEPTH]; /* by slot; NULL: free */
    struct virtq_buffer buffers[MAX_PARTS + 2];
};

static void finish(struct disk *d, unsigned slot, int status)
{
    struct block_request *r = d->requests[slot];
    d->requests[slot] = NULL;
    block_complete(r, status);
}

/* The token of a chain is the place of its request's pointer. */
static void take_finished(struct disk *d)
{
    struct block_request **place;
    do {
        while ((place = virtq_take(d->queue, NULL))) {
            unsigned slot = (unsigned)(place - d->requests);
            finish(d, slot, READ_ONCE(d->exchanges[slot].status) == STATUS_OK ? 0 : -EIO);
        }
    } while (!virtq_interrupts(d->queue, true));
}

static void interrupt(struct virtq *q)
{
    take_finished(q->priv);
}

static void poll(struct block_device *b)
{
    take_finished(b->priv);
}

static void nudge(struct block_device *b)
{
    virtq_nudge(((struct disk *)b->priv)->queue);
}

static unsigned free_slot(const struct disk *d)
{
    unsigned slot = 0;
    while (slot < DEPTH && d->requests[slot])
        slot++;
    return slot;
}

static int submit(struct block_device *b, struct block_request *r)
{
    static const uint8_t types[] = {[BLOCK_READ] = TYPE_IN, [BLOCK_WRITE] = TYPE_OUT, [BLOCK_FLUSH] = TYPE_FLUSH};
    struct disk *d = b->priv;
    unsigned slot = free_slot(d), count = 0;
    if (slot == DEPTH || (d->queue->free_count < r->part_count + 2 && !d->queue->broken))
        return -EAGAIN;
    struct exchange *e = &d->exchanges[slot];
    *e = (struct exchange){.type = types[r->operation], .sector = r->sector, .status = STATUS_NONE};
    d->buffers[count++] = (struct virtq_buffer){virt_to_phys(e), offsetof(struct exchange, status)};
    for (unsigned i = 0; i < r->part_count; i++)
        d->buffers[count++] = (struct virtq_buffer){r->parts[i].address, r->parts[i].length};
    d->buffers[count++] = (struct virtq_buffer){virt_to_phys(&e->status), 1};
    unsigned out = r->operation == BLOCK_WRITE ? count - 1 : 1;
    int err = virtq_add(d->queue, d->buffers, out, count - out, &d->requests[slot]);
    if (!err)
        d->requests[slot] = r;
    return err;
}

static void kick(struct block_device *b)
{
    virtq_publish(((struct disk *)b->priv)->queue);
}

static int restart(struct block_device *b)
{
    struct disk *d = b->priv;
    int err = virtio_restart(d->virtio);
    for (unsigned slot = 0; slot < DEPTH; slot++)
        if (d->requests[slot])
            finish(d, slot, -EIO);
    return err;
}

static void read_config(struct virtio *v, struct config *c)
{
    struct config again;
    unsigned tries = CONFIG_TRIES;
    *c = (struct config){.size_max = UINT32_MAX, .seg_max = 1, .blk_size = BLOCK_SECTOR};
    do { /* the capacity may be changing (2.5.2) */
        v->transport->read_config(v, 0, &again.capacity, sizeof again.capacity);
        v->transport->read_config(v, 0, &c->capacity, sizeof c->capacity);
    } while (again.capacity != c->capacity && --tries);
    if (v->features & F_SIZE_MAX)
        v->transport->read_config(v, offsetof(struct config, size_max), &c->size_max, 4);
    if (v->features & F_SEG_MAX)
        v->transport->read_config(v, offsetof(struct config, seg_max), &c->seg_max, 4);
    if (v->features & F_BLK_SIZE)
        v->transport->read_config(v, offsetof(struct config, blk_size), &c->blk_size, 4);
}

static void config_changed(struct virtio *v)
{
    struct disk *d = v->priv;
    struct config c;
    read_config(v, &c);
    if (c.capacity == d->device.sectors)
        return;
    if (c.capacity > BLOCK_MAX_SECTORS) {
        log_warn("%s: its new size of %lu sectors is none", d->device.name, c.capacity);
        return;
    }
    log_info("%s: %lu sectors now, %lu before", d->device.name, c.capacity, d->device.sectors);
    d->device.sectors = c.capacity;
}

/* Without F_SEG_MAX a device takes one segment (5.2.4); QEMU's always says. */
static void describe(struct disk *d)
{
    struct config c;
    uint64_t features = d->virtio->features;
    read_config(d->virtio, &c);
    unsigned room = MIN(d->queue->size > 2 ? d->queue->size - 2 : 0, MAX_PARTS);
    d->device = (struct block_device){
        .sectors = c.capacity,
        .sector_size = c.blk_size,
        .max_bytes = MAX_BYTES,
        .max_parts = MIN(MAX(c.seg_max, 1u), room),
        .max_part_bytes = ALIGN_DOWN(MIN(c.size_max, MAX_BYTES), BLOCK_SECTOR),
        .depth = DEPTH,
        .read_only = features & F_RO,
        .volatile_cache = features & F_FLUSH,
        .submit = submit,
        .kick = kick,
        .poll = poll,
        .nudge = nudge,
        .reset = restart,
        .priv = d,
    };
}

static int start(struct disk *d)
{
    d->exchanges = kzalloc(DEPTH * sizeof *d->exchanges);
    d->queue = d->exchanges ? virtio_queue(d->virtio, 0, RING_SIZE, interrupt) : NULL;
    if (!d->queue)
        return -ENOMEM;
    d->queue->priv = d;
    d->queue->counts_output = true;
    describe(d);
    int err = virtio_ready(d->virtio);
    return err ? err : block_register(&d->device, "vd");
}

static int probe(struct virtio *v)
{
    int err = virtio_negotiate(v, F_SIZE_MAX | F_SEG_MAX | F_RO | F_BLK_SIZE | F_FLUSH, 0);
    struct disk *d = err ? NULL : kzalloc(sizeof *d);
    if (!d)
        return err ? err : -ENOMEM;
    d->virtio = v;
    v->priv = d;
    v->config_changed = config_changed;
    err = start(d);
    if (err) {
        kfree(d->exchanges);
        kfree(d);
    }
    return err;
}

DRIVER(virtio_blk) = {
    .name = "virtio-blk",
    .devices = "virtio disk (PCI 1af4:1001, 1af4:1042; MMIO)",
    .virtio_id = 2,
    .probe_virtio = probe,
};
