/* inotify(7): who watches an inode hears what happens to it, and, when it is a directory, to what stands in it. */
#pragma once
#include "fs/vfs.h"

#define IN_ACCESS 0x1u
#define IN_MODIFY 0x2u
#define IN_ATTRIB 0x4u
#define IN_CLOSE_WRITE 0x8u
#define IN_CLOSE_NOWRITE 0x10u
#define IN_OPEN 0x20u
#define IN_MOVED_FROM 0x40u
#define IN_MOVED_TO 0x80u
#define IN_CREATE 0x100u
#define IN_DELETE 0x200u
#define IN_DELETE_SELF 0x400u
#define IN_MOVE_SELF 0x800u
#define IN_ALL_EVENTS 0xfffu
#define IN_UNMOUNT 0x2000u
#define IN_Q_OVERFLOW 0x4000u
#define IN_IGNORED 0x8000u
#define IN_ONLYDIR 0x1000000u
#define IN_DONT_FOLLOW 0x2000000u
#define IN_EXCL_UNLINK 0x4000000u
#define IN_MASK_CREATE 0x10000000u
#define IN_MASK_ADD 0x20000000u
#define IN_ISDIR 0x40000000u
#define IN_ONESHOT 0x80000000u

#define INOTIFY_INSTANCES 128
#define INOTIFY_WATCHES 65536
#define INOTIFY_QUEUE 16384

struct file *inotify_new(unsigned flags); /* NULL when out of memory */
bool file_is_inotify(const struct file *f);
/* The number of the watch, or -errno. */
int inotify_watch(struct file *f, struct inode *i, uint32_t mask);
int inotify_unwatch(struct file *f, int number);
extern unsigned inotify_instances;

/* The hooks: an event of an inode itself; of a name in a directory; of a file, for itself and the directory of its
 * name. They never sleep, and cost one comparison while nobody watches anything. */
extern unsigned inotify_watches;
void inotify_tell(struct inode *to, uint32_t mask, uint32_t cookie, const char *name, size_t len);
void inotify_tell_both(struct inode *i, uint32_t mask);
void inotify_inode_gone(struct inode *i);
uint32_t inotify_cookie(void);

static inline uint32_t inotify_kind(const struct inode *i)
{
    return inode_is_dir(i) ? IN_ISDIR : 0;
}
static inline void inotify_self(struct inode *i, uint32_t mask)
{
    if (unlikely(inotify_watches))
        inotify_tell(i, mask, 0, NULL, 0);
}
static inline void inotify_name(const struct walk *w, uint32_t mask, const struct inode *subject, uint32_t cookie)
{
    if (unlikely(inotify_watches))
        inotify_tell(w->dir, mask | inotify_kind(subject), cookie, w->last, w->last_len);
}
static inline void inotify_file(struct inode *i, uint32_t mask)
{
    if (unlikely(inotify_watches) && i)
        inotify_tell_both(i, mask);
}
