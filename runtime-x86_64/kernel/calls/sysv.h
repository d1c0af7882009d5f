/* What System V's message queues, semaphores and shared memory have in common (sysvipc(7)). */
#pragma once
#include "fs/vfs.h"
#include "sys/linked.h"

#define IPC_CREAT 01000
#define IPC_EXCL 02000
#define IPC_NOWAIT 04000
enum { IPC_RMID, IPC_SET, IPC_STAT, IPC_INFO };
#define IPC_READ 0444u
#define IPC_WRITE 0222u
#define IPC_OBJECTS 128 /* of one kind */

struct ipc {
    int32_t id, key;
    uint32_t uid, gid, cuid, cgid, mode;
    int64_t changed; /* in seconds */
    unsigned users;  /* that sleep on it: they free it when it was removed meanwhile */
    bool removed;
};
struct ipc_table {
    struct ipc *objects[IPC_OBJECTS];
    unsigned count;
};
struct ipc_perm { /* asm-generic/ipcbuf.h */
    int32_t key;
    uint32_t uid, gid, cuid, cgid, mode;
    uint16_t sequence, unused[3];
    uint64_t unused2[2];
};
_Static_assert(sizeof(struct ipc_perm) == 48, "struct ipc64_perm");

int64_t ipc_now(void);
/* 0 with the object that has the key, or with NULL when one is to be made; -ENOENT, -EEXIST, -EACCES. */
int ipc_lookup(const struct ipc_table *t, long key, long flags, struct ipc **found);
int ipc_add(struct ipc_table *t, struct ipc *new, long key, long flags); /* its id, or -ENOSPC */
struct ipc *ipc_find(const struct ipc_table *t, long id);                /* NULL: none */
struct ipc *ipc_at(const struct ipc_table *t, long id);                  /* by its place alone, as *_STAT */
long ipc_last_index(const struct ipc_table *t);
void ipc_take_out(struct ipc_table *t, struct ipc *i);
void ipc_unuse(struct ipc *i);                     /* users goes down */
int ipc_check(const struct ipc *i, unsigned want); /* IPC_READ, IPC_WRITE; -EACCES */
int ipc_check_owner(const struct ipc *i);          /* -EPERM */
struct ipc_perm ipc_perm_of(const struct ipc *i);
void ipc_set_perm(struct ipc *i, const struct ipc_perm *p);
