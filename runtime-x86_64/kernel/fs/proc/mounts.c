/* /proc: what is mounted where. */
#include "fs/mount.h"
#include "fs/proc.h"

struct list mounts = LIST_INIT(mounts);

struct row {
    const char *type, *where;
    uint32_t fs;
};

static void print_mount(struct text *t, unsigned number, const struct row *r, bool long_form)
{
    const char *options = vfs_read_only >> r->fs & 1 || r->fs == FS_PROC ? "ro" : "rw";
    if (long_form)
        text_print(t, "%u %u 0:%u / %s %s,relatime - %s %s %s\n", number, number > 1, r->fs, r->where, options, r->type,
                   r->type, options);
    else
        text_print(t, "%s %s %s %s,relatime 0 0\n", r->type, r->where, r->type, options);
}

static int print_mounts(struct text *t, bool long_form)
{
    static const struct row rows[] = {
        {"tmpfs", "/", FS_ROOT},    {"devtmpfs", "/dev", FS_DEV},           {"proc", "/proc", FS_PROC},
        {"sysfs", "/sys", FS_PROC}, {"cgroup2", "/sys/fs/cgroup", FS_PROC},
    };
    unsigned number = 0;
    for (size_t n = 0; n < ARRAY_LEN(rows); n++)
        print_mount(t, ++number, &rows[n], long_form);
    char *where = kmalloc(PATH_MAX);
    if (!where)
        return -ENOMEM;
    list_for_each (at, &mounts) {
        struct inode *root = list_entry(at, struct mount, link)->root;
        if (inode_path(root, where, PATH_MAX) >= 0)
            print_mount(t, ++number, &(struct row){"tmpfs", where, root->fs}, long_form);
    }
    kfree(where);
    return 0;
}

int proc_mounts(struct text *t, long arg)
{
    return print_mounts(t, false);
}

int proc_mountinfo(struct text *t, long arg)
{
    return print_mounts(t, true);
}
