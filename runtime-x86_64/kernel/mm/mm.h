/* Memory: page frames, page tables, the kernel heap, the app's address space, and the one way to touch the app's
 * memory.
 *
 * Address space (docs: ARCHITECTURE.md, memory map)
 *   0x10000            .. 0x00007ffffffff000  the app (nothing at 0)
 *   direct_map_base    ..                     all RAM, read-write, no-execute, 2 MiB/1 GiB pages; base drawn at boot.
 * The frames of the kernel's text and read-only data are read-only here too VMAP_START         .. VMAP_END kernel
 * stacks with guard pages, MMIO 0xffffffff80000000 .. +1 GiB              the kernel image at its random slide */
#pragma once
#include "kernel.h"

#define PAGE_SHIFT 12
#define PAGE_SIZE 4096ul
#define PAGE_MASK (PAGE_SIZE - 1)
#define USER_MIN 0x10000ul
#define USER_MAX                                                                                                       \
    0x00007ffffffff000ul /* exclusive; the last page below the hole stays empty (SYSRET, Intel SDM 6.8.8) */
#define VMAP_START 0xffffc00000000000ul
#define VMAP_END 0xffffc10000000000ul

extern uint64_t direct_map_base;
static inline void *phys_to_virt(paddr_t p)
{
    return (void *)(p + direct_map_base);
}
/* Only for addresses in the direct map (page_alloc, kmalloc, slab), not for the image, stacks or MMIO. */
static inline paddr_t virt_to_phys(const void *v)
{
    return (uint64_t)v - direct_map_base;
}
/* Of an address inside the kernel image (rootfs_start, static data). */
paddr_t image_to_phys(const void *v);

/* mm/page.c: page frames, buddy by order. Fresh pages hold junk in a debug build; page_alloc_zeroed clears.
 * NULL when memory is out (after reclaim has been tried). */
void page_init(void);
void *page_alloc(unsigned order);
void *page_alloc_zeroed(unsigned order);
void page_free(void *page, unsigned order);
/* Reference counts of single frames that several owners share (tmpfs data mapped by the app). page_alloc gives one
 * reference. */
void page_get(paddr_t p);
void page_put(
    paddr_t p); /* frees an order-0 frame with its last reference; ignores frames outside the allocator (rootfs) */
size_t page_total(void); /* pages */
size_t page_free_count(void);
/* A cache that can give pages back registers here; called when memory is short, returns how many pages it freed. */
void page_register_reclaim(size_t (*reclaim)(size_t wanted));
extern size_t page_cached; /* so many pages are in such caches */

/* mm/heap.c: kernel heap. kmalloc's memory is 16-byte aligned and lies in the direct map (DMA-able); NULL when out of
 * memory. */
void *kmalloc(size_t size);
void *kzalloc(size_t size);
void *krealloc(void *p, size_t size);
void kfree(void *p);

/* mm/vmap.c */
void *mmio_map(paddr_t start, size_t size); /* uncached, never executable; cannot fail at boot (panics) */
/* Memory of a screen: writes are gathered; it is not to be read. NULL when out of memory. */
void *write_combining_map(paddr_t start, size_t size);
/* Tables of the firmware, anywhere in memory: cached, read-only, never executable. NULL when out of memory. */
const void *firmware_map(paddr_t start, size_t size);
void *stack_alloc(void); /* KERNEL_STACK_SIZE bytes between guard pages: returns the top, or NULL */
void stack_free(void *top);
#define KERNEL_STACK_SIZE 16384ul

/* mm/user.c: the only way to the app's memory. Each resolves demand paging and returns 0 or -EFAULT; addresses are
 * checked against USER_MIN/USER_MAX; SMAP is opened only inside. May sleep (file-backed pages). */
int user_read(void *dst, uaddr_t src, size_t n);
/* A structure of which the app may know more or fewer fields: those that it has not are 0, those that we have not must
 * be: -E2BIG. */
int user_read_struct(void *dst, size_t size, uaddr_t src, size_t given);
int user_write(uaddr_t dst, const void *src, size_t n);
int user_zero(uaddr_t dst, size_t n);
/* Copies a NUL-terminated string; its length, or -EFAULT, or -ENAMETOOLONG when it does not fit. */
ssize_t user_read_string(char *dst, uaddr_t src, size_t size);
int user_get_u32(uint32_t *dst, uaddr_t src); /* one atomic access; the address must be aligned (-EINVAL) */
int user_put_u32(uaddr_t dst, uint32_t v);
int user_cmpxchg_u32(uaddr_t addr, uint32_t *expected, uint32_t desired); /* 0 and *expected = what was there */
/* mm/pin.c: the frame of one page of the app's memory, with a reference (page_put), for a device that reads it, or
 * (`write`) writes it. -EFAULT; -EAGAIN: copy instead. */
int user_pin(uaddr_t addr, bool write, paddr_t *frame);
#define user_put(dst, value)                                                                                           \
    ({                                                                                                                 \
        typeof(value) user_put_v_ = (value);                                                                           \
        user_write((dst), &user_put_v_, sizeof user_put_v_);                                                           \
    })

