/* The small files below /etc that C libraries and runtimes ask for, where the image brings none. The network writes
 * /etc/resolv.conf when it knows better. */
#include "fs/vfs.h"

/* A time zone without rules, in the form of RFC 9636: a header and one type "UTC" for readers of version 1, the same
 * for those of version 2, and the rule for all times. */
#define TZ_COUNTS                                                                                                      \
    "\0\0\0\0"                                                                                                         \
    "\0\0\0\0"                                                                                                         \
    "\0\0\0\0"                                                                                                         \
    "\0\0\0\0"                                                                                                         \
    "\0\0\0\1"                                                                                                         \
    "\0\0\0\4"
#define TZ_BLOCK                                                                                                       \
    "TZif2"                                                                                                            \
    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" TZ_COUNTS "\0\0\0\0\0\0"                                                          \
    "UTC\0"
static const char utc[] = TZ_BLOCK TZ_BLOCK "\nUTC0\n";

#define ENTRY(name, text)                                                                                              \
    {                                                                                                                  \
        name, text, sizeof(text) - 1                                                                                   \
    }
static const struct {
    const char *name, *text;
    size_t len;
} defaults[] = {
    ENTRY("hosts", "127.0.0.1\tlocalhost\n::1\tlocalhost\n"),
    ENTRY("resolv.conf", ""),
    ENTRY("passwd", "root:x:0:0:root:/root:/bin/sh\n"),
    ENTRY("group", "root:x:0:\n"),
    ENTRY("nsswitch.conf", "hosts: files dns\n"),
    ENTRY("localtime", utc),
};

static int add_default(struct inode *etc, const char *name, const char *text, size_t len)
{
    if (dentry_find(etc, name, strlen(name)))
        return 0;
    struct inode *i = regular_new(FS_ROOT, 0644);
    if (!i)
        return -ENOMEM;
    i->data.image = text;
    i->data.image_len = len;
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
        err = add_default(etc, defaults[n].name, defaults[n].text, defaults[n].len);
    return err;
}
