/* Sockets: what Linux's socket calls mean, above one table of operations per kind. sys/socket.c checks and copies
 * arguments, net/socket.c does what all kinds share, and net/{tcp,udp,unix,netlink}*.c do the rest. Copies from and to
 * the app do not sleep (fs/vfs.h); an operation sleeps only in socket_wait, and looks at everything anew after it. */
#pragma once
#include "abi/socket.h"
#include "fs/file.h"
#include "kernel.h"

#define SOCKET_SHUT_RECEIVE 1u
#define SOCKET_SHUT_SEND 2u

struct socket;
/* One call of the send or receive family. */
struct message {
    unsigned flags;             /* MSG_*, in */
    bool nonblock;              /* O_NONBLOCK or MSG_DONTWAIT */
    union sockaddr_any *name;   /* send: where to, or NULL; receive: filled in, or NULL */
    unsigned name_len;          /* receive: 0 when there is none */
    unsigned out_flags;         /* receive: MSG_TRUNC, MSG_CTRUNC */
    struct unix_rights *rights; /* net/unix-rights.c: files on their way, or NULL; unix sockets only */
    bool credentials;           /* receive: the peer's credentials go with it (SO_PASSCRED) */
};

/* NULL gives the errno in brackets. Addresses are kernel copies, at least `len` bytes of them valid, zeros behind. */
struct socket_ops {
    int (*bind)(struct socket *s, const union sockaddr_any *a, unsigned len); /* [EOPNOTSUPP] */
    int (*connect)(struct socket *s, const union sockaddr_any *a, unsigned len,
                   bool nonblock);                                            /* [EOPNOTSUPP] may sleep */
    int (*listen)(struct socket *s, unsigned backlog);                        /* [EOPNOTSUPP] */
    int (*accept)(struct socket *s, bool nonblock, struct socket **out);      /* [EOPNOTSUPP] may sleep */
    ssize_t (*send)(struct socket *s, struct iter *from, struct message *m);  /* may sleep */
    ssize_t (*receive)(struct socket *s, struct iter *to, struct message *m); /* may sleep */
    int (*shutdown)(struct socket *s, unsigned how);                          /* [EOPNOTSUPP] SOCKET_SHUT_* */
    int (*name)(struct socket *s, bool peer, union sockaddr_any *a);          /* length, or -errno */
    /* -ENOPROTOOPT: not one of this kind's. `len` is at least what the option's type needs: check, it is the app's. */
    int (*set_option)(struct socket *s, int level, int name, const void *value, unsigned len); /* [ENOPROTOOPT] */
    int (*get_option)(struct socket *s, int level, int name, void *value, unsigned room); /* [ENOPROTOOPT] length */
    uint32_t (*poll)(struct socket *s);
    int (*readable)(struct socket *s);              /* bytes: FIONREAD [0] */
    int (*unsent)(struct socket *s);                /* bytes: SIOCOUTQ [0] */
    void (*buffers_changed)(struct socket *s);      /* SO_SNDBUF, SO_RCVBUF */
    void (*close)(struct socket *s, bool nonblock); /* frees it; may sleep (SO_LINGER) */
};

struct socket {
    const struct socket_ops *ops;
    struct waitq wait; /* everyone who waits for anything here */
    uint16_t family, type, protocol;
    uint8_t shut; /* SOCKET_SHUT_*: for TCP, RECEIVE also when the peer has sent all */
    int error;    /* SO_ERROR, positive */
    bool reuse_address, reuse_port, keep_alive, broadcast, pass_credentials, out_of_band_inline, timestamp;
    int priority;
    struct linger_abi linger;
    uint64_t receive_timeout, send_timeout; /* ns; NEVER */
    uint32_t receive_buffer, send_buffer;   /* as getsockopt reports: twice what was set */
    uint32_t receive_low;
    uint64_t cookie; /* its number, 1… */
};

extern const struct file_ops socket_file_ops;
struct socket *file_socket(struct file *f); /* or NULL (ENOTSOCK) */

/* Of a kind's creation functions: fills in the common part. */
void socket_init(struct socket *s, const struct socket_ops *ops, int family, int type, int protocol);
/* Finds the kind; type without SOCK_NONBLOCK and SOCK_CLOEXEC. */
int socket_create(int family, int type, int protocol, struct socket **out);
void socket_close(struct socket *s, bool nonblock);
/* Makes the descriptor; on failure the socket is closed. */
int socket_install(struct socket *s, int flags);

/* Sleeps until something happens. `since`: clock_monotonic() when the call began. 0: look again; -EAGAIN: time is up
 * (or nonblock); -EINTR / -ERESTARTSYS by a signal. May sleep. */
int socket_wait(struct socket *s, bool nonblock, uint64_t timeout, uint64_t since);
uint64_t socket_now(uint64_t timeout); /* for `since`: reads the clock only when a timeout needs it */
/* Takes the pending error: 0 or -errno. */
int socket_take_error(struct socket *s);
/* -EPIPE, with SIGPIPE unless MSG_NOSIGNAL. */
ssize_t socket_broken_pipe(unsigned flags);

/* net/socket-options.c */
int socket_set_option(struct socket *s, int level, int name, const void *value, unsigned len);
int socket_get_option(struct socket *s, int level, int name, void *value, unsigned room);
int option_int(const void *value, unsigned len, int *out); /* -EINVAL when shorter than an int */
int option_put_int(void *value, unsigned room, int v);     /* copies at most `room` bytes; the length */
/* net/socket-ioctl.c */
long socket_ioctl(struct socket *s, unsigned cmd, uaddr_t arg);

/* The kinds. */
int tcp_socket_create(int family, struct socket **out);
int udp_socket_create(int family, struct socket **out);
int unix_socket_create(int type, struct socket **out);
int unix_socket_pair(int type, struct socket *pair[2]);
int netlink_socket_create(int type, int protocol, struct socket **out);
