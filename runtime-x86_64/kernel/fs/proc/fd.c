/* /proc/self/fd and fdinfo: one entry for every open descriptor, made when it is asked for. */
#include "fs/proc.h"

static int fd_lookup(struct inode *dir, const char *name, size_t len, struct inode **out)
{
    long fd = proc_number(name, len);
    if (fd < 0 || fd_next((int)fd) != fd)
        return -ENOENT;
    if (dir->ops == &proc_fd_ops) {
        *out = proc_link(&proc_fd_link_ops, fd);
    } else {
        static const struct proc_entry row = {"1/fdinfo/*", 0400, false, {proc_fdinfo}};
        *out = proc_file(&row, fd);
    }
    return *out ? 0 : -ENOMEM;
}

/* Positions: 2 + descriptor. */
static int fd_readdir(struct inode *dir, struct dir_emit *e)
{
    uint32_t mode = dir->ops == &proc_fd_ops ? S_IFLNK : S_IFREG;
    for (int fd = fd_next((int)MIN(e->pos - 2, INT32_MAX)); fd >= 0; fd = fd_next(fd + 1)) {
        char name[12];
        size_t len = (size_t)format(name, sizeof name, "%d", fd);
        if (!e->add(e, name, len, dir->ino + 1 + (uint64_t)fd, mode, fd + 3))
            return 0;
        e->pos = fd + 3;
    }
    return 0;
}

int proc_fdinfo(struct text *t, long fd)
{
    struct file *f = fd_file((int)fd);
    if (!f)
        return -ENOENT;
    unsigned flags = f->flags | (fd_get_cloexec((int)fd) > 0 ? O_CLOEXEC : 0);
    text_print(t, "pos:\t%ld\nflags:\t0%o\nmnt_id:\t1\nino:\t%lu\n", (long)f->pos, flags, f->inode ? f->inode->ino : 0);
    file_put(f);
    return 0;
}

const struct inode_ops proc_fd_ops = {
    .file = &directory_file_ops, .stat = directory_stat, .lookup = fd_lookup, .readdir = fd_readdir};
const struct inode_ops proc_fdinfo_ops = {
    .file = &directory_file_ops, .stat = directory_stat, .lookup = fd_lookup, .readdir = fd_readdir};
