/* Which disks an adapter has: asks every target who it is, every unit of those that answer what it is. All that a
 * device says is copied before it is looked at, and believed only within bounds. */
#include "block/scsi.h"
#include "mm/mm.h"

enum { /* SPC-4, 6; SBC-3, 5 */
       TEST_UNIT_READY = 0x00,
       INQUIRY = 0x12,
       MODE_SENSE_6 = 0x1a,
       READ_CAPACITY_10 = 0x25,
       SERVICE_ACTION_IN_16 = 0x9e,
       REPORT_LUNS = 0xa0,
};
#define READ_CAPACITY_16 0x10
#define MODE_SENSE_DBD 0x08 /* no block descriptors */
#define CACHING_PAGE 0x08
#define ALL_PAGES 0x3f

#define INQUIRY_EVPD 0x01 /* a page of vital product data */
#define BLOCK_LIMITS_PAGE 0xb0
#define INQUIRY_SIZE 36u
#define INQUIRY_SLOT 64u
#define BATCH 32u /* inquiries at a time: most targets do not exist, and one question each would cost an exit each */
#define MAX_LUNS 128u
#define MEDIUM_NOT_PRESENT 0x3a

struct scan {
    struct scsi_host *host;
    uint8_t *page; /* what devices write to */
    struct scsi_address at;
    struct block_part parts[BATCH];
    struct scsi_command commands[BATCH];
    bool hangs; /* the adapter did not give a command back */
};

/* One command for the unit that is looked at. The answer is padded with zeros: adapters do not tell reliably how long
 * it is, and whatever can vary in length says so itself. */
static int ask(struct scan *s, const uint8_t *cdb, size_t cdb_size, void *answer, uint32_t length)
{
    struct scsi_command *c = &s->commands[0];
    *c = (struct scsi_command){.to = s->at};
    memcpy(c->cdb, cdb, cdb_size);
    if (length) {
        memset(s->page, 0, length);
        s->parts[0] = (struct block_part){virt_to_phys(s->page), length};
        c->direction = SCSI_FROM_DEVICE;
        c->parts = s->parts;
        c->part_count = 1;
        c->length = length;
    }
    int err = s->hangs ? -EIO : scsi_execute(s->host, c, 1);
    s->hangs = s->hangs || err == -EIO;
    if (err)
        return err;
    if (length)
        memcpy(answer, s->page, length);
    return c->result;
}
#define ASK(s, answer, length, ...)                                                                                    \
    ask(s, (const uint8_t[]){__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__}), answer, length)

/* SPC-4, 6.6.2: a qualifier other than 0 says that nothing is connected there. */
static bool is_disk(struct scan *s)
{
    uint8_t inquiry[INQUIRY_SIZE];
    if (ASK(s, inquiry, INQUIRY_SIZE, INQUIRY, 0, 0, 0, INQUIRY_SIZE, 0) || inquiry[0] >> 5)
        return false;
    unsigned type = inquiry[0] & 0x1f;
    if (type)
        log_info("scsi %s: target %u unit %u is not a disk (device type %u): ignored", s->host->where, s->at.target,
                 s->at.lun, type);
    return type == 0;
}

static bool is_ready(struct scan *s)
{
    if (ASK(s, NULL, 0, TEST_UNIT_READY, 0, 0, 0, 0, 0) == 0)
        return true;
    const struct scsi_sense *sense = &s->commands[0].sense;
    if (sense->key == SCSI_NOT_READY && sense->code == MEDIUM_NOT_PRESENT)
        log_info("scsi %s: target %u unit %u has no medium: ignored", s->host->where, s->at.target, s->at.lun);
    else
        log_warn("scsi %s: target %u unit %u is not ready (sense %x/%02x/%02x): not used", s->host->where, s->at.target,
                 s->at.lun, sense->key, sense->code, sense->qualifier);
    return false;
}

