/* Sending and receiving on unix sockets. */
#include "net/unix-socket.h"

#define PARCEL_MAX 16384u /* bytes of a stream in one parcel */
#define SMALL_PARCEL 448u /* a small write leaves room behind it for the next ones */

struct parcel {
    struct list link;
    uint32_t len, at, size; /* bytes; how many were read; room */
    struct unix_rights *rights;
    struct unix_name *from; /* datagrams: the sender's, or NULL */
    char bytes[];
};

/* Datagram senders that wait for room: their receiver may be anyone, and may go away. */
static struct waitq datagram_room = WAITQ_INIT(datagram_room);

static uint32_t cost(const struct parcel *p)
{
    return p->size + (uint32_t)sizeof *p;
}

static struct parcel *parcel_new(uint32_t size)
{
    struct parcel *p = kmalloc(sizeof *p + size);
    if (p)
        *p = (struct parcel){.size = size};
    return p;
}

static void parcel_free(struct parcel *p)
{
    unix_rights_drop(p->rights);
    kfree(p->from);
    kfree(p);
}

static struct parcel *first_parcel(const struct unix_socket *u)
{
    return list_empty(&u->queue) ? NULL : list_entry(u->queue.next, struct parcel, link);
}

int unix_first_len(const struct unix_socket *u)
{
    if (unix_keeps_boundaries(u)) {
        struct parcel *p = first_parcel(u);
        return p ? (int)p->len : 0;
    }
    uint32_t n = 0;
    list_for_each (l, &u->queue) {
        const struct parcel *p = list_entry(l, struct parcel, link);
        n += p->len - p->at;
    }
    return (int)n;
}

static void wake_senders(struct unix_socket *u)
{
    list_for_each (l, &u->from)
        waitq_wake(&list_entry(l, struct unix_socket, from_link)->base.wait, POLLOUT | POLLWRNORM, ~0u);
    if (u->base.type == SOCK_DGRAM)
        waitq_wake_all(&datagram_room);
}

static void drop_parcel(struct unix_socket *u, struct parcel *p)
{
    bool was_full = u->queued * 4 > u->base.receive_buffer;
    list_del(&p->link);
    u->queued -= cost(p);
    parcel_free(p);
    if (was_full && u->queued * 4 <= u->base.receive_buffer)
        wake_senders(u);
}

void unix_discard_queue(struct unix_socket *u)
{
    for (struct parcel *p; (p = first_parcel(u));)
        drop_parcel(u, p);
}

/* Linux: unix_writable, a quarter of the buffer. */
bool unix_writable(const struct unix_socket *u)
{
    return !u->peer || u->peer->queued * 4 <= u->peer->base.receive_buffer;
}

static void deliver(struct unix_socket *to, struct parcel *p)
{
    to->queued += cost(p);
    list_add_tail(&to->queue, &p->link);
    waitq_wake(&to->base.wait, POLLIN | POLLRDNORM, ~0u);
}

/* Small writes gather behind the last parcel's bytes. Bytes taken, 0: no room there, or -EFAULT. */
static ssize_t append(struct unix_socket *to, struct iter *from)
{
    if (list_empty(&to->queue))
        return 0;
    struct parcel *p = list_entry(to->queue.prev, struct parcel, link);
    if (p->rights || p->len == p->size)
        return 0;
    ssize_t n = iter_copy_from(from, p->bytes + p->len, MIN((size_t)(p->size - p->len), from->left));
    if (n > 0) {
        p->len += (uint32_t)n;
        waitq_wake(&to->base.wait, POLLIN | POLLRDNORM, ~0u);
    }
    return n;
}

static bool may_send(const struct unix_socket *u)
{
    return u->peer && !u->base.error && !(u->base.shut & SOCKET_SHUT_SEND) &&
           !(u->peer->base.shut & SOCKET_SHUT_RECEIVE);
}

static int send_error(struct unix_socket *u, unsigned flags)
{
    if (u->base.error)
        return socket_take_error(&u->base);
    if (u->phase == UNIX_FRESH || u->phase == UNIX_LISTENING)
        return -ENOTCONN;
    return (int)socket_broken_pipe(flags);
}

