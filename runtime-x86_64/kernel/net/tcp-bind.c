/* Local addresses of TCP sockets, and whether two of them are in each other's way (Linux: inet_csk_bind_conflict). lwIP
 * would look too, but by other rules; every pcb has SOF_REUSEADDR set so that it keeps out of this. */
#include "net/tcp.h"

static bool overlap(const ip_addr_t *a, const ip_addr_t *b)
{
    if (IP_IS_ANY_TYPE_VAL(*a) || IP_IS_ANY_TYPE_VAL(*b))
        return true; /* the wildcard of both families */
    if (IP_GET_TYPE(a) != IP_GET_TYPE(b))
        return false;
    return ip_addr_isany(a) || ip_addr_isany(b) || ip_addr_eq(a, b);
}

/* What the sockets allow each other. A pcb without a socket is an old connection: it was made by a socket that had the
 * option or not; Linux remembers, we take TIME-WAIT and closing ones as willing and those that are still open as not.
 */
static bool tolerate(const struct tcp_socket *t, const struct tcp_pcb *other)
{
    const struct tcp_socket *o = other->state == TIME_WAIT ? NULL : other->callback_arg;
    if (!o)
        return t->base.reuse_address || t->base.reuse_port;
    if (t->base.reuse_port && o->base.reuse_port)
        return true;
    return t->base.reuse_address && o->base.reuse_address && other->state != LISTEN;
}

bool tcp_bind_conflicts(const struct tcp_socket *t, const struct endpoint *e)
{
    for (int i = 0; i < NUM_TCP_PCB_LISTS; i++)
        for (const struct tcp_pcb *p = *tcp_pcb_lists[i]; p; p = p->next)
            if (p != t->pcb && p->local_port == e->port && overlap(&p->local_ip, &e->ip) && !tolerate(t, p))
                return true;
    return false;
}

static bool port_taken(uint16_t port, const void *arg)
{
    const struct tcp_socket *t = arg;
    for (int i = 0; i < NUM_TCP_PCB_LISTS; i++)
        for (const struct tcp_pcb *p = *tcp_pcb_lists[i]; p; p = p->next)
            if (p != t->pcb && p->local_port == port)
                return true;
    return false;
}

static int bind_to(struct tcp_socket *t, struct endpoint *e)
{
    if (e->port == 0)
        e->port = port_choose(port_taken, t);
    else if (tcp_bind_conflicts(t, e))
        return -EADDRINUSE;
    if (e->port == 0)
        return -EADDRINUSE;
    int err = net_errno(tcp_bind(t->pcb, &e->ip, e->port));
    if (err)
        return err;
    t->bound = true;
    t->local = *e;
    return 0;
}

int tcp_socket_bind(struct socket *s, const union sockaddr_any *a, unsigned len)
{
    struct tcp_socket *t = tcp_socket_of(s);
    struct endpoint e;
    int err = endpoint_from(&e, a, len, s->family, t->v6only);
    if (err)
        return err == -ENETUNREACH ? -EINVAL : err;
    if (t->phase != TCP_FRESH || t->bound)
        return -EINVAL;
    if (!address_is_local(&e.ip))
        return -EADDRNOTAVAIL;
    err = tcp_ensure_pcb(t);
    return err ? err : bind_to(t, &e);
}

/* listen() without bind(). */
int tcp_bind_any_port(struct tcp_socket *t)
{
    struct endpoint e = {.ip = t->pcb->local_ip};
    return bind_to(t, &e);
}

struct pair {
    const struct endpoint *local, *remote;
};

static bool pair_taken(uint16_t port, const void *arg)
{
    const struct pair *p = arg;
    if (tcp_hash_find(&p->local->ip, port, &p->remote->ip, p->remote->port))
        return true;
    for (int i = 0; i < 2; i++) /* listening and bound ones own their port */
        for (const struct tcp_pcb *q = *tcp_pcb_lists[i]; q; q = q->next)
            if (q->local_port == port)
                return true;
    return false;
}

/* A port for an outgoing connection: may be one that another connection, to somewhere else, uses too. */
uint16_t tcp_port_towards(const struct endpoint *local, const struct endpoint *remote)
{
    struct pair pair = {local, remote};
    return port_choose(pair_taken, &pair);
}
