/* Paths that the app hands over, and where relative ones begin. */
#pragma once
#include "fs/vfs.h"
#include "sys/sys.h"

struct user_path {
    char *text;
    char small[256]; /* most paths; longer ones go to the heap */
};
int user_path_read(struct user_path *p, long addr); /* -EFAULT, -ENAMETOOLONG, -ENOMEM */
void user_path_free(struct user_path *p);

/* The inode of a directory descriptor (or AT_FDCWD), with a reference; it does not matter for an absolute path. */
int path_start(long dirfd, const char *path, struct inode **start);

/* A walk along a path of the app. After success, user_walk_end. */
struct user_walk {
    struct walk walk;
    struct user_path path;
};
int user_walk(struct user_walk *u, long dirfd, long path, unsigned walk_flags);
void user_walk_end(struct user_walk *u);
/* The inode that a path (or with AT_EMPTY_PATH a descriptor) leads to, with a reference. Knows AT_SYMLINK_NOFOLLOW. */
int user_lookup(long dirfd, long path, long at_flags, struct inode **out);

/* Runs `fn` on what a descriptor refers to (-EBADF, -EINVAL for what has no inode), or what user_lookup finds. */
long user_with_descriptor(long fd, long a, long b, long (*fn)(struct inode *i, long a, long b));
long user_with_path(long dirfd, long path, long at_flags, long a, long b, long (*fn)(struct inode *i, long a, long b));

/* An open file that is more than a place (O_PATH), with a reference; NULL: EBADF. */
struct file *fd_file_io(long fd);
