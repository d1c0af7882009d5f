/* Open files, descriptors, inodes. Linux semantics; the kernel's structures, not the ABI's. */
#pragma once
#include "kernel.h"
#include "mm/mm.h"
#include "thread/thread.h"

#define POLLIN 0x001u
#define POLLPRI 0x002u
#define POLLOUT 0x004u
#define POLLERR 0x008u
#define POLLHUP 0x010u
#define POLLNVAL 0x020u
#define POLLRDNORM 0x040u
#define POLLWRNORM 0x100u
#define POLLRDHUP 0x2000u

#define O_ACCMODE 3
#define O_RDONLY 0
#define O_WRONLY 1
#define O_RDWR 2
#define O_CREAT 0100
#define O_EXCL 0200
#define O_NOCTTY 0400
#define O_TRUNC 01000
#define O_APPEND 02000
#define O_NONBLOCK 04000
#define O_DSYNC 010000
#define O_DIRECT 040000
#define O_LARGEFILE 0100000
#define O_DIRECTORY 0200000
#define O_NOFOLLOW 0400000
#define O_NOATIME 01000000
#define O_CLOEXEC 02000000
#define O_PATH 010000000
#define O_TMPFILE 020200000

struct inode;
struct file;
struct kstat;    /* fs/stat.h */
struct dir_emit; /* fs/vfs.h */

/* What kind of open file this is. A NULL operation gives the errno in brackets. All may sleep unless they say
 * otherwise. */
struct file_ops {
    const char *name;
    /* pos: where to read; the caller advances it by what is returned. Streams ignore it. [EINVAL] */
    ssize_t (*read)(struct file *f, struct iter *to, loff_t pos);
    ssize_t (*write)(struct file *f, struct iter *from, loff_t pos);
    /* Events that hold now (POLLIN…); never sleeps. *q: the queue that is woken when that may have changed. [always
     * POLLIN|POLLOUT] */
    uint32_t (*poll)(struct file *f, struct waitq **q);
    long (*ioctl)(struct file *f, unsigned cmd, uaddr_t arg);  /* [ENOTTY] */
    int (*stat)(struct file *f, struct kstat *st);             /* [from f->inode] */
    loff_t (*seek)(struct file *f, loff_t offset, int whence); /* [ESPIPE unless inode] */
    int (*readdir)(struct file *f, struct dir_emit *e);        /* [ENOTDIR] */
    /* The frame that holds page `index` of the file, for mmap. Takes a reference (page_get) unless the frame is the
     * image's own. write: the app will write to it and share it. -errno, e.g. -EIO beyond the end (SIGBUS). [ENODEV] */
    int (*page)(struct file *f, uint64_t index, bool write, paddr_t *frame);
    int (*sync)(struct file *f);
    void (*release)(struct file *f); /* last reference gone */
};
struct file {
    const struct file_ops *ops;
    unsigned refs;
    unsigned flags; /* O_* without the creation flags; O_NONBLOCK and O_APPEND change by fcntl */
    loff_t pos;
    struct inode *inode; /* NULL: anonymous (pipe end, socket, epoll) */
    void *priv;
    struct list epoll_items; /* fs/epoll.c: registrations that end with the file */
};
static inline bool file_nonblock(const struct file *f)
{
    return f->flags & O_NONBLOCK;
}

/* fs/file.c */
struct file *file_new(const struct file_ops *ops, unsigned flags,
                      void *priv); /* one reference; NULL when out of memory */
void file_get(struct file *f);
void file_put(struct file *f);
int file_punch(struct file *f, uint64_t offset, uint64_t len); /* fs/holes.c: a hole; -EOPNOTSUPP */
bool file_is_write_sealed(const struct file *f);               /* fs/regular.c: no new shared mapping may write it */
/* fs/fd.c: the descriptor table. */
int fd_install(struct file *f, bool cloexec,
               int lowest); /* takes over the reference; -EMFILE (the reference stays the caller's) */
/* A file that nobody else has yet, or NULL: its descriptor, or -ENOMEM, -EMFILE and the file is gone. */
int fd_install_new(struct file *f, bool cloexec);
struct file *fd_file(int fd); /* with a reference of its own, or NULL (EBADF) */
int fd_close(int fd);
/* Calls fn for each open descriptor in order. */
void fd_each(void (*fn)(int fd, struct file *f, void *arg), void *arg);

/* fs/vfs.c */
void vfs_init(void); /* rootfs from rootfs_start, tmpfs above, /dev, /proc */
int vfs_open(const char *path, unsigned flags, unsigned mode, struct file **out); /* by absolute kernel path */
/* Replaces or creates a small file, for /etc/resolv.conf and the like. */
int vfs_write_file(const char *path, const void *data, size_t n);
/* The absolute path of an open file, or "socket:[7]" and the like; for /proc/self/fd, getcwd, maps. */
int file_path(struct file *f, char *buf, size_t size);

/* fs/dev.c: a character device below /dev is one file in fs/dev/ that ends with DEVICE(name). */
struct device_node {
    const char *name; /* "null" */
    uint32_t major, minor, mode;
    const struct file_ops *ops;
    int (*open)(struct file *f);
};
#define DEVICE(id)                                                                                                     \
    extern const struct device_node device_##id;                                                                       \
    static const struct device_node *const device_pointer_##id                                                         \
        __attribute__((section("unik_devices"), used, retain)) = &device_##id;                                         \
    const struct device_node device_##id
