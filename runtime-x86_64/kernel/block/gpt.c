/* GUID partition tables: UEFI 2.10, 5.3. The header at LBA 1, or else its copy at the end. */
#include "block/partition.h"
#include "mm/mm.h"

/* The usual table is 16 KiB. */
#define MAX_TABLE (256u << 10)
#define MIN_ENTRY 128u

struct header { /* 5.3.2, table 5.5 */
    char signature[8];
    uint32_t revision, size, crc, reserved;
    uint64_t my_lba, alternate_lba, first_usable, last_usable;
    uint8_t disk[16];
    uint64_t entries_lba;
    uint32_t entry_count, entry_size, entries_crc, unused;
};
#define HEADER_SIZE 92u
_Static_assert(offsetof(struct header, entries_crc) == 88 && sizeof(struct header) == 96, "UEFI 2.10, 5.3.2");
struct entry { /* 5.3.3 */
    uint8_t type[16], id[16];
    uint64_t first, last, attributes;
    uint16_t name[36];
};
_Static_assert(sizeof(struct entry) == 128, "UEFI 2.10, 5.3.3");

/* CRC-32 (IEEE 802.3), four bits at a time. */
static uint32_t crc32(const void *data, size_t n)
{
    static const uint32_t table[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
        0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };
    uint32_t crc = ~0u;
    for (const uint8_t *p = data; n--; p++) {
        crc = crc >> 4 ^ table[(crc ^ *p) & 15];
        crc = crc >> 4 ^ table[(crc ^ *p >> 4) & 15];
    }
    return ~crc;
}

/* How many sectors of the disk the table takes. */
static uint64_t table_lbas(const struct partition_disk *d, const struct header *h)
{
    return ALIGN_UP((uint64_t)h->entry_count * h->entry_size, d->sector_size) / d->sector_size;
}

static bool is_sane(const struct partition_disk *d, const struct header *h, uint64_t lba)
{
    uint64_t lbas = d->sectors / (d->sector_size / 512), bytes = (uint64_t)h->entry_count * h->entry_size;
    return h->my_lba == lba && h->first_usable <= h->last_usable && h->last_usable < lbas &&
           h->entry_size >= MIN_ENTRY && h->entry_size % 8 == 0 && bytes && bytes <= MAX_TABLE && h->entries_lba >= 2 &&
           h->entries_lba < lbas && table_lbas(d, h) <= lbas - h->entries_lba;
}

/* The header in `sector`, checked; -EINVAL. */
static int read_header(const struct partition_disk *d, uint64_t lba, uint8_t *sector, struct header *h)
{
    int err = d->read(d, lba * d->sector_size, sector, d->sector_size);
    if (err)
        return err;
    memcpy(h, sector, sizeof *h);
    if (memcmp(h->signature, "EFI PART", 8) || h->size < HEADER_SIZE || h->size > d->sector_size)
        return -EINVAL;
    memset(sector + offsetof(struct header, crc), 0, 4);
    if (crc32(sector, h->size) != h->crc)
        return -EINVAL;
    if (h->last_usable >= d->sectors / (d->sector_size / 512))
        log_warn("%s: its partition table is a larger disk's: the image has been cut short", d->name);
    return is_sane(d, h, lba) ? 0 : -EINVAL;
}

/* Unpaired surrogates and what lies outside of the BMP become '?'. */
static void to_utf8(char *out, const uint16_t *name)
{
    for (unsigned i = 0; i < 36 && name[i]; i++) {
        unsigned c = name[i] >= 0xd800 && name[i] < 0xe000 ? '?' : name[i];
        if (c >= 0x800) {
            *out++ = (char)(0xe0 | c >> 12);
            *out++ = (char)(0x80 | (c >> 6 & 0x3f));
        } else if (c >= 0x80) {
            *out++ = (char)(0xc0 | c >> 6);
        }
        *out++ = (char)(c < 0x80 ? c : 0x80 | (c & 0x3f));
    }
    *out = 0;
}

/* The first three groups are stored little-endian (UEFI 2.10, appendix A). */
static void format_guid(char *out, const uint8_t *g)
{
    static const uint8_t order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    for (unsigned i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *out++ = '-';
        out += format(out, 3, "%02x", g[order[i]]);
    }
}

static int add_entry(const struct partition_disk *d, const struct header *h, unsigned number, const struct entry *e,
                     struct partition_table *t)
{
    static const uint8_t unused[16];
    if (!memcmp(e->type, unused, 16))
        return 0;
    if (e->first < h->first_usable || e->first > e->last || e->last > h->last_usable) {
        log_warn("%s: partition %u lies outside of the usable part of the disk and is left out", d->name, number);
        return 0;
    }
    uint64_t scale = d->sector_size / 512;
    struct partition p = {.number = number, .first = e->first * scale, .count = (e->last - e->first + 1) * scale};
    format_guid(p.id, e->id);
    to_utf8(p.label, e->name);
    return partition_add(t, &p);
}

static int read_entries(const struct partition_disk *d, const struct header *h, struct partition_table *t)
{
    size_t bytes = table_lbas(d, h) * d->sector_size;
    uint8_t *table = kmalloc(bytes);
    if (!table)
        return -ENOMEM;
    int err = d->read(d, h->entries_lba * d->sector_size, table, bytes);
    if (!err && crc32(table, (size_t)h->entry_count * h->entry_size) != h->entries_crc)
        err = -EINVAL;
    for (unsigned i = 0; i < h->entry_count && !err; i++) {
        struct entry e;
        memcpy(&e, table + (size_t)i * h->entry_size, sizeof e);
        err = add_entry(d, h, i + 1, &e, t);
    }
    kfree(table);
    return err;
}

static int scan_at(const struct partition_disk *d, uint64_t lba, struct partition_table *t)
{
    struct header h;
    uint8_t *sector = kmalloc(d->sector_size);
    if (!sector)
        return -ENOMEM;
    int err = read_header(d, lba, sector, &h);
    kfree(sector);
    return err ? err : read_entries(d, &h, t);
}

int partition_scan_gpt(const struct partition_disk *d, struct partition_table *out)
{
    uint64_t lbas = d->sectors / (d->sector_size / 512);
    if (lbas < 4)
        return -EINVAL;
    out->kind = PARTITIONS_GPT;
    int err = scan_at(d, 1, out);
    if (!err || err == -ENOMEM)
        return err;
    log_warn("%s: the partition table at the start is damaged: its copy at the end is looked at", d->name);
    err = scan_at(d, lbas - 1, out);
    if (err)
        log_warn("%s: the copy of the partition table is damaged too: no partitions", d->name);
    return err;
}
