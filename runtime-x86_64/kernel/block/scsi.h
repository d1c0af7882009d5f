/* SCSI disks above any host adapter. The driver of an adapter carries commands and data; which commands there are, what
 * their answers mean and when one is tried again stands here. Standards: SAM-5 (status, task management), SPC-4
 * (commands of every device), SBC-3 (disks). Every number in a command or an answer is big-endian. */
#pragma once
#include "block/block.h"
#include "time/time.h"

enum { /* SAM-5, 5.3.1 */
       SCSI_GOOD = 0x00,
       SCSI_CHECK_CONDITION = 0x02,
       SCSI_CONDITION_MET = 0x04,
       SCSI_BUSY = 0x08,
       SCSI_TASK_SET_FULL = 0x28,
       SCSI_TASK_ABORTED = 0x40,
};
enum { /* sense keys: SPC-4, 4.5.6 */
       SCSI_NO_SENSE = 0x0,
       SCSI_RECOVERED_ERROR = 0x1,
       SCSI_NOT_READY = 0x2,
       SCSI_MEDIUM_ERROR = 0x3,
       SCSI_HARDWARE_ERROR = 0x4,
       SCSI_ILLEGAL_REQUEST = 0x5,
       SCSI_UNIT_ATTENTION = 0x6,
       SCSI_DATA_PROTECT = 0x7,
       SCSI_ABORTED_COMMAND = 0xb,
};
struct scsi_sense { /* additional sense code and qualifier: SPC-4, annex D */
    uint8_t key, code, qualifier;
};

struct scsi_address {
    uint16_t target, lun;
};

enum scsi_direction { SCSI_NO_DATA, SCSI_FROM_DEVICE, SCSI_TO_DEVICE };

struct scsi_command {
    struct scsi_address to;
    uint8_t cdb[16], cdb_length; /* the length is set by scsi_submit */
    enum scsi_direction direction;
    const struct block_part *parts; /* of any length here; stay valid until the end */
    unsigned part_count;
    uint32_t length;                      /* of all parts */
    void (*done)(struct scsi_command *c); /* may be called from an interrupt, or before scsi_submit returns */
    void *priv;                           /* whoever asks */
    int result;                           /* at the end: 0 or -errno */
    struct scsi_sense sense;              /* at the end, if the device gave any */
    uint32_t residual;                    /* at the end: bytes that were not transferred, as far as adapters tell */
    struct list link;                     /* while it waits here */
    unsigned attempts;
};

/* One adapter. The driver fills the first part. */
struct scsi_host {
    const char *where;     /* "pci 00:03.0": for messages */
    unsigned target_count; /* targets 0… that may exist */
    unsigned lun_count;
    uint32_t max_bytes; /* of one command */
    unsigned max_parts;
    /* Starts a command; it ends by scsi_complete. -EAGAIN: full, comes again by scsi_resume. Any other error ends it.
     */
    int (*submit)(struct scsi_host *h, struct scsi_command *c);
    void (*kick)(struct scsi_host *h);  /* after one or several submits */
    void (*nudge)(struct scsi_host *h); /* see struct block_device; or NULL */
    void (*poll)(struct scsi_host *h);  /* ends what the adapter has finished, interrupt or not */
    /* Takes back the commands of one unit, of all for NULL; if the adapter must be reset, others come back as well.
     * They end by scsi_complete with -ECANCELED. Negative errno: it could not, and the adapter is given up. */
    int (*reset)(struct scsi_host *h, const struct scsi_address *unit);
    void *priv;
    /* The rest is scsi.c's. */
    struct list waiting; /* for room in the adapter */
    struct list later;   /* for the timer: the device was busy */
    struct timer retry;
    bool held; /* nothing is submitted during a reset */
};

#define SCSI_SENSE_SIZE 18u /* of the fixed format, as far as it is read */

/* What an adapter tells of a finished command. */
struct scsi_response {
    int error;             /* 0: the device answered; -ENXIO: none is there; -ECANCELED: taken back; other -errno */
    uint8_t status;        /* SAM-5 */
    uint32_t residual;     /* at most the command's length */
    const uint8_t *sense;  /* SCSI_SENSE_SIZE bytes at least; the device may write to them at any time */
    uint32_t sense_length; /* as the device tells */
};

/* For drivers: finds the disks and makes them known to block/. Interrupts need not be on yet. The structure stays the
 * driver's, for good, and so does an adapter that does not answer (told): its memory may be in use. */
void scsi_start(struct scsi_host *h);
void scsi_complete(struct scsi_host *h, struct scsi_command *c, const struct scsi_response *r);
void scsi_resume(struct scsi_host *h); /* after one or several scsi_complete: submits what waits */

/* block/scsi.c and block/scsi-scan.c, for each other. */
void scsi_scan(struct scsi_host *h);
void scsi_submit(struct scsi_host *h, struct scsi_command *c);
/* Submits all, and polls until all are done; -ETIMEDOUT if they are not after some seconds. They are back in any case
 * but -EIO: then the adapter hangs, and their memory remains its. */
int scsi_execute(struct scsi_host *h, struct scsi_command *commands, unsigned count);
/* Takes back what is under way for one unit (NULL: for all); it ends with -EIO. 0 or -errno as the driver's reset. */
int scsi_cancel(struct scsi_host *h, const struct scsi_address *unit);

/* block/scsi-disk.c */
struct scsi_disk_info {
    uint64_t blocks;
    uint32_t block_size; /* 512 or 4096 */
    uint32_t max_bytes;  /* of one command */
    bool read_only, volatile_cache;
};
int scsi_disk_add(struct scsi_host *h, struct scsi_address at, const struct scsi_disk_info *info);

static inline uint16_t scsi_get16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}
static inline uint32_t scsi_get32(const uint8_t *p)
{
    return (uint32_t)scsi_get16(p) << 16 | scsi_get16(p + 2);
}
static inline uint64_t scsi_get64(const uint8_t *p)
{
    return (uint64_t)scsi_get32(p) << 32 | scsi_get32(p + 4);
}
static inline void scsi_put32(uint8_t *p, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (24 - 8 * i));
}
static inline void scsi_put64(uint8_t *p, uint64_t v)
{
    scsi_put32(p, (uint32_t)(v >> 32));
    scsi_put32(p + 4, (uint32_t)v);
}
