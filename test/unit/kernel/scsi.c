/* SCSI disks over a made-up adapter: which are found, what their answers lead to, and what is tried again. */
#include "device-host.h"
#include "scsi-target.h"
#include "block/scsi.c"
#include "block/scsi-disk.c"
#include "block/scsi-scan.c"

#define ADAPTER_SLOTS 3
static struct scsi_command *slots[ADAPTER_SLOTS];
static struct scsi_host adapter;
static bool silent;     /* it takes commands and does nothing */
static bool kicked;     /* it does nothing before */
static bool stubborn;   /* it cannot be reset */
static bool whole_only; /* it can only be reset as a whole */
static unsigned resets;
static struct scsi_response (*liar)(const struct scsi_command *c); /* answers in place of the targets */

static int take(struct scsi_host *h, struct scsi_command *c)
{
    uint32_t length = 0;
    for (unsigned i = 0; i < c->part_count; i++)
        length += c->parts[i].length;
    CHECK(length == c->length && (c->length != 0) == (c->direction != SCSI_NO_DATA));
    CHECK(c->cdb_length == (c->cdb[0] < 0x20 ? 6 : c->cdb[0] < 0x60 ? 10 : c->cdb[0] < 0xa0 ? 16 : 12));
    for (unsigned i = 0; i < ADAPTER_SLOTS; i++)
        if (!slots[i]) {
            slots[i] = c;
            return 0;
        }
    return -EAGAIN;
}

static void adapter_kick(struct scsi_host *h)
{
    kicked = true;
}

static void answer_one(struct scsi_host *h, unsigned slot)
{
    struct scsi_command *c = slots[slot];
    struct answer a;
    slots[slot] = NULL;
    if (liar) {
        struct scsi_response r = liar(c);
        scsi_complete(h, c, &r);
        return;
    }
    a = target_execute(c->to, c->cdb, c->parts, c->part_count);
    scsi_complete(h, c,
                  &(struct scsi_response){.error = a.absent ? -ENXIO : 0,
                                          .status = a.status,
                                          .residual = c->length - a.transferred,
                                          .sense = a.sense,
                                          .sense_length = a.sense_length});
}

/* In any order. */
static void adapter_poll(struct scsi_host *h)
{
    unsigned slot = random_u64() % ADAPTER_SLOTS;
    if (silent || !kicked || !slots[slot])
        return;
    answer_one(h, slot);
    scsi_resume(h);
}

static int adapter_reset(struct scsi_host *h, const struct scsi_address *unit)
{
    resets++;
    if (stubborn)
        return -EIO;
    for (unsigned i = 0; i < ADAPTER_SLOTS; i++) {
        struct scsi_command *c = slots[i];
        if (!c || (unit && !whole_only && (c->to.target != unit->target || c->to.lun != unit->lun)))
            continue;
        slots[i] = NULL;
        scsi_complete(h, c, &(struct scsi_response){.error = -ECANCELED});
        scsi_resume(h); /* nothing goes into an adapter that is being reset */
        CHECK(!slots[i]);
    }
    return 0;
}

static void scan(void)
{
    forget_disks();
    memset(slots, 0, sizeof slots);
    kicked = silent = stubborn = whole_only = false;
    warnings = resets = completed = 0;
    adapter = (struct scsi_host){
        .where = "test",
        .target_count = 70,
        .lun_count = 1024,
        .max_bytes = 32768,
        .max_parts = 8,
        .submit = take,
        .kick = adapter_kick,
        .poll = adapter_poll,
        .reset = adapter_reset,
    };
    scsi_start(&adapter);
}

static struct unit *scan_one(uint64_t blocks, uint32_t block_size)
{
    unit_count = 0;
    struct unit *u = add_unit(0, 0, blocks, block_size);
    scan();
    return u;
}

static void finds_disks_among_targets_and_units(void)
{
    unit_count = 0;
    add_unit(0, 0, 128, 512)->cache = true;
    add_unit(0, 3, 64, 4096)->write_protected = true;
    add_unit(2, 0, 100, 512)->type = 5;    /* CD */
    add_unit(2, 1, 100, 512)->type = 0x0d; /* enclosure */
    add_unit(2, 2, 100, 512)->type = 0x20; /* a disk that is not connected */
    add_unit(40, 600, 1ull << 33, 512)->knows_modes = false;
    struct unit *u = add_unit(69, 1, 77, 512);
    u->trouble = 3; /* power on, reset, changed */
    u->trouble_status = SCSI_CHECK_CONDITION;
    u->trouble_key = SCSI_UNIT_ATTENTION;
    scan();
    CHECK(disk_count == 4 && warnings == 0);
    CHECK(disks[0]->sectors == 128 && disks[0]->sector_size == 512 && disks[0]->volatile_cache && !disks[0]->read_only);
    CHECK(disks[1]->sectors == 512 && disks[1]->sector_size == 4096 && !disks[1]->volatile_cache &&
          disks[1]->read_only);
    CHECK(disks[2]->sectors == 1ull << 33 && disks[2]->volatile_cache && !disks[2]->read_only);
    CHECK(disks[3]->sectors == 77);
}

