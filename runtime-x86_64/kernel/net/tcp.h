/* TCP sockets above lwIP's raw interface. A socket outlives its pcb (a reset frees that), and a pcb its socket (what
 * was sent is still to be acknowledged after close). lwIP tells by the pcb's ext arg when it frees one, whatever the
 * reason. */
#pragma once
#include "net/address.h"
#include "net/socket.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/tcp.h"

#define TCP_POLL_TICKS 3 /* between two and three slow ticks: lwIP then tries to send what waits */

enum tcp_phase {
    TCP_FRESH, /* no connection yet; perhaps bound */
    TCP_LISTENING,
    TCP_CONNECTING, /* SYN sent */
    TCP_CONNECTED,  /* until both sides have closed, or an error */
    TCP_FAILED,     /* connecting did; the next connect() tells, and the one after may try again */
    TCP_OVER
};
struct tcp_socket {
    struct socket base;
    struct tcp_pcb *pcb; /* NULL: gone. While listening a struct tcp_pcb_listen */
    enum tcp_phase phase;
    bool v6only, no_delay, cork, bound;
    bool told;       /* a connect() has returned that there is a connection */
    bool want_space; /* somebody waits for room to send */
    struct endpoint local, remote;
    uint32_t keep_idle, keep_interval, keep_count; /* ms, ms, probes */
    int defer_accept, user_timeout;                /* kept for getsockopt */
    /* sending: lwIP's free count starts at send_base; no more than send_limit bytes may be queued */
    uint32_t send_base, send_limit;
    /* receiving: single pbufs linked by next (tot_len means nothing here) */
    struct pbuf *first, *last;
    uint32_t unread;
    uint32_t tail_room; /* unused bytes at the end of the last pbuf's memory, when it is a gathering one */
    uint32_t receive_limit;
    /* listening */
    struct list ready; /* connected, not yet accepted; linked by ready_link */
    struct list ready_link;
    unsigned ready_count, half_open, backlog;
};
static inline struct tcp_socket *tcp_socket_of(struct socket *s)
{
    return container_of(s, struct tcp_socket, base);
}

/* net/tcp.c */
extern const struct socket_ops tcp_ops;
extern unsigned tcp_socket_count;
struct tcp_socket *tcp_socket_new(int family);
/* Makes pcb and socket know each other; gives the pcb the socket's options. */
void tcp_attach(struct tcp_socket *t, struct tcp_pcb *pcb);
/* The socket forgets its pcb, which gets no more callbacks. */
struct tcp_pcb *tcp_detach(struct tcp_socket *t);
int tcp_ensure_pcb(struct tcp_socket *t);
void tcp_disconnect(struct tcp_socket *t, int error);
/* Connecting has failed: the pcb goes without a word to the peer. */
void tcp_fail(struct tcp_socket *t, int error);
void tcp_apply_options(struct tcp_socket *t);
/* A new connection's window: its share of what all may hold. */
uint32_t tcp_window_share(uint32_t limit);
/* Not announced yet: the SYN's window was below 64 KiB. lwIP tells of room by whole segments, so two must fit. */
void tcp_limit_window(struct tcp_pcb *pcb, uint32_t limit);

/* net/tcp-bind.c */
int tcp_socket_bind(struct socket *s, const union sockaddr_any *a, unsigned len);
int tcp_bind_any_port(struct tcp_socket *t);
bool tcp_bind_conflicts(const struct tcp_socket *t, const struct endpoint *e);
uint16_t tcp_port_towards(const struct endpoint *local, const struct endpoint *remote);

/* net/tcp-connect.c */
int tcp_socket_connect(struct socket *s, const union sockaddr_any *a, unsigned len, bool nonblock);

/* net/tcp-listen.c */
int tcp_socket_listen(struct socket *s, unsigned backlog);
int tcp_socket_accept(struct socket *s, bool nonblock, struct socket **out);
void tcp_stop_listening(struct tcp_socket *t);

/* net/tcp-send.c */
ssize_t tcp_socket_send(struct socket *s, struct iter *from, struct message *m);
bool tcp_writable(const struct tcp_socket *t);
uint32_t tcp_queued(const struct tcp_socket *t);
void tcp_set_send_limit(struct tcp_socket *t, uint32_t limit);
void tcp_push(struct tcp_socket *t, bool more);

/* net/tcp-receive.c */
ssize_t tcp_socket_receive(struct socket *s, struct iter *to, struct message *m);
err_t tcp_on_receive(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err);
void tcp_discard_unread(struct tcp_socket *t);

/* net/tcp-options.c */
int tcp_set_option(struct socket *s, int level, int name, const void *value, unsigned len);
int tcp_get_option(struct socket *s, int level, int name, void *value, unsigned room);
/* net/tcp-info.c */
/* Linux's number (include/net/tcp_states.h) of a state of lwIP's. */
uint8_t tcp_state_number(enum tcp_state state);
int tcp_get_info(const struct tcp_socket *t, void *value, unsigned room);
