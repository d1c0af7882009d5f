/* UDP sockets above lwIP's raw interface: a queue of datagrams that keep the buffers they arrived in. */
#include "net/address.h"
#include "net/socket.h"
#include "net/udp.h"
#include "lwip/udp.h"

#define MAX_PAYLOAD (65535 - 8 - 20)
#define RECEIVE_BUFFER 212992u /* Linux: net.core.rmem_default */
#define OVERHEAD 512u          /* what a queued datagram counts besides its bytes */

struct datagram {
    struct list link;
    struct pbuf *p;
    struct endpoint from;
};
struct udp_socket {
    struct socket base;
    struct udp_pcb *pcb;
    bool v6only, bound, connected;
    struct list queue; /* struct datagram */
    uint32_t queued;
    struct endpoint local, remote;
};

static struct udp_socket *udp_of(struct socket *s)
{
    return container_of(s, struct udp_socket, base);
}

static uint32_t cost(const struct pbuf *p)
{
    return p->tot_len + OVERHEAD;
}

static void on_datagram(void *arg, struct udp_pcb *pcb, struct pbuf *p, const ip_addr_t *ip, u16_t port)
{
    struct udp_socket *u = arg;
    uint32_t room = net_share(u->base.receive_buffer);
    struct datagram *d = u->queued + cost(p) <= room || list_empty(&u->queue) ? kmalloc(sizeof *d) : NULL;
    if (!d) { /* full: the network may lose datagrams, and does */
        pbuf_free(p);
        return;
    }
    *d = (struct datagram){.p = p, .from = {*ip, port}};
    u->queued += cost(p);
    list_add_tail(&u->queue, &d->link);
    waitq_wake(&u->base.wait, POLLIN | POLLRDNORM, ~0u);
}

void udp_unreachable(const struct endpoint *local, const struct endpoint *remote, int error)
{
    for (struct udp_pcb *p = udp_pcbs; p; p = p->next) {
        struct udp_socket *u = p->recv == on_datagram ? p->recv_arg : NULL;
        if (!u || !u->connected || p->local_port != local->port || u->remote.port != remote->port ||
            !ip_addr_eq(&u->remote.ip, &remote->ip))
            continue;
        u->base.error = error;
        waitq_wake_all(&u->base.wait);
    }
}

void udp_each(void (*fn)(const struct socket *s, const struct endpoint ends[2], unsigned received, void *arg),
              void *arg)
{
    for (const struct udp_pcb *p = udp_pcbs; p; p = p->next) {
        const struct udp_socket *u = p->recv == on_datagram ? p->recv_arg : NULL;
        const struct endpoint ends[2] = {{p->local_ip, p->local_port}, {p->remote_ip, p->remote_port}};
        if (u && p->local_port)
            fn(&u->base, ends, u->queued, arg);
    }
}

static void drop_first(struct udp_socket *u)
{
    struct datagram *d = list_entry(u->queue.next, struct datagram, link);
    list_del(&d->link);
    u->queued -= cost(d->p);
    pbuf_free(d->p);
    kfree(d);
}

static bool port_taken(uint16_t port, const void *arg)
{
    for (const struct udp_pcb *p = udp_pcbs; p; p = p->next)
        if (p->local_port == port)
            return true;
    return false;
}

static int bind_to(struct udp_socket *u, const struct endpoint *e)
{
    uint16_t port = e->port ? e->port : port_choose(port_taken, NULL);
    int err = port ? net_errno(udp_bind(u->pcb, &e->ip, port)) : -EADDRINUSE;
    if (err)
        return err;
    u->bound = true;
    u->local = (struct endpoint){e->ip, port};
    return 0;
}

static int ensure_bound(struct udp_socket *u)
{
    struct endpoint any = {.ip = u->pcb->local_ip};
    return u->bound ? 0 : bind_to(u, &any);
}

static int udp_socket_bind(struct socket *s, const union sockaddr_any *a, unsigned len)
{
    struct udp_socket *u = udp_of(s);
    struct endpoint e;
    int err = endpoint_from(&e, a, len, s->family, u->v6only);
    if (err)
        return err;
    if (u->bound)
        return -EINVAL;
    if (!address_is_local(&e.ip) && !ip_addr_ismulticast(&e.ip) && !ip_addr_isbroadcast(&e.ip, netif_default))
        return -EADDRNOTAVAIL;
    return bind_to(u, &e);
}

static void resolve_wildcard(struct endpoint *to)
{
    if (ip_addr_isany(&to->ip))
        ip_addr_set_loopback(!IP_IS_V4(&to->ip), &to->ip);
}

static int udp_disconnect_socket(struct udp_socket *u)
{
    udp_disconnect(u->pcb);
    u->connected = false;
    return 0;
}

