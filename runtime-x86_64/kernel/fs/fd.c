/* The descriptor table of the process. It grows by doubling; the lowest free number is found by a hint and a bitmap. */
#include "fs/vfs.h"

#define SMALL_TABLE 64u

static struct file *small_files[SMALL_TABLE];
static uint64_t small_used[SMALL_TABLE / 64], small_cloexec[SMALL_TABLE / 64];
static struct {
    struct file **files;
    uint64_t *used, *cloexec;
    unsigned size;      /* a multiple of 64 */
    unsigned free_hint; /* no free descriptor below */
} table = {small_files, small_used, small_cloexec, SMALL_TABLE, 0};

unsigned fd_limit_soft = 1024, fd_limit_hard = FD_LIMIT_MAX;

static bool test_bit(const uint64_t *map, unsigned n)
{
    return map[n / 64] >> (n % 64) & 1;
}

static void assign_bit(uint64_t *map, unsigned n, bool on)
{
    map[n / 64] = (map[n / 64] & ~(1ull << (n % 64))) | (uint64_t)on << (n % 64);
}

static int grow(unsigned wanted)
{
    unsigned size = table.size;
    while (size < wanted)
        size *= 2;
    struct file **files = kzalloc(size * sizeof *files);
    uint64_t *maps = kzalloc(size / 64 * 2 * sizeof *maps);
    if (!files || !maps) {
        kfree(files);
        kfree(maps);
        return -ENOMEM;
    }
    memcpy(files, table.files, table.size * sizeof *files);
    memcpy(maps, table.used, table.size / 8);
    memcpy(maps + size / 64, table.cloexec, table.size / 8);
    if (table.files != small_files) {
        kfree(table.files);
        kfree(table.used); /* both maps are one allocation */
    }
    table.files = files;
    table.used = maps;
    table.cloexec = maps + size / 64;
    table.size = size;
    return 0;
}

static unsigned first_free(unsigned from)
{
    for (unsigned word = from / 64; word < table.size / 64; word++) {
        uint64_t free = ~table.used[word];
        if (word == from / 64)
            free &= ~0ull << (from % 64);
        if (free)
            return word * 64 + (unsigned)__builtin_ctzll(free);
    }
    return table.size;
}

static void put_in(unsigned fd, struct file *f, bool cloexec)
{
    table.files[fd] = f;
    assign_bit(table.used, fd, true);
    assign_bit(table.cloexec, fd, cloexec);
}

int fd_install(struct file *f, bool cloexec, int lowest)
{
    if (lowest < 0 || (unsigned)lowest >= fd_limit_soft)
        return lowest ? -EINVAL : -EMFILE;
    unsigned from = MAX((unsigned)lowest, table.free_hint);
    unsigned fd = from < table.size ? first_free(from) : from;
    if (fd >= fd_limit_soft || (fd >= table.size && grow(fd + 1)))
        return -EMFILE;
    put_in(fd, f, cloexec);
    if (from == table.free_hint)
        table.free_hint = fd + 1;
    return (int)fd;
}

int fd_install_new(struct file *f, bool cloexec)
{
    int fd = f ? fd_install(f, cloexec, 0) : -ENOMEM;
    if (f && fd < 0)
        file_put(f);
    return fd;
}

static bool is_open(int fd)
{
    return fd >= 0 && (unsigned)fd < table.size && table.files[fd];
}

struct file *fd_file(int fd)
{
    if (!is_open(fd))
        return NULL;
    table.files[fd]->refs++;
    return table.files[fd];
}

int fd_close(int fd)
{
    if (!is_open(fd))
        return -EBADF;
    struct file *f = table.files[fd];
    table.files[fd] = NULL;
    assign_bit(table.used, (unsigned)fd, false);
    table.free_hint = MIN(table.free_hint, (unsigned)fd);
    file_put(f);
    return 0;
}

int fd_replace(int fd, struct file *f, bool cloexec)
{
    if (fd < 0 || (unsigned)fd >= fd_limit_soft)
        return -EBADF;
    if ((unsigned)fd >= table.size && grow((unsigned)fd + 1))
        return -EMFILE;
    struct file *old = table.files[fd];
    put_in((unsigned)fd, f, cloexec);
    if (old)
        file_put(old);
    return fd;
}

int fd_get_cloexec(int fd)
{
    return is_open(fd) ? test_bit(table.cloexec, (unsigned)fd) : -EBADF;
}

int fd_set_cloexec(int fd, bool on)
{
    if (!is_open(fd))
        return -EBADF;
    assign_bit(table.cloexec, (unsigned)fd, on);
    return 0;
}

int fd_next(int fd)
{
    for (unsigned n = (unsigned)MAX(fd, 0); n < table.size; n++)
        if (table.files[n])
            return (int)n;
    return -EBADF;
}

void fd_each(void (*fn)(int fd, struct file *f, void *arg), void *arg)
{
    for (int fd = fd_next(0); fd >= 0; fd = fd_next(fd + 1))
        fn(fd, table.files[fd], arg);
}

void fd_init_standard(void)
{
    struct file *f;
    if (vfs_open("/dev/console", O_RDWR, 0, &f))
        panic("/dev/console cannot be opened");
    for (int fd = 0; fd < 3; fd++) {
        file_get(f);
        fd_install(f, false, fd);
    }
    file_put(f);
}