static void refuses_what_cannot_be_a_disk(void)
{
    scan_one(100, 520);
    CHECK(disk_count == 0 && warnings == 1);
    scan_one(100, 0);
    CHECK(disk_count == 0 && warnings == 1);
    scan_one(0, 512); /* the last block is number -1 */
    CHECK(disk_count == 0 && warnings == 1);
    scan_one(UINT64_MAX / 4096 + 1, 4096);
    CHECK(disk_count == 0 && warnings == 1);
    struct unit *u = scan_one(100, 512);
    CHECK(disk_count == 1);
    u->trouble = 1;
    u->trouble_status = SCSI_CHECK_CONDITION;
    u->trouble_key = SCSI_NOT_READY;
    u->trouble_code = 0x3a; /* no medium */
    scan();
    CHECK(disk_count == 0 && warnings == 0);
    u->trouble = 20;
    u->trouble_code = 0x04;
    u->trouble_qualifier = 0x01; /* becoming ready */
    scan();
    CHECK(disk_count == 1 && warnings == 0);
}

static void moves_data(void)
{
    scan_one(128, 512);
    data_goes_both_ways(disks[0], 500);
    scan_one(16, 4096);
    data_goes_both_ways(disks[0], 500);
    add_unit(1, 0, 128, 512)->max_blocks = 9;
    scan();
    CHECK(disk_count == 2 && disks[0]->max_bytes == 32768 && disks[1]->max_bytes == 9 * 512);
    data_goes_both_ways(disks[1], 500);
    scan_one(1ull << 40, 512);
    static uint8_t data[512], back[512];
    memset(data, 0x77, sizeof data);
    CHECK(transfer(disks[0], BLOCK_WRITE, (1ull << 40) - 1, data, 512) == 0); /* by WRITE(16) */
    CHECK(last_block == (1ull << 40) - 1);
    CHECK(transfer(disks[0], BLOCK_READ, (1ull << 40) - 1, back, 512) == 0 && memcmp(data, back, 512) == 0);
    CHECK(transfer(disks[0], BLOCK_FLUSH, 0, NULL, 0) == 0);
}

static int read_in_trouble(struct unit *u, unsigned times, uint8_t status, uint8_t key, uint8_t code, uint8_t qualifier)
{
    static uint8_t data[512];
    u->trouble = times;
    u->trouble_status = status;
    u->trouble_key = key;
    u->trouble_code = code;
    u->trouble_qualifier = qualifier;
    int result = transfer(disks[0], BLOCK_READ, 3, data, sizeof data);
    unsigned left = u->trouble;
    u->trouble = 0;
    CHECK(transfer(disks[0], BLOCK_READ, 3, data, sizeof data) == 0); /* usable again */
    CHECK(left == 0 || result != 0);
    return result;
}

