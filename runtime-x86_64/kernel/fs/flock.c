/* flock(2): locks between open files of the one process. (Locks by fcntl belong to a process: with one process there is
 * nobody to keep out, so they always succeed.) */
#include "fs/flock.h"

struct waitq flock_released = WAITQ_INIT(flock_released);

static struct flock **find(struct inode *i, const struct file *f)
{
    struct flock **at = &i->locks;
    while (*at && ((*at)->file != f || (*at)->is_range))
        at = &(*at)->next;
    return at;
}

static bool is_blocked(struct inode *i, const struct file *f, bool exclusive)
{
    for (struct flock *l = i->locks; l; l = l->next)
        if (l->file != f && !l->is_range && (exclusive || l->exclusive))
            return true;
    return false;
}

static void release(struct file *f)
{
    struct flock **at = find(f->inode, f), *l = *at;
    if (!l)
        return;
    *at = l->next;
    kfree(l);
    waitq_wake_all(&flock_released);
}

void flock_file_released(struct file *f)
{
    release(f);
    range_release_all(f);
}

int flock_apply(struct file *f, int operation)
{
    struct inode *i = f->inode;
    int kind = operation & ~LOCK_NB;
    if (kind != LOCK_SH && kind != LOCK_EX && kind != LOCK_UN)
        return -EINVAL;
    if (!i || f->ops == &path_only_ops)
        return -EBADF;
    if (kind == LOCK_UN) {
        release(f);
        return 0;
    }
    bool exclusive = kind == LOCK_EX;
    while (is_blocked(i, f, exclusive)) {
        if (operation & LOCK_NB)
            return -EAGAIN;
        if (*find(i, f))
            release(f); /* a change of kind is not atomic: the old lock goes first */
        if (waitq_sleep(&flock_released, NEVER))
            return -ERESTARTSYS;
    }
    struct flock *l = *find(i, f);
    if (!l) {
        l = kzalloc(sizeof *l);
        if (!l)
            return -ENOLCK;
        *l = (struct flock){.next = i->locks, .file = f};
        i->locks = l;
    }
    if (l->exclusive && !exclusive)
        waitq_wake_all(&flock_released);
    l->exclusive = exclusive;
    return 0;
}
