/* Locks of open files: whole ones (flock) and ranges (F_OFD_SETLK). The two kinds do not see each other. */
#pragma once
#include "fs/vfs.h"

struct flock {
    struct flock *next; /* of the same inode */
    struct file *file;
    bool exclusive, is_range;
    loff_t start, end; /* of a range: its first and last byte */
};
extern struct waitq flock_released;

/* fs/range-lock.c. The lock of another open file that is in the way of `wanted`, or NULL. */
const struct flock *range_lock_blocker(const struct flock *wanted);
/* Takes the range, waiting for it or -EAGAIN. May sleep. */
int range_lock(const struct flock *wanted, bool wait);
void range_release_all(struct file *f);
int range_unlock(const struct flock *which); /* -ENOLCK: no memory for the two ends of a longer one */