/* One parcel's worth. Bytes, 0: no room in the receiver's queue, or -errno. */
static ssize_t send_piece(struct unix_socket *u, struct iter *from, struct message *m)
{
    struct unix_socket *to = u->peer;
    ssize_t n = m->rights ? 0 : append(to, from);
    if (n)
        return n;
    if (to->queued >= to->base.receive_buffer)
        return 0;
    uint32_t take = (uint32_t)MIN(from->left, (size_t)PARCEL_MAX);
    struct parcel *p = parcel_new(MAX(take, SMALL_PARCEL));
    if (!p)
        return -ENOBUFS;
    n = iter_copy_from(from, p->bytes, take);
    if (n <= 0) {
        parcel_free(p);
        return n;
    }
    p->len = (uint32_t)n;
    p->rights = m->rights; /* goes with the first byte */
    m->rights = NULL;
    deliver(to, p);
    return n;
}

static ssize_t send_stream(struct unix_socket *u, struct iter *from, struct message *m)
{
    uint64_t since = socket_now(u->base.send_timeout);
    ssize_t sent = 0, n = 0;
    do {
        if (!may_send(u)) {
            n = sent ? 0 : send_error(u, m->flags);
            break;
        }
        n = from->left ? send_piece(u, from, m) : 0;
        if (n < 0)
            break;
        sent += n;
        if (n == 0 && from->left) {
            n = socket_wait(&u->base, m->nonblock, u->base.send_timeout, since);
            if (n)
                break;
        }
    } while (from->left);
    return sent ? sent : n;
}

static int find_receiver(struct unix_socket *u, const struct message *m, struct unix_socket **to)
{
    struct unix_name name;
    if (m->name && u->base.type == SOCK_DGRAM) {
        int err = unix_name_from(&name, m->name, m->name_len);
        return err ? err : unix_find(&name, SOCK_DGRAM, to);
    }
    *to = u->peer;
    if (u->peer)
        return 0;
    if (u->peer_gone)
        return -ECONNREFUSED;
    return u->phase == UNIX_OVER ? (int)socket_broken_pipe(m->flags) : -ENOTCONN;
}

static int wait_for_room(struct unix_socket *u, const struct message *m, uint64_t since)
{
    if (m->nonblock)
        return -EAGAIN;
    uint64_t deadline = u->base.send_timeout == NEVER ? NEVER : since + u->base.send_timeout;
    struct waitq *q = u->base.type == SOCK_DGRAM ? &datagram_room : &u->base.wait;
    int err = waitq_sleep(q, deadline);
    return err == -ETIMEDOUT ? -EAGAIN : err == -EINTR && deadline == NEVER ? -ERESTARTSYS : err;
}

/* Who may be sent to, and has room. Looks anew after each sleep: the receiver may be gone. */
static int choose_receiver(struct unix_socket *u, const struct message *m, struct unix_socket **to)
{
    uint64_t since = socket_now(u->base.send_timeout);
    for (;;) {
        if (u->base.error)
            return socket_take_error(&u->base);
        if (u->base.shut & SOCKET_SHUT_SEND)
            return (int)socket_broken_pipe(m->flags);
        int err = find_receiver(u, m, to);
        if (err)
            return err;
        if ((*to)->base.shut & SOCKET_SHUT_RECEIVE)
            return (int)socket_broken_pipe(m->flags);
        if ((*to)->queued < (*to)->base.receive_buffer)
            return 0;
        err = wait_for_room(u, m, since);
        if (err)
            return err;
    }
}

/* Datagrams and SOCK_SEQPACKET: whole or not at all. */
static ssize_t send_whole(struct unix_socket *u, struct iter *from, struct message *m)
{
    size_t n = from->left;
    struct unix_socket *to;
    if (n > u->base.send_buffer)
        return -EMSGSIZE;
    struct parcel *p = parcel_new((uint32_t)n);
    if (!p)
        return -ENOBUFS;
    p->len = (uint32_t)n;
    int err = n && iter_copy_from(from, p->bytes, n) != (ssize_t)n ? -EFAULT : choose_receiver(u, m, &to);
    if (!err && u->name.len && u->base.type == SOCK_DGRAM) {
        p->from = kmalloc(sizeof *p->from);
        if (p->from)
            *p->from = u->name;
        else
            err = -ENOBUFS;
    }
    if (err) {
        parcel_free(p);
        return err;
    }
    p->rights = m->rights;
    m->rights = NULL;
    deliver(to, p);
    return (ssize_t)n;
}

