/* Made-up SCSI targets, and a block layer that only remembers: what the tests of the SCSI drivers have in common.
 * Include it after device-host.h. */
#pragma once
#include "block/scsi.h"

#define STORE_SIZE 65536u /* of a disk; what lies further on a large one is the same again */
#define MAX_UNITS 8u

struct unit {
    struct scsi_address at;
    uint8_t type; /* INQUIRY's first byte */
    uint64_t blocks;
    uint32_t block_size;
    uint32_t max_blocks; /* of one command */
    bool write_protected, cache, knows_modes;
    uint8_t store[STORE_SIZE];
    /* The next commands but INQUIRY and REPORT LUNS end so, this often. */
    unsigned trouble;
    uint8_t trouble_status, trouble_key, trouble_code, trouble_qualifier, trouble_format;
    bool short_transfer; /* the next one */
};
static struct unit units[MAX_UNITS];
static unsigned unit_count;

static struct unit *add_unit(uint16_t target, uint16_t lun, uint64_t blocks, uint32_t block_size)
{
    CHECK(unit_count < MAX_UNITS);
    struct unit *u = &units[unit_count++];
    memset(u, 0, sizeof *u);
    *u = (struct unit){.at = {target, lun}, .blocks = blocks, .block_size = block_size, .knows_modes = true};
    return u;
}

struct answer {
    bool absent; /* no such target */
    uint8_t status, sense[18];
    uint32_t sense_length, transferred;
};

static void refuse(struct answer *a, uint8_t format, uint8_t key, uint8_t code, uint8_t qualifier)
{
    a->status = SCSI_CHECK_CONDITION;
    memset(a->sense, 0, sizeof a->sense);
    a->sense[0] = format ? format : 0x70;
    bool descriptors = (a->sense[0] & 0x7f) >= 0x72;
    a->sense[descriptors ? 1 : 2] = key;
    a->sense[descriptors ? 2 : 12] = code;
    a->sense[descriptors ? 3 : 13] = qualifier;
    a->sense_length = sizeof a->sense;
}

/* The command's memory as bytes in a row. */
static uint8_t *byte_at(const struct block_part *parts, unsigned count, uint32_t i)
{
    for (unsigned p = 0; p < count; i -= parts[p++].length)
        if (i < parts[p].length)
            return (uint8_t *)parts[p].address + i;
    return NULL;
}

static void give(struct answer *a, const struct block_part *parts, unsigned count, const uint8_t *data, uint32_t n)
{
    uint8_t *to;
    while (a->transferred < n && (to = byte_at(parts, count, a->transferred)))
        *to = data[a->transferred++];
}

static void report_luns_of(struct answer *a, uint16_t target, const struct block_part *parts, unsigned count)
{
    uint8_t data[8 + 8 * MAX_UNITS] = {0};
    uint32_t n = 8;
    for (unsigned i = 0; i < unit_count; i++) {
        if (units[i].at.target != target)
            continue;
        bool flat = units[i].at.lun > 255;
        data[n] = (uint8_t)((flat ? 0x40 : 0) | units[i].at.lun >> 8);
        data[n + 1] = (uint8_t)units[i].at.lun;
        n += 8;
    }
    scsi_put32(data, n - 8);
    give(a, parts, count, data, n);
}

static uint64_t last_block; /* the first of the last transfer */

static void read_or_write(struct unit *u, const uint8_t *cdb, const struct block_part *parts, unsigned count,
                          struct answer *a)
{
    bool wide = cdb[0] >= 0x80, write = (cdb[0] & 0xf) == 0xa;
    uint64_t first = wide ? scsi_get64(cdb + 2) : scsi_get32(cdb + 2);
    uint32_t blocks = wide ? scsi_get32(cdb + 10) : scsi_get16(cdb + 7);
    last_block = first;
    if (first > u->blocks || blocks > u->blocks - first) {
        refuse(a, 0, SCSI_ILLEGAL_REQUEST, 0x21, 0);
        return;
    }
    if (u->max_blocks && blocks > u->max_blocks) {
        refuse(a, 0, SCSI_ILLEGAL_REQUEST, 0x24, 0);
        return;
    }
    if (write && u->write_protected) {
        refuse(a, 0, SCSI_DATA_PROTECT, 0x27, 0);
        return;
    }
    uint32_t end = blocks * u->block_size - (u->short_transfer ? 512 : 0);
    u->short_transfer = false;
    for (; a->transferred < end; a->transferred++) {
        uint8_t *memory = byte_at(parts, count, a->transferred);
        uint8_t *store = &u->store[(first * u->block_size + a->transferred) % STORE_SIZE];
        CHECK(memory);
        *(write ? store : memory) = *(write ? memory : store);
    }
}

