/* poll, ppoll, select, pselect6. */
#include "sys/path.h"
#include "fs/poll.h"

#define NS_PER_MS 1000000ul
#define FEW 8

struct pollfd {
    int fd;
    int16_t events, revents;
};

static uint64_t deadline_in(uint64_t ns)
{
    uint64_t deadline;
    if (!ns)
        return 0;
    return __builtin_add_overflow(clock_monotonic(), ns, &deadline) ? NEVER : deadline;
}

/* A timeout of the app; NULL means never. */
static long read_deadline(uaddr_t timeout, uint64_t *deadline)
{
    struct timespec64 ts;
    uint64_t ns;
    *deadline = NEVER;
    if (!timeout)
        return 0;
    if (user_read(&ts, timeout, sizeof ts))
        return -EFAULT;
    if (timespec_to_ns(&ts, &ns))
        return -EINVAL;
    *deadline = deadline_in(ns);
    return 0;
}

/* Linux tells in the timeout how much was left. */
static void write_time_left(uaddr_t timeout, uint64_t deadline, bool microseconds)
{
    if (!timeout || deadline == NEVER)
        return;
    uint64_t now = clock_monotonic();
    struct timespec64 left = ns_to_timespec(deadline > now ? deadline - now : 0);
    if (microseconds)
        left.nsec /= 1000;
    (void)user_put(timeout, left); /* a read-only timeout is no error */
}

static long set_mask(uaddr_t mask_addr, size_t size)
{
    uint64_t mask;
    if (!mask_addr)
        return 0;
    if (size != sizeof mask)
        return -EINVAL;
    if (user_read(&mask, mask_addr, sizeof mask))
        return -EFAULT;
    signal_mask_until_return(mask);
    return 0;
}

static void release(struct poll_entry *entries, unsigned count)
{
    for (unsigned n = 0; n < count; n++)
        if (entries[n].file)
            file_put(entries[n].file);
}

/* --- poll */

static long poll_fds(struct pollfd *fds, struct poll_entry *entries, unsigned count, uint64_t deadline)
{
    for (unsigned n = 0; n < count; n++) {
        entries[n].file = fd_file(fds[n].fd);
        entries[n].wanted = (uint16_t)fds[n].events | POLLERR | POLLHUP;
        entries[n].got = fds[n].fd >= 0 && !entries[n].file ? POLLNVAL : 0;
    }
    long ready = poll_wait(entries, count, deadline);
    for (unsigned n = 0; n < count; n++)
        fds[n].revents = (int16_t)entries[n].got;
    release(entries, count);
    return ready;
}

static long poll_user(uaddr_t addr, unsigned count, uint64_t deadline)
{
    struct pollfd few_fds[FEW] UNINITIALIZED, *fds = few_fds;
    struct poll_entry few[FEW] UNINITIALIZED, *entries = few;
    if (count > fd_limit_soft)
        return -EINVAL;
    if (count > FEW) {
        fds = kmalloc(count * sizeof *fds);
        entries = kmalloc(count * sizeof *entries);
    }
    long result = !fds || !entries ? -ENOMEM : user_read(fds, addr, count * sizeof *fds);
    if (!result) {
        result = poll_fds(fds, entries, count, deadline);
        if (result >= 0 && user_write(addr, fds, count * sizeof *fds))
            result = -EFAULT;
    }
    if (count > FEW) {
        kfree(fds);
        kfree(entries);
    }
    return result;
}

long sys_poll(long fds, long count, long timeout)
{
    uint64_t deadline = (int)timeout < 0 ? NEVER : deadline_in((uint64_t)(int)timeout * NS_PER_MS);
    return poll_user((uaddr_t)fds, (unsigned)count, deadline);
}

long sys_ppoll(long fds, long count, long timeout, long mask, long mask_size)
{
    uint64_t deadline;
    long err = read_deadline((uaddr_t)timeout, &deadline);
    if (!err)
        err = set_mask((uaddr_t)mask, (size_t)mask_size);
    if (err)
        return err;
    long result = poll_user((uaddr_t)fds, (unsigned)count, deadline);
    write_time_left((uaddr_t)timeout, deadline, false);
    return result;
}

/* --- select */

#define SELECT_IN (POLLIN | POLLRDNORM | POLLHUP | POLLERR)
#define SELECT_OUT (POLLOUT | POLLWRNORM | POLLERR)
#define SELECT_EX POLLPRI

