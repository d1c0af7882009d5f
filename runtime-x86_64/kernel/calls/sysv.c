/* Keys, ids and permissions of System V's objects. An id is a sequence number above the object's place in its table. */
#include "calls/sysv.h"
#include "time/time.h"

#define PLACE_BITS 15 /* as Linux */

int64_t ipc_now(void)
{
    return (int64_t)(clock_realtime() / 1000000000u);
}

int ipc_check(const struct ipc *i, unsigned want)
{
    enum { CAP_IPC_OWNER = 15 };
    bool owner = vfs_ids.uid == i->uid || vfs_ids.uid == i->cuid,
         group = vfs_ids.gid == i->gid || vfs_ids.gid == i->cgid;
    unsigned granted = owner ? i->mode >> 6 : group ? i->mode >> 3 : i->mode;
    want = (want | want >> 3 | want >> 6) & 7;
    return want & ~granted && !process_can(CAP_IPC_OWNER) ? -EACCES : 0;
}

int ipc_check_owner(const struct ipc *i)
{
    return vfs_ids.uid == i->uid || vfs_ids.uid == i->cuid || process_can(CAP_SYS_ADMIN) ? 0 : -EPERM;
}

int ipc_lookup(const struct ipc_table *t, long key, long flags, struct ipc **found)
{
    *found = NULL;
    for (int n = 0; n < IPC_OBJECTS && key; n++)
        if (t->objects[n] && t->objects[n]->key == key)
            *found = t->objects[n];
    if (!*found)
        return !key || flags & IPC_CREAT ? 0 : -ENOENT;
    if ((flags & (IPC_CREAT | IPC_EXCL)) == (IPC_CREAT | IPC_EXCL))
        return -EEXIST;
    return ipc_check(*found, (unsigned)flags & 0777);
}

int ipc_add(struct ipc_table *t, struct ipc *new, long key, long flags)
{
    static int32_t sequence;
    int place = 0;
    while (place < IPC_OBJECTS && t->objects[place])
        place++;
    if (place == IPC_OBJECTS)
        return -ENOSPC;
    sequence = (sequence + 1) & 0x7fff;
    new->id = sequence << PLACE_BITS | place;
    new->key = (int32_t)key;
    new->uid = new->cuid = vfs_ids.uid;
    new->gid = new->cgid = vfs_ids.gid;
    new->mode = (uint32_t)flags & 0777;
    new->changed = ipc_now();
    t->objects[place] = new;
    t->count++;
    return new->id;
}

struct ipc *ipc_at(const struct ipc_table *t, long id)
{
    long index = id & ((1 << PLACE_BITS) - 1);
    return index < IPC_OBJECTS ? t->objects[index] : NULL;
}

struct ipc *ipc_find(const struct ipc_table *t, long id)
{
    struct ipc *i = ipc_at(t, id);
    return i && i->id == id ? i : NULL;
}

long ipc_last_index(const struct ipc_table *t)
{
    long last = IPC_OBJECTS - 1;
    while (last > 0 && !t->objects[last])
        last--;
    return last;
}

void ipc_take_out(struct ipc_table *t, struct ipc *i)
{
    t->objects[i->id & ((1 << PLACE_BITS) - 1)] = NULL;
    t->count--;
    i->removed = true;
    i->users++;
    ipc_unuse(i);
}

void ipc_unuse(struct ipc *i)
{
    if (!--i->users && i->removed)
        kfree(i);
}

struct ipc_perm ipc_perm_of(const struct ipc *i)
{
    return (struct ipc_perm){
        i->key, i->uid, i->gid, i->cuid, i->cgid, i->mode, (uint16_t)(i->id >> PLACE_BITS), .unused2 = {0, 0}};
}

void ipc_set_perm(struct ipc *i, const struct ipc_perm *p)
{
    i->uid = p->uid;
    i->gid = p->gid;
    i->mode = (i->mode & ~0777u) | (p->mode & 0777);
    i->changed = ipc_now();
}
