/* Ranges of a file that its open files have locked (fcntl(2), F_OFD_SETLK). */
#include "fs/flock.h"

static bool overlap(const struct flock *a, const struct flock *b)
{
    return a->is_range && b->is_range && a->start <= b->end && b->start <= a->end;
}

const struct flock *range_lock_blocker(const struct flock *wanted)
{
    for (const struct flock *l = wanted->file->inode->locks; l; l = l->next)
        if (l->file != wanted->file && overlap(l, wanted) && (l->exclusive || wanted->exclusive))
            return l;
    return NULL;
}

/* The file's own locks leave the range; *spare becomes the upper part of one that reaches over both of its ends. */
static void clear(const struct flock *range, struct flock **spare)
{
    for (struct flock **at = &range->file->inode->locks, *l; (l = *at);) {
        bool below = l->start<range->start, above = l->end> range->end;
        if (l->file != range->file || !overlap(l, range)) {
            at = &l->next;
            continue;
        }
        if (below && above) {
            **spare = *l;
            (*spare)->start = range->end + 1;
            l->next = *spare;
            *spare = NULL;
        }
        if (below)
            l->end = range->start - 1;
        else if (above)
            l->start = range->end + 1;
        if (below || above) {
            at = &l->next;
        } else {
            *at = l->next;
            kfree(l);
        }
    }
}

int range_unlock(const struct flock *which)
{
    struct flock *spare = kmalloc(sizeof *spare);
    if (!spare)
        return -ENOLCK;
    clear(which, &spare);
    kfree(spare);
    waitq_wake_all(&flock_released);
    return 0;
}

void range_release_all(struct file *f)
{
    const struct flock all = {.file = f, .is_range = true, .end = INT64_MAX};
    struct flock *spare = NULL; /* no lock reaches over both ends */
    clear(&all, &spare);
    waitq_wake_all(&flock_released);
}

int range_lock(const struct flock *wanted, bool wait)
{
    while (range_lock_blocker(wanted)) {
        if (!wait)
            return -EAGAIN;
        if (waitq_sleep(&flock_released, NEVER))
            return -ERESTARTSYS;
    }
    struct flock *l = kmalloc(sizeof *l);
    int err = l ? range_unlock(wanted) : -ENOLCK; /* an exclusive lock that becomes a shared one wakes others, too */
    if (err) {
        kfree(l);
        return err;
    }
    *l = *wanted;
    l->next = l->file->inode->locks;
    l->file->inode->locks = l;
    return 0;
}
