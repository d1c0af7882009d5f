/* Inodes, names and paths. One tree of inodes in memory holds everything: the root is seeded from the image's cpio
 * archive, whose data is used in place until somebody writes (or, on a disk, is read when it is asked for); /dev and
 * /proc fill themselves when first looked into.
 *
 * No file sleeps in its page operation (a disk is polled there), so copies from and to the app do not sleep either;
 * what waits says so.
 *
 * Lifetime: an inode lives as long as names, open files or walks refer to it (`refs`). */
#pragma once
#include "fs/file.h"
#include "fs/stat.h"
#include "abi/fcntl.h"
#include "time/time.h"

/* For a local of a hot call that is written before it is read: the compiler's clearing of all locals would cost more
 * than the call. */
#define UNINITIALIZED __attribute__((uninitialized))

/* Which file system an inode belongs to; its st_dev. Names do not move between them (EXDEV). */
enum fs_id { FS_ROOT = 1, FS_DEV, FS_PROC, FS_ANON };

struct inode;
struct dentry;
struct dir_emit {
    loff_t pos; /* where to go on; advanced by every entry taken */
    /* Takes one entry; `next` is the position behind it. False: no room, ask again from this entry. Never sleeps. */
    bool (*add)(struct dir_emit *e, const char *name, size_t len, uint64_t ino, uint32_t mode, loff_t next);
};

/* What sets one kind of inode apart; every operation may be NULL. */
struct inode_ops {
    const struct file_ops *file;                     /* of an open file; NULL: -ENXIO */
    int (*open)(struct inode *i, struct file *f);    /* may sleep (fifo) */
    void (*stat)(struct inode *i, struct kstat *st); /* what differs from the inode's own fields */
    void (*destroy)(struct inode *i);                /* frees what the union holds */
    int (*populate)(struct inode *dir);              /* once, before the first look inside */
    int (*lookup)(struct inode *dir, const char *name, size_t len, struct inode **out); /* entries made on demand */
    int (*readdir)(struct inode *dir, struct dir_emit *e);                              /* of those */
    int (*follow)(struct inode *link, struct inode **out);           /* a link that leads to an inode, not a path */
    ssize_t (*readlink)(struct inode *link, char *buf, size_t size); /* the text of such a link */
};

/* A regular file's bytes: pages that were written, above the part of the image that is still visible, above zeros. */
struct file_data {
    loff_t size;
    union {
        const char *image;
        void *source; /* of a file that is `stored`: for vfs_disks */
    };
    uint64_t image_len; /* shrinks when the file is cut; never grows */
    void *root;         /* fs/pages.c */
    uint32_t page_count;
    uint8_t height;
    uint8_t seals; /* F_SEAL_* */
    bool linkable; /* O_TMPFILE: linkat may give it a name though it has none */
    bool mapped;   /* pages were handed out for mmap: mappings must hear of changes */
    bool stored;   /* the image is on a disk */
};
struct directory {
    struct list entries;   /* in order of cookie */
    struct inode *parent;  /* the root's is itself */
    struct dentry *cursor; /* where the last reader stopped; NULL: nowhere */
    uint64_t next_cookie;
    bool populated;
};
struct proc_entry;
struct pipe;
struct inode {
    unsigned refs;
    uint32_t mode, nlink, uid, gid;
    uint32_t fs; /* enum fs_id */
    uint64_t ino;
    int64_t atime, mtime, ctime, btime;
    const struct inode_ops *ops;
    struct list names;        /* dentries that lead here */
    struct dentry *dead_name; /* the last one that did, for "/tmp/x (deleted)" */
    struct flock *locks;
    struct watch *watches; /* fs/inotify.c */
    struct xattr *xattrs;  /* calls/xattr.h */
    union {
        struct file_data data;
        struct directory dir;
        struct {
            const char *text;
            uint32_t len;
            bool owned;
        } link;
        struct {
            uint64_t rdev;
            const struct device_node *node;
        } device;
        struct pipe *pipe;
        struct {
            const struct proc_entry *row;
            long arg; /* thread or descriptor number */
        } proc;
    };
};
static inline uint32_t inode_type(const struct inode *i)
{
    return i->mode & S_IFMT;
}
static inline bool inode_is_dir(const struct inode *i)
{
    return inode_type(i) == S_IFDIR;
}

