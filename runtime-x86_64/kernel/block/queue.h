/* Inside block/: one device's queue and what is known of the device. */
#pragma once
#include "block/block.h"
#include "block/partition.h"
#include "thread/thread.h"
#include "time/time.h"

struct block_view;
struct block_queue {
    struct list link; /* block_queues */
    struct block_device *device;
    unsigned number;             /* among those with this prefix: its minor device number / 16 */
    struct list waiting, flying; /* not yet with the driver; with it, in the order of their start */
    unsigned in_flight;
    uint64_t completed;    /* so many have ended */
    bool running;          /* requests are being submitted */
    bool full;             /* the driver took no more */
    bool resetting, dead;  /* dead: given up */
    bool polling;          /* what ends now is found by asking, not told by an interrupt */
    bool polled;           /* interrupts do not come: a timer asks */
    unsigned silent;       /* in a row: times that asking found what no interrupt had told of */
    unsigned resets;       /* since the last success */
    bool dirty;            /* written to since the last flush began */
    struct timer watchdog; /* armed while requests are in flight */
    struct waitq ended;    /* woken at the end of each transfer */
    bool scanned;
    struct partition_table table;
    struct block_view *view; /* the pages of all of it (block/node.c) */
};
extern struct list block_queues; /* in order of registration */
static inline struct block_queue *block_queue_of(const struct block_device *d)
{
    return d->block;
}

/* block/queue.c */
void block_submit(struct block_device *d, struct block_request *r);
void block_queue_run(struct block_queue *q);
/* Fails all that is waiting; nothing is started any more. */
void block_give_up(struct block_queue *q, const char *why);

/* block/watchdog.c */
void block_watchdog_start(struct block_queue *q);
void block_watchdog_init(struct block_queue *q);
/* Asks the device now, and deals with what takes too long. */
void block_poll(struct block_queue *q);
/* How long a request may take. */
uint64_t block_patience(void);
/* The machine goes off: nobody sleeps, and nobody waits for long. */
extern bool block_hurry;
