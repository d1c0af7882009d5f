/* Capabilities (capabilities(7)). Without execve the inheritable, ambient and bounding sets only limit each other. */
#include "sys/credentials.h"
#include "thread/new.h"

#define CAPABILITY_VERSION_1 0x19980330u /* 32 capabilities */
#define CAPABILITY_VERSION_2 0x20071026u
#define CAPABILITY_VERSION_3 0x20080522u
enum { PR_GET_KEEPCAPS = 7, PR_SET_KEEPCAPS = 8, PR_CAPBSET_READ = 23, PR_CAPBSET_DROP = 24, PR_CAP_AMBIENT = 47 };
enum { AMBIENT_IS_SET = 1, AMBIENT_RAISE, AMBIENT_LOWER, AMBIENT_CLEAR_ALL };

struct capability_header {
    uint32_t version;
    int32_t pid;
};
struct capability_data {
    uint32_t effective, permitted, inheritable;
};

struct capability_sets capability_sets = {.permitted = CAP_ALL, .bounding = CAP_ALL};
static bool keep;

bool process_can(unsigned capability)
{
    return vfs_ids.capabilities >> capability & 1;
}

static int read_header(uaddr_t addr, struct capability_header *h)
{
    if (user_read(h, addr, sizeof *h))
        return -EFAULT;
    if (h->version == CAPABILITY_VERSION_1 || h->version == CAPABILITY_VERSION_2 || h->version == CAPABILITY_VERSION_3)
        return 0;
    return user_put(addr, CAPABILITY_VERSION_3) ? -EFAULT : -EINVAL;
}

static size_t size_of(const struct capability_header *h)
{
    return (h->version == CAPABILITY_VERSION_1 ? 1 : 2) * sizeof(struct capability_data);
}

/* Of a thread of the process; all have the same. */
static int check_thread(int32_t tid)
{
    return tid < 0 ? -EINVAL : tid && !thread_find(tid) ? -ESRCH : 0;
}

long sys_capget(long header, long data)
{
    struct capability_header h;
    int err = read_header((uaddr_t)header, &h);
    if (err)
        return err == -EINVAL && !data ? 0 : err;
    err = check_thread(h.pid);
    if (err)
        return err;
    const struct capability_sets *s = &capability_sets;
    struct capability_data d[2] = {
        {(uint32_t)vfs_ids.capabilities, (uint32_t)s->permitted, (uint32_t)s->inheritable},
        {vfs_ids.capabilities >> 32, s->permitted >> 32, s->inheritable >> 32},
    };
    return user_write((uaddr_t)data, d, size_of(&h));
}

long sys_capset(long header, long data)
{
    struct capability_header h;
    struct capability_data d[2] = {0};
    struct capability_sets *s = &capability_sets;
    int err = read_header((uaddr_t)header, &h);
    if (err)
        return err;
    if (h.pid && check_thread(h.pid))
        return -EPERM; /* another process */
    if (user_read(d, (uaddr_t)data, size_of(&h)))
        return -EFAULT;
    uint64_t effective = (d[0].effective | (uint64_t)d[1].effective << 32) & CAP_ALL,
             permitted = (d[0].permitted | (uint64_t)d[1].permitted << 32) & CAP_ALL,
             inheritable = (d[0].inheritable | (uint64_t)d[1].inheritable << 32) & CAP_ALL;
    if (permitted & ~s->permitted || effective & ~permitted || inheritable & ~(s->inheritable | s->bounding) ||
        (!process_can(CAP_SETPCAP) && inheritable & ~(s->inheritable | s->permitted)))
        return -EPERM;
    vfs_ids.capabilities = effective;
    s->permitted = permitted;
    s->inheritable = inheritable;
    s->ambient &= permitted & inheritable;
    return 0;
}

static bool any_is_root(const struct user_ids *i)
{
    return !i->real || !i->effective || !i->saved;
}

void capability_follow_user(const struct user_ids *old, const struct user_ids *now)
{
    if (any_is_root(old) && !any_is_root(now)) {
        vfs_ids.capabilities = capability_sets.ambient = 0;
        capability_sets.permitted &= keep ? CAP_ALL : 0;
    } else if (!old->effective && now->effective) {
        vfs_ids.capabilities = 0;
    } else if (old->effective && !now->effective) {
        vfs_ids.capabilities = capability_sets.permitted;
    }
}

void capability_follow_fsuid(uint32_t old, uint32_t now)
{
    const uint64_t files = 1ul << CAP_CHOWN | 1ul << CAP_MKNOD | 1ul << CAP_DAC_OVERRIDE | 1ul << CAP_DAC_READ_SEARCH |
                           1ul << CAP_FOWNER | 1ul << CAP_FSETID | 1ul << CAP_LINUX_IMMUTABLE | 1ul << CAP_MAC_OVERRIDE;
    if (!old && now)
        vfs_ids.capabilities &= ~files;
    else if (old && !now)
        vfs_ids.capabilities |= capability_sets.permitted & files;
}

static long change_ambient(long op, long capability)
{
    struct capability_sets *s = &capability_sets;
    if (op == AMBIENT_CLEAR_ALL && !capability) {
        s->ambient = 0;
        return 0;
    }
    if (capability < 0 || capability > CAP_LAST || op < AMBIENT_IS_SET || op > AMBIENT_LOWER)
        return -EINVAL;
    uint64_t bit = 1ul << capability;
    if (op == AMBIENT_IS_SET)
        return !!(s->ambient & bit);
    if (op == AMBIENT_RAISE && !(s->permitted & s->inheritable & bit))
        return -EPERM;
    s->ambient = op == AMBIENT_RAISE ? s->ambient | bit : s->ambient & ~bit;
    return 0;
}

long capability_prctl(long op, long a, long b, long c, long d)
{
    switch (op) {
    case PR_GET_KEEPCAPS:
        return keep;
    case PR_SET_KEEPCAPS:
        if (a != 0 && a != 1)
            return -EINVAL;
        keep = a;
        return 0;
    case PR_CAPBSET_READ:
        return a < 0 || a > CAP_LAST ? -EINVAL : (long)(capability_sets.bounding >> a & 1);
    case PR_CAPBSET_DROP:
        if (!process_can(CAP_SETPCAP))
            return -EPERM;
        if (a < 0 || a > CAP_LAST)
            return -EINVAL;
        capability_sets.bounding &= ~(1ul << a);
        return 0;
    case PR_CAP_AMBIENT:
        return c || d ? -EINVAL : change_ambient(a, b);
    default:
        return -ENOSYS;
    }
}
