/* The only way to the app's memory. Addresses are checked first, SMAP is opened around the access alone, and an access
 * that cannot be resolved goes on at its fixup (cpu/fixup.h, cpu/trap.c). */
#include "mm/user.h"
#include "cpu/cpu.h"
#include "cpu/fixup.h"

bool user_range_ok(uaddr_t addr, size_t n)
{
    return addr <= USER_MAX && n <= USER_MAX - addr;
}

static inline void open_user(void)
{
    if (cpu.smap)
        __asm__ volatile("stac" ::: "memory");
}

static inline void close_user(void)
{
    if (cpu.smap)
        __asm__ volatile("clac" ::: "memory");
}

size_t user_copy(void *dst, const void *src, size_t n)
{
    size_t left = n / 8;
    open_user();
    /* A fault among the words goes on byte by byte, up to the very byte that cannot be reached. */
    __asm__ volatile("1: rep movsq\n"
                     "2: lea (%[tail], %[left], 8), %[left]\n"
                     "3: rep movsb\n"
                     "4:\n" KERNEL_FIXUP("1b", "2b") KERNEL_FIXUP("3b", "4b")
                     : [left] "+c"(left), "+D"(dst), "+S"(src)
                     : [tail] "r"(n % 8)
                     : "memory");
    close_user();
    return left;
}

size_t user_clear(void *dst, size_t n)
{
    size_t left = n / 8;
    open_user();
    __asm__ volatile("1: rep stosq\n"
                     "2: lea (%[tail], %[left], 8), %[left]\n"
                     "3: rep stosb\n"
                     "4:\n" KERNEL_FIXUP("1b", "2b") KERNEL_FIXUP("3b", "4b")
                     : [left] "+c"(left), "+D"(dst)
                     : "a"(0ul), [tail] "r"(n % 8)
                     : "memory");
    close_user();
    return left;
}

int user_read(void *dst, uaddr_t src, size_t n)
{
    return user_range_ok(src, n) && !user_copy(dst, (const void *)src, n) ? 0 : -EFAULT;
}

int user_read_struct(void *dst, size_t size, uaddr_t src, size_t given)
{
    if (given > PAGE_SIZE)
        return -E2BIG;
    memset(dst, 0, size);
    for (size_t at = size; at < given; at++) {
        char byte;
        if (user_read(&byte, src + at, 1))
            return -EFAULT;
        if (byte)
            return -E2BIG;
    }
    return user_read(dst, src, MIN(size, given));
}

int user_write(uaddr_t dst, const void *src, size_t n)
{
    return user_range_ok(dst, n) && !user_copy((void *)dst, src, n) ? 0 : -EFAULT;
}

int user_zero(uaddr_t dst, size_t n)
{
    return user_range_ok(dst, n) && !user_clear((void *)dst, n) ? 0 : -EFAULT;
}

ssize_t user_read_string(char *dst, uaddr_t src, size_t size)
{
    enum { CHUNK = 64 }; /* aligned, so that no chunk reaches into a page that the string does not */
    for (size_t done = 0; done < size;) {
        size_t n = MIN(size - done, CHUNK - (src + done) % CHUNK);
        if (user_read(dst + done, src + done, n))
            return -EFAULT;
        const char *end = memchr(dst + done, 0, n);
        if (end)
            return end - dst;
        done += n;
    }
    return -ENAMETOOLONG;
}

/* -EINVAL unless aligned, -EFAULT outside of the app's half. */
static int check_u32(uaddr_t addr)
{
    if (addr % 4)
        return -EINVAL;
    return user_range_ok(addr, 4) ? 0 : -EFAULT;
}

int user_get_u32(uint32_t *dst, uaddr_t src)
{
    int err = check_u32(src);
    if (err)
        return err;
    err = -EFAULT;
    uint32_t v = 0;
    open_user();
    __asm__ volatile("1: movl (%[src]), %[v]\n"
                     "xorl %[err], %[err]\n"
                     "2:\n" KERNEL_FIXUP("1b", "2b")
                     : [v] "+r"(v), [err] "+r"(err)
                     : [src] "r"(src)
                     : "memory");
    close_user();
    *dst = v;
    return err;
}

int user_put_u32(uaddr_t dst, uint32_t v)
{
    int err = check_u32(dst);
    if (err)
        return err;
    err = -EFAULT;
    open_user();
    __asm__ volatile("1: movl %[v], (%[dst])\n"
                     "xorl %[err], %[err]\n"
                     "2:\n" KERNEL_FIXUP("1b", "2b")
                     : [err] "+r"(err)
                     : [v] "r"(v), [dst] "r"(dst)
                     : "memory");
    close_user();
    return err;
}

int user_cmpxchg_u32(uaddr_t addr, uint32_t *expected, uint32_t desired)
{
    int err = check_u32(addr);
    if (err)
        return err;
    err = -EFAULT;
    uint32_t was = *expected;
    open_user();
    __asm__ volatile("1: lock cmpxchgl %[desired], (%[addr])\n"
                     "movl $0, %[err]\n"
                     "2:\n" KERNEL_FIXUP("1b", "2b")
                     : [err] "+r"(err), "+a"(was)
                     : [desired] "r"(desired), [addr] "r"(addr)
                     : "memory");
    close_user();
    *expected = was;
    return err;
}
