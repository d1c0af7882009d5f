/* System calls about which pages are in memory, and on their way to a file. */
#include "sys/sys.h"
#include "fs/file.h"
#include "fs/vfs.h"
#include "mm/space.h"
#include "sys/limits.h"

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
    while (start < end && flags & MS_SYNC) {
        const struct area_node *node = area_find(space.root, start);
        int err = sync_area(&node->area);
        if (err)
            return err;
        start = node->area.end;
    }
    return 0;
}

/* Memory is never paged out, so what was faulted in once is locked. */
static long lock(uaddr_t addr, size_t length, bool now)
{
    uaddr_t start = ALIGN_DOWN(addr, PAGE_SIZE), end;
    size_t len = length + (addr - start);
    if (len < length || __builtin_add_overflow(start, len, &end) || end > ALIGN_DOWN(UINT64_MAX, PAGE_SIZE))
        return -EINVAL;
    if (!space_whole_pages(start, &len) || !space_is_mapped(start, start + len))
        return -ENOMEM;
    return now && space_populate(start, start + len) ? -ENOMEM : 0;
}

static bool may_lock(void)
{
    return process_can(CAP_IPC_LOCK) || process_soft_limit(RLIMIT_MEMLOCK);
}

long sys_mlock(long addr, long len)
{
    return may_lock() ? lock((uaddr_t)addr, (size_t)len, true) : -EPERM;
}

long sys_mlock2(long addr, long len, long flags)
{
    if (flags & ~MLOCK_ONFAULT)
        return -EINVAL;
    return may_lock() ? lock((uaddr_t)addr, (size_t)len, !(flags & MLOCK_ONFAULT)) : -EPERM;
}

long sys_munlock(long addr, long len)
{
    return lock((uaddr_t)addr, (size_t)len, false);
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
    if (!may_lock())
        return -EPERM;
    if (!(flags & MCL_ONFAULT)) {
        space.lock_future = flags & MCL_FUTURE;
        if (flags & MCL_CURRENT && space_each(populate_area, NULL))
            return -ENOMEM;
    }
    return 0;
}

long sys_munlockall(void)
{
    space.lock_future = false;
    return 0;
}