static void understands_how_commands_fail(void)
{
    struct unit *u = scan_one(128, 512);
    static const uint8_t check = SCSI_CHECK_CONDITION;
    for (unsigned i = 0; i < 4; i++) {
        u->trouble_format = (uint8_t)(i == 0 ? 0x70 : i == 1 ? 0x72 : i == 2 ? 0xf0 : 0xf2); /* both formats */
        CHECK(read_in_trouble(u, 1, check, SCSI_RECOVERED_ERROR, 0x17, 0) == -EIO);          /* without the data */
        CHECK(read_in_trouble(u, 1, check, SCSI_MEDIUM_ERROR, 0x11, 0) == -EIO);
        CHECK(read_in_trouble(u, 1, check, SCSI_HARDWARE_ERROR, 0x44, 0) == -EIO);
        CHECK(read_in_trouble(u, 1, check, SCSI_ILLEGAL_REQUEST, 0x21, 0) == -EIO);
        CHECK(read_in_trouble(u, 1, check, SCSI_DATA_PROTECT, 0x27, 0) == -EROFS);
        CHECK(read_in_trouble(u, 1, check, SCSI_DATA_PROTECT, 0x27, 0x07) == -ENOSPC);
        CHECK(read_in_trouble(u, 7, check, SCSI_UNIT_ATTENTION, 0x29, 0) == 0);
        CHECK(read_in_trouble(u, 8, check, SCSI_UNIT_ATTENTION, 0x29, 0) == -EIO);
        CHECK(read_in_trouble(u, 2, check, SCSI_ABORTED_COMMAND, 0, 6) == 0);
        CHECK(read_in_trouble(u, 100, check, SCSI_ABORTED_COMMAND, 0, 6) == -EIO);
        CHECK(read_in_trouble(u, 30, check, SCSI_NOT_READY, 0x04, 0x01) == 0);
        CHECK(read_in_trouble(u, 1, check, SCSI_NOT_READY, 0x3a, 0) == -EIO);
    }
    u->trouble_format = 0x71; /* an earlier command's */
    CHECK(read_in_trouble(u, 1, check, SCSI_UNIT_ATTENTION, 0, 0) == -EIO);
    u->trouble_format = 0x44; /* none */
    CHECK(read_in_trouble(u, 1, check, SCSI_MEDIUM_ERROR, 0x11, 0) == 0);
    CHECK(read_in_trouble(u, 50, SCSI_BUSY, 0, 0, 0) == 0);
    CHECK(read_in_trouble(u, 50, SCSI_TASK_SET_FULL, 0, 0, 0) == 0);
    CHECK(read_in_trouble(u, 1, SCSI_TASK_ABORTED, 0, 0, 0) == 0);
    CHECK(read_in_trouble(u, 1, 0x18, 0, 0, 0) == -EIO); /* reservation conflict */
    u->short_transfer = true;
    static uint8_t data[1024];
    CHECK(transfer(disks[0], BLOCK_READ, 0, data, sizeof data) == -EIO);
    u->write_protected = true;
    CHECK(transfer(disks[0], BLOCK_WRITE, 0, data, sizeof data) == -EROFS);
    u->trouble = 1;
    u->trouble_status = check;
    u->trouble_format = 0;
    u->trouble_key = SCSI_ILLEGAL_REQUEST;
    u->trouble_code = 0x20;
    CHECK(transfer(disks[0], BLOCK_FLUSH, 0, NULL, 0) == 0); /* knows no such command: has no cache */
    u->trouble = 1;
    u->trouble_key = SCSI_MEDIUM_ERROR;
    CHECK(transfer(disks[0], BLOCK_FLUSH, 0, NULL, 0) == -EIO);
}

static void all_disks_get_their_turn(void)
{
    unit_count = 0;
    add_unit(0, 0, 128, 512);
    add_unit(1, 0, 128, 512);
    scan();
    static uint8_t data[2 * DEPTH][512];
    struct block_request r[2 * DEPTH], one_more;
    struct block_part parts[2 * DEPTH];
    for (unsigned i = 0; i < 2 * DEPTH; i++) {
        parts[i] = (struct block_part){(paddr_t)data[i], 512};
        start_request(&r[i], disks[i / DEPTH], BLOCK_READ, i, &parts[i], 1);
    }
    one_more = r[0];
    CHECK(disks[0]->submit(disks[0], &one_more) == -EAGAIN);
    for (unsigned i = 2 * DEPTH; i--;)
        CHECK(finish_request(&r[i]) == 0);
    CHECK(completed == 2 * DEPTH);
}

static void a_reset_takes_back_one_disks_commands(bool as_a_whole)
{
    unit_count = 0;
    add_unit(0, 0, 128, 512);
    add_unit(0, 1, 128, 512);
    scan();
    static uint8_t data[8][512];
    struct block_request r[8];
    struct block_part parts[8];
    silent = true;
    whole_only = as_a_whole;
    for (unsigned i = 0; i < 8; i++) {
        parts[i] = (struct block_part){(paddr_t)data[i], 512};
        start_request(&r[i], disks[i % 2], BLOCK_READ, i, &parts[i], 1);
    }
    CHECK(disks[0]->reset(disks[0]) == 0 && resets == 1);
    for (unsigned i = 0; i < 8; i++)
        CHECK(r[i].status == (i % 2 ? UNFINISHED : -EIO));
    silent = false;
    for (unsigned i = 1; i < 8; i += 2)
        CHECK(finish_request(&r[i]) == 0);
    CHECK(transfer(disks[0], BLOCK_READ, 0, data[0], 512) == 0);
}

static void a_reset_ends_what_waits_for_a_busy_unit(void)
{
    static uint8_t data[512];
    struct unit *u = scan_one(128, 512);
    struct block_request r;
    struct block_part part = {(paddr_t)data, sizeof data};
    u->trouble = 1000000;
    u->trouble_status = SCSI_BUSY;
    start_request(&r, disks[0], BLOCK_READ, 0, &part, 1);
    while (list_empty(&adapter.later))
        adapter.poll(&adapter);
    CHECK(disks[0]->reset(disks[0]) == 0 && r.status == -EIO && list_empty(&adapter.later));
}

static int refuse_all(struct scsi_host *h, struct scsi_command *c)
{
    return -EIO;
}

