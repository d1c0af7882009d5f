/* User and group ids. The process starts as root and may give that up: the ids are remembered and the rules of
 * setuid(2) hold, but no file permission is checked by them. */
#include "sys/sys.h"

#define GROUPS_MAX 32
#define UNCHANGED 0xffffffffu

struct ids {
    uint32_t real, effective, saved, fs;
};
static struct ids user, group;
static uint32_t groups[GROUPS_MAX];
static unsigned group_count;

static bool is_root(void)
{
    return user.effective == 0;
}

static bool may_become(const struct ids *i, uint32_t id)
{
    return is_root() || id == i->real || id == i->effective || id == i->saved;
}

static long set_one(struct ids *i, uint32_t id)
{
    if (id == UNCHANGED)
        return -EINVAL;
    if (!may_become(i, id))
        return -EPERM;
    bool all = is_root();
    i->real = all ? id : i->real;
    i->saved = all ? id : i->saved;
    i->effective = i->fs = id;
    return 0;
}

static long set_all(struct ids *i, uint32_t real, uint32_t effective, uint32_t saved)
{
    const uint32_t wanted[] = {real, effective, saved};
    for (unsigned k = 0; k < ARRAY_LEN(wanted); k++)
        if (wanted[k] != UNCHANGED && !may_become(i, wanted[k]))
            return -EPERM;
    i->real = real == UNCHANGED ? i->real : real;
    i->effective = i->fs = effective == UNCHANGED ? i->effective : effective;
    i->saved = saved == UNCHANGED ? i->saved : saved;
    return 0;
}

/* setreuid: the saved id follows the effective one when the real id is set, or the effective one to something else than
 * it. */
static long set_two(struct ids *i, uint32_t real, uint32_t effective)
{
    bool follow = real != UNCHANGED || (effective != UNCHANGED && effective != i->real);
    long err = set_all(i, real, effective, UNCHANGED);
    if (!err && follow)
        i->saved = i->effective;
    return err;
}

static long put_all(const struct ids *i, long real, long effective, long saved)
{
    if (user_put((uaddr_t)real, i->real) || user_put((uaddr_t)effective, i->effective) ||
        user_put((uaddr_t)saved, i->saved))
        return -EFAULT;
    return 0;
}

static long set_fs(struct ids *i, uint32_t id)
{
    uint32_t old = i->fs;
    if (id != UNCHANGED && may_become(i, id))
        i->fs = id;
    return old;
}

long sys_getuid(void)
{
    return user.real;
}

long sys_geteuid(void)
{
    return user.effective;
}

long sys_getgid(void)
{
    return group.real;
}

long sys_getegid(void)
{
    return group.effective;
}

long sys_setuid(long id)
{
    return set_one(&user, (uint32_t)id);
}

long sys_setgid(long id)
{
    return set_one(&group, (uint32_t)id);
}

long sys_setreuid(long real, long effective)
{
    return set_two(&user, (uint32_t)real, (uint32_t)effective);
}

long sys_setregid(long real, long effective)
{
    return set_two(&group, (uint32_t)real, (uint32_t)effective);
}

long sys_setresuid(long real, long effective, long saved)
{
    return set_all(&user, (uint32_t)real, (uint32_t)effective, (uint32_t)saved);
}

long sys_setresgid(long real, long effective, long saved)
{
    return set_all(&group, (uint32_t)real, (uint32_t)effective, (uint32_t)saved);
}

long sys_getresuid(long real, long effective, long saved)
{
    return put_all(&user, real, effective, saved);
}

long sys_getresgid(long real, long effective, long saved)
{
    return put_all(&group, real, effective, saved);
}

long sys_setfsuid(long id)
{
    return set_fs(&user, (uint32_t)id);
}

long sys_setfsgid(long id)
{
    return set_fs(&group, (uint32_t)id);
}

long sys_getgroups(long size, long list)
{
    if (size && (size < 0 || (unsigned)size < group_count))
        return -EINVAL;
    if (size && user_write((uaddr_t)list, groups, group_count * sizeof groups[0]))
        return -EFAULT;
    return group_count;
}

long sys_setgroups(long size, long list)
{
    uint32_t next[GROUPS_MAX];
    if (!is_root())
        return -EPERM;
    if (size < 0 || size > GROUPS_MAX)
        return -EINVAL;
    if (user_read(next, (uaddr_t)list, (size_t)size * sizeof next[0]))
        return -EFAULT;
    memcpy(groups, next, (size_t)size * sizeof next[0]);
    group_count = (unsigned)size;
    return 0;
}