/* mm/iter.c: where bytes of a read or write go to or come from: the app's iovec, or a kernel buffer. */
struct iovec {
    uint64_t base, len;
};
#define IOV_MAX 1024
struct iter {
    const struct iovec *vec; /* kernel copy */
    unsigned count;          /* vectors left */
    size_t offset;           /* into the first */
    size_t left;             /* bytes left in all */
    bool kernel;             /* bases are kernel addresses */
    struct iovec one;
};
void iter_kernel(struct iter *it, void *buf, size_t n);
int iter_user(struct iter *it, uaddr_t buf, size_t n); /* -EFAULT for a range outside the app's half */
int iter_user_vec(struct iter *it, uaddr_t iov, int count, struct iovec **to_free); /* caller kfree()s *to_free */
ssize_t iter_copy_to(struct iter *it, const void *src,
                     size_t n); /* into the iter; bytes copied (short at its end), or -EFAULT when none */
ssize_t iter_copy_from(struct iter *it, void *dst, size_t n); /* out of the iter */
ssize_t iter_zero(struct iter *it, size_t n);
void iter_skip(struct iter *it, size_t n); /* at most to the end of the first vector; then past those of no length */

/* mm/space.c, mm/fault.c: the app's address space: mapped areas, demand paging, W^X. */
struct file;
struct inode;
#define PROT_READ 1
#define PROT_WRITE 2
#define PROT_EXEC 4
#define MAP_SHARED 0x01
#define MAP_PRIVATE 0x02
#define MAP_FIXED 0x10
#define MAP_ANONYMOUS 0x20
#define MAP_32BIT 0x40
#define MAP_GROWSDOWN 0x100
#define MAP_LOCKED 0x2000
#define MAP_NORESERVE 0x4000
#define MAP_POPULATE 0x8000
#define MAP_STACK 0x20000
#define MAP_FIXED_NOREPLACE 0x100000
struct area { /* one mapping [start, end) */
    uaddr_t start, end;
    uint32_t prot, flags;
    struct file *file; /* NULL: anonymous */
    uint64_t offset;   /* of start, in the file, bytes, page aligned */
    const char *name;  /* for /proc/self/maps: "[heap]", "[stack]", "[vdso]", or NULL */
};
/* Address or -errno (as a negative number). The file's operations and access mode are the caller's to check; a file
 * reference is taken. */
uaddr_t space_map(uaddr_t hint, size_t len, int prot, int flags, struct file *file, uint64_t offset);
/* Shows whole pages of the image (vDSO) to the app at a free place; read-only until it writes a copy of its own. */
int space_map_image(uaddr_t at, const void *image, size_t len, int prot, const char *name);
void space_name(uaddr_t addr, const char *name); /* of the area at addr, for /proc/self/maps; the text lives forever */
#define STACK_LIMIT (8ul << 20)                  /* of the first thread: RLIMIT_STACK */
int space_unmap(uaddr_t start, size_t len);
/* Calls fn for each area in order of address; stops when it returns non-zero. */
int space_each(int (*fn)(const struct area *a, void *arg), void *arg);
size_t space_resident_pages(void), space_resident_peak(void);
size_t space_faults(void); /* that were resolved */
size_t space_virtual_pages(void), space_locked_pages(void);
/* A page fault of the app (or of mm/user.c on its behalf). 0: resolved. -errno: the signal's cause (EFAULT no mapping,
 * EACCES protection, ENOMEM). */
int space_fault(uaddr_t addr, bool write, bool exec);
/* A tmpfs file shrank or lost pages: forget its mapped pages in [offset, offset+len). */
void space_forget(struct file *file, uint64_t offset, uint64_t len);
/* Whether a shared mapping may write the file. */
bool space_writes_file(const struct inode *inode);
/* These bytes moved to other frames: mappings ask for them again, but what the app wrote to private ones stays. */
void space_refresh(struct file *file, uint64_t offset, uint64_t len);
/* The app's mappings let go of this page of a file (its offset), unless they own it. Also in the middle of an
 * allocation: frees no page table. */
struct inode;
void space_evict(const struct inode *inode, uint64_t offset);
void space_init(void);
void space_switch_to(void);

/* mm/elf.c: loads ET_EXEC or ET_DYN (and PT_INTERP's loader) from the rootfs, builds the start stack (args, env, auxv
 * with AT_SYSINFO_EHDR, AT_RANDOM, AT_HWCAP …), ASLR for each part. Fills the entry point and stack pointer. */
int elf_exec(const char *path, const char *const *argv, const char *const *envp, uint64_t *entry, uint64_t *stack);
/* mm/script.c: while the program argv[0] begins with "#!", the words of that line go before it; there must be room for
 * SCRIPT_MAX_WORDS of them. Fails with -ENOEXEC, having said why, or -ENOMEM. */
#define SCRIPT_MAX_WORDS 8
int script_resolve(const char ***argv);
/* Filled by elf_exec, read by /proc/self/{exe,cmdline,environ,auxv,stat}. The texts lie on the app's start stack,
 * [start, end). */
struct exec_info {
    struct file *file; /* the program; NULL before elf_exec */
    uaddr_t args, args_end, env, env_end, auxv, auxv_end, stack;
};
extern struct exec_info exec_info; /* mm/elf-stack.c */