/* --- fs/inode.c */
struct inode *inode_new(enum fs_id fs, uint32_t mode,
                        const struct inode_ops *ops); /* one reference; NULL when out of memory */
static inline struct inode *inode_get(struct inode *i)
{
    i->refs++;
    return i;
}
void inode_put(struct inode *i); /* NULL is fine */
/* Set by whoever gives an inode extended attributes. */
extern void (*inode_release_xattrs)(struct inode *i);
void inode_stat(struct inode *i, struct kstat *st);
void inode_touch(struct inode *i);    /* mtime and ctime become now */
void inode_read_now(struct inode *i); /* atime, as `relatime` has it */
/* Makes an open file of an inode and takes a reference of its own. May sleep. */
int inode_open(struct inode *i, unsigned flags, struct file **out);
/* A file that somebody will fill soon (net/dhcp.c: resolv.conf, before the lease), or NULL: whoever opens it first
 * calls vfs_await, which may sleep until there is something to read, but not for long. */
extern struct inode *vfs_awaited;
extern void (*vfs_await)(void);
extern const struct file_ops path_only_ops; /* O_PATH */

/* --- fs/dentry.c: the names. */
struct dentry {
    struct dentry *hash_next;
    struct list in_dir, in_inode;
    struct inode *dir, *inode;
    const char *name; /* not NUL-terminated */
    uint64_t cookie;
    uint32_t hash;
    uint16_t len;
};
struct dentry *dentry_find(struct inode *dir, const char *name, size_t len);
/* The name is copied, or (`borrow`) lives as long as the kernel. Takes a reference to the inode. -ENOMEM. */
int dentry_add(struct inode *dir, const char *name, size_t len, struct inode *inode, bool borrow);
void dentry_remove(struct dentry *d);
/* A name that nothing finds, for memfd and O_TMPFILE: /proc shows it as deleted. Out of memory: the inode stays
 * nameless. */
void dentry_add_dead(struct inode *dir, const char *name, size_t len, struct inode *inode);
/* The absolute path of an inode by its (first) name; its length, or -ENAMETOOLONG, -ENOENT. */
ssize_t inode_path(struct inode *i, char *buf, size_t size);
struct dentry *inode_name(struct inode *i); /* the first one, else the dead one, or NULL */
void dentry_init(void);

/* --- fs/directory.c */
extern const struct inode_ops directory_ops;
extern const struct file_ops directory_file_ops;
void directory_stat(struct inode *i, struct kstat *st);
struct inode *directory_new(enum fs_id fs, uint32_t mode, const struct inode_ops *ops); /* not yet in a parent */
/* Adds a directory to its parent; -ENOMEM. */
int directory_attach(struct inode *parent, const char *name, size_t len, struct inode *dir, bool borrow);
/* What `name` leads to in `dir`, with a reference; -ENOENT. */
int directory_lookup(struct inode *dir, const char *name, size_t len, struct inode **out);
bool directory_empty(struct inode *dir);
/* Emits "." and "..", positions 0 and 1; false when the reader is full. */
bool directory_emit_dots(struct inode *dir, struct dir_emit *e);

/* --- fs/path.c: the walk. */
#define WALK_FOLLOW 1u       /* a link in last place is followed */
#define WALK_PARENT 2u       /* ... never, not even with a slash behind it (unlink, rename, mkdir) */
#define WALK_NO_LINKS 4u     /* RESOLVE_NO_SYMLINKS */
#define WALK_NO_MAGIC 8u     /* RESOLVE_NO_MAGICLINKS */
#define WALK_BENEATH 16u     /* RESOLVE_BENEATH: -EXDEV when the path leaves `start` */
#define WALK_IN_ROOT 32u     /* RESOLVE_IN_ROOT: `start` is the root */
#define WALK_NO_CROSSING 64u /* RESOLVE_NO_XDEV */
struct walk {
    struct inode *dir;   /* where the last name was looked up; referenced */
    struct inode *inode; /* what it leads to; referenced; NULL: no such name */
    const char *last;    /* the last name: valid until the caller sleeps */
    size_t last_len;
    enum { LAST_NAME, LAST_DOT, LAST_DOTDOT, LAST_ROOT } last_kind;
    bool slash; /* the path ended in one */
};
/* 0 when everything but the last name exists; then walk_end gives the references back. Never sleeps. */
int path_walk(struct inode *start, const char *path, unsigned flags, struct walk *w);
void walk_end(struct walk *w);
/* The inode at a path, with a reference. */
int path_lookup(struct inode *start, const char *path, unsigned flags, struct inode **out);

