/* System calls about which pages are in memory, and on their way to a file. */
#include "fs/vfs.h"
#include "sys/limits.h"
#include "sys/sys.h"
#include "mm/space.h"

#define MS_ASYNC 1
#define MS_INVALIDATE 2
#define MS_SYNC 4
#define MCL_CURRENT 1
#define MCL_FUTURE 2
#define MCL_ONFAULT 4
#define MLOCK_ONFAULT 1

/* A file's pages count as resident: there is no other place for them. */
static uint8_t is_resident(uaddr_t addr)
{
    const struct area_node *node = area_find(space.root, addr);
    struct leaf leaf = leaf_find(addr);
    return node->area.file || (leaf.entry && *leaf.entry);
}

long sys_mincore(long addr, long length, long out)
{
    size_t len = (size_t)length;
    uint8_t chunk[256];
    if (addr & (long)PAGE_MASK)
        return -EINVAL;
    if (!space_whole_pages((uaddr_t)addr, &len) || !space_is_mapped((uaddr_t)addr, (uaddr_t)addr + len))
        return -ENOMEM;
    for (size_t done = 0, pages = len >> PAGE_SHIFT; done < pages;) {
        size_t n = MIN(pages - done, sizeof chunk);
        for (size_t i = 0; i < n; i++)
            chunk[i] = is_resident((uaddr_t)addr + ((done + i) << PAGE_SHIFT));
        if (user_write((uaddr_t)out + done, chunk, n))
            return -EFAULT;
        done += n;
    }
    return 0;
}

static int sync_area(const struct area *a)
{
    bool dirty = a->file && a->flags & MAP_SHARED && a->prot & PROT_WRITE;
    return dirty && a->file->ops->sync ? a->file->ops->sync(a->file) : 0;
}

long sys_msync(long addr, long length, long flags)
{
    size_t len = (size_t)length;
    if (addr & (long)PAGE_MASK || flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC))
        return -EINVAL;
    if (flags & MS_ASYNC && flags & MS_SYNC)
        return -EINVAL;
    if (!space_whole_pages((uaddr_t)addr, &len))
        return -ENOMEM;
    uaddr_t start = (uaddr_t)addr, end = start + len;
    if (!space_is_mapped(start, end))
        return -ENOMEM;
    while (start < end) {
        const struct area_node *node = area_find(space.root, start);
        bool busy = flags & MS_INVALIDATE && node->area.flags & MAP_LOCKED;
        int err = busy ? -EBUSY : flags & MS_SYNC ? sync_area(&node->area) : 0;
        if (err)
            return err;
        start = node->area.end;
    }
    return 0;
}

int memory_may_lock(size_t bytes)
{
    uint64_t limit = process_soft_limit(RLIMIT_MEMLOCK);
    if (process_can(CAP_IPC_LOCK))
        return 0;
    return !limit ? -EPERM : space.locked_pages * PAGE_SIZE + bytes > limit ? -ENOMEM : 0;
}

static long lock(uaddr_t addr, size_t length, bool on, bool now)
{
    uaddr_t start = ALIGN_DOWN(addr, PAGE_SIZE), end;
    size_t len = length + (addr - start);
    if (len < length || __builtin_add_overflow(start, len, &end) || end > ALIGN_DOWN(UINT64_MAX, PAGE_SIZE))
        return -EINVAL;
    if (!space_whole_pages(start, &len))
        return -ENOMEM;
    long err = on ? memory_may_lock(len) : 0;
    if (!err && !space_is_mapped(start, start + len))
        err = -ENOMEM;
    if (!err)
        err = space_lock(start, start + len, on);
    if (err)
        return err;
    return now && space_populate(start, start + len) ? -ENOMEM : 0;
}

long sys_mlock(long addr, long len)
{
    return lock((uaddr_t)addr, (size_t)len, true, true);
}

long sys_mlock2(long addr, long len, long flags)
{
    if (flags & ~MLOCK_ONFAULT)
        return -EINVAL;
    return lock((uaddr_t)addr, (size_t)len, true, !(flags & MLOCK_ONFAULT));
}

long sys_munlock(long addr, long len)
{
    return lock((uaddr_t)addr, (size_t)len, false, false);
}

/* What cannot be there, as beyond the end of a file, need not be. */
static int populate_area(const struct area *a, void *arg)
{
    (void)arg;
    return a->prot && space_populate(a->start, a->end) == -ENOMEM ? -ENOMEM : 0;
}

long sys_mlockall(long flags)
{
    if (!flags || flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) || flags == MCL_ONFAULT)
        return -EINVAL;
    long err = memory_may_lock(flags & MCL_CURRENT ? (space.virtual_pages - space.locked_pages) * PAGE_SIZE : 0);
    if (err)
        return err;
    space.lock_future = flags & MCL_FUTURE;
    if (!(flags & MCL_CURRENT))
        return 0;
    err = space_lock(USER_MIN, USER_MAX, true);
    return err || (!(flags & MCL_ONFAULT) && space_each(populate_area, NULL)) ? -ENOMEM : 0;
}

long sys_munlockall(void)
{
    space.lock_future = false;
    return space_lock(USER_MIN, USER_MAX, false);
}
