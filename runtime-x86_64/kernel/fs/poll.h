/* Waiting for any of several files: the common part of poll and select. */
#pragma once
#include "fs/vfs.h"

struct poll_entry {
    struct file *file; /* NULL: nothing to wait for */
    uint32_t wanted, got;
    struct waiter waiter;
    struct waitq *wake; /* the caller's sleep */
};
/* Fills `got` of every entry: how many have something, 0 at the deadline, -EINTR. Entries that have something before
 * the call (POLLNVAL) count. May sleep unless the deadline is 0. */
int poll_wait(struct poll_entry *entries, unsigned count, uint64_t deadline);