/* SBC-3, 5.15 and 5.16: the last block's number, all ones in the short answer when it does not fit. */
static int read_capacity(struct scan *s, struct scsi_disk_info *info)
{
    uint8_t a[32] = {0};
    int err = ASK(s, a, 8, READ_CAPACITY_10, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    uint64_t last = scsi_get32(a);
    info->block_size = scsi_get32(a + 4);
    if (!err && last == UINT32_MAX) {
        err = ASK(s, a, sizeof a, SERVICE_ACTION_IN_16, READ_CAPACITY_16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, sizeof a, 0,
                  0);
        last = scsi_get64(a);
        info->block_size = scsi_get32(a + 8);
    }
    info->blocks = last + 1;
    if (err)
        return err;
    bool known = info->block_size == 512 || info->block_size == 4096;
    return known && last < UINT64_MAX / 4096 ? 0 : -EINVAL;
}

/* SPC-4, 7.5.5 (header) and SBC-3, 6.5.6 (caching page). A device without the page still tells in the header whether it
 * may be written to; one that tells nothing is taken for writable, with a cache. */
static void read_modes(struct scan *s, struct scsi_disk_info *info)
{
    uint8_t a[64];
    info->volatile_cache = true;
    if (ASK(s, a, sizeof a, MODE_SENSE_6, MODE_SENSE_DBD, CACHING_PAGE, 0, sizeof a, 0) &&
        ASK(s, a, sizeof a, MODE_SENSE_6, MODE_SENSE_DBD, ALL_PAGES, 0, sizeof a, 0))
        return;
    info->read_only = a[2] & 0x80;
    unsigned end = MIN(a[0] + 1u, sizeof a), page = 4u + a[3];
    if (page + 3 <= end && (a[page] & 0x3f) == CACHING_PAGE)
        info->volatile_cache = a[page + 2] & 4;
}

/* SBC-3, 6.6.4. Devices that know no such page refuse it, or answer with something else. */
static void read_limits(struct scan *s, struct scsi_disk_info *info)
{
    uint8_t a[64];
    info->max_bytes = UINT32_MAX;
    if (ASK(s, a, sizeof a, INQUIRY, INQUIRY_EVPD, BLOCK_LIMITS_PAGE, 0, sizeof a, 0) || a[1] != BLOCK_LIMITS_PAGE ||
        scsi_get16(a + 2) < 8)
        return;
    uint64_t limit = (uint64_t)scsi_get32(a + 8) * info->block_size; /* 0: none */
    if (limit && limit < UINT32_MAX)
        info->max_bytes = (uint32_t)limit;
}

static void look_at(struct scan *s)
{
    struct scsi_disk_info info = {0};
    if (!is_disk(s) || !is_ready(s))
        return;
    int err = read_capacity(s, &info);
    if (!err) {
        read_modes(s, &info);
        read_limits(s, &info);
        err = scsi_disk_add(s->host, s->at, &info);
    }
    if (err)
        log_warn("scsi %s: target %u unit %u: not used: error %d (%lu blocks of %u bytes)", s->host->where,
                 s->at.target, s->at.lun, -err, info.blocks, info.block_size);
}

/* SAM-5, 4.7.7: one level, by peripheral or flat addressing. All ones: a kind that only larger arrays use. */
static uint16_t decode_lun(const uint8_t *p)
{
    if (scsi_get16(p + 2) || scsi_get32(p + 4))
        return UINT16_MAX;
    return p[0] == 0 || p[0] >> 6 == 1 ? scsi_get16(p) & 0x3fff : UINT16_MAX;
}

/* SPC-4, 6.33. Simple targets do not know the command, and have unit 0. */
static unsigned report_luns(struct scan *s, uint16_t luns[MAX_LUNS])
{
    enum { SIZE = 8 + 8 * MAX_LUNS };
    uint8_t *a = kmalloc(SIZE);
    luns[0] = 0;
    if (!a)
        return 1;
    int err = ASK(s, a, SIZE, REPORT_LUNS, 0, 0, 0, 0, 0, 0, 0, SIZE >> 8, SIZE & 0xff, 0, 0);
    unsigned listed = err ? 0 : scsi_get32(a) / 8, count = 0;
    for (unsigned i = 0; i < MIN(listed, MAX_LUNS); i++) {
        luns[count] = decode_lun(a + 8 + 8 * i);
        count += luns[count] < s->host->lun_count;
    }
    if (count < listed)
        log_warn("scsi %s: only %u of %u units of target %u are looked at", s->host->where, count, listed,
                 s->at.target);
    kfree(a);
    luns[0] = err ? 0 : luns[0];
    return err ? 1 : count;
}

static int look_at_units(struct scan *s, uint16_t target)
{
    uint16_t luns[MAX_LUNS];
    s->at = (struct scsi_address){.target = target};
    unsigned count = report_luns(s, luns);
    for (unsigned i = 0; i < count; i++) {
        s->at.lun = luns[i];
        look_at(s);
    }
    return s->hangs ? -EIO : 0;
}

/* Bits of the targets of a batch that answer at all. */
static int inquire(struct scan *s, unsigned first, unsigned count, uint32_t *present)
{
    for (unsigned i = 0; i < count; i++) {
        s->parts[i] = (struct block_part){virt_to_phys(s->page) + i * INQUIRY_SLOT, INQUIRY_SIZE};
        s->commands[i] = (struct scsi_command){
            .to = {.target = (uint16_t)(first + i)},
            .cdb = {INQUIRY, 0, 0, 0, INQUIRY_SIZE},
            .direction = SCSI_FROM_DEVICE,
            .parts = &s->parts[i],
            .part_count = 1,
            .length = INQUIRY_SIZE,
        };
    }
    int err = scsi_execute(s->host, s->commands, count);
    *present = 0;
    for (unsigned i = 0; i < count; i++)
        if (!err && s->commands[i].result == 0)
            *present |= 1u << i;
    return err;
}

void scsi_scan(struct scsi_host *h)
{
    struct scan *s = kzalloc(sizeof *s);
    uint8_t *page = page_alloc_zeroed(0);
    int err = s && page ? 0 : -ENOMEM;
    for (unsigned first = 0; first < h->target_count && !err; first += BATCH) {
        uint32_t present;
        unsigned count = MIN(h->target_count - first, BATCH);
        s->host = h;
        s->page = page;
        err = inquire(s, first, count, &present);
        for (unsigned i = 0; i < count && !err; i++)
            if (present & 1u << i)
                err = look_at_units(s, (uint16_t)(first + i));
    }
    if (err)
        log_warn("scsi %s: not all of its disks may be found: error %d", h->where, -err);
    if (err == -EIO) /* the adapter may still write to what it was given */
        return;
    kfree(s);
    if (page)
        page_free(page, 0);
}
