/* IDE channels: what drivers/ide.c finds and block/ide.c drives. ATA/ATAPI-6 (d1410r3b); Programming Interface for Bus
 * Master IDE Controller 1.0 (BM). */
#pragma once
#include "block/ata.h"
#include "cpu/cpu.h"
#include "mm/mm.h"

/* from the command block's base */
enum {
    DATA = 0,
    ERROR_FEATURES = 1,
    COUNT = 2,
    LBA_LOW = 3,
    LBA_MIDDLE = 4,
    LBA_HIGH = 5,
    DEVICE = 6,
    STATUS_COMMAND = 7,
};
#define DEVICE_ALWAYS 0xa0u /* obsolete bits that old drives want */
#define DEVICE_SECOND 0x10u
#define CONTROL_NO_INTERRUPTS 2u
#define CONTROL_RESET 4u
#define ATAPI_MIDDLE 0x14 /* signature (9.12) */
#define ATAPI_HIGH 0xeb
#define NOTHING_THERE 0xff

/* BM 2.0, from the channel's base */
enum {
    BM_COMMAND = 0,
    BM_STATUS = 2,
    BM_TABLE = 4,
};
#define BM_START 1u
#define BM_TO_MEMORY 8u
#define BM_ERROR 2u
#define BM_INTERRUPT 4u
#define BM_SIMPLEX 0x80u        /* one channel at a time */
#define BM_DRIVES_CAPABLE 0x60u /* set by the firmware */

struct ide_prd { /* BM 1.2 */
    uint32_t address;
    uint16_t length; /* 0: 64 KiB */
    uint16_t flags;
};
_Static_assert(sizeof(struct ide_prd) == 8, "BM 1.2");
#define PRD_LAST 0x8000
#define PRD_BOUNDARY 65536u
#define MAX_PARTS 128
#define BOUNCE_ORDER 4 /* one descriptor's worth */
#define BOUNCE_BYTES (PAGE_SIZE << BOUNCE_ORDER)
#define SELECT_NS 400u /* until the status is the selected drive's */

struct ide_channel;
struct ide_drive {
    struct ide_channel *channel;
    unsigned number; /* 0: master */
    bool present;
    struct ata_disk ata;
    struct block_device disk;
    struct block_request *request;
};

enum ide_mode { NO_DATA, BY_BUS_MASTER, BY_PIO };

struct ide_channel {
    unsigned number;
    uint16_t ports, control, bus_master; /* bus_master 0: there is none */
    uint8_t capable;                     /* BM_DRIVES_CAPABLE, as found */
    bool dead;
    struct ide_drive drives[2];
    struct ide_drive *active; /* whose command is under way */
    enum ide_mode mode;
    /* Of the active request, by PIO: the next byte. */
    unsigned part;
    uint32_t offset;
    struct ide_prd *table;
    uint8_t *bounce; /* for memory that a descriptor cannot name; NULL: there is none */
    bool bounced;
};

/* Selects the drive, with these bits beside. */
void ide_select(const struct ide_drive *d, uint8_t bits);
/* Whether those bits of the status clear in time. Asks the alternate status, which leaves the interrupt alone. */
bool ide_wait_clear(const struct ide_channel *c, uint8_t bits, uint64_t ns);
/* Fills in how requests reach the disk; what the disk is like is in d->ata. */
void ide_offer(struct ide_drive *d);
/* The channel's interrupt. */
void ide_interrupt(void *channel);
