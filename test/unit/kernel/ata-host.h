/* For host tests of the ATA drivers: a disk as IDENTIFY DEVICE describes it, time that passes by looking at it, and who
 * asks for sectors. Include it after device-host.h. */
#pragma once
#include "block/block.h"

#define DISK_SECTORS 4096u
#define SECTOR 512u

struct fake_disk {
    uint16_t identity[256];
    uint8_t data[DISK_SECTORS * SECTOR];
    uint32_t sector_size;
    uint64_t bad; /* logical sector that cannot be read or written; UINT64_MAX: none */
    unsigned flushes;
    bool filled; /* with noise, the first time */
};

static uint64_t now, tick = 10000000;
uint64_t clock_monotonic(void)
{
    return now += tick;
}

static inline void fake_disk_init(struct fake_disk *d, unsigned queue_depth, uint32_t sector_size)
{
    memset(d->identity, 0, sizeof d->identity);
    d->flushes = 0;
    uint16_t *w = d->identity;
    for (unsigned i = 0; i < 20; i++)
        w[27 + i] = ' ' << 8 | ' ';
    w[27] = 'F' << 8 | 'A';
    w[28] = 'K' << 8 | 'E';
    w[49] = 1 << 9 | 1 << 8;
    w[60] = w[100] = (uint16_t)(sizeof d->data / sector_size);
    w[106] = 1 << 14 | (sector_size == SECTOR ? 0 : 1 << 12);
    w[117] = sector_size == SECTOR ? 0 : (uint16_t)(sector_size / 2);
    d->sector_size = sector_size;
    w[75] = queue_depth ? (uint16_t)(queue_depth - 1) : 0;
    w[76] = queue_depth ? 1 << 8 : 0;
    w[83] = w[86] = 1 << 14 | 1 << 13 | 1 << 12 | 1 << 10;
    w[85] = 1 << 5;
    w[87] = 1 << 14;
    d->bad = UINT64_MAX;
    for (unsigned i = 0; i < sizeof d->data && !d->filled; i += 8)
        memcpy(d->data + i, &(uint64_t){noise_u64()}, 8);
    d->filled = true;
}

/* What the commands mean, whichever way they come. */
enum fake_action { FAKE_READ, FAKE_WRITE, FAKE_FLUSH, FAKE_IDENTIFY, FAKE_UNKNOWN };
static inline enum fake_action fake_action(uint8_t command)
{
    switch (command) {
    case 0x20:
    case 0x24:
    case 0x25:
    case 0x60:
    case 0xc8:
        return FAKE_READ;
    case 0x30:
    case 0x34:
    case 0x35:
    case 0x61:
    case 0xca:
        return FAKE_WRITE;
    case 0xe7:
    case 0xea:
        return FAKE_FLUSH;
    case 0xec:
        return FAKE_IDENTIFY;
    default:
        return FAKE_UNKNOWN;
    }
}
static inline bool fake_is_bad(const struct fake_disk *d, uint64_t lba, uint64_t count)
{
    return (lba + count) * d->sector_size > sizeof d->data || (d->bad >= lba && d->bad < lba + count);
}

/* --- Who asks */

static struct block_device *disks[8];
static unsigned disk_count;
int block_register(struct block_device *d, const char *prefix)
{
    CHECK(!strcmp(prefix, "sd") && disk_count < ARRAY_LEN(disks));
    disks[disk_count++] = d;
    return 0;
}

#define MAX_TEST_PARTS 8
struct asked {
    struct block_request r;
    struct block_part parts[MAX_TEST_PARTS];
    uint8_t *buffers[MAX_TEST_PARTS];
    bool flying;
};
static unsigned ended;
void block_complete(struct block_request *r, int status)
{
    struct asked *a = container_of(r, struct asked, r);
    CHECK(a->flying);
    a->flying = false;
    r->status = status;
    ended++;
}

static uint8_t *new_buffer(size_t n); /* the test's: memory that the device may reach */
static void free_buffer(uint8_t *b);

/* A request for `count` sectors of 512 bytes in random parts; a write's data is random. */
static inline struct asked *ask_for(enum block_operation operation, uint64_t sector, unsigned count)
{
    struct asked *a = calloc(1, sizeof *a);
    a->r = (struct block_request){.operation = operation, .sector = sector, .parts = a->parts, .status = -1};
    for (unsigned n; count; count -= n, a->r.part_count++) {
        n = a->r.part_count == MAX_TEST_PARTS - 1 ? count : 1 + (unsigned)(random_u64() % count);
        uint8_t *b = a->buffers[a->r.part_count] = new_buffer(n * SECTOR);
        for (unsigned i = 0; i < n * SECTOR; i++)
            b[i] = (uint8_t)noise_u64();
        a->parts[a->r.part_count] = (struct block_part){virt_to_phys(b), n * SECTOR};
    }
    return a;
}
static inline int submit_to(struct block_device *d, struct asked *a)
{
    CHECK(!a->flying);
    a->flying = true;
    a->r.device = d;
    int err = d->submit(d, &a->r);
    if (err)
        a->flying = false;
    else if (d->kick)
        d->kick(d);
    return err;
}
static inline bool matches(const struct fake_disk *d, const struct asked *a)
{
    const uint8_t *at = d->data + a->r.sector * SECTOR;
    for (unsigned i = 0; i < a->r.part_count; at += a->parts[i++].length)
        if (memcmp(at, a->buffers[i], a->parts[i].length))
            return false;
    return true;
}
static inline void drop(struct asked *a)
{
    CHECK(!a->flying);
    for (unsigned i = 0; i < a->r.part_count; i++)
        free_buffer(a->buffers[i]);
    free(a);
}