static void a_dead_adapter_ends_what_waits(void)
{
    scan_one(128, 512);
    static uint8_t data[8][512];
    struct block_request r[8];
    struct block_part parts[8];
    silent = true;
    for (unsigned i = 0; i < 8; i++) {
        parts[i] = (struct block_part){(paddr_t)data[i], 512};
        start_request(&r[i], disks[0], BLOCK_READ, i, &parts[i], 1);
    }
    adapter.submit = refuse_all;
    CHECK(disks[0]->reset(disks[0]) == 0);
    for (unsigned i = 0; i < 8; i++)
        CHECK(r[i].status == -EIO);
    CHECK(transfer(disks[0], BLOCK_READ, 0, data[0], 512) == -EIO);
}

static uint8_t silent_from; /* this command on */
static unsigned taken_in_silence;

static int take_in_silence(struct scsi_host *h, struct scsi_command *c)
{
    silent = silent || c->cdb[0] == silent_from;
    taken_in_silence += silent;
    return take(h, c);
}

static void an_adapter_that_falls_silent_is_told_of(uint8_t from, bool cannot_be_reset)
{
    static const void *volatile kept[2]; /* what an adapter has that cannot be reset is its for good */
    static unsigned kept_count;
    unit_count = 0;
    add_unit(0, 0, 128, 512);
    scan();
    CHECK(disk_count == 1);
    forget_disks();
    silent_from = from;
    stubborn = cannot_be_reset;
    adapter.submit = take_in_silence;
    warnings = taken_in_silence = 0;
    uint64_t before = now;
    scsi_start(&adapter);
    CHECK(disk_count == 0 && warnings && now - before < 2 * EXECUTE_NS);
    CHECK(from == 0x12 || taken_in_silence == 1);
    if (stubborn)
        CHECK((kept[kept_count++] = slots[0]));
}

static struct scsi_response lie(const struct scsi_command *c)
{
    static uint8_t sense[32];
    for (unsigned i = 0; i < c->part_count; i++)
        for (uint32_t at = 0; at < MIN(c->parts[i].length, 256u) && random_left(); at++)
            ((uint8_t *)c->parts[i].address)[at] =
                random_u64() % 4 ? (uint8_t)(random_u64() % 9) : (uint8_t)random_u64();
    if (c->cdb[0] == 0x25 && random_u64() % 2)
        scsi_put32((uint8_t *)c->parts[0].address + 4, random_u64() % 2 ? 512 : 4096);
    if (c->cdb[0] == 0x12 && random_u64() % 2)
        *(uint8_t *)c->parts[0].address = 0;
    for (unsigned i = 0; i < sizeof sense; i++)
        sense[i] = (uint8_t)random_u64();
    sense[0] = (uint8_t)(random_u64() % 8 ? 0x70 + random_u64() % 4 : random_u64());
    static const uint8_t status[] = {0, 0, 0, 0, 2, 4, 8, 0x18, 0x28, 0x40, 0xff};
    static const int errors[] = {-ENXIO, -EIO, -ECANCELED};
    return (struct scsi_response){.error = random_u64() % 4 ? 0 : errors[random_u64() % 3],
                                  .status = status[random_u64() % ARRAY_LEN(status)],
                                  .residual = random_u64() % 2 ? 0 : (uint32_t)random_u64(),
                                  .sense = sense,
                                  .sense_length = (uint32_t)(random_u64() % (sizeof sense + 1))};
}

static void hostile_round(void)
{
    unit_count = 0;
    liar = lie;
    scan();
    for (unsigned i = 0; i < disk_count; i++) {
        static uint8_t data[4096];
        CHECK(disks[i]->sectors <= UINT64_MAX / 512);
        transfer(disks[i], BLOCK_READ, 0, data, sizeof data);
        transfer(disks[i], BLOCK_FLUSH, 0, NULL, 0);
    }
    liar = NULL;
}

static void survives_hostile_devices(void)
{
    unsigned found = 0;
    for (unsigned round = 0; round < 30; round++) {
        hostile_round();
        found += disk_count;
    }
    CHECK(found > 0);
}

int main(void)
{
    direct_map_base = 0;
    finds_disks_among_targets_and_units();
    refuses_what_cannot_be_a_disk();
    moves_data();
    understands_how_commands_fail();
    all_disks_get_their_turn();
    a_reset_takes_back_one_disks_commands(false);
    a_reset_takes_back_one_disks_commands(true);
    a_reset_ends_what_waits_for_a_busy_unit();
    a_dead_adapter_ends_what_waits();
    an_adapter_that_falls_silent_is_told_of(0x12, false);
    an_adapter_that_falls_silent_is_told_of(0x12, true);
    an_adapter_that_falls_silent_is_told_of(0x25, true);
    survives_hostile_devices();
    forget_disks();
    puts("OK");
}
