/* System V shared memory (shmget(2), shmop(2), shmctl(2)): a file without a name, and where it is mapped. */
#include "calls/sysv.h"
#include "mm/space.h"
#include "thread/new.h"

#define SHM_RDONLY 010000
#define SHM_RND 020000
#define SHM_REMAP 040000
#define SHM_EXEC 0100000
#define SHM_HUGETLB 04000
#define SHM_DEST 01000u   /* mode: goes with the last attachment */
#define SHM_LOCKED 02000u /* mode */
enum { SHM_LOCK = 11, SHM_UNLOCK, SHM_STAT, SHM_INFO, SHM_STAT_ANY };

struct segment {
    struct ipc ipc; /* first: it is what is freed */
    struct file *file;
    size_t size;
    int64_t attached, detached;
    int32_t last;
};
struct shmid64_ds {
    struct ipc_perm perm;
    uint64_t size;
    int64_t attached, detached, changed;
    int32_t creator, last;
    uint64_t count, unused[2];
};
_Static_assert(sizeof(struct shmid64_ds) == 112, "struct shmid64_ds");
struct shminfo {
    uint64_t max, min, mni, seg, all, unused[4];
};
struct shm_info {
    int32_t used, unused;
    uint64_t total, resident, swapped[3];
};

static struct ipc_table segments;

static struct segment *segment_of(long id)
{
    struct ipc *i = ipc_find(&segments, id);
    return i ? container_of(i, struct segment, ipc) : NULL;
}

/* Attachments are areas that show the beginning of the file. */
struct count {
    const struct file *file;
    uint64_t found;
};

static int count_area(const struct area *a, void *arg)
{
    struct count *c = arg;
    c->found += a->file == c->file && !a->offset;
    return 0;
}

static uint64_t attachments(const struct segment *s)
{
    struct count c = {s->file, 0};
    space_each(count_area, &c);
    return c.found;
}

static void drop(struct segment *s)
{
    file_put(s->file);
    ipc_take_out(&segments, &s->ipc);
}

/* Segments that were removed, and whose last attachment has gone. */
static void drop_unused(void)
{
    for (int n = 0; n < IPC_OBJECTS; n++) {
        struct segment *s = (struct segment *)segments.objects[n];
        if (s && s->ipc.mode & SHM_DEST && !attachments(s))
            drop(s);
    }
}

static struct segment *make(size_t size)
{
    struct segment *s = kzalloc(sizeof *s);
    struct inode *i = regular_new(FS_ANON, 0777);
    if (i)
        dentry_add_dead(vfs_root, "SYSV", 4, i);
    if (!s || !i || regular_truncate(i, (loff_t)size) || inode_open(i, O_RDWR, &s->file)) {
        kfree(s);
        s = NULL;
    }
    inode_put(i);
    if (s)
        s->size = size;
    return s;
}

long sys_shmget(long key, long size, long flags)
{
    struct ipc *found;
    drop_unused();
    int err = ipc_lookup(&segments, key, flags, &found);
    if (err)
        return err;
    if (found)
        return (size_t)size > container_of(found, struct segment, ipc)->size ? -EINVAL : found->id;
    if (!size || (size_t)size > USER_MAX)
        return -EINVAL;
    if (flags & SHM_HUGETLB || ALIGN_UP((size_t)size, PAGE_SIZE) >> PAGE_SHIFT > regular_limit_pages())
        return -ENOMEM;
    struct segment *s = make((size_t)size);
    if (!s)
        return -ENOMEM;
    int id = ipc_add(&segments, &s->ipc, key, flags);
    if (id >= 0)
        return id;
    file_put(s->file);
    kfree(s);
    return id;
}

static long attach(struct segment *s, uaddr_t at, long flags)
{
    bool writes = !(flags & SHM_RDONLY);
    int prot = PROT_READ | (writes ? PROT_WRITE : 0) | (flags & SHM_EXEC ? PROT_EXEC : 0);
    int err = ipc_check(&s->ipc, IPC_READ | (writes ? IPC_WRITE : 0));
    if (err)
        return err;
    int how = MAP_SHARED | (!at ? 0 : flags & SHM_REMAP ? MAP_FIXED : MAP_FIXED_NOREPLACE);
    long result = (long)space_map(at, s->size, prot, how, s->file, 0);
    if (result < 0)
        return result == -EEXIST ? -EINVAL : result;
    s->attached = ipc_now();
    s->last = PROCESS_ID;
    return result;
}

long sys_shmat(long id, long address, long flags)
{
    uaddr_t at = (uaddr_t)address;
    struct segment *s = segment_of(id);
    if (at & PAGE_MASK && flags & SHM_RND)
        at = ALIGN_DOWN(at, PAGE_SIZE);
    if (!s || at & PAGE_MASK || (flags & SHM_REMAP && !at))
        return -EINVAL;
    return attach(s, at, flags);
}

