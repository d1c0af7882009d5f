/* block/partition.c, block/gpt.c: good tables are read, damaged ones fall back to their copy, hostile ones name nothing
 * outside of the disk and do no harm. */
#include "device-host.h"
#include "lib/format.c"
void *krealloc(void *p, size_t n)
{
    return realloc(p, n);
}
#include "block/partition.c"
#include "block/gpt.c"

#ifdef FUZZED
#define LBAS 256u /* faster */
#define ENTRIES 16u
#else
#define LBAS 4096u
#define ENTRIES 128u
#endif
static uint8_t *disk;
static uint32_t sector_size;
static uint64_t broken_lba; /* cannot be read; 0: none */
static unsigned reads;

static int read_disk(const struct partition_disk *d, uint64_t offset, void *to, size_t n)
{
    CHECK(offset % sector_size == 0 && n % sector_size == 0 && n);
    CHECK(offset + n <= (uint64_t)LBAS * sector_size);
    CHECK(++reads < 1000);
    if (broken_lba && broken_lba >= offset / sector_size && broken_lba < (offset + n) / sector_size)
        return -EIO;
    memcpy(to, disk + offset, n);
    return 0;
}

static struct partition_table scan(void)
{
    struct partition_table t;
    struct partition_disk d = {
        .name = "vda", .sectors = LBAS * (sector_size / 512), .sector_size = sector_size, .read = read_disk};
    reads = warnings = 0;
    partition_scan(&d, &t);
    for (unsigned i = 0; i < t.count; i++) {
        const struct partition *p = &t.list[i];
        CHECK(p->count && p->first && p->first < d.sectors && p->count <= d.sectors - p->first);
        CHECK(strnlen(p->id, sizeof p->id) < sizeof p->id && strnlen(p->label, sizeof p->label) < sizeof p->label);
    }
    return t;
}

static void put32(uint8_t *p, uint32_t v)
{
    memcpy(p, &v, 4);
}

static void mbr_entry(uint64_t lba, unsigned i, uint8_t type, uint32_t start, uint32_t length)
{
    uint8_t *sector = disk + lba * sector_size, *e = sector + MBR_ENTRIES_AT + i * MBR_ENTRY;
    e[MBR_TYPE] = type;
    put32(e + MBR_START, start);
    put32(e + MBR_LENGTH, length);
    sector[MBR_MAGIC_AT] = 0x55;
    sector[MBR_MAGIC_AT + 1] = 0xaa;
}

static void seal(uint64_t lba)
{
    struct header *h = (struct header *)(disk + lba * sector_size);
    h->entries_crc = crc32(disk + h->entries_lba * sector_size, (size_t)h->entry_count * h->entry_size);
    h->crc = 0;
    h->crc = crc32(h, h->size);
}

static void gpt_copy(uint64_t lba, uint64_t entries_lba)
{
    struct header *h = (struct header *)(disk + lba * sector_size);
    *h = (struct header){.signature = "EFI PART",
                         .revision = 0x10000,
                         .size = HEADER_SIZE,
                         .my_lba = lba,
                         .alternate_lba = LBAS - lba,
                         .first_usable = 40,
                         .last_usable = LBAS - 40,
                         .entries_lba = entries_lba,
                         .entry_count = ENTRIES,
                         .entry_size = 128};
    struct entry *e = (struct entry *)(disk + entries_lba * sector_size);
    e[0] = (struct entry){.type = {1}, .first = 40, .last = 47, .name = {'E', 'F', 'I'}};
    e[3] = (struct entry){.type = {2}, .first = 64, .last = LBAS - 40, .name = {'r', 0xe9, 0x20ac, 0xd800}};
    for (unsigned i = 0; i < 16; i++)
        e[3].id[i] = (uint8_t)(i + 0xa0);
    seal(lba);
}

static void new_disk(uint32_t size)
{
    sector_size = size;
    free(disk);
    disk = calloc(LBAS, size);
    broken_lba = 0;
}

static void new_gpt(uint32_t size)
{
    new_disk(size);
    mbr_entry(0, 0, TYPE_GPT, 1, LBAS - 1);
    gpt_copy(1, 2);
    gpt_copy(LBAS - 1, LBAS - 34);
}

static void expect_gpt(unsigned told)
{
    uint64_t scale = sector_size / 512;
    struct partition_table t = scan();
    CHECK(t.kind == PARTITIONS_GPT && t.count == 2 && warnings == told);
    CHECK(t.list[0].number == 1 && t.list[0].first == 40 * scale && t.list[0].count == 8 * scale);
    CHECK(t.list[1].number == 4 && t.list[1].first == 64 * scale && !strcmp(t.list[0].label, "EFI"));
    CHECK(!strcmp(t.list[1].id, "a3a2a1a0-a5a4-a7a6-a8a9-aaabacadaeaf"));
    CHECK(!strcmp(t.list[1].label, "r\xc3\xa9\xe2\x82\xac?"));
    free(t.list);
}

static void expect_none(unsigned told)
{
    struct partition_table t = scan();
    CHECK(t.count == 0 && warnings >= told);
    free(t.list);
}