static int udp_socket_connect(struct socket *s, const union sockaddr_any *a, unsigned len, bool nonblock)
{
    struct udp_socket *u = udp_of(s);
    struct endpoint to;
    if (len >= sizeof a->family && a->family == AF_UNSPEC)
        return udp_disconnect_socket(u);
    int err = endpoint_from(&to, a, len, s->family, u->v6only);
    if (err)
        return err;
    resolve_wildcard(&to);
    if (!ip_route(&to.ip, &to.ip))
        net_wait_configured();
    const ip_addr_t any = {.type = IP_GET_TYPE(&to.ip)};
    struct netif *netif = ip_route(&any, &to.ip);
    const ip_addr_t *ours = netif ? ip_netif_get_local_ip(netif, &to.ip) : NULL;
    if (!ours)
        return -ENETUNREACH;
    err = ensure_bound(u);
    if (!err)
        err = net_errno(udp_connect(u->pcb, &to.ip, to.port));
    if (err)
        return err;
    u->remote = to;
    u->connected = true;
    if (ip_addr_isany(&u->local.ip))
        u->local.ip = *ours; /* what getsockname tells; the pcb still takes what comes to any address, from this peer */
    return 0;
}

/* Where to: the message's address or the connection's. */
static int destination(struct udp_socket *u, const struct message *m, struct endpoint *to)
{
    if (!m->name) {
        if (!u->connected)
            return -EDESTADDRREQ;
        *to = u->remote;
        return 0;
    }
    int err = endpoint_from(to, m->name, m->name_len, u->base.family, u->v6only);
    if (err)
        return err;
    if (to->port == 0)
        return -EINVAL;
    resolve_wildcard(to);
    if (!u->base.broadcast && IP_IS_V4(&to->ip) && ip_addr_isbroadcast(&to->ip, netif_list))
        return -EACCES;
    return 0;
}

static ssize_t udp_socket_send(struct socket *s, struct iter *from, struct message *m)
{
    struct udp_socket *u = udp_of(s);
    struct endpoint to;
    size_t n = from->left;
    if (m->flags & MSG_OOB)
        return -EOPNOTSUPP;
    if (n > MAX_PAYLOAD)
        return -EMSGSIZE;
    if (s->error)
        return socket_take_error(s);
    if (s->shut & SOCKET_SHUT_SEND)
        return socket_broken_pipe(m->flags);
    int err = destination(u, m, &to);
    if (!err && !ip_route(&to.ip, &to.ip))
        net_wait_configured();
    if (!err)
        err = ensure_bound(u);
    if (err)
        return err;
    struct pbuf *p = pbuf_alloc(PBUF_TRANSPORT, (u16_t)n, PBUF_RAM);
    if (!p)
        return -ENOBUFS;
    if (n && iter_copy_from(from, p->payload, n) != (ssize_t)n)
        err = -EFAULT;
    else
        err = net_errno(udp_sendto(u->pcb, p, &to.ip, to.port));
    pbuf_free(p);
    net_settle();
    if (err == -ENOBUFS)
        err = 0; /* the card's ring is full: lost on the way, as a datagram may be */
    return err ? err : (ssize_t)n;
}

/* Why nothing will come, 1: wait. */
static int receive_end(const struct udp_socket *u)
{
    return u->base.shut & SOCKET_SHUT_RECEIVE ? 0 : 1;
}

static ssize_t copy_datagram(struct udp_socket *u, struct iter *to, struct message *m)
{
    struct datagram *d = list_entry(u->queue.next, struct datagram, link);
    size_t len = d->p->tot_len, room = to->left, done = 0;
    for (struct pbuf *q = d->p; q && to->left; q = q->next) {
        if (!q->len)
            continue;
        ssize_t n = iter_copy_to(to, q->payload, q->len);
        if (n < 0)
            return n;
        done += (size_t)n;
    }
    if (done < MIN(len, room))
        return -EFAULT;
    if (done < len)
        m->out_flags |= MSG_TRUNC;
    if (m->name)
        m->name_len = (unsigned)endpoint_to(&d->from, u->base.family, m->name);
    if (!(m->flags & MSG_PEEK))
        drop_first(u);
    return (ssize_t)(m->flags & MSG_TRUNC ? len : done);
}

static ssize_t udp_socket_receive(struct socket *s, struct iter *to, struct message *m)
{
    struct udp_socket *u = udp_of(s);
    uint64_t since = socket_now(s->receive_timeout);
    if (m->flags & MSG_ERRQUEUE)
        return -EAGAIN;
    while (list_empty(&u->queue)) {
        int err = s->error ? socket_take_error(s) : receive_end(u);
        if (err <= 0)
            return err;
        err = socket_wait(s, m->nonblock || m->flags & MSG_DONTWAIT, s->receive_timeout, since);
        if (err)
            return err;
    }
    return copy_datagram(u, to, m);
}

static int udp_socket_shutdown(struct socket *s, unsigned how)
{
    if (!udp_of(s)->connected)
        return -ENOTCONN;
    s->shut |= how;
    waitq_wake_all(&s->wait);
    return 0;
}

static int udp_name(struct socket *s, bool peer, union sockaddr_any *a)
{
    struct udp_socket *u = udp_of(s);
    if (peer && !u->connected)
        return -ENOTCONN;
    return endpoint_to(peer ? &u->remote : &u->local, s->family, a);
}

