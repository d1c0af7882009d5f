/* The small files below /etc that C libraries and runtimes ask for, where the image brings none. The network writes
 * /etc/resolv.conf when it knows better. */
#include "fs/vfs.h"

static const struct {
    const char *name, *text;
} defaults[] = {
    {"hosts", "127.0.0.1\tlocalhost\n::1\tlocalhost\n"},
    {"resolv.conf", ""},
    {"passwd", "root:x:0:0:root:/root:/bin/sh\n"},
    {"group", "root:x:0:\n"},
    {"nsswitch.conf", "hosts: files dns\n"},
};

static int add_default(struct inode *etc, const char *name, const char *text)
{
    if (dentry_find(etc, name, strlen(name)))
        return 0;
    struct inode *i = regular_new(FS_ROOT, 0644);
    if (!i)
        return -ENOMEM;
    i->data.image = text;
    i->data.image_len = strlen(text);
    i->data.size = (loff_t)i->data.image_len;
    int err = dentry_add(etc, name, strlen(name), i, true);
    i->nlink++;
    inode_put(i);
    return err;
}

int etc_add_defaults(struct inode *root)
{
    struct dentry *d = dentry_find(root, "etc", 3);
    struct inode *etc = d ? d->inode : directory_new(FS_ROOT, 0755, &directory_ops);
    if (!etc)
        return -ENOMEM;
    if (!d) {
        int err = directory_attach(root, "etc", 3, etc, true);
        inode_put(etc);
        if (err)
            return err;
    }
    int err = 0;
    for (size_t n = 0; n < ARRAY_LEN(defaults) && !err && inode_is_dir(etc); n++)
        err = add_default(etc, defaults[n].name, defaults[n].text);
    return err;
}
