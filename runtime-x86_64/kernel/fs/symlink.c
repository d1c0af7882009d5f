/* Symbolic links: a text. */
#include "fs/vfs.h"

static void symlink_stat(struct inode *i, struct kstat *st)
{
    st->size = i->link.len;
}

static void symlink_destroy(struct inode *i)
{
    if (i->link.owned)
        kfree((void *)i->link.text);
}

const struct inode_ops symlink_ops = {.stat = symlink_stat, .destroy = symlink_destroy};

struct inode *symlink_new(enum fs_id fs, const char *text, size_t len, bool borrow)
{
    struct inode *i = inode_new(fs, S_IFLNK | 0777, &symlink_ops);
    if (!i)
        return NULL;
    if (!borrow) {
        char *copy = kmalloc(len ? len : 1);
        if (!copy) {
            inode_put(i);
            return NULL;
        }
        text = memcpy(copy, text, len);
    }
    i->link.text = text;
    i->link.len = (uint32_t)len;
    i->link.owned = !borrow;
    return i;
}
