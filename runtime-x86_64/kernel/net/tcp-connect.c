/* connect() of a TCP socket. */
#include "net/tcp.h"

static err_t on_connected(void *arg, struct tcp_pcb *pcb, err_t err)
{
    struct tcp_socket *t = arg;
    t->phase = TCP_CONNECTED;
    tcp_limit_window(pcb, t->receive_limit);
    waitq_wake(&t->base.wait, POLLOUT | POLLWRNORM, ~0u);
    return ERR_OK;
}

/* The wildcard means this machine (Linux: tcp_v4_connect, tcp_v6_connect). */
static void resolve_wildcard(struct endpoint *to)
{
    if (IP_IS_V4(&to->ip) && ip_addr_isany(&to->ip))
        ip_addr_set_loopback(0, &to->ip);
    else if (!IP_IS_V4(&to->ip) && ip6_addr_isany(ip_2_ip6(&to->ip)))
        ip_addr_set_loopback(1, &to->ip);
}

/* Decides the local address and port; lwIP would take its ports in a row. */
static int choose_local(struct tcp_socket *t, const struct endpoint *to)
{
    struct tcp_pcb *pcb = t->pcb;
    if (ip_addr_isany(&pcb->local_ip)) {
        const ip_addr_t any = {.type = IP_GET_TYPE(&to->ip)};
        struct netif *netif = ip_route(&any, &to->ip);
        const ip_addr_t *ours = netif ? ip_netif_get_local_ip(netif, &to->ip) : NULL;
        if (!ours)
            return -ENETUNREACH;
        ip_addr_copy(pcb->local_ip, *ours);
    } else if (IP_GET_TYPE(&pcb->local_ip) != IP_GET_TYPE(&to->ip)) {
        return -EINVAL;
    }
    t->local.ip = pcb->local_ip;
    if (!t->bound)
        t->local.port = pcb->local_port = tcp_port_towards(&t->local, to);
    else if (tcp_hash_find(&pcb->local_ip, pcb->local_port, &to->ip, to->port))
        return -EADDRNOTAVAIL;
    return t->local.port ? 0 : -EADDRNOTAVAIL;
}

static int start(struct tcp_socket *t, struct endpoint *to)
{
    int err = tcp_ensure_pcb(t);
    if (err)
        return err;
    if (ip_addr_ismulticast(&to->ip))
        return -ENETUNREACH;
    err = choose_local(t, to);
    if (err)
        return err;
    t->remote = *to;
    t->base.error = 0;
    ip_reset_option(t->pcb,
                    SOF_REUSEADDR); /* else lwIP walks along all connections to find what the hash has just told */
    err = net_errno(tcp_connect(t->pcb, &to->ip, to->port, on_connected));
    if (t->pcb)
        ip_set_option(t->pcb, SOF_REUSEADDR);
    if (!err)
        t->phase = TCP_CONNECTING;
    net_settle();
    return err;
}

/* -EINPROGRESS when it may not sleep longer. */
static int wait_connected(struct tcp_socket *t, bool nonblock)
{
    uint64_t since = socket_now(t->base.send_timeout);
    while (t->phase == TCP_CONNECTING) {
        int err = socket_wait(&t->base, nonblock, t->base.send_timeout, since);
        if (err)
            return err == -EAGAIN ? -EINPROGRESS : err;
    }
    if (t->phase == TCP_CONNECTED) {
        t->told = true;
        return 0;
    }
    int err = socket_take_error(&t->base);
    tcp_disconnect(t, 0);
    return err ? err : -ECONNABORTED;
}

int tcp_socket_connect(struct socket *s, const union sockaddr_any *a, unsigned len, bool nonblock)
{
    struct tcp_socket *t = tcp_socket_of(s);
    struct endpoint to;
    if (len >= sizeof a->family && a->family == AF_UNSPEC) {
        bool open = t->phase == TCP_CONNECTING || (t->phase == TCP_CONNECTED && t->pcb);
        tcp_disconnect(t, open ? ECONNRESET : 0);
        return 0;
    }
    int err = endpoint_from(&to, a, len, s->family, t->v6only);
    if (err)
        return err;
    switch (t->phase) {
    case TCP_CONNECTED:
        if (!t->told) /* the connect() that did not wait left this to be said */
            return wait_connected(t, false);
        return -EISCONN;
    case TCP_LISTENING:
    case TCP_OVER:
        return -EISCONN;
    case TCP_CONNECTING:
        return nonblock ? -EALREADY : wait_connected(t, false);
    case TCP_FAILED:
        return wait_connected(t, nonblock);
    case TCP_FRESH:
        break;
    }
    resolve_wildcard(&to);
    if (!ip_route(&to.ip, &to.ip))
        net_wait_configured();
    if (t->phase != TCP_FRESH)
        return -EALREADY; /* another thread was faster */
    err = start(t, &to);
    return err ? err : wait_connected(t, nonblock);
}