/* --- fs/names.c: changes of the tree. All by the result of a walk with WALK_PARENT (open: see vfs_open_at); none
 * sleeps. */
int names_mkdir(struct walk *w, uint32_t mode);
int names_mknod(struct walk *w, uint32_t mode, uint64_t rdev); /* anything but directories and links */
int names_symlink(struct walk *w, const char *text);
int names_link(struct walk *w, struct inode *inode);
int names_unlink(struct walk *w);
int names_rmdir(struct walk *w);
/* --- fs/rename.c */
int names_rename(struct walk *from, struct walk *to, unsigned flags);

/* --- fs/regular.c, fs/pages.c */
extern const struct inode_ops regular_ops, symlink_ops;
struct inode *regular_new(enum fs_id fs, uint32_t mode);
struct inode *symlink_new(enum fs_id fs, const char *text, size_t len, bool borrow); /* NULL when out of memory */
int regular_truncate(struct inode *i, loff_t size);
int regular_allocate(struct inode *i, int mode, loff_t offset, loff_t len);
loff_t regular_seek_data(struct inode *i, loff_t pos, bool hole);
/* A run of bytes at `pos` that lie together in memory: so many at *data (NULL: zeros). 0 at the end of the file, or
 * -errno. *frame: page to page_put afterwards, or 0. May sleep. */
ssize_t regular_span(struct inode *i, loff_t pos, size_t max, const char **data, paddr_t *frame);
size_t regular_limit_pages(void), regular_used_pages(void);
/* Written pages of one file, by index. */
void *pages_get(const struct file_data *d, uint64_t index);
int pages_set(struct file_data *d, uint64_t index, void *page); /* the index must be empty; -ENOMEM, -ENOSPC */
uint64_t pages_next(const struct file_data *d, uint64_t index); /* first present index >= index, or UINT64_MAX */
void *pages_take(struct file_data *d, uint64_t index);          /* removes it from the file and hands it over; NULL */
void pages_free_all(struct file_data *d);

/* --- fs/rootfs.c, fs/dev.c, fs/proc.c, fs/etc.c */
int rootfs_index(struct inode *root, const char *start, const char *end); /* says on the console what is wrong */
struct inode *device_inode(uint32_t mode, uint64_t rdev);                 /* a node found in the archive */
extern const struct inode_ops dev_ops, proc_ops, sysfs_ops;
int dev_add_node(struct inode *dev, uint32_t type, const struct device_node *node); /* type: S_IFCHR or S_IFBLK */
int etc_add_defaults(struct inode *root);

/* Set by the first disk that is found (block/node.c); NULL: no disks. */
struct vfs_disks {
    int (*add_nodes)(struct inode *dev); /* /dev/vda and the like; polls the disks */
    /* Fills the tree from the archive in the partition that root= names, or says what is wrong. 0, -ENOENT, -errno. */
    int (*mount_root)(struct inode *root, const char *wanted);
    /* Of a stored file: regular_span, which may sleep. 0 with *frame 0: something changed meanwhile, look again. */
    ssize_t (*span)(struct inode *i, loff_t pos, size_t max, const char **data, paddr_t *frame);
    /* A whole page of it with a reference; bytes [from, end) of a page. The disk is polled. -EIO, -ENOMEM. */
    int (*page)(void *source, uint64_t index, paddr_t *frame);
    int (*copy)(void *source, uint64_t index, char *page, size_t from, size_t end);
    void (*release)(void *source); /* its file is gone */
    void (*sync)(void);            /* may sleep */
};
extern const struct vfs_disks *vfs_disks;

