/* AF_UNIX sockets: life, connections, events. */
#include "net/unix-socket.h"

#define PID 1 /* there is one process, and its owner is root */

static const struct socket_ops unix_ops;

struct unix_socket *unix_new(int type)
{
    struct unix_socket *u = kzalloc(sizeof *u);
    if (!u)
        return NULL;
    socket_init(&u->base, &unix_ops, AF_UNIX, type, 0);
    u->base.send_buffer = u->base.receive_buffer = UNIX_BUFFER;
    list_init(&u->from);
    list_init(&u->from_link);
    list_init(&u->queue);
    list_init(&u->bound_link);
    list_init(&u->ready);
    list_init(&u->ready_link);
    return u;
}

int unix_socket_create(int type, struct socket **out)
{
    if (type == SOCK_RAW)
        type = SOCK_DGRAM; /* as Linux */
    if (type != SOCK_STREAM && type != SOCK_DGRAM && type != SOCK_SEQPACKET)
        return -ESOCKTNOSUPPORT;
    struct unix_socket *u = unix_new(type);
    if (!u)
        return -ENOMEM;
    *out = &u->base;
    return 0;
}

void unix_set_peer(struct unix_socket *u, struct unix_socket *peer)
{
    list_del(&u->from_link);
    u->peer = peer;
    u->peer_gone = false;
    if (peer)
        list_add(&peer->from, &u->from_link);
}

static void marry(struct unix_socket *a, struct unix_socket *b)
{
    unix_set_peer(a, b);
    unix_set_peer(b, a);
    a->phase = b->phase = UNIX_CONNECTED;
}

int unix_socket_pair(int type, struct socket *pair[2])
{
    for (int i = 0; i < 2; i++) {
        int err = unix_socket_create(type, &pair[i]);
        if (err) {
            if (i)
                socket_close(pair[0], true);
            return err;
        }
    }
    marry(unix_of(pair[0]), unix_of(pair[1]));
    return 0;
}

static int connect_datagram(struct unix_socket *u, const union sockaddr_any *a, unsigned len)
{
    struct unix_name name;
    struct unix_socket *to;
    if (a->family == AF_UNSPEC) {
        unix_set_peer(u, NULL);
        return 0;
    }
    int err = unix_name_from(&name, a, len);
    if (!err)
        err = unix_find(&name, SOCK_DGRAM, &to);
    if (err)
        return err;
    unix_set_peer(u, to);
    u->phase = UNIX_CONNECTED;
    return 0;
}

/* The listener that will take us, with room in its queue. It is looked up anew after each sleep. */
static int find_listener(struct unix_socket *u, const struct unix_name *name, bool nonblock, struct unix_socket **out)
{
    uint64_t since = socket_now(u->base.send_timeout);
    for (;;) {
        int err = unix_find(name, u->base.type, out);
        if (err)
            return err;
        if ((*out)->phase != UNIX_LISTENING || (*out)->base.shut & SOCKET_SHUT_RECEIVE)
            return -ECONNREFUSED;
        if ((*out)->ready_count <= (*out)->backlog)
            return 0;
        if (nonblock)
            return -EAGAIN;
        list_add_tail(&(*out)->from, &u->from_link); /* so that its accept() or its end wakes us */
        err = socket_wait(&u->base, false, u->base.send_timeout, since);
        list_del(&u->from_link);
        if (err)
            return err;
    }
}

static int unix_connect(struct socket *s, const union sockaddr_any *a, unsigned len, bool nonblock)
{
    struct unix_socket *u = unix_of(s), *listener;
    struct unix_name name;
    if (s->type == SOCK_DGRAM)
        return connect_datagram(u, a, len);
    if (u->phase != UNIX_FRESH)
        return u->phase == UNIX_LISTENING ? -EINVAL : -EISCONN;
    if (!list_empty(&u->from_link))
        return -EALREADY; /* another thread waits in find_listener */
    int err = unix_name_from(&name, a, len);
    if (!err)
        err = find_listener(u, &name, nonblock, &listener);
    if (err)
        return err;
    struct unix_socket *child = unix_new(s->type);
    if (!child)
        return -ENOMEM;
    child->name = listener->name;
    child->base.pass_credentials = listener->base.pass_credentials;
    marry(u, child);
    list_add_tail(&listener->ready, &child->ready_link);
    listener->ready_count++;
    waitq_wake(&listener->base.wait, POLLIN | POLLRDNORM, 1);
    return 0;
}

static int unix_listen(struct socket *s, unsigned backlog)
{
    struct unix_socket *u = unix_of(s);
    if (s->type == SOCK_DGRAM)
        return -EOPNOTSUPP;
    if (!u->name.len || (u->phase != UNIX_FRESH && u->phase != UNIX_LISTENING))
        return -EINVAL;
    u->phase = UNIX_LISTENING;
    u->backlog = backlog;
    return 0;
}

static void wake_connecting(struct unix_socket *listener)
{
    list_for_each (l, &listener->from)
        waitq_wake_all(&list_entry(l, struct unix_socket, from_link)->base.wait);
}

