/* Building the root file system of cpio entries, wherever the archive is: in the image (fs/rootfs.c) or on a disk
 * (block/root.c). */
#pragma once
#include "fs/vfs.h"

struct newc {
    char magic[6]; /* 070701, or 070702 with a checksum that nobody reads */
    char ino[8], mode[8], uid[8], gid[8], nlink[8], mtime[8], filesize[8];
    char devmajor[8], devminor[8], rdevmajor[8], rdevminor[8], namesize[8], check[8];
};
_Static_assert(sizeof(struct newc) == 110, "newc header");

struct rootfs_entry {
    const char *name;     /* NUL-terminated, without "/" or "./" before it; lives forever */
    const char *data;     /* or, of a file on a disk, its `source` */
    struct inode **owner; /* NULL: the data is in memory. Else is told whose data it is */
    uint32_t size, mode, nlink;
    uint64_t data_offset, length; /* from the entry's first byte: where the data is, where the next entry is */
    const struct newc *header;
};
struct rootfs_link;
struct rootfs_tree {
    struct inode *root;
    const char *last_name; /* its directory is the likeliest for the next entry */
    size_t last_len;
    struct inode *last_dir;
    struct rootfs_link *links[64];
};

/* The entry at `at`; so many bytes of the archive are left, and so many of these are in memory: header and name have to
 * be. -EINVAL. */
int rootfs_parse(const char *at, uint64_t left, uint64_t in_memory, struct rootfs_entry *e);
bool rootfs_is_trailer(const struct rootfs_entry *e);
/* 0 also when the entry is left out, which is told; -ENOMEM. */
int rootfs_add(struct rootfs_tree *x, const struct rootfs_entry *e);
void rootfs_finish(struct rootfs_tree *x);