static void say_modes(struct unit *u, const uint8_t *cdb, const struct block_part *parts, unsigned count,
                      struct answer *a)
{
    uint8_t data[24] = {23, 0, u->write_protected ? 0x80 : 0x10, 0, 0x08, 18, u->cache ? 4 : 0};
    if (cdb[2] == 0x3f && !u->knows_modes)
        data[0] = 3;
    else if (!u->knows_modes) {
        refuse(a, 0, SCSI_ILLEGAL_REQUEST, 0x24, 0);
        return;
    }
    give(a, parts, count, data, data[0] + 1);
}

static void say_capacity(struct unit *u, bool wide, const struct block_part *parts, unsigned count, struct answer *a)
{
    uint8_t data[32] = {0};
    uint64_t last = u->blocks - 1;
    if (wide)
        scsi_put64(data, last);
    else
        scsi_put32(data, last > UINT32_MAX ? UINT32_MAX : (uint32_t)last);
    scsi_put32(data + (wide ? 8 : 4), u->block_size);
    give(a, parts, count, data, wide ? 32 : 8);
}

static struct unit *find_unit(struct scsi_address at, bool *target_exists)
{
    *target_exists = false;
    for (unsigned i = 0; i < unit_count; i++) {
        if (units[i].at.target != at.target)
            continue;
        *target_exists = true;
        if (units[i].at.lun == at.lun)
            return &units[i];
    }
    return NULL;
}

static unsigned commands_seen;

/* What a target does with one command. */
static struct answer target_execute(struct scsi_address at, const uint8_t *cdb, const struct block_part *parts,
                                    unsigned count)
{
    bool exists;
    struct unit *u = find_unit(at, &exists);
    struct answer a = {.absent = !exists};
    commands_seen++;
    if (!exists)
        return a;
    if (cdb[0] == 0xa0) {
        report_luns_of(&a, at.target, parts, count);
    } else if (cdb[0] == 0x12) {
        uint8_t inquiry[64] = {u ? u->type : 0x7f};
        if (u && cdb[1] & 1 && u->max_blocks) { /* otherwise that bit is not known */
            CHECK(cdb[2] == 0xb0);
            inquiry[1] = 0xb0;
            inquiry[3] = 0x3c;
            scsi_put32(inquiry + 8, u->max_blocks);
        }
        give(&a, parts, count, inquiry, cdb[1] & 1 ? sizeof inquiry : 36);
    } else if (!u) {
        refuse(&a, 0, SCSI_ILLEGAL_REQUEST, 0x25, 0);
    } else if (u->trouble) {
        u->trouble--;
        if (u->trouble_status == SCSI_CHECK_CONDITION)
            refuse(&a, u->trouble_format, u->trouble_key, u->trouble_code, u->trouble_qualifier);
        a.status = u->trouble_status;
    } else if (cdb[0] == 0x25 || cdb[0] == 0x9e) {
        say_capacity(u, cdb[0] == 0x9e, parts, count, &a);
    } else if (cdb[0] == 0x1a) {
        say_modes(u, cdb, parts, count, &a);
    } else if (cdb[0] == 0x28 || cdb[0] == 0x2a || cdb[0] == 0x88 || cdb[0] == 0x8a) {
        read_or_write(u, cdb, parts, count, &a);
    } else if (cdb[0] != 0x00 && cdb[0] != 0x35) {
        refuse(&a, 0, SCSI_ILLEGAL_REQUEST, 0x20, 0);
    }
    return a;
}