static struct segment *segment_at(uaddr_t address)
{
    const struct area_node *node = area_find(space.root, address);
    for (int n = 0; n < IPC_OBJECTS && node && node->area.start <= address; n++) {
        struct segment *s = (struct segment *)segments.objects[n];
        if (s && s->file == node->area.file && node->area.offset + (address - node->area.start) == 0)
            return s;
    }
    return NULL;
}

/* Only what still shows the segment: the app may have mapped something else over a part. */
long sys_shmdt(long address)
{
    uaddr_t at = (uaddr_t)address, end;
    struct segment *s = address & (long)PAGE_MASK ? NULL : segment_at(at);
    if (!s)
        return -EINVAL;
    end = at + ALIGN_UP(s->size, PAGE_SIZE);
    for (uaddr_t from = at; from < end;) {
        const struct area_node *node = area_find(space.root, from);
        if (!node || node->area.start >= end)
            break;
        uaddr_t start = node->area.start, stop = MIN(node->area.end, end);
        bool ours = node->area.file == s->file && node->area.offset == start - at;
        int err = ours ? space_unmap(start, stop - start) : 0;
        if (err)
            return err;
        from = stop;
    }
    s->detached = ipc_now();
    s->last = PROCESS_ID;
    drop_unused();
    return 0;
}

static long tell(const struct segment *s, uaddr_t to, long result)
{
    const struct shmid64_ds d = {ipc_perm_of(&s->ipc), s->size, s->attached,    s->detached, s->ipc.changed,
                                 PROCESS_ID,           s->last, attachments(s), {0}};
    return user_put(to, d) ? -EFAULT : result;
}

static long change(struct segment *s, uaddr_t from)
{
    struct shmid64_ds d;
    if (user_read(&d, from, sizeof d))
        return -EFAULT;
    int err = ipc_check_owner(&s->ipc);
    if (!err)
        ipc_set_perm(&s->ipc, &d.perm);
    return err;
}

static long remove(struct segment *s)
{
    int err = ipc_check_owner(&s->ipc);
    if (err)
        return err;
    s->ipc.mode |= SHM_DEST;
    s->ipc.key = 0;
    drop_unused();
    return 0;
}

/* Memory is never paged out. */
static long lock(struct segment *s, bool on)
{
    int err = ipc_check_owner(&s->ipc);
    if (!err)
        s->ipc.mode = on ? s->ipc.mode | SHM_LOCKED : s->ipc.mode & ~SHM_LOCKED;
    return err;
}

static long limits(uaddr_t to)
{
    const struct shminfo i = {USER_MAX, 1, IPC_OBJECTS, IPC_OBJECTS, regular_limit_pages(), {0}};
    return user_put(to, i) ? -EFAULT : ipc_last_index(&segments);
}

static long usage(uaddr_t to)
{
    struct shm_info i = {.used = (int32_t)segments.count};
    for (int n = 0; n < IPC_OBJECTS; n++) {
        const struct segment *s = (const struct segment *)segments.objects[n];
        i.total += s ? ALIGN_UP(s->size, PAGE_SIZE) >> PAGE_SHIFT : 0;
        i.resident += s ? s->file->inode->data.page_count : 0;
    }
    return user_put(to, i) ? -EFAULT : ipc_last_index(&segments);
}

static long stat(long id, long command, uaddr_t to)
{
    bool by_index = command != IPC_STAT;
    struct segment *s = by_index ? (struct segment *)ipc_at(&segments, id) : segment_of(id);
    if (!s)
        return -EINVAL;
    int err = command == SHM_STAT_ANY ? 0 : ipc_check(&s->ipc, IPC_READ);
    return err ? err : tell(s, to, by_index ? s->ipc.id : 0);
}

long sys_shmctl(long id, long command, long arg)
{
    drop_unused();
    switch (command) {
    case IPC_INFO:
        return limits((uaddr_t)arg);
    case SHM_INFO:
        return usage((uaddr_t)arg);
    case IPC_STAT:
    case SHM_STAT:
    case SHM_STAT_ANY:
        return stat(id, command, (uaddr_t)arg);
    }
    struct segment *s = segment_of(id);
    if (!s)
        return -EINVAL;
    switch (command) {
    case IPC_SET:
        return change(s, (uaddr_t)arg);
    case IPC_RMID:
        return remove(s);
    case SHM_LOCK:
    case SHM_UNLOCK:
        return lock(s, command == SHM_LOCK);
    default:
        return -EINVAL;
    }
}

CALLS(sysv_shm)
CALL(shmget, 3, "dux")
CALL(shmat, 3, "dpx")
CALL(shmdt, 1, "p")
CALL(shmctl, 3, "ddp")