static int unix_accept(struct socket *s, bool nonblock, struct socket **out)
{
    struct unix_socket *u = unix_of(s);
    uint64_t since = socket_now(s->receive_timeout);
    if (s->type == SOCK_DGRAM)
        return -EOPNOTSUPP;
    for (;;) {
        if (u->phase != UNIX_LISTENING || s->shut & SOCKET_SHUT_RECEIVE)
            return -EINVAL;
        if (!list_empty(&u->ready))
            break;
        int err = socket_wait(s, nonblock, s->receive_timeout, since);
        if (err)
            return err;
    }
    struct unix_socket *child = list_entry(u->ready.next, struct unix_socket, ready_link);
    list_del(&child->ready_link);
    u->ready_count--;
    wake_connecting(u);
    *out = &child->base;
    return 0;
}

static int unix_shutdown(struct socket *s, unsigned how)
{
    struct unix_socket *u = unix_of(s);
    if (u->phase == UNIX_FRESH && s->type != SOCK_DGRAM)
        return -ENOTCONN;
    s->shut |= how;
    if (u->peer && s->type != SOCK_DGRAM) { /* what one does not send the other does not receive */
        struct socket *p = &u->peer->base;
        p->shut |=
            (how & SOCKET_SHUT_SEND ? SOCKET_SHUT_RECEIVE : 0) | (how & SOCKET_SHUT_RECEIVE ? SOCKET_SHUT_SEND : 0);
        waitq_wake_all(&p->wait);
    }
    waitq_wake_all(&s->wait);
    return 0;
}

static int unix_name(struct socket *s, bool peer, union sockaddr_any *a)
{
    struct unix_socket *u = unix_of(s);
    if (peer && !u->peer)
        return -ENOTCONN;
    return unix_name_to(peer ? &u->peer->name : &u->name, a);
}

static uint32_t unix_poll(struct socket *s)
{
    struct unix_socket *u = unix_of(s);
    uint32_t events = 0;
    if (u->phase == UNIX_LISTENING)
        return list_empty(&u->ready) ? 0 : POLLIN | POLLRDNORM;
    if (s->shut & SOCKET_SHUT_RECEIVE)
        events |= POLLIN | POLLRDNORM | POLLRDHUP;
    if (s->shut == (SOCKET_SHUT_RECEIVE | SOCKET_SHUT_SEND) || (u->phase == UNIX_FRESH && s->type != SOCK_DGRAM))
        events |= POLLHUP;
    if (!list_empty(&u->queue))
        events |= POLLIN | POLLRDNORM;
    if (unix_writable(u))
        events |= POLLOUT | POLLWRNORM;
    return s->error ? events | POLLERR : events;
}

static int unix_get_option(struct socket *s, int level, int name, void *value, unsigned room)
{
    struct unix_socket *u = unix_of(s);
    if (level != SOL_SOCKET)
        return -EOPNOTSUPP;
    if (name == SO_ACCEPTCONN)
        return option_put_int(value, room, u->phase == UNIX_LISTENING);
    if (name != SO_PEERCRED)
        return -ENOPROTOOPT;
    struct ucred_abi c =
        u->peer || u->phase == UNIX_LISTENING ? (struct ucred_abi){PID, 0, 0} : (struct ucred_abi){0, -1, -1};
    unsigned n = MIN(room, (unsigned)sizeof c);
    memcpy(value, &c, n);
    return (int)n;
}

static int unix_set_option(struct socket *s, int level, int name, const void *value, unsigned len)
{
    return level == SOL_SOCKET ? 0 : -EOPNOTSUPP;
}

static int unix_readable(struct socket *s)
{
    return unix_first_len(unix_of(s));
}

/* Those that were connected to this one learn that it is gone. */
static void leave_peers(struct unix_socket *u, bool unread)
{
    bool stream = u->base.type != SOCK_DGRAM;
    while (!list_empty(&u->from)) {
        struct unix_socket *p = list_entry(u->from.next, struct unix_socket, from_link);
        if (p->peer == u) {
            unix_set_peer(p, NULL);
            p->peer_gone = true;
            if (stream) {
                p->phase = UNIX_OVER;
                p->base.shut = SOCKET_SHUT_RECEIVE | SOCKET_SHUT_SEND;
                p->base.error = unread ? ECONNRESET : p->base.error;
            }
        } else {
            list_del(&p->from_link); /* waits in connect() */
        }
        waitq_wake_all(&p->base.wait);
    }
}

static void unix_close(struct socket *s, bool nonblock)
{
    struct unix_socket *u = unix_of(s);
    bool unread = !list_empty(&u->queue);
    unix_unbind(u);
    while (!list_empty(&u->ready)) {
        struct unix_socket *child = list_entry(u->ready.next, struct unix_socket, ready_link);
        list_del(&child->ready_link);
        if (child->peer)
            child->peer->base.error = ECONNRESET;
        socket_close(&child->base, true);
    }
    unix_set_peer(u, NULL);
    leave_peers(u, unread);
    unix_discard_queue(u);
    kfree(u);
}

static const struct socket_ops unix_ops = {
    .bind = unix_socket_bind,
    .connect = unix_connect,
    .listen = unix_listen,
    .accept = unix_accept,
    .send = unix_send,
    .receive = unix_receive,
    .shutdown = unix_shutdown,
    .name = unix_name,
    .set_option = unix_set_option,
    .get_option = unix_get_option,
    .poll = unix_poll,
    .readable = unix_readable,
    .close = unix_close,
};
