/* SOL_SOCKET: what all kinds of sockets have. A kind hears of a change by its set_option(SOL_SOCKET, …). */
#include "net/socket.h"
#include "net/stack.h"
#include "time/time.h"

#define BUFFER_MIN 2304u         /* Linux: SOCK_MIN_RCVBUF */
#define BUFFER_MAX (212992u * 2) /* twice net.core.wmem_max */
#define USEC 1000ull

int option_int(const void *value, unsigned len, int *out)
{
    if (len < sizeof *out)
        return -EINVAL;
    memcpy(out, value, sizeof *out);
    return 0;
}

int option_put_int(void *value, unsigned room, int v)
{
    unsigned n = MIN(room, (unsigned)sizeof v);
    memcpy(value, &v, n);
    return (int)n;
}

static int put(void *value, unsigned room, const void *from, unsigned size)
{
    unsigned n = MIN(room, size);
    memcpy(value, from, n);
    return (int)n;
}

static int set_timeout(uint64_t *ns, const void *value, unsigned len)
{
    struct timeval_abi tv;
    if (len < sizeof tv)
        return -EINVAL;
    memcpy(&tv, value, sizeof tv);
    if (tv.usec < 0 || tv.usec >= 1000000)
        return -EDOM;
    struct timespec64 ts = {tv.sec < 0 ? 0 : tv.sec, tv.usec * (int64_t)USEC};
    if (timespec_to_ns(&ts, ns))
        return -EDOM;
    if (tv.sec >= 0 && *ns == 0)
        *ns = NEVER; /* zero means none; a negative time means at once */
    return 0;
}

static int get_timeout(uint64_t ns, void *value, unsigned room)
{
    struct timespec64 ts = ns_to_timespec(ns == NEVER ? 0 : ns);
    struct timeval_abi tv = {ts.sec, ts.nsec / (int64_t)USEC};
    return put(value, room, &tv, sizeof tv);
}

static int set_linger(struct socket *s, const void *value, unsigned len)
{
    struct linger_abi l;
    if (len < sizeof l)
        return -EINVAL;
    memcpy(&l, value, sizeof l);
    s->linger = (struct linger_abi){l.on != 0, l.seconds};
    return 0;
}

/* The value is doubled for bookkeeping, and reported so (socket(7)); memory sets the upper limit. */
static void set_buffer(struct socket *s, uint32_t *buffer, int v)
{
    uint32_t wanted = v < 0 ? BUFFER_MAX : MIN((uint32_t)v, BUFFER_MAX / 2) * 2;
    *buffer = MAX(wanted, BUFFER_MIN);
    if (s->ops->buffers_changed)
        s->ops->buffers_changed(s);
}

static int set_int(struct socket *s, int name, int v)
{
    switch (name) {
    case SO_REUSEADDR:
        s->reuse_address = v;
        break;
    case SO_REUSEPORT:
        s->reuse_port = v;
        break;
    case SO_KEEPALIVE:
        s->keep_alive = v;
        break;
    case SO_BROADCAST:
        s->broadcast = v;
        break;
    case SO_OOBINLINE:
        s->out_of_band_inline = v;
        break;
    case SO_PASSCRED:
        if (s->family != AF_UNIX)
            return -EOPNOTSUPP;
        s->pass_credentials = v;
        break;
    case SO_PRIORITY:
        s->priority = v;
        break;
    case SO_SNDBUF:
    case SO_SNDBUFFORCE:
        set_buffer(s, &s->send_buffer, v);
        break;
    case SO_RCVBUF:
    case SO_RCVBUFFORCE:
        set_buffer(s, &s->receive_buffer, v);
        break;
    case SO_RCVLOWAT:
        s->receive_low = v < 0 ? INT32_MAX : v ? (uint32_t)v : 1;
        break;
    case SO_DEBUG:
    case SO_DONTROUTE: /* neither would change anything */
        break;
    case SO_TYPE:
    case SO_PROTOCOL:
    case SO_DOMAIN:
    case SO_ERROR:
    default:
        return -ENOPROTOOPT;
    }
    return 0;
}

static int set_common(struct socket *s, int name, const void *value, unsigned len)
{
    int v;
    switch (name) {
    case SO_LINGER:
        return set_linger(s, value, len);
    case SO_RCVTIMEO:
        return set_timeout(&s->receive_timeout, value, len);
    case SO_SNDTIMEO:
        return set_timeout(&s->send_timeout, value, len);
    default:;
        int err = option_int(value, len, &v);
        return err ? err : set_int(s, name, v);
    }
}

int socket_set_option(struct socket *s, int level, int name, const void *value, unsigned len)
{
    if (level != SOL_SOCKET)
        return s->ops->set_option ? s->ops->set_option(s, level, name, value, len) : -ENOPROTOOPT;
    int err = set_common(s, name, value, len);
    if (!err && s->ops->set_option)
        s->ops->set_option(s, SOL_SOCKET, name, value, len);
    return err;
}

static int get_int(struct socket *s, int name)
{
    switch (name) {
    case SO_REUSEADDR:
        return s->reuse_address;
    case SO_REUSEPORT:
        return s->reuse_port;
    case SO_KEEPALIVE:
        return s->keep_alive;
    case SO_BROADCAST:
        return s->broadcast;
    case SO_OOBINLINE:
        return s->out_of_band_inline;
    case SO_PASSCRED:
        return s->pass_credentials;
    case SO_TYPE:
        return s->type;
    case SO_DOMAIN:
        return s->family;
    case SO_PROTOCOL:
        return s->protocol;
    case SO_ERROR:
        return -socket_take_error(s);
    case SO_SNDBUF:
        return (int)s->send_buffer;
    case SO_RCVBUF:
        return (int)s->receive_buffer;
    case SO_RCVLOWAT:
        return (int)s->receive_low;
    case SO_SNDLOWAT:
        return 1;
    case SO_PRIORITY:
        return s->priority;
    case SO_ACCEPTCONN:
    case SO_DEBUG:
    case SO_DONTROUTE:
    case SO_INCOMING_CPU:
        return 0;
    default:
        return -ENOPROTOOPT;
    }
}

static int get_common(struct socket *s, int name, void *value, unsigned room)
{
    switch (name) {
    case SO_LINGER:
        return put(value, room, &s->linger, sizeof s->linger);
    case SO_RCVTIMEO:
        return get_timeout(s->receive_timeout, value, room);
    case SO_SNDTIMEO:
        return get_timeout(s->send_timeout, value, room);
    case SO_COOKIE:
        return room < sizeof s->cookie ? -EINVAL : put(value, room, &s->cookie, sizeof s->cookie);
    default:;
        int v = get_int(s, name);
        return v < 0 ? v : option_put_int(value, room, v);
    }
}

static bool has_level(const struct socket *s, int level)
{
    bool inet6 = s->family == AF_INET6, inet = s->family == AF_INET || inet6;
    if (!inet && s->family != AF_UNIX)
        return true;
    return level == SOL_SOCKET || (inet && (level == IPPROTO_IP || level == s->protocol)) ||
           (inet6 && level == IPPROTO_IPV6);
}

int socket_get_option(struct socket *s, int level, int name, void *value, unsigned room)
{
    int n = s->ops->get_option ? s->ops->get_option(s, level, name, value, room) : -ENOPROTOOPT;
    if (n == -ENOPROTOOPT && level == SOL_SOCKET)
        return get_common(s, name, value, room);
    return n == -ENOPROTOOPT && !has_level(s, level) ? -EOPNOTSUPP : n;
}
