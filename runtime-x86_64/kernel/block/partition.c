/* MBR partitions (also logical ones), and the choice between MBR and GPT. */
#include "block/partition.h"
#include "mm/mm.h"

#define MBR_SIGNATURE_AT 440
#define MBR_ENTRIES_AT 446
#define MBR_ENTRY 16
#define MBR_TYPE 4
#define MBR_START 8
#define MBR_LENGTH 12
#define MBR_MAGIC_AT 510
#define FIRST_LOGICAL 5
/* A chain of logical partitions on a hostile disk may be a ring. */
#define LAST_NUMBER 63
enum { TYPE_EMPTY = 0, TYPE_EXTENDED = 0x05, TYPE_EXTENDED_LBA = 0x0f, TYPE_EXTENDED_LINUX = 0x85, TYPE_GPT = 0xee };

int partition_add(struct partition_table *t, const struct partition *p)
{
    struct partition *list = krealloc(t->list, (t->count + 1) * sizeof *list);
    if (!list)
        return -ENOMEM;
    t->list = list;
    list[t->count++] = *p;
    return 0;
}

struct mbr_entry {
    uint8_t type;
    uint64_t start, length; /* LBAs */
};

static struct mbr_entry entry_at(const uint8_t *sector, unsigned i)
{
    const uint8_t *e = sector + MBR_ENTRIES_AT + i * MBR_ENTRY;
    return (struct mbr_entry){e[MBR_TYPE], partition_le32(e + MBR_START), partition_le32(e + MBR_LENGTH)};
}

static bool is_mbr(const uint8_t *sector)
{
    if (sector[MBR_MAGIC_AT] != 0x55 || sector[MBR_MAGIC_AT + 1] != 0xaa)
        return false;
    for (unsigned i = 0; i < 4; i++) /* a FAT boot sector has the same magic, and code here */
        if (sector[MBR_ENTRIES_AT + i * MBR_ENTRY] & 0x7f)
            return false;
    return true;
}

static bool is_extended(uint8_t type)
{
    return type == TYPE_EXTENDED || type == TYPE_EXTENDED_LBA || type == TYPE_EXTENDED_LINUX;
}

static int add_mbr(const struct partition_disk *d, struct partition_table *t, uint32_t signature, unsigned number,
                   uint64_t start, uint64_t length)
{
    uint64_t scale = d->sector_size / 512;
    struct partition p = {.number = number, .first = start * scale, .count = length * scale};
    if (!start || p.first >= d->sectors || p.count > d->sectors - p.first) {
        log_warn("%s: partition %u lies outside of the disk and is left out", d->name, number);
        return 0;
    }
    format(p.id, sizeof p.id, "%08x-%02x", signature, number);
    return partition_add(t, &p);
}

/* Each sector of the chain tells of one partition, relative to itself, and of the next, relative to the first. */
static int scan_logical(const struct partition_disk *d, struct partition_table *t, uint32_t signature,
                        uint64_t extended, uint8_t *sector)
{
    uint64_t at = extended;
    for (unsigned number = FIRST_LOGICAL; number <= LAST_NUMBER; number++) {
        if (at * (d->sector_size / 512) >= d->sectors)
            return 0;
        int err = d->read(d, at * d->sector_size, sector, d->sector_size);
        if (err || !is_mbr(sector))
            return err;
        struct mbr_entry own = entry_at(sector, 0), next = entry_at(sector, 1);
        if (own.type != TYPE_EMPTY && own.length)
            err = add_mbr(d, t, signature, number, at + own.start, own.length);
        if (err || !is_extended(next.type))
            return err;
        at = extended + next.start;
    }
    return 0;
}

static int scan_mbr(const struct partition_disk *d, struct partition_table *t, uint8_t *sector)
{
    uint32_t signature = partition_le32(sector + MBR_SIGNATURE_AT);
    uint64_t extended = 0;
    int err = 0;
    t->kind = PARTITIONS_MBR;
    for (unsigned i = 0; i < 4 && !err; i++) {
        struct mbr_entry e = entry_at(sector, i);
        if (e.type != TYPE_EMPTY && e.length)
            err = add_mbr(d, t, signature, i + 1, e.start, e.length);
        if (is_extended(e.type) && e.start)
            extended = e.start;
    }
    return err || !extended ? err : scan_logical(d, t, signature, extended, sector);
}

/* UEFI 2.10, 5.2.3: a partition of type 0xee protects a GPT. A disk with further types is a hybrid; GPT counts. */
static bool is_protective(const uint8_t *sector)
{
    for (unsigned i = 0; i < 4; i++)
        if (entry_at(sector, i).type == TYPE_GPT)
            return true;
    return false;
}

int partition_scan(const struct partition_disk *d, struct partition_table *out)
{
    *out = (struct partition_table){0};
    if (d->sectors * 512 < d->sector_size)
        return 0;
    uint8_t *sector = kmalloc(d->sector_size);
    if (!sector)
        return -ENOMEM;
    int err = d->read(d, 0, sector, d->sector_size);
    if (!err && is_mbr(sector)) {
        if (!is_protective(sector))
            err = scan_mbr(d, out, sector);
        else if ((err = partition_scan_gpt(d, out)) == -EINVAL)
            err = 0;
    }
    kfree(sector);
    return err;
}
