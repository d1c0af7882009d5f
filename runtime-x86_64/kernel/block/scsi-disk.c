/* A SCSI disk as a block device: SBC-3. */
#include "block/scsi.h"
#include "mm/mm.h"

#define DEPTH 16
#define MAX_BYTES (1u << 20) /* far below the 16 bits of READ(10)'s count, and what real disks take */

enum { /* SBC-3, 5 */
       READ_10 = 0x28,
       WRITE_10 = 0x2a,
       SYNCHRONIZE_CACHE_10 = 0x35,
       READ_16 = 0x88,
       WRITE_16 = 0x8a,
};
#define INVALID_OPERATION_CODE 0x20 /* SPC-4, annex D */

struct disk {
    struct block_device block;
    struct scsi_host *host;
    struct scsi_address address;
    unsigned sector_shift; /* from BLOCK_SECTOR to the device's sectors */
    struct list free;      /* commands */
    struct scsi_command commands[DEPTH];
};

static uint32_t total_length(const struct block_request *r)
{
    uint32_t length = 0;
    for (unsigned i = 0; i < r->part_count; i++)
        length += r->parts[i].length;
    return length;
}

static void build_transfer(struct scsi_command *c, const struct disk *d, const struct block_request *r)
{
    uint64_t first = r->sector >> d->sector_shift;
    uint32_t count = c->length / d->block.sector_size;
    bool write = r->operation == BLOCK_WRITE;
    c->direction = write ? SCSI_TO_DEVICE : SCSI_FROM_DEVICE;
    if (first + count <= UINT32_MAX) {
        c->cdb[0] = write ? WRITE_10 : READ_10;
        scsi_put32(c->cdb + 2, (uint32_t)first);
        c->cdb[7] = (uint8_t)(count >> 8);
        c->cdb[8] = (uint8_t)count;
    } else {
        c->cdb[0] = write ? WRITE_16 : READ_16;
        scsi_put64(c->cdb + 2, first);
        scsi_put32(c->cdb + 10, count);
    }
}

static void disk_done(struct scsi_command *c)
{
    struct block_request *r = c->priv;
    struct disk *d = r->device->priv;
    int status = c->result;
    if (!status && c->residual)
        status = -EIO;
    if (r->operation == BLOCK_FLUSH && c->sense.key == SCSI_ILLEGAL_REQUEST && c->sense.code == INVALID_OPERATION_CODE)
        status = 0; /* it has no cache that one could ask it to empty */
    if (status)
        log_info("%s: command %02x: error %d (sense %x/%02x/%02x)", d->block.name, c->cdb[0], -status, c->sense.key,
                 c->sense.code, c->sense.qualifier);
    list_add(&d->free, &c->link);
    block_complete(r, status);
}

static int disk_submit(struct block_device *block, struct block_request *r)
{
    struct disk *d = block->priv;
    if (list_empty(&d->free))
        return -EAGAIN;
    struct scsi_command *c = list_entry(d->free.next, struct scsi_command, link);
    list_del(&c->link);
    *c = (struct scsi_command){
        .to = d->address,
        .parts = r->parts,
        .part_count = r->part_count,
        .length = total_length(r),
        .done = disk_done,
        .priv = r,
    };
    if (r->operation == BLOCK_FLUSH)
        c->cdb[0] = SYNCHRONIZE_CACHE_10; /* zeros: all of the disk */
    else
        build_transfer(c, d, r);
    scsi_submit(d->host, c);
    return 0;
}

static void disk_kick(struct block_device *block)
{
    struct scsi_host *h = ((struct disk *)block->priv)->host;
    h->kick(h);
}

static void disk_poll(struct block_device *block)
{
    struct scsi_host *h = ((struct disk *)block->priv)->host;
    h->poll(h);
}

static void disk_nudge(struct block_device *block)
{
    struct scsi_host *h = ((struct disk *)block->priv)->host;
    if (h->nudge)
        h->nudge(h);
}

static int disk_reset(struct block_device *block)
{
    struct disk *d = block->priv;
    return scsi_cancel(d->host, &d->address);
}

int scsi_disk_add(struct scsi_host *h, struct scsi_address at, const struct scsi_disk_info *info)
{
    struct disk *d = kzalloc(sizeof *d);
    if (!d)
        return -ENOMEM;
    d->host = h;
    d->address = at;
    d->sector_shift = info->block_size == BLOCK_SECTOR ? 0 : 3;
    d->block = (struct block_device){
        .sectors = info->blocks << d->sector_shift,
        .sector_size = info->block_size,
        .max_bytes = MIN(MIN(h->max_bytes, MAX_BYTES), info->max_bytes),
        .max_parts = h->max_parts,
        .depth = DEPTH,
        .read_only = info->read_only,
        .volatile_cache = info->volatile_cache,
        .submit = disk_submit,
        .kick = disk_kick,
        .poll = disk_poll,
        .nudge = disk_nudge,
        .reset = disk_reset,
        .priv = d,
    };
    list_init(&d->free);
    for (unsigned i = 0; i < DEPTH; i++)
        list_add_tail(&d->free, &d->commands[i].link);
    int err = block_register(&d->block, "sd");
    if (err)
        kfree(d);
    return err;
}
