#include "block/ata.h"
#include "boot/boot.h"
#include "time/time.h"

#define READ_SECTORS 0x20
#define READ_SECTORS_EXT 0x24
#define READ_DMA_EXT 0x25
#define WRITE_SECTORS 0x30
#define WRITE_SECTORS_EXT 0x34
#define WRITE_DMA_EXT 0x35
#define READ_FPDMA_QUEUED 0x60
#define WRITE_FPDMA_QUEUED 0x61
#define READ_DMA 0xc8
#define WRITE_DMA 0xca
#define FLUSH_CACHE 0xe7
#define FLUSH_CACHE_EXT 0xea

#define LBA28_SECTORS (1ull << 28)
#define LBA28_COUNT 256u
#define LBA48_COUNT 65536u
#define MAX_BYTES (4u << 20) /* of one request: more saves nothing, and others wait longer */

static uint64_t join(const uint16_t *w, unsigned count)
{
    uint64_t v = 0;
    for (unsigned i = count; i--;)
        v = v << 16 | w[i];
    return v;
}

/* Words that old devices leave alone are valid only with this pattern in their top bits. */
static bool is_valid(uint16_t word)
{
    return (word & 0xc000) == 0x4000;
}

/* Two characters a word, the first in the high byte, filled up with spaces (7.12.7.14). */
static void copy_model(char *to, const uint16_t *from)
{
    unsigned end = 0;
    for (unsigned i = 0; i < 40; i++) {
        char c = (char)(from[i / 2] >> (i % 2 ? 0 : 8));
        to[i] = c >= ' ' && c <= '~' ? c : '?';
        if (to[i] != ' ')
            end = i + 1;
    }
    to[end] = '\0';
}

static uint32_t logical_sector(const uint16_t *w)
{
    if (!is_valid(w[106]) || !(w[106] & 1 << 12))
        return 512;
    uint64_t size = join(w + 117, 2) * 2;
    return size == 512 || size == 4096 ? (uint32_t)size : 0;
}

int ata_identify(struct ata_disk *disk, const uint16_t w[ATA_IDENTIFY_WORDS])
{
    bool new = is_valid(w[83]);
    *disk = (struct ata_disk){
        .sector_size = logical_sector(w),
        .dma = w[49] & 1 << 8,
        .lba48 = new &&w[83] & 1 << 10,
        .flush = new &&w[83] & 1 << 12,
        .flush_ext = new && (w[83] & (1 << 13 | 1 << 10)) == (1 << 13 | 1 << 10),
        .write_cache = is_valid(w[87]) && w[85] & 1 << 5,
    };
    copy_model(disk->model, w + 27);
    disk->sectors = disk->lba48 ? join(w + 100, 4) : join(w + 60, 2);
    if (disk->lba48 && w[76] != UINT16_MAX && w[76] & 1 << 8)
        disk->queue_depth = (w[75] & 31) + 1;
    bool is_ata = !(w[0] & 1 << 15), has_lba = w[49] & 1 << 9;
    bool fits = disk->sectors && disk->sectors <= (disk->lba48 ? 1ull << 48 : LBA28_SECTORS);
    return is_ata && has_lba && fits && disk->sector_size ? 0 : -EINVAL;
}

void ata_describe(const struct ata_disk *disk, struct block_device *d)
{
    d->sectors = disk->sectors * (disk->sector_size / BLOCK_SECTOR);
    d->sector_size = disk->sector_size;
    d->max_bytes = MIN((disk->lba48 ? LBA48_COUNT : LBA28_COUNT) * disk->sector_size, MAX_BYTES);
    d->volatile_cache = disk->write_cache && (disk->flush || disk->flush_ext);
}

uint64_t ata_request_bytes(const struct block_request *r)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < r->part_count; i++)
        sum += r->parts[i].length;
    return sum;
}

static struct ata_command choose_queued(bool write, uint64_t lba, uint32_t count)
{
    return (struct ata_command){
        .command = write ? WRITE_FPDMA_QUEUED : READ_FPDMA_QUEUED,
        .device = ATA_DEVICE_LBA,
        .features = (uint16_t)count,
        .lba = lba,
        .wide = true,
    };
}

/* The short forms where they reach: they take half the register accesses. A count of 0 stands for the largest. */
struct ata_command ata_choose(const struct ata_disk *disk, const struct block_request *r, enum ata_transfer transfer)
{
    if (r->operation == BLOCK_FLUSH)
        return (struct ata_command){.command = disk->flush_ext ? FLUSH_CACHE_EXT : FLUSH_CACHE};
    static const uint8_t commands[2][2][2] = {/* [wide][DMA][write] */
                                              {{READ_SECTORS, WRITE_SECTORS}, {READ_DMA, WRITE_DMA}},
                                              {{READ_SECTORS_EXT, WRITE_SECTORS_EXT}, {READ_DMA_EXT, WRITE_DMA_EXT}}};
    bool write = r->operation == BLOCK_WRITE;
    uint64_t lba = r->sector / (disk->sector_size / BLOCK_SECTOR);
    uint32_t count = (uint32_t)(ata_request_bytes(r) / disk->sector_size);
    if (transfer == ATA_QUEUED)
        return choose_queued(write, lba, count);
    bool wide = lba + count > LBA28_SECTORS || count > LBA28_COUNT;
    return (struct ata_command){
        .command = commands[wide][transfer == ATA_DMA][write],
        .device = (uint8_t)(ATA_DEVICE_LBA | (wide ? 0 : lba >> 24 & 15)),
        .count = (uint16_t)(wide ? count : count & 0xff),
        .lba = lba,
        .wide = wide,
    };
}

bool ata_memory_above_4g(void)
{
    for (unsigned i = 0; i < boot_info.range_count; i++)
        if (boot_info.ranges[i].type == BOOT_RANGE_FREE && boot_info.ranges[i].end > 1ull << 32)
            return true;
    return false;
}

void ata_delay(uint64_t ns)
{
    for (uint64_t end = clock_monotonic() + ns; clock_monotonic() < end;)
        __builtin_ia32_pause();
}
