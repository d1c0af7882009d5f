/* System calls on the address space. Here the arguments are checked; mm/ does the work. */
#include "sys/limits.h"
#include "sys/sys.h"
#include "fs/file.h"
#include "fs/vfs.h"
#include "mm/space.h"

#define MAP_TYPE 0x0f
#define MAP_SHARED_VALIDATE 0x03
#define MAP_DENYWRITE 0x0800
#define MAP_EXECUTABLE 0x1000
#define MAP_NONBLOCK 0x10000
#define MAP_HUGETLB 0x40000
/* What MAP_SHARED_VALIDATE may come with; MAP_SYNC is none of them. */
#define MAP_KNOWN                                                                                                      \
    (MAP_TYPE | MAP_FIXED | MAP_ANONYMOUS | MAP_32BIT | MAP_GROWSDOWN | MAP_LOCKED | MAP_NORESERVE | MAP_POPULATE |    \
     MAP_NONBLOCK | MAP_STACK | MAP_HUGETLB | MAP_FIXED_NOREPLACE | MAP_DENYWRITE | MAP_EXECUTABLE)

/* Linux, mm/mmap.c: what the file must allow for this mapping. */
static int check_file(const struct file *f, int prot, bool shared)
{
    unsigned mode = f->flags & O_ACCMODE;
    if (f->flags & O_PATH)
        return -EBADF;
    if (mode == O_WRONLY || (shared && prot & PROT_WRITE && mode != O_RDWR))
        return -EACCES;
    if (shared && prot & PROT_WRITE && file_is_write_sealed(f))
        return -EPERM;
    return f->ops->page ? 0 : -ENODEV;
}

/* 0 with *flags as mm/ understands them, or what is wrong. */
static int check_map_flags(long *flags)
{
    int type = *flags & MAP_TYPE;
    if (type != MAP_PRIVATE && type != MAP_SHARED && type != MAP_SHARED_VALIDATE)
        return -EINVAL;
    if (type == MAP_SHARED_VALIDATE && *flags & ~(long)MAP_KNOWN)
        return -EOPNOTSUPP;
    if (*flags & MAP_HUGETLB)
        return -ENOMEM; /* the pool of huge pages is empty, as it is on a Linux where nobody has filled it */
    *flags = (*flags & ~(long)MAP_TYPE) | (type == MAP_PRIVATE ? MAP_PRIVATE : MAP_SHARED);
    if (*flags & MAP_LOCKED)
        *flags |= MAP_POPULATE;
    return 0;
}

/* `f`: NULL for anonymous memory. */
static long map(uaddr_t hint, size_t len, int prot, long flags, struct file *f, uint64_t offset)
{
    uint64_t pages_end;
    int err = len ? check_map_flags(&flags) : -EINVAL;
    if (err)
        return err;
    if (__builtin_add_overflow(offset, len, &pages_end))
        return -EOVERFLOW;
    prot &= PROT_READ | PROT_WRITE | PROT_EXEC; /* Linux does not mind others */
    if (f)
        err = check_file(f, prot, flags & MAP_SHARED);
    if (!err && (flags & MAP_LOCKED || space.lock_future))
        err = memory_may_lock(len);
    if (err)
        return err == -ENOMEM ? -EAGAIN : err;
    return (long)space_map(hint, len, prot, (int)flags & ~(f ? MAP_GROWSDOWN : 0), f, f ? offset : 0);
}

long sys_mmap(long hint, long len, long prot, long flags, long fd, long offset)
{
    struct file *f = NULL;
    if (offset & (long)PAGE_MASK)
        return -EINVAL;
    if (!(flags & MAP_ANONYMOUS) && !(f = fd_file((int)fd)))
        return -EBADF;
    long result = map((uaddr_t)hint, (size_t)len, (int)prot, flags, f, (uint64_t)offset);
    if (result >= 0 && f && f->inode && !(f->flags & O_NOATIME))
        inode_read_now(f->inode);
    if (f)
        file_put(f);
    return result;
}

long sys_munmap(long addr, long length)
{
    size_t len = (size_t)length;
    if (addr & (long)PAGE_MASK || !len || !space_whole_pages((uaddr_t)addr, &len))
        return -EINVAL;
    return space_unmap((uaddr_t)addr, len);
}

long sys_mprotect(long addr, long length, long prot)
{
    size_t len = (size_t)length;
    if (addr & (long)PAGE_MASK || prot & ~(PROT_READ | PROT_WRITE | PROT_EXEC))
        return -EINVAL;
    if (!space_whole_pages((uaddr_t)addr, &len))
        return -ENOMEM;
    return space_protect((uaddr_t)addr, len, (int)prot);
}

long sys_brk(long brk)
{
    return (long)space_set_brk((uaddr_t)brk);
}

long sys_mremap(long old, long old_length, long new_length, long flags, long to)
{
    size_t old_len = (size_t)old_length, new_len = (size_t)new_length;
    if (old & (long)PAGE_MASK || flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP))
        return -EINVAL;
    if (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP) && !(flags & MREMAP_MAYMOVE))
        return -EINVAL;
    if (!old_len || !new_len)
        return -EINVAL;
    if (!space_whole_pages((uaddr_t)old, &old_len))
        return -EFAULT;
    if (!space_whole_pages(0, &new_len))
        return flags & MREMAP_FIXED ? -EINVAL : -ENOMEM;
    if (flags & MREMAP_DONTUNMAP && old_len != new_len)
        return -EINVAL;
    return (long)space_remap((uaddr_t)old, old_len, new_len, (int)flags, (uaddr_t)to);
}

long sys_madvise(long addr, long length, long advice)
{
    size_t len = (size_t)length;
    if (addr & (long)PAGE_MASK || !space_whole_pages((uaddr_t)addr, &len))
        return -EINVAL;
    return space_advise((uaddr_t)addr, len, (int)advice);
}
