/* AF_UNIX sockets, inside net/unix-*.c. Bytes and datagrams lie in parcels in the receiver's queue; the sender's room
 * is what that queue has left. */
#pragma once
#include "fs/vfs.h"
#include "net/unix.h"

#define UNIX_BUFFER 212992u /* Linux: net.core.wmem_default */

struct unix_name {
    unsigned len; /* bytes of sun_path; 0: none. Abstract names begin with NUL, others are without theirs */
    char path[UNIX_PATH_MAX];
};
enum unix_phase { UNIX_FRESH, UNIX_LISTENING, UNIX_CONNECTED, UNIX_OVER };
struct unix_socket {
    struct socket base;
    enum unix_phase phase;
    struct unix_socket *peer;    /* of a stream: mutual; of a datagram socket: where it sends to */
    struct list from, from_link; /* those whose peer this is; own place in the peer's list */
    bool peer_gone;              /* a datagram socket's peer was closed */
    struct list queue;           /* struct parcel */
    uint32_t queued;             /* bytes in it, with overhead */
    struct unix_name name;
    struct inode *inode;           /* of a name in the file system */
    struct list bound_link;        /* net/unix-name.c */
    struct list ready, ready_link; /* listening: connected and not yet accepted */
    unsigned ready_count, backlog;
};
static inline struct unix_socket *unix_of(struct socket *s)
{
    return container_of(s, struct unix_socket, base);
}
static inline bool unix_keeps_boundaries(const struct unix_socket *u)
{
    return u->base.type != SOCK_STREAM;
}

/* net/unix.c */
struct unix_socket *unix_new(int type);
void unix_set_peer(struct unix_socket *u, struct unix_socket *peer); /* NULL: none */

/* net/unix-name.c */
int unix_name_from(struct unix_name *n, const union sockaddr_any *a, unsigned len);
int unix_name_to(const struct unix_name *n, union sockaddr_any *a);
int unix_socket_bind(struct socket *s, const union sockaddr_any *a, unsigned len);
void unix_unbind(struct unix_socket *u);
/* The socket with that name: -ENOENT no such file, -ECONNREFUSED nobody has it, -EPROTOTYPE it is of another type. */
int unix_find(const struct unix_name *n, int type, struct unix_socket **out);

/* net/unix-data.c */
ssize_t unix_send(struct socket *s, struct iter *from, struct message *m);
ssize_t unix_receive(struct socket *s, struct iter *to, struct message *m);
void unix_discard_queue(struct unix_socket *u);
bool unix_writable(const struct unix_socket *u);
int unix_first_len(const struct unix_socket *u); /* what FIONREAD tells */