/* Time passes by being looked at, and adapters work meanwhile. */
static uint64_t now;
static void (*meanwhile)(void);
uint64_t clock_monotonic(void)
{
    if (meanwhile)
        meanwhile();
    return now += 20000;
}
static struct timer *armed_timer;
void timer_arm(struct timer *t, uint64_t deadline)
{
    t->armed = true;
    t->deadline = deadline;
    armed_timer = t;
}
void timer_cancel(struct timer *t)
{
    t->armed = false;
}
static void run_timer(void)
{
    struct timer *t = armed_timer;
    if (!t || !t->armed || clock_monotonic() < t->deadline)
        return;
    t->armed = false;
    t->fn(t);
}

#define MAX_DISKS 64u
static struct block_device *disks[MAX_DISKS];
static unsigned disk_count, completed;

int block_register(struct block_device *d, const char *prefix)
{
    CHECK(!strcmp(prefix, "sd") && d->max_bytes >= d->sector_size && d->max_parts && d->depth);
    if (disk_count == MAX_DISKS)
        return -ENOMEM;
    snprintf(d->name, sizeof d->name, "sd%c", (char)('a' + disk_count % 26));
    disks[disk_count++] = d;
    return 0;
}
#define UNFINISHED 1
void block_complete(struct block_request *r, int status)
{
    CHECK(r->status == UNFINISHED);
    completed++;
    r->status = status;
}

static void forget_disks(void)
{
    for (; disk_count; disk_count--)
        kfree(disks[disk_count - 1]->priv);
    armed_timer = NULL;
}

static void start_request(struct block_request *r, struct block_device *d, enum block_operation operation,
                          uint64_t sector, const struct block_part *parts, unsigned count)
{
    *r = (struct block_request){.operation = operation,
                                .sector = sector,
                                .parts = parts,
                                .part_count = count,
                                .status = UNFINISHED,
                                .device = d};
    int err = d->submit(d, r);
    CHECK(err == 0);
    d->kick(d);
}

static int finish_request(struct block_request *r)
{
    for (unsigned i = 0; i < 1000000 && r->status == UNFINISHED; i++) {
        clock_monotonic();
        r->device->poll(r->device);
        run_timer();
    }
    return r->status;
}

static int transfer(struct block_device *d, enum block_operation operation, uint64_t sector, void *data,
                    uint32_t length)
{
    struct block_request r;
    struct block_part part = {(paddr_t)data, length};
    start_request(&r, d, operation, sector, &part, length ? 1 : 0);
    return finish_request(&r);
}

/* Random transfers in random pieces, against a copy of what the disk must hold. */
static void data_goes_both_ways(struct block_device *d, unsigned rounds)
{
    static uint8_t expected[STORE_SIZE], memory[STORE_SIZE];
    uint32_t size = d->sector_size;
    for (uint32_t i = 0; i < STORE_SIZE; i += size) {
        memset(memory, (int)i, size);
        CHECK(transfer(d, BLOCK_WRITE, i / 512, memory, size) == 0);
        memcpy(expected + i, memory, size);
    }
    for (unsigned round = 0; round < rounds; round++) {
        uint32_t most = MIN(STORE_SIZE, d->max_bytes) / size, blocks = 1 + (uint32_t)(random_u64() % most);
        uint32_t first = (uint32_t)(random_u64() % (STORE_SIZE / size - blocks + 1)), length = blocks * size;
        bool write = random_u64() % 2;
        struct block_part parts[8];
        unsigned count = 0;
        for (uint32_t at = 0, n; at < length; at += n) {
            n = 512 * (1 + (uint32_t)(random_u64() % 24));
            n = count + 1 == MIN(d->max_parts, 8u) ? length - at : MIN(n, length - at);
            parts[count++] = (struct block_part){(paddr_t)(memory + at), n};
        }
        for (uint32_t i = 0; i < length; i++)
            memory[i] = (uint8_t)random_u64();
        struct block_request r;
        start_request(&r, d, write ? BLOCK_WRITE : BLOCK_READ, first * (size / 512), parts, count);
        CHECK(finish_request(&r) == 0);
        if (write)
            memcpy(expected + first * size, memory, length);
        CHECK(memcmp(expected + first * size, memory, length) == 0);
    }
}
