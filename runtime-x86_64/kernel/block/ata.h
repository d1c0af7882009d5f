/* What the drivers of ATA disks share, whatever the controller: the answer to IDENTIFY DEVICE, and which command does
 * what. ATA/ATAPI Command Set 3 (ACS-3). */
#pragma once
#include "block/block.h"

/* Status (ACS-3, 6.3). */
#define ATA_ERR 0x01u
#define ATA_DRQ 0x08u
#define ATA_DF 0x20u
#define ATA_BSY 0x80u

#define ATA_CMD_IDENTIFY 0xec
#define ATA_DEVICE_LBA 0x40u
#define ATA_IDENTIFY_WORDS 256

/* What IDENTIFY DEVICE says (7.12). */
struct ata_disk {
    uint64_t sectors;     /* logical ones */
    uint32_t sector_size; /* of a logical one: 512 or 4096 */
    unsigned queue_depth; /* of native command queueing; 0: has none */
    bool dma, lba48, flush, flush_ext, write_cache;
    char model[41];
};
/* -EINVAL: not a disk that we can drive; nothing of what the device says is believed without a look. */
int ata_identify(struct ata_disk *disk, const uint16_t words[ATA_IDENTIFY_WORDS]);
/* Sectors, size, cache and the longest request. */
void ata_describe(const struct ata_disk *disk, struct block_device *d);

enum ata_transfer { ATA_PIO, ATA_DMA, ATA_QUEUED };
struct ata_command {
    uint8_t command, device;
    uint16_t features, count;
    uint64_t lba;
    bool wide; /* 48-bit: each register is written twice */
};
/* With ATA_QUEUED the tag is the caller's to add, in bits 7:3 of `count` (7.23). */
struct ata_command ata_choose(const struct ata_disk *disk, const struct block_request *r, enum ata_transfer transfer);

uint64_t ata_request_bytes(const struct block_request *r);
void ata_delay(uint64_t ns);
/* Whether there is memory that an address of 32 bits does not reach. */
bool ata_memory_above_4g(void);