/* --- fs/permission.c */
#define GROUPS_MAX 32
/* linux/capability.h, as far as anything asks for them */
enum {
    CAP_CHOWN = 0,
    CAP_DAC_OVERRIDE = 1,
    CAP_DAC_READ_SEARCH = 2,
    CAP_FOWNER = 3,
    CAP_FSETID = 4,
    CAP_SETGID = 6,
    CAP_SETUID = 7,
    CAP_SETPCAP = 8,
    CAP_LINUX_IMMUTABLE = 9,
    CAP_NET_BIND_SERVICE = 10,
    CAP_IPC_LOCK = 14,
    CAP_SYS_ADMIN = 21,
    CAP_SYS_NICE = 23,
    CAP_SYS_RESOURCE = 24,
    CAP_SYS_TIME = 25,
    CAP_MKNOD = 27,
    CAP_MAC_OVERRIDE = 32,
    CAP_LAST = 40
};
#define CAP_ALL ((2ul << CAP_LAST) - 1)
/* By which files are judged; sys/credentials.c and sys/capability.c set them. */
struct file_ids {
    uint64_t capabilities; /* the effective ones */
    uint32_t uid, gid;
    unsigned group_count;
    uint32_t groups[GROUPS_MAX];
};
extern struct file_ids vfs_ids;
enum { MAY_EXECUTE = 1, MAY_WRITE = 2, MAY_READ = 4 };      /* in a directory: search */
int permission_check(const struct inode *i, unsigned want); /* -EACCES */
bool permission_is_owner(const struct inode *i);            /* ... or may act as if he were */
bool permission_has_group(uint32_t gid);
void permission_adopt(struct inode *i, const struct inode *dir); /* a new inode's owner and group */
/* May the name of `i` in `dir` be taken away? -EACCES, -EPERM (others' files in a sticky directory). */
int permission_check_removal(const struct inode *dir, const struct inode *i);

/* --- fs/vfs.c: process-wide state. */
extern struct inode *vfs_root, *vfs_cwd;
extern uint32_t vfs_umask;
int vfs_open_at(struct inode *start, const char *path, unsigned flags, uint32_t mode, unsigned walk_flags,
                struct file **out);

/* --- fs/fd.c beyond fs/file.h */
#define FD_LIMIT_MAX 65536u
extern unsigned fd_limit_soft, fd_limit_hard;         /* RLIMIT_NOFILE */
int fd_replace(int fd, struct file *f, bool cloexec); /* dup2: takes over the reference on success */
int fd_get_cloexec(int fd);
int fd_set_cloexec(int fd, bool on);
int fd_next(int fd);         /* first open descriptor >= fd, or -EBADF */
void fd_init_standard(void); /* 0, 1 and 2 on /dev/console; panics when out of memory */

/* --- fs/pipe.c */
int pipe_create(struct file *ends[2], unsigned flags); /* [0] reads */
int pipe_get_size(struct file *f);                     /* -EBADF: no pipe */
int pipe_set_size(struct file *f, size_t size);
extern const struct inode_ops fifo_ops;
/* For splice. Copies up to `n` bytes (at most what its first page holds) that stay in the pipe; 0 at the end; pipe_skip
 * takes them away through the same buffer. pipe_wait_room: how many bytes fit, PIPE_BUF or more. */
bool file_is_pipe(const struct file *f);
ssize_t pipe_peek(struct file *f, char *buf, size_t n, bool nonblock);
void pipe_skip(struct file *f, char *buf, size_t n);
ssize_t pipe_wait_room(struct file *f, bool nonblock);

/* --- fs/eventfd.c timerfd.c signalfd.c epoll.c */
struct file *eventfd_new(uint64_t count, bool semaphore, unsigned flags);
struct file *timerfd_new(int clock, unsigned flags);
int timerfd_set(struct file *f, bool absolute, uint64_t value, uint64_t interval); /* -EINVAL: no timerfd */
int timerfd_get(struct file *f, uint64_t *left, uint64_t *interval);
struct file *signalfd_new(uint64_t set, unsigned flags);
int signalfd_set(struct file *f, uint64_t set); /* -EINVAL: no signalfd */
/* --- fs/flock.c */
int flock_apply(struct file *f, int operation); /* may sleep */
void flock_file_released(struct file *f);
/* --- fs/tty.c */
extern const struct file_ops tty_file_ops;
/* --- fs/text.c: text that grows, for /proc. */
struct text {
    char *data;
    size_t len, size;
    bool failed; /* out of memory: the text is incomplete */
};
void text_print(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void text_append(struct text *t, const char *s, size_t n);