static const uint32_t select_events[3] = {SELECT_IN, SELECT_OUT, SELECT_EX};

static bool test(const uint64_t *set, unsigned n)
{
    return set[n / 64] >> (n % 64) & 1;
}

static uint32_t wanted_of(uint64_t *const sets[3], unsigned fd)
{
    uint32_t wanted = 0;
    for (int k = 0; k < 3; k++)
        wanted |= test(sets[k], fd) ? select_events[k] : 0;
    return wanted;
}

/* Turns the sets into entries, waits, and turns the answer back: the number of bits set. */
static long select_sets(uint64_t *const sets[3], unsigned count, struct poll_entry *entries, uint64_t deadline)
{
    unsigned used = 0;
    bool bad = false;
    for (unsigned fd = 0; fd < count && !bad; fd++) {
        uint32_t wanted = wanted_of(sets, fd);
        if (!wanted)
            continue;
        entries[used] = (struct poll_entry){.file = fd_file((int)fd), .wanted = wanted};
        bad = !entries[used++].file;
    }
    long result = bad ? -EBADF : poll_wait(entries, used, deadline);
    release(entries, used);
    if (result < 0)
        return result;
    long bits = 0;
    for (unsigned fd = 0, n = 0; fd < count; fd++) {
        if (!wanted_of(sets, fd))
            continue;
        uint32_t got = entries[n++].got;
        for (int k = 0; k < 3; k++) {
            if (test(sets[k], fd) && got & select_events[k])
                bits++;
            else
                sets[k][fd / 64] &= ~(1ull << (fd % 64));
        }
    }
    return bits;
}

static long select_copied(uint64_t *const sets[3], unsigned count, uint64_t deadline)
{
    unsigned used = 0;
    for (unsigned fd = 0; fd < count; fd++)
        used += wanted_of(sets, fd) != 0;
    struct poll_entry *entries = kmalloc((used + 1) * sizeof *entries);
    if (!entries)
        return -ENOMEM;
    long result = select_sets(sets, count, entries, deadline);
    kfree(entries);
    return result;
}

static long select_user(long count, const long addrs[3], uint64_t deadline)
{
    if ((int)count < 0)
        return -EINVAL;
    unsigned n = MIN((unsigned)count, fd_limit_hard);
    size_t words = (n + 63) / 64, bytes = words * 8;
    uint64_t *buf = kzalloc(3 * bytes + 8);
    uint64_t *const sets[3] = {buf, buf + words, buf + 2 * words};
    long result = buf ? 0 : -ENOMEM;
    for (int k = 0; k < 3 && !result; k++)
        if (addrs[k])
            result = user_read(sets[k], (uaddr_t)addrs[k], bytes);
    if (!result)
        result = select_copied(sets, n, deadline);
    for (int k = 0; k < 3 && result >= 0; k++)
        if (addrs[k] && user_write((uaddr_t)addrs[k], sets[k], bytes))
            result = -EFAULT;
    kfree(buf);
    return result;
}

long sys_select(long count, long in, long out, long ex, long timeout)
{
    struct timespec64 tv;
    uint64_t deadline = NEVER;
    if (timeout) {
        if (user_read(&tv, (uaddr_t)timeout, sizeof tv))
            return -EFAULT;
        if (tv.sec < 0 || tv.nsec < 0)
            return -EINVAL;
        uint64_t seconds = MIN((uint64_t)tv.sec, 1ul << 33) + (uint64_t)tv.nsec / 1000000;
        deadline = deadline_in(MIN(seconds, 1ul << 33) * 1000000000ul + (uint64_t)tv.nsec % 1000000 * 1000);
    }
    long result = select_user(count, (long[3]){in, out, ex}, deadline);
    write_time_left((uaddr_t)timeout, deadline, true);
    return result;
}

struct mask_argument {
    uint64_t mask, size;
};

long sys_pselect6(long count, long in, long out, long ex, long timeout, long mask_addr)
{
    struct mask_argument m = {0};
    uint64_t deadline;
    if (mask_addr && user_read(&m, (uaddr_t)mask_addr, sizeof m))
        return -EFAULT;
    long err = read_deadline((uaddr_t)timeout, &deadline);
    if (!err)
        err = set_mask(m.mask, m.size);
    if (err)
        return err;
    long result = select_user(count, (long[3]){in, out, ex}, deadline);
    write_time_left((uaddr_t)timeout, deadline, false);
    return result;
}