ssize_t unix_send(struct socket *s, struct iter *from, struct message *m)
{
    struct unix_socket *u = unix_of(s);
    if (m->flags & MSG_OOB)
        return -EOPNOTSUPP;
    if (unix_keeps_boundaries(u))
        return send_whole(u, from, m);
    if (m->name)
        return u->phase == UNIX_CONNECTED ? -EISCONN : -EOPNOTSUPP;
    return send_stream(u, from, m);
}

/* Waits for a parcel: 1, or 0 at the end, or -errno. */
static int wait_parcel(struct unix_socket *u, const struct message *m, uint64_t since)
{
    while (list_empty(&u->queue)) {
        if (u->base.error)
            return socket_take_error(&u->base);
        if (u->base.shut & SOCKET_SHUT_RECEIVE)
            return 0;
        if (u->base.type != SOCK_DGRAM && u->phase != UNIX_CONNECTED && u->phase != UNIX_OVER)
            return u->base.type == SOCK_STREAM ? -EINVAL : -ENOTCONN;
        int err = socket_wait(&u->base, m->nonblock, u->base.receive_timeout, since);
        if (err)
            return err;
    }
    return 1;
}

/* The files that come with a parcel go to whoever reads its first byte; a peeking reader gets copies. */
static int take_rights(struct parcel *p, struct message *m)
{
    if (!p->rights)
        return 0;
    if (m->flags & MSG_PEEK) {
        m->rights = unix_rights_copy(p->rights);
        return m->rights ? 0 : -ENOBUFS;
    }
    m->rights = p->rights;
    p->rights = NULL;
    return 0;
}

static ssize_t receive_whole(struct unix_socket *u, struct iter *to, struct message *m)
{
    int more = wait_parcel(u, m, socket_now(u->base.receive_timeout));
    if (more <= 0)
        return more;
    struct parcel *p = first_parcel(u);
    size_t room = to->left;
    ssize_t n = p->len && room ? iter_copy_to(to, p->bytes, p->len) : 0;
    if (n < (ssize_t)MIN(p->len, room))
        return -EFAULT;
    if (take_rights(p, m))
        return -ENOBUFS;
    if ((uint32_t)n < p->len)
        m->out_flags |= MSG_TRUNC;
    if (m->name && p->from)
        m->name_len = (unsigned)unix_name_to(p->from, m->name);
    ssize_t result = m->flags & MSG_TRUNC ? (ssize_t)p->len : n;
    if (!(m->flags & MSG_PEEK))
        drop_parcel(u, p);
    return result;
}

/* Reads from the parcels that are there; stops behind one that brings files. */
static ssize_t take_stream(struct unix_socket *u, struct iter *to, struct message *m)
{
    size_t done = 0;
    bool peek = m->flags & MSG_PEEK;
    struct list *l = u->queue.next;
    while (to->left && l != &u->queue) {
        struct parcel *p = list_entry(l, struct parcel, link);
        l = l->next;
        ssize_t n = iter_copy_to(to, p->bytes + p->at, p->len - p->at);
        if (n < 0)
            return done ? (ssize_t)done : n;
        done += (size_t)n;
        if (take_rights(p, m))
            return -ENOBUFS;
        if (!peek) {
            p->at += (uint32_t)n;
            if (p->at == p->len)
                drop_parcel(u, p);
        }
        if (m->rights)
            break;
    }
    return (ssize_t)done;
}

static ssize_t receive_stream(struct unix_socket *u, struct iter *to, struct message *m)
{
    uint64_t since = socket_now(u->base.receive_timeout);
    bool all = m->flags & MSG_WAITALL && !(m->flags & MSG_PEEK);
    size_t want = to->left, done = 0;
    ssize_t n = 0;
    while (done < want) {
        n = done && (u->base.error || m->rights) ? 0 : wait_parcel(u, m, since);
        if (n <= 0)
            break;
        n = take_stream(u, to, m);
        if (n > 0)
            done += (size_t)n;
        if (n <= 0 || !all)
            break;
    }
    return done ? (ssize_t)done : n;
}

ssize_t unix_receive(struct socket *s, struct iter *to, struct message *m)
{
    struct unix_socket *u = unix_of(s);
    if (m->flags & MSG_OOB)
        return -EOPNOTSUPP;
    m->credentials = s->pass_credentials;
    return unix_keeps_boundaries(u) ? receive_whole(u, to, m) : receive_stream(u, to, m);
}
