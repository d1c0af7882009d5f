/* /proc and /sys: what runtimes read there. A file is one row in fs/proc/table.h and one function in fs/proc/. */
#pragma once
#include "fs/vfs.h"

/* The text of one file, made at each read from its beginning. `arg`: the thread of a file below task/, the descriptor
 * of one below fdinfo/, else the process. */
typedef int proc_text(struct text *t, long arg);

struct proc_entry {
    const char *path; /* from the root of its file system: "1/maps"; "*" stands for any thread or descriptor */
    uint32_t mode;
    bool is_constant;
    union {
        proc_text *text;
        const char *constant;
    };
};
#define PROC(path, mode, name) proc_text proc_##name;
#define SYSFS(path, mode, name) proc_text proc_##name;
#define PROC_CONSTANT(path, constant)
#define SYSFS_CONSTANT(path, constant)
#include "fs/proc/table.h"
#undef PROC
#undef SYSFS
#undef PROC_CONSTANT
#undef SYSFS_CONSTANT

struct proc_table {
    const struct proc_entry *rows;
    size_t count;
};
extern const struct proc_table proc_table, sysfs_table;

struct inode *proc_file(const struct proc_entry *row, long arg); /* NULL when out of memory */
struct inode *proc_directory(const struct inode_ops *ops, uint32_t mode);

/* fs/proc/links.c: links that lead to inodes. */
struct inode *proc_link(const struct inode_ops *ops, long arg);
extern const struct inode_ops proc_exe_ops, proc_cwd_ops, proc_root_ops, proc_thread_self_ops, proc_fd_link_ops;
/* fs/proc/task.c, fs/proc/fd.c: directories whose entries come and go. */
extern const struct inode_ops proc_task_ops, proc_fd_ops, proc_fdinfo_ops;
struct inode *proc_thread_directory(int tid); /* NULL when out of memory */
struct thread *proc_thread(long tid);         /* NULL: ended */
/* A name that is a decimal number without leading zeros, or -1. */
long proc_number(const char *name, size_t len);