static void gpt_is_read_from_either_end(uint32_t size)
{
    new_gpt(size);
    expect_gpt(0);
    disk[size + 8] ^= 1; /* the header's */
    expect_gpt(1);
    new_gpt(size);
    disk[2 * size + 300] ^= 1; /* an entry */
    expect_gpt(1);
    new_gpt(size);
    broken_lba = 1;
    expect_gpt(1);
    new_gpt(size);
    memset(disk + size, 0, size);
    memset(disk + (LBAS - 1) * (size_t)size, 0, size);
    expect_none(2);
}

/* With good checksums, so that only the checks of the values stand in the way. */
static void hostile_headers_are_refused(void)
{
    static const struct {
        size_t offset;
        unsigned size;
        uint64_t value;
    } changes[] = {
        {offsetof(struct header, size), 4, 0},
        {offsetof(struct header, my_lba), 8, 2},
        {offsetof(struct header, first_usable), 8, LBAS},
        {offsetof(struct header, last_usable), 8, LBAS},
        {offsetof(struct header, last_usable), 8, UINT64_MAX},
        {offsetof(struct header, entries_lba), 8, 0},
        {offsetof(struct header, entries_lba), 8, LBAS - 3},
        {offsetof(struct header, entries_lba), 8, UINT64_MAX / 512},
        {offsetof(struct header, entry_count), 4, 0},
        {offsetof(struct header, entry_count), 4, UINT32_MAX},
        {offsetof(struct header, entry_size), 4, 0},
        {offsetof(struct header, entry_size), 4, 100},
        {offsetof(struct header, entry_size), 4, UINT32_MAX - 7},
    };
    for (unsigned i = 0; i < ARRAY_LEN(changes); i++) {
        new_gpt(512);
        memset(disk + (LBAS - 1) * 512, 0, 512);
        struct header *h = (struct header *)(disk + 512);
        memcpy((uint8_t *)h + changes[i].offset, &changes[i].value, changes[i].size);
        h->crc = 0;
        h->crc = crc32(h, HEADER_SIZE);
        expect_none(2);
    }
    new_gpt(512);
    struct entry *e = (struct entry *)(disk + 1024);
    e[0].last = LBAS; /* outside */
    e[3].last = 63;   /* backwards */
    seal(1);
    expect_none(2);
}

static void mbr_partitions_are_read(void)
{
    new_disk(512);
    put32(disk + MBR_SIGNATURE_AT, 0x1234abcd);
    mbr_entry(0, 0, 0x83, 64, 100);
    mbr_entry(0, 1, 0x83, LBAS - 10, 100); /* outside */
    mbr_entry(0, 3, TYPE_EXTENDED, 1000, 1000);
    mbr_entry(1000, 0, 0x83, 8, 100);
    mbr_entry(1000, 1, TYPE_EXTENDED, 200, 300);
    mbr_entry(1200, 0, 0x83, 8, 50);
    struct partition_table t = scan();
    CHECK(t.kind == PARTITIONS_MBR && t.count == 4 && warnings == 1);
    CHECK(t.list[0].number == 1 && !strcmp(t.list[0].id, "1234abcd-01"));
    CHECK(t.list[2].number == 5 && t.list[2].first == 1008 && t.list[3].number == 6 && t.list[3].first == 1208);
    free(t.list);
    mbr_entry(1200, 1, TYPE_EXTENDED, 0, 300); /* a ring */
    t = scan();
    CHECK(t.count == 2 + LAST_NUMBER - FIRST_LOGICAL + 1);
    free(t.list);
    disk[MBR_ENTRIES_AT] = 0x33; /* a boot sector's code, not a table */
    expect_none(0);
}

static void hostile_round(void)
{
    uint32_t size = random_u64() % 8 ? 512 : 4096;
    new_gpt(size);
    if (random_u64() % 3 == 0)
        mbr_entry(0, 0, (uint8_t)(random_u64() % 2 ? TYPE_EXTENDED : 0x83), (uint32_t)(random_u64() % LBAS), 50);
    for (unsigned n = 1 + (unsigned)(random_u64() % 20); n; n--) {
        uint64_t lba = random_u64() % 2 ? random_u64() % 4 : LBAS - 1 - random_u64() % 34;
        disk[lba * size + random_u64() % (random_u64() % 2 ? 96 : size)] = (uint8_t)random_u64();
    }
    if (random_u64() % 2) { /* good checksums over whatever is there now */
        struct header *h = (struct header *)(disk + size);
        if (h->size >= HEADER_SIZE && h->size <= size &&
            is_sane(&(struct partition_disk){.sectors = LBAS * (size / 512), .sector_size = size}, h, 1))
            seal(1);
    }
    struct partition_table t = scan();
    free(t.list);
}

static void noise_does_no_harm(void)
{
    for (unsigned round = 0; round < 4000; round++)
        hostile_round();
}

int main(void)
{
    gpt_is_read_from_either_end(512);
    gpt_is_read_from_either_end(4096);
    hostile_headers_are_refused();
    mbr_partitions_are_read();
    noise_does_no_harm();
    free(disk);
    return 0;
}
