/* AF_UNIX: what travels besides bytes. */
#pragma once
#include "net/socket.h"

/* Files on their way (SCM_RIGHTS), each with a reference. */
struct unix_rights {
    struct unix_rights *next; /* while they are dropped */
    unsigned count;
    struct file *files[];
};
void unix_rights_drop(struct unix_rights *r); /* NULL is fine */
/* A copy with references of its own, for MSG_PEEK; NULL when out of memory. */
struct unix_rights *unix_rights_copy(const struct unix_rights *r);

/* Between the app's control data and a message. Read: only unix sockets take any. Write: installs descriptors; *len is
 * what was written; sets MSG_CTRUNC in m->out_flags when there is no room. */
int unix_control_read(const struct socket *s, uaddr_t at, uint64_t len, struct unix_rights **rights);
int unix_control_write(struct message *m, uaddr_t at, uint64_t room, uint64_t *len);
