/* Between fs/regular.c and fs/holes.c. */
#pragma once
#include "fs/vfs.h"

static inline bool regular_sealed(const struct file_data *d, unsigned seals)
{
    return d->seals & seals;
}
/* The file ran with its owner's rights as it was, not as somebody else made it. */
static inline void regular_written(struct inode *i)
{
    if (!(vfs_ids.capabilities >> CAP_FSETID & 1))
        i->mode &= ~(S_ISUID | (i->mode & S_IXGRP ? S_ISGID : 0));
}
/* -EFBIG, and SIGXFSZ, for a size above RLIMIT_FSIZE. */
int regular_check_limit(loff_t size);
/* The file's own page, made when there is none yet; -ENOSPC. */
int regular_page_for_write(struct inode *i, uint64_t index, char **out);
/* [offset, offset+len) moved to other frames, or (`cut`) is no longer in the file: mappings must ask for their pages
 * again. */
void regular_tell_mappings(struct inode *i, uint64_t offset, uint64_t len, bool cut);
