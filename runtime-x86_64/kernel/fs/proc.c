/* /proc and /sys: trees that are built from the rows of fs/proc/table.h when somebody first looks, and files whose text
 * is made when it is read from the beginning. */
#include "fs/proc.h"
#include "abi/utsname.h"
#include "fs/inotify.h"
#include "net/interface.h"

#define ROW(path, mode, name) {path, mode, false, {.text = proc_##name}},
#define ROW_CONSTANT(path, value) {path, 0444, true, {.constant = value "\n"}},
#define NOTHING(...)

#define PROC ROW
#define PROC_CONSTANT ROW_CONSTANT
#define SYSFS NOTHING
#define SYSFS_CONSTANT NOTHING
static const struct proc_entry proc_rows[] = {
#include "fs/proc/table.h"
};
#undef PROC
#undef PROC_CONSTANT
#undef SYSFS
#undef SYSFS_CONSTANT
#define PROC NOTHING
#define PROC_CONSTANT NOTHING
#define SYSFS ROW
#define SYSFS_CONSTANT ROW_CONSTANT
static const struct proc_entry sysfs_rows[] = {
#include "fs/proc/table.h"
};
#undef PROC
#undef PROC_CONSTANT
#undef SYSFS
#undef SYSFS_CONSTANT

/* What the table says in words. */
_Static_assert(FD_LIMIT_MAX == 65536 && INOTIFY_QUEUE == 16384 && INOTIFY_INSTANCES == 128 && INOTIFY_WATCHES == 65536,
               "fs/proc/table.h");

const struct proc_table proc_table = {proc_rows, ARRAY_LEN(proc_rows)};
const struct proc_table sysfs_table = {sysfs_rows, ARRAY_LEN(sysfs_rows)};

/* --- files */

static ssize_t proc_read(struct file *f, struct iter *to, loff_t pos)
{
    struct text *t = f->priv;
    if (!t && !(t = f->priv = kzalloc(sizeof *t)))
        return -ENOMEM;
    if (pos == 0) {
        t->len = 0;
        t->failed = false;
        const struct proc_entry *row = f->inode->proc.row;
        int err = 0;
        if (row->is_constant)
            text_append(t, row->constant, strlen(row->constant));
        else
            err = row->text(t, f->inode->proc.arg);
        if (err || t->failed)
            return err ? err : -ENOMEM;
    }
    if ((uint64_t)pos >= t->len)
        return 0;
    return iter_copy_to(to, t->data + pos, t->len - (size_t)pos);
}

static loff_t proc_seek(struct file *f, loff_t offset, int whence)
{
    if (whence == SEEK_CUR)
        offset += f->pos;
    else if (whence != SEEK_SET)
        return -EINVAL;
    return offset < 0 ? -EINVAL : offset;
}

static void proc_release(struct file *f)
{
    struct text *t = f->priv;
    if (t)
        kfree(t->data);
    kfree(t);
}

static const struct file_ops proc_file_ops = {
    .name = "proc", .read = proc_read, .seek = proc_seek, .release = proc_release};
static const struct inode_ops proc_file_inode_ops = {.file = &proc_file_ops};

struct inode *proc_file(const struct proc_entry *row, long arg)
{
    struct inode *i = inode_new(FS_PROC, S_IFREG | row->mode, &proc_file_inode_ops);
    if (!i)
        return NULL;
    i->nlink = 1;
    i->proc.row = row;
    i->proc.arg = arg;
    return i;
}

struct inode *proc_directory(const struct inode_ops *ops, uint32_t mode)
{
    return directory_new(FS_PROC, mode, ops);
}

long proc_number(const char *name, size_t len)
{
    long n = 0;
    if (!len || len > 9 || (name[0] == '0' && len > 1))
        return -1;
    for (size_t i = 0; i < len; i++) {
        if (name[i] < '0' || name[i] > '9')
            return -1;
        n = n * 10 + name[i] - '0';
    }
    return n;
}

/* --- the trees. Every helper gives up its caller's reference to the new inode. */

static int add_node(struct inode *dir, const char *name, size_t len, struct inode *i)
{
    int err = i ? dentry_add(dir, name, len, i, true) : -ENOMEM;
    if (!err && !i->nlink)
        i->nlink = 1;
    inode_put(i);
    return err;
}

static int add_directory(struct inode *parent, const char *name, size_t len, struct inode *dir)
{
    int err = dir ? directory_attach(parent, name, len, dir, true) : -ENOMEM;
    inode_put(dir);
    return err;
}

/* `star`: the name of the directory that "*" stands for. */
static int add_row(struct inode *root, const struct proc_entry *row, const char *star, long arg)
{
    const char *name = row->path, *slash;
    struct inode *dir = root;
    while ((slash = strchr(name, '/'))) {
        size_t len = (size_t)(slash - name);
        if (*name == '*') {
            name = star;
            len = strlen(star);
        }
        struct dentry *d = dentry_find(dir, name, len);
        if (!d) {
            int err = add_directory(dir, name, len, proc_directory(&directory_ops, 0555));
            if (err)
                return err;
            d = dentry_find(dir, name, len);
        }
        dir = d->inode;
        name = slash + 1;
    }
    return add_node(dir, name, strlen(name), proc_file(row, arg));
}

static int add_rows(struct inode *root, const struct proc_table *table)
{
    int err = 0;
    for (size_t n = 0; n < table->count && !err; n++)
        if (!strchr(table->rows[n].path, '*'))
            err = add_row(root, &table->rows[n], NULL, 1);
    return err;
}

static int proc_populate(struct inode *root)
{
    static const struct {
        const char *name;
        const struct inode_ops *ops;
        bool directory;
    } special[] = {
        {"task", &proc_task_ops, true}, {"fd", &proc_fd_ops, true},    {"fdinfo", &proc_fdinfo_ops, true},
        {"exe", &proc_exe_ops, false},  {"cwd", &proc_cwd_ops, false}, {"root", &proc_root_ops, false},
    };
    int err = add_rows(root, &proc_table);
    if (!err)
        err = add_node(root, "self", 4, symlink_new(FS_PROC, "1", 1, true));
    if (!err)
        err = add_node(root, "net", 3, symlink_new(FS_PROC, "self/net", 8, true));
    if (!err)
        err = add_node(root, "mounts", 6, symlink_new(FS_PROC, "self/mounts", 11, true));
    if (!err)
        err = add_node(root, "thread-self", 11, proc_link(&proc_thread_self_ops, 0));
    if (err)
        return err;
    struct inode *process = dentry_find(root, "1", 1)->inode;
    for (size_t n = 0; n < ARRAY_LEN(special) && !err; n++) {
        const char *name = special[n].name;
        err = special[n].directory ? add_directory(process, name, strlen(name), proc_directory(special[n].ops, 0555))
                                   : add_node(process, name, strlen(name), proc_link(special[n].ops, 0));
    }
    return err;
}

static bool add_interface(const struct interface_info *i, void *arg)
{
    int err = 0;
    for (size_t n = 0; n < sysfs_table.count && !err; n++)
        if (strchr(sysfs_table.rows[n].path, '*'))
            err = add_row(arg, &sysfs_table.rows[n], i->name, i->index);
    return err;
}

static int sysfs_populate(struct inode *root)
{
    int err = add_rows(root, &sysfs_table);
    return err ? err : interface_each(add_interface, root) ? -ENOMEM : 0;
}

const struct inode_ops proc_ops = {.file = &directory_file_ops, .stat = directory_stat, .populate = proc_populate};
const struct inode_ops sysfs_ops = {.file = &directory_file_ops, .stat = directory_stat, .populate = sysfs_populate};
