/* User and group ids (credentials(7)). The process starts as root and may give that up, for all of its threads at once.
 */
#include "sys/credentials.h"

#define UNCHANGED 0xffffffffu

struct user_ids process_user = {.fs = &vfs_ids.uid}, process_group = {.fs = &vfs_ids.gid};

void credentials_use_real(void)
{
    vfs_ids.uid = process_user.real;
    vfs_ids.gid = process_group.real;
    vfs_ids.capabilities = process_user.real ? 0 : capability_sets.permitted;
}

static bool is_free(const struct user_ids *i)
{
    return process_can(i == &process_user ? CAP_SETUID : CAP_SETGID);
}

static bool may_become(const struct user_ids *i, uint32_t id)
{
    return is_free(i) || id == i->real || id == i->effective || id == i->saved;
}

static void changed(const struct user_ids *i, const struct user_ids *old)
{
    if (i == &process_user)
        capability_follow_user(old, i);
}

static long set_one(struct user_ids *i, uint32_t id)
{
    if (id == UNCHANGED)
        return -EINVAL;
    if (!may_become(i, id))
        return -EPERM;
    struct user_ids old = *i;
    bool all = is_free(i);
    i->real = all ? id : i->real;
    i->saved = all ? id : i->saved;
    i->effective = *i->fs = id;
    changed(i, &old);
    return 0;
}

static long set_all(struct user_ids *i, uint32_t real, uint32_t effective, uint32_t saved)
{
    const uint32_t wanted[] = {real, effective, saved};
    for (unsigned k = 0; k < ARRAY_LEN(wanted); k++)
        if (wanted[k] != UNCHANGED && !may_become(i, wanted[k]))
            return -EPERM;
    struct user_ids old = *i;
    i->real = real == UNCHANGED ? i->real : real;
    i->effective = *i->fs = effective == UNCHANGED ? i->effective : effective;
    i->saved = saved == UNCHANGED ? i->saved : saved;
    changed(i, &old);
    return 0;
}

/* setreuid: the saved id follows the effective one when the real id is set, or the effective one to something else than
 * it. */
static long set_two(struct user_ids *i, uint32_t real, uint32_t effective)
{
    bool follow = real != UNCHANGED || (effective != UNCHANGED && effective != i->real);
    if (real != UNCHANGED && real != i->effective && real != i->real && !is_free(i))
        return -EPERM; /* not even the saved one */
    uint32_t saved = effective == UNCHANGED ? i->effective : effective;
    return set_all(i, real, effective, follow ? saved : UNCHANGED);
}

static long put_all(const struct user_ids *i, long real, long effective, long saved)
{
    if (user_put((uaddr_t)real, i->real) || user_put((uaddr_t)effective, i->effective) ||
        user_put((uaddr_t)saved, i->saved))
        return -EFAULT;
    return 0;
}

static long set_fs(struct user_ids *i, uint32_t id)
{
    uint32_t old = *i->fs;
    if (id == UNCHANGED || (id != old && !may_become(i, id)))
        return old;
    *i->fs = id;
    if (i == &process_user)
        capability_follow_fsuid(old, id);
    return old;
}

long sys_getuid(void)
{
    return process_user.real;
}

long sys_geteuid(void)
{
    return process_user.effective;
}

long sys_getgid(void)
{
    return process_group.real;
}

long sys_getegid(void)
{
    return process_group.effective;
}

long sys_setuid(long id)
{
    return set_one(&process_user, (uint32_t)id);
}

long sys_setgid(long id)
{
    return set_one(&process_group, (uint32_t)id);
}

long sys_setreuid(long real, long effective)
{
    return set_two(&process_user, (uint32_t)real, (uint32_t)effective);
}

long sys_setregid(long real, long effective)
{
    return set_two(&process_group, (uint32_t)real, (uint32_t)effective);
}

long sys_setresuid(long real, long effective, long saved)
{
    return set_all(&process_user, (uint32_t)real, (uint32_t)effective, (uint32_t)saved);
}

long sys_setresgid(long real, long effective, long saved)
{
    return set_all(&process_group, (uint32_t)real, (uint32_t)effective, (uint32_t)saved);
}

long sys_getresuid(long real, long effective, long saved)
{
    return put_all(&process_user, real, effective, saved);
}

long sys_getresgid(long real, long effective, long saved)
{
    return put_all(&process_group, real, effective, saved);
}

long sys_setfsuid(long id)
{
    return set_fs(&process_user, (uint32_t)id);
}

long sys_setfsgid(long id)
{
    return set_fs(&process_group, (uint32_t)id);
}

long sys_getgroups(long size, long list)
{
    if (size && (size < 0 || (unsigned)size < vfs_ids.group_count))
        return -EINVAL;
    if (size && user_write((uaddr_t)list, vfs_ids.groups, vfs_ids.group_count * sizeof vfs_ids.groups[0]))
        return -EFAULT;
    return vfs_ids.group_count;
}

long sys_setgroups(long size, long list)
{
    uint32_t next[GROUPS_MAX];
    if (!process_can(CAP_SETGID))
        return -EPERM;
    if (size < 0 || size > GROUPS_MAX)
        return -EINVAL;
    if (user_read(next, (uaddr_t)list, (size_t)size * sizeof next[0]))
        return -EFAULT;
    memcpy(vfs_ids.groups, next, (size_t)size * sizeof next[0]);
    vfs_ids.group_count = (unsigned)size;
    return 0;
}
