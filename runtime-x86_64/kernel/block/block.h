/* Block devices: what a disk driver offers, and what files and the root file system ask of it. Drivers stand in
 * drivers/, the queue, names, partitions and waiting in block/. Nothing outside refers to this layer but through what
 * block_register hooks in, so an image without a disk driver holds none of it. */
#pragma once
#include "kernel.h"

/* Unit of positions, whatever the device's own sectors are. */
#define BLOCK_SECTOR 512u
/* Positions in bytes are a file's. */
#define BLOCK_MAX_SECTORS (INT64_MAX / BLOCK_SECTOR)

/* One stretch of physical memory: address and length are multiples of 512, so no stretch splits a sector of a device
 * with 512-byte sectors; with larger ones the sum is a multiple of the device's. */
struct block_part {
    paddr_t address;
    uint32_t length;
};

enum block_operation { BLOCK_READ, BLOCK_WRITE, BLOCK_FLUSH };

struct block_request {
    enum block_operation operation;
    uint64_t sector; /* in units of BLOCK_SECTOR, a multiple of the device's own sector; checked against its end */
    const struct block_part *parts; /* stays valid until the end; none for a flush */
    unsigned part_count;
    int status;                            /* at the end: 0 or -errno (-EIO, -ETIMEDOUT, -ENODEV) */
    void (*done)(struct block_request *r); /* may be called from an interrupt: must not sleep */
    void *priv;                            /* whoever asks */
    /* The rest is for block/ and the driver that has the request. */
    struct block_device *device;
    struct list link;
    uint64_t started, deadline; /* clock_monotonic */
    bool retried;               /* was in flight when the device was reset */
    uint32_t tag;               /* the driver's */
    void *driver_data;
};

struct block_device {
    char name[16];           /* "vda", "sda", "nvme0n1": given by block_register */
    uint64_t sectors;        /* in units of BLOCK_SECTOR */
    uint32_t sector_size;    /* the device's logical sector: 512 or 4096 */
    uint32_t max_bytes;      /* of one request; block/ splits what is longer */
    unsigned max_parts;      /* of one request, at least 1; a part is never split by the driver: see max_part_bytes */
    uint32_t max_part_bytes; /* 0: no limit of its own */
    uint64_t part_boundary;  /* no part crosses a multiple of this (a power of two); 0: no such limit */
    unsigned depth;          /* requests that the driver takes at once */
    bool read_only;
    bool volatile_cache; /* a write is durable only after a flush; false: the driver gets no flushes */
    /* Starts a request; it ends by block_complete, maybe before this returns. -EAGAIN: full, comes again after the next
     * completion. Any other error ends the request. */
    int (*submit)(struct block_device *d, struct block_request *r);
    /* After the last of several submits: rings the doorbell. NULL: submit does it. */
    void (*kick)(struct block_device *d);
    /* Ends what the device has finished, interrupt or not. Page faults and a lost interrupt are served by it. */
    void (*poll)(struct block_device *d);
    /* Tells the device once more of what it has not finished. NULL: it cannot have missed that. */
    void (*nudge)(struct block_device *d);
    /* A request has timed out: stops the device, so that it writes into no buffer any more, completes all requests that
     * are in flight with -EIO, and makes the device usable again. Negative errno: it could not; the device is given up.
     * Either way none is left in flight. Requests ended here are tried once more. */
    int (*reset)(struct block_device *d);
    void *priv;  /* the driver's */
    void *block; /* the layer's own: queue, partitions */
};

/* Makes the device known: `prefix` "vd" gives vda, vdb…; "sd"; "nvme0n" gives nvme0n1, nvme0n2…. The partition
 * table is read, by polling, when /dev or root= first needs it. 0 or -errno. The structure stays the driver's, for
 * good. */
int block_register(struct block_device *d, const char *prefix);
/* By the driver, once a request: status 0 or -errno. */
void block_complete(struct block_request *r, int status);

/* --- What files and the root file system ask (block/transfer.c). */
#define BLOCK_PIECE_PARTS 128
/* Any amount of data from or to consecutive sectors. It goes to the driver in pieces that the device takes. */
struct block_transfer {
    enum block_operation operation;
    uint64_t sector;                        /* in units of BLOCK_SECTOR, a multiple of the device's own */
    const struct block_part *parts;         /* valid until the end */
    unsigned part_count;                    /* 0 for a flush */
    void (*done)(struct block_transfer *t); /* NULL: somebody waits. May be called from an interrupt; may free it */
    void *priv;                             /* whoever asks */
    int status;                             /* at the end: 0 or -errno */
    /* The rest is the layer's. */
    bool ended;
    struct block_device *device;
    unsigned part; /* the next piece begins in this part, so many bytes behind its start */
    uint32_t offset;
    struct block_request request;
    struct block_part pieces[BLOCK_PIECE_PARTS];
};
/* Fills in `device` and starts; it ends by `done`, maybe before this returns. */
void block_start(struct block_device *d, struct block_transfer *t);
/* Starts, and waits for the end: its status. `may_sleep` false, or no threads yet: the device is polled. */
int block_run(struct block_device *d, struct block_transfer *t, bool may_sleep);
/* Waits until `*ended`, which some transfer's `done` sets. */
void block_wait(struct block_device *d, const bool *ended, bool may_sleep);
/* Makes durable what was written before. May sleep. */
int block_flush(struct block_device *d);
