/* /proc/self/task: one directory for every thread, made when it is asked for. */
#include "fs/proc.h"

static const char prefix[] = "1/task/*/";

struct search {
    long tid;
    struct thread *found;
};

static bool has_tid(struct thread *t, void *arg)
{
    struct search *s = arg;
    if (t->tid == s->tid)
        s->found = t;
    return s->found;
}

struct thread *proc_thread(long tid)
{
    struct search s = {.tid = tid};
    thread_each(has_tid, &s);
    return s.found;
}

/* The rows that every thread has; NULL: no more. */
static const struct proc_entry *next_row(size_t *n)
{
    while (*n < proc_table.count) {
        const struct proc_entry *row = &proc_table.rows[(*n)++];
        if (!strncmp(row->path, prefix, sizeof prefix - 1))
            return row;
    }
    return NULL;
}

static const char *row_name(const struct proc_entry *row)
{
    return row->path + sizeof prefix - 1;
}

/* --- one thread. Its number is in no field of a directory: the inode number carries it. */

#define THREAD_INO (1ul << 40)

static int thread_lookup(struct inode *dir, const char *name, size_t len, struct inode **out)
{
    long tid = (long)(dir->ino - THREAD_INO);
    const struct proc_entry *row;
    for (size_t n = 0; (row = next_row(&n));) {
        if (strlen(row_name(row)) != len || memcmp(row_name(row), name, len))
            continue;
        *out = proc_thread(tid) ? proc_file(row, tid) : NULL;
        return *out ? 0 : -ENOENT;
    }
    return -ENOENT;
}

static int thread_readdir(struct inode *dir, struct dir_emit *e)
{
    const struct proc_entry *row;
    for (size_t n = (size_t)MIN((uint64_t)e->pos - 2, proc_table.count); (row = next_row(&n));) {
        if (!e->add(e, row_name(row), strlen(row_name(row)), dir->ino + n, S_IFREG, (loff_t)n + 2))
            return 0;
        e->pos = (loff_t)n + 2;
    }
    return 0;
}

static const struct inode_ops thread_ops = {
    .file = &directory_file_ops, .stat = directory_stat, .lookup = thread_lookup, .readdir = thread_readdir};

struct inode *proc_thread_directory(int tid)
{
    struct inode *i = proc_directory(&thread_ops, 0555);
    if (!i)
        return NULL;
    i->ino = THREAD_INO + (uint64_t)tid;
    struct dentry *process;
    struct inode *proc = dentry_find(vfs_root, "proc", 4)->inode;
    process = dentry_find(proc, "1", 1);
    i->dir.parent = dentry_find(process->inode, "task", 4)->inode;
    return i;
}

/* --- all threads */

static int task_lookup(struct inode *dir, const char *name, size_t len, struct inode **out)
{
    long tid = proc_number(name, len);
    if (tid < 1 || !proc_thread(tid))
        return -ENOENT;
    *out = proc_thread_directory((int)tid);
    return *out ? 0 : -ENOMEM;
}

static bool emit_thread(struct thread *t, void *arg)
{
    struct dir_emit *e = arg;
    char name[12];
    if (t->tid + 2 < e->pos)
        return false;
    size_t len = (size_t)format(name, sizeof name, "%d", t->tid);
    if (!e->add(e, name, len, THREAD_INO + (uint64_t)t->tid, S_IFDIR, t->tid + 3))
        return true;
    e->pos = t->tid + 3;
    return false;
}

/* Positions: 2 + thread number; thread_each goes by number. */
static int task_readdir(struct inode *dir, struct dir_emit *e)
{
    thread_each(emit_thread, e);
    return 0;
}

const struct inode_ops proc_task_ops = {
    .file = &directory_file_ops, .stat = directory_stat, .lookup = task_lookup, .readdir = task_readdir};
