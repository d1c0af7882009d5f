/* TCP_* and the address families' options of TCP sockets. */
#include "net/tcp.h"

#define SECOND_MS 1000u
#define MAX_KEEP_SECONDS 32767 /* Linux: MAX_TCP_KEEPIDLE */

static int set_seconds(uint32_t *ms, int v)
{
    if (v < 1 || v > MAX_KEEP_SECONDS)
        return -EINVAL;
    *ms = (uint32_t)v * SECOND_MS;
    return 0;
}

static int set_tcp(struct tcp_socket *t, int name, int v)
{
    switch (name) {
    case TCP_NODELAY:
        t->no_delay = v;
        break;
    case TCP_CORK:
        t->cork = v;
        break;
    case TCP_QUICKACK: /* once: sends what is being delayed */
        if (v && t->pcb && t->phase == TCP_CONNECTED && t->pcb->flags & TF_ACK_DELAY)
            tcp_ack_now(t->pcb);
        break;
    case TCP_KEEPIDLE:
        return set_seconds(&t->keep_idle, v);
    case TCP_KEEPINTVL:
        return set_seconds(&t->keep_interval, v);
    case TCP_KEEPCNT:
        if (v < 1 || v > 127)
            return -EINVAL;
        t->keep_count = (uint32_t)v;
        break;
    case TCP_DEFER_ACCEPT: /* a hint; connections come when they are complete */
        t->defer_accept = v;
        break;
    case TCP_USER_TIMEOUT:
        if (v < 0)
            return -EINVAL;
        t->user_timeout = v;
        break;
    default:
        return -ENOPROTOOPT;
    }
    return 0;
}

static int set_ip(struct tcp_socket *t, int level, int name, int v)
{
    struct tcp_pcb *pcb = t->pcb;
    if (level == IPPROTO_IPV6 && name == IPV6_V6ONLY) {
        if (t->bound || t->phase != TCP_FRESH)
            return -EINVAL;
        t->v6only = v;
        if (pcb)
            IP_SET_TYPE_VAL(pcb->local_ip, v ? IPADDR_TYPE_V6 : IPADDR_TYPE_ANY);
        return 0;
    }
    if ((level == IPPROTO_IP && name == IP_TTL) || (level == IPPROTO_IPV6 && name == IPV6_UNICAST_HOPS)) {
        if (v != -1 && (v < 1 || v > 255))
            return -EINVAL;
        if (pcb)
            pcb->ttl = (u8_t)(v == -1 ? IP_DEFAULT_TTL : v);
        return 0;
    }
    if ((level == IPPROTO_IP && name == IP_TOS) || (level == IPPROTO_IPV6 && name == IPV6_TCLASS)) {
        if (pcb)
            pcb->tos = (u8_t)v;
        return 0;
    }
    return -ENOPROTOOPT;
}

int tcp_set_option(struct socket *s, int level, int name, const void *value, unsigned len)
{
    struct tcp_socket *t = tcp_socket_of(s);
    int v = 0, err = 0;
    if (level == SOL_SOCKET) { /* net/socket-options.c has stored it */
        tcp_apply_options(t);
        return 0;
    }
    if (level == IPPROTO_TCP && name == TCP_CONGESTION)
        return len >= 4 && !memcmp(value, "reno", 4) ? 0 : -ENOENT;
    err = option_int(value, len, &v);
    if (err)
        return err;
    if (!t->pcb && t->phase == TCP_FRESH && level != IPPROTO_TCP)
        err = tcp_ensure_pcb(t);
    if (!err)
        err = level == IPPROTO_TCP ? set_tcp(t, name, v) : set_ip(t, level, name, v);
    if (err || level != IPPROTO_TCP)
        return err;
    tcp_apply_options(t);
    tcp_push(t, false); /* the end of TCP_CORK, TCP_NODELAY, TCP_QUICKACK: out with what waits */
    net_settle();
    return 0;
}

static int get_tcp(const struct tcp_socket *t, int name)
{
    bool connected = t->phase == TCP_CONNECTED && t->pcb;
    switch (name) {
    case TCP_NODELAY:
        return t->no_delay;
    case TCP_CORK:
        return t->cork;
    case TCP_MAXSEG:
        return connected ? t->pcb->mss : 536; /* Linux: TCP_MSS_DEFAULT */
    case TCP_KEEPIDLE:
        return (int)(t->keep_idle / SECOND_MS);
    case TCP_KEEPINTVL:
        return (int)(t->keep_interval / SECOND_MS);
    case TCP_KEEPCNT:
        return (int)t->keep_count;
    case TCP_SYNCNT:
        return TCP_SYNMAXRTX;
    case TCP_DEFER_ACCEPT:
        return t->defer_accept;
    case TCP_USER_TIMEOUT:
        return t->user_timeout;
    case TCP_QUICKACK:
        return 0;
    default:
        return -ENOPROTOOPT;
    }
}

static int get_ip(const struct tcp_socket *t, int level, int name)
{
    const struct tcp_pcb *pcb = t->phase == TCP_LISTENING ? NULL : t->pcb;
    if (level == IPPROTO_IPV6 && name == IPV6_V6ONLY)
        return t->v6only;
    if ((level == IPPROTO_IP && name == IP_TTL) || (level == IPPROTO_IPV6 && name == IPV6_UNICAST_HOPS))
        return pcb ? pcb->ttl : IP_DEFAULT_TTL;
    if ((level == IPPROTO_IP && name == IP_TOS) || (level == IPPROTO_IPV6 && name == IPV6_TCLASS))
        return pcb ? pcb->tos : 0;
    return -ENOPROTOOPT;
}

int tcp_get_option(struct socket *s, int level, int name, void *value, unsigned room)
{
    struct tcp_socket *t = tcp_socket_of(s);
    if (level == SOL_SOCKET && name == SO_ACCEPTCONN)
        return option_put_int(value, room, t->phase == TCP_LISTENING);
    if (level == IPPROTO_TCP && name == TCP_CONGESTION) {
        unsigned n = MIN(room, 16u);
        memcpy(value, "reno\0\0\0\0\0\0\0\0\0\0\0", n);
        return (int)n;
    }
    if (level == IPPROTO_TCP && name == TCP_INFO)
        return tcp_get_info(t, value, room);
    int v = level == IPPROTO_TCP ? get_tcp(t, name) : get_ip(t, level, name);
    return v < 0 ? v : option_put_int(value, room, v);
}
