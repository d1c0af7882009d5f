/* Partition tables: GPT (UEFI 2.10, 5) and MBR. Reads through a callback, so that it can be tested on the host; the
 * disk's content is not trusted. */
#pragma once
#include "kernel.h"

#define PARTITION_LABEL_SIZE 109 /* 36 UTF-16 units as UTF-8 */
struct partition {
    unsigned number;       /* vda1: 1 */
    uint64_t first, count; /* in units of 512 bytes; inside the disk */
    char id[37];           /* PARTUUID: GPT's unique id, or the MBR's signature and the number ("1234abcd-01") */
    char label[PARTITION_LABEL_SIZE]; /* GPT's name; empty for MBR */
};
struct partition_table {
    enum { PARTITIONS_NONE, PARTITIONS_MBR, PARTITIONS_GPT } kind;
    unsigned count;
    struct partition *list; /* kmalloc */
};
struct partition_disk {
    const char *name;
    uint64_t sectors;     /* of 512 bytes */
    uint32_t sector_size; /* LBAs count these */
    /* Whole sectors at a multiple of sector_size. 0 or -errno. */
    int (*read)(const struct partition_disk *d, uint64_t offset, void *to, size_t n);
    void *priv;
};
/* 0 (also for a disk without a table), -ENOMEM, or the disk's error. Says what is damaged. */
int partition_scan(const struct partition_disk *d, struct partition_table *out);
int partition_scan_gpt(const struct partition_disk *d, struct partition_table *out); /* -EINVAL: no valid header */
/* -ENOMEM. */
int partition_add(struct partition_table *t, const struct partition *p);
static inline uint32_t partition_le32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}