static uint32_t udp_poll_events(struct socket *s)
{
    uint32_t events = POLLOUT | POLLWRNORM;
    if (!list_empty(&udp_of(s)->queue))
        events |= POLLIN | POLLRDNORM;
    if (s->shut & SOCKET_SHUT_RECEIVE)
        events |= POLLIN | POLLRDNORM | POLLRDHUP;
    if (s->shut == (SOCKET_SHUT_RECEIVE | SOCKET_SHUT_SEND))
        events |= POLLHUP;
    return s->error ? events | POLLERR : events;
}

static void apply_options(struct udp_socket *u)
{
    u8_t set = (u8_t)((u->base.broadcast ? SOF_BROADCAST : 0) |
                      (u->base.reuse_address || u->base.reuse_port ? SOF_REUSEADDR : 0));
    u->pcb->so_options = (u8_t)((u->pcb->so_options & ~(SOF_BROADCAST | SOF_REUSEADDR)) | set);
}

static int udp_set_option(struct socket *s, int level, int name, const void *value, unsigned len)
{
    struct udp_socket *u = udp_of(s);
    int v;
    if (level == SOL_SOCKET) {
        apply_options(u);
        return 0;
    }
    int err = option_int(value, len, &v);
    if (err)
        return err;
    if (level == IPPROTO_IPV6 && name == IPV6_V6ONLY) {
        if (u->bound)
            return -EINVAL;
        u->v6only = v;
        IP_SET_TYPE_VAL(u->pcb->local_ip, v ? IPADDR_TYPE_V6 : IPADDR_TYPE_ANY);
        IP_SET_TYPE_VAL(u->pcb->remote_ip, v ? IPADDR_TYPE_V6 : IPADDR_TYPE_ANY);
        return 0;
    }
    if ((level == IPPROTO_IP && name == IP_TTL) || (level == IPPROTO_IPV6 && name == IPV6_UNICAST_HOPS)) {
        if (v != -1 && (v < 1 || v > 255))
            return -EINVAL;
        u->pcb->ttl = (u8_t)(v == -1 ? UDP_TTL : v);
        return 0;
    }
    if ((level == IPPROTO_IP && name == IP_TOS) || (level == IPPROTO_IPV6 && name == IPV6_TCLASS)) {
        u->pcb->tos = (u8_t)v;
        return 0;
    }
    /* Without ICMP errors there are none to report: musl's and libuv's wish for them changes nothing. */
    if ((level == IPPROTO_IP && name == IP_RECVERR) || (level == IPPROTO_IPV6 && name == IPV6_RECVERR))
        return 0;
    return -ENOPROTOOPT;
}

static int udp_get_option(struct socket *s, int level, int name, void *value, unsigned room)
{
    struct udp_socket *u = udp_of(s);
    if (level == IPPROTO_IPV6 && name == IPV6_V6ONLY)
        return option_put_int(value, room, u->v6only);
    if ((level == IPPROTO_IP && name == IP_TTL) || (level == IPPROTO_IPV6 && name == IPV6_UNICAST_HOPS))
        return option_put_int(value, room, u->pcb->ttl);
    if ((level == IPPROTO_IP && name == IP_TOS) || (level == IPPROTO_IPV6 && name == IPV6_TCLASS))
        return option_put_int(value, room, u->pcb->tos);
    return -ENOPROTOOPT;
}

static int udp_readable(struct socket *s)
{
    struct udp_socket *u = udp_of(s);
    return list_empty(&u->queue) ? 0 : list_entry(u->queue.next, struct datagram, link)->p->tot_len;
}

static void udp_socket_close(struct socket *s, bool nonblock)
{
    struct udp_socket *u = udp_of(s);
    udp_remove(u->pcb);
    while (!list_empty(&u->queue))
        drop_first(u);
    kfree(u);
}

static const struct socket_ops udp_ops = {
    .bind = udp_socket_bind,
    .connect = udp_socket_connect,
    .send = udp_socket_send,
    .receive = udp_socket_receive,
    .shutdown = udp_socket_shutdown,
    .name = udp_name,
    .set_option = udp_set_option,
    .get_option = udp_get_option,
    .poll = udp_poll_events,
    .readable = udp_readable,
    .close = udp_socket_close,
};

int udp_socket_create(int family, struct socket **out)
{
    struct udp_socket *u = kzalloc(sizeof *u);
    u8_t type = family == AF_INET ? IPADDR_TYPE_V4 : IPADDR_TYPE_ANY;
    if (u)
        u->pcb = udp_new_ip_type(type);
    if (!u || !u->pcb) {
        kfree(u);
        return -ENOBUFS;
    }
    socket_init(&u->base, &udp_ops, family, SOCK_DGRAM, IPPROTO_UDP);
    u->base.receive_buffer = u->base.send_buffer = RECEIVE_BUFFER;
    u->local.ip.type = u->remote.ip.type = type;
    list_init(&u->queue);
    udp_recv(u->pcb, on_datagram, u);
    *out = &u->base;
    return 0;
}
