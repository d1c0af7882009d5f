/* TCP sockets: life, names, events, shutdown, close. */
#include "net/tcp.h"
#include "time/time.h"

#define SECOND 1000000000ull
#define MIN_WINDOW (8 * 1024u)

unsigned tcp_socket_count;

static void wake_all(struct tcp_socket *t)
{
    waitq_wake_all(&t->base.wait);
}

static void on_gone(u8_t id, void *data)
{
    struct tcp_socket *t = data;
    t->pcb = NULL;
    if (t->phase == TCP_CONNECTED)
        t->phase = TCP_OVER;
}

static int error_of(const struct tcp_socket *t, err_t err)
{
    if (err == ERR_CLSD)
        return 0; /* both sides have closed */
    if (err != ERR_RST)
        return ETIMEDOUT;
    if (t->phase == TCP_CONNECTING)
        return ECONNREFUSED;
    bool close_wait = t->base.shut == SOCKET_SHUT_RECEIVE;
    return close_wait ? EPIPE : ECONNRESET; /* as tcp_reset() of Linux */
}

static void end_with(struct tcp_socket *t, int error)
{
    t->base.error = error;
    t->phase = t->phase == TCP_CONNECTING ? TCP_FAILED : TCP_OVER;
    t->base.shut = SOCKET_SHUT_RECEIVE | SOCKET_SHUT_SEND;
    wake_all(t);
}

/* The connection has ended; lwIP frees the pcb itself. */
static void on_error(void *arg, err_t err)
{
    struct tcp_socket *t = arg;
    end_with(t, error_of(t, err));
}

void tcp_fail(struct tcp_socket *t, int error)
{
    tcp_abandon(tcp_detach(t), 0);
    end_with(t, error);
}

static err_t on_sent(void *arg, struct tcp_pcb *pcb, u16_t len)
{
    struct tcp_socket *t = arg;
    if (t->want_space && tcp_writable(t)) {
        t->want_space = false;
        waitq_wake(&t->base.wait, POLLOUT | POLLWRNORM, ~0u);
    }
    return ERR_OK;
}

/* lwIP sends what is queued after this: the end of a cork's time. */
static err_t on_poll(void *arg, struct tcp_pcb *pcb)
{
    tcp_clear_flags(pcb, TF_CORK);
    return ERR_OK;
}

/* The pcb's creation or a change of options. */
void tcp_apply_options(struct tcp_socket *t)
{
    struct tcp_pcb *pcb = t->pcb;
    if (!pcb)
        return;
    ip_set_option(pcb, SOF_REUSEADDR); /* net/tcp-bind.c looks for conflicts, as Linux sees them */
    if (t->base.keep_alive)
        ip_set_option(pcb, SOF_KEEPALIVE);
    else
        ip_reset_option(pcb, SOF_KEEPALIVE);
    if (t->phase == TCP_LISTENING)
        return; /* a struct tcp_pcb_listen has no more */
    if (t->no_delay)
        tcp_nagle_disable(pcb);
    else
        tcp_nagle_enable(pcb);
    pcb->keep_idle = t->keep_idle;
    pcb->keep_intvl = t->keep_interval;
    pcb->keep_cnt = t->keep_count;
}

void tcp_attach(struct tcp_socket *t, struct tcp_pcb *pcb)
{
    static const struct tcp_ext_arg_callbacks callbacks = {.destroy = on_gone};
    t->pcb = pcb;
    tcp_arg(pcb, t);
    tcp_recv(pcb, tcp_on_receive);
    tcp_sent(pcb, on_sent);
    tcp_err(pcb, on_error);
    tcp_ext_arg_set_callbacks(pcb, 0, &callbacks);
    tcp_ext_arg_set(pcb, 0, t);
    tcp_poll(pcb, on_poll, TCP_POLL_TICKS);
    tcp_apply_options(t);
    t->send_base = net_tcp_send_buffer;
    tcp_set_send_limit(t, t->send_limit);
}

struct tcp_pcb *tcp_detach(struct tcp_socket *t)
{
    static const struct tcp_ext_arg_callbacks nobody;
    struct tcp_pcb *pcb = t->pcb;
    tcp_arg(pcb, NULL);
    tcp_ext_arg_set_callbacks(pcb, 0, &nobody);
    if (pcb->state != LISTEN) {
        tcp_recv(pcb, NULL);
        tcp_sent(pcb, NULL);
        tcp_err(pcb, NULL);
        tcp_clear_flags(pcb, TF_CORK);
    }
    t->pcb = NULL;
    return pcb;
}

int tcp_ensure_pcb(struct tcp_socket *t)
{
    if (t->pcb)
        return 0;
    u8_t type = t->base.family == AF_INET ? IPADDR_TYPE_V4 : t->v6only ? IPADDR_TYPE_V6 : IPADDR_TYPE_ANY;
    struct tcp_pcb *pcb = tcp_new_ip_type(type);
    if (!pcb)
        return -ENOBUFS;
    tcp_attach(t, pcb);
    return 0;
}

uint32_t tcp_window_share(uint32_t limit)
{
    uint32_t share = 8 * net_tcp_window / MAX(tcp_socket_count, 1u);
    return MIN(limit, MAX(net_share(share), MIN_WINDOW));
}

void tcp_limit_window(struct tcp_pcb *pcb, uint32_t limit)
{
    uint32_t window = tcp_window_share(limit);
    if (pcb->rcv_wnd > window)
        pcb->rcv_wnd = pcb->rcv_ann_wnd = window;
    pcb->mss = (uint16_t)MIN(pcb->mss, window / 2);
}

struct tcp_socket *tcp_socket_new(int family)
{
    struct tcp_socket *t = kzalloc(sizeof *t);
    if (!t)
        return NULL;
    socket_init(&t->base, &tcp_ops, family, SOCK_STREAM, IPPROTO_TCP);
    list_init(&t->ready);
    list_init(&t->ready_link);
    t->keep_idle = TCP_KEEPIDLE_DEFAULT;
    t->keep_interval = TCP_KEEPINTVL_DEFAULT;
    t->keep_count = TCP_KEEPCNT_DEFAULT;
    t->send_limit = t->base.send_buffer = net_tcp_send_buffer;
    t->receive_limit = t->base.receive_buffer = net_tcp_window;
    t->local.ip.type = t->remote.ip.type = family == AF_INET ? IPADDR_TYPE_V4 : IPADDR_TYPE_ANY;
    tcp_socket_count++;
    return t;
}

int tcp_socket_create(int family, struct socket **out)
{
    struct tcp_socket *t = tcp_socket_new(family);
    if (!t)
        return -ENOBUFS;
    *out = &t->base;
    return 0;
}

static int tcp_name(struct socket *s, bool peer, union sockaddr_any *a)
{
    struct tcp_socket *t = tcp_socket_of(s);
    if (peer && t->phase != TCP_CONNECTED)
        return -ENOTCONN;
    return endpoint_to(peer ? &t->remote : &t->local, s->family, a);
}

static uint32_t tcp_poll_events(struct socket *s)
{
    struct tcp_socket *t = tcp_socket_of(s);
    uint32_t events = 0;
    if (t->phase == TCP_LISTENING)
        return list_empty(&t->ready) ? 0 : POLLIN | POLLRDNORM;
    if (s->shut == (SOCKET_SHUT_RECEIVE | SOCKET_SHUT_SEND) ||
        (t->phase != TCP_CONNECTED && t->phase != TCP_CONNECTING))
        events |= POLLHUP;
    if (s->shut & SOCKET_SHUT_RECEIVE)
        events |= POLLIN | POLLRDNORM | POLLRDHUP;
    if (t->phase != TCP_CONNECTING) {
        if (t->unread && t->unread >= s->receive_low)
            events |= POLLIN | POLLRDNORM;
        if (s->shut & SOCKET_SHUT_SEND || !t->pcb || tcp_writable(t))
            events |= POLLOUT | POLLWRNORM;
        else
            t->want_space = true;
    }
    return s->error ? events | POLLERR : events;
}

/* Back to the beginning: what shutdown means before there is a connection, and connect(AF_UNSPEC). `error` stays to be
 * read. */
void tcp_disconnect(struct tcp_socket *t, int error)
{
    if (t->phase == TCP_LISTENING)
        tcp_stop_listening(t);
    else if (t->pcb)
        tcp_abort(tcp_detach(t));
    tcp_discard_unread(t);
    t->phase = TCP_FRESH;
    t->base.shut = 0;
    t->base.error = error;
    t->told = false;
    net_settle();
    wake_all(t);
}

static int tcp_socket_shutdown(struct socket *s, unsigned how)
{
    struct tcp_socket *t = tcp_socket_of(s);
    if (t->phase == TCP_CONNECTING || (t->phase == TCP_LISTENING && how & SOCKET_SHUT_RECEIVE)) {
        tcp_disconnect(t, t->phase == TCP_CONNECTING ? ECONNRESET : 0);
        return 0;
    }
    if (t->phase == TCP_LISTENING)
        return 0;
    if (t->phase != TCP_CONNECTED)
        return -ENOTCONN;
    bool send = how & SOCKET_SHUT_SEND && !(s->shut & SOCKET_SHUT_SEND);
    s->shut |= how;
    if (send && t->pcb)
        tcp_shutdown(t->pcb, 0, 1);
    net_settle();
    wake_all(t);
    return 0;
}

static bool all_acknowledged(const struct tcp_socket *t)
{
    return !t->pcb || (!t->pcb->unsent && !t->pcb->unacked);
}

/* SO_LINGER with a time: close waits until the peer has everything. */
static void linger(struct tcp_socket *t)
{
    uint64_t end = clock_monotonic() + (uint64_t)t->base.linger.seconds * SECOND;
    tcp_shutdown(t->pcb, 0, 1);
    net_settle();
    while (!all_acknowledged(t)) {
        t->want_space = true;
        if (waitq_sleep(&t->base.wait, end))
            return;
    }
}

static void close_connection(struct tcp_socket *t)
{
    bool lingers = t->base.linger.on && t->phase == TCP_CONNECTED;
    if (t->unread || (lingers && t->base.linger.seconds == 0)) {
        tcp_abort(tcp_detach(t)); /* RFC 2525 2.17: unread data means a reset */
        return;
    }
    if (lingers)
        linger(t);
    if (!t->pcb)
        return;
    struct tcp_pcb *pcb = tcp_detach(t);
    pcb->rcv_wnd = TCP_WND_MAX(pcb); /* lwIP would take a smaller one as unread data */
    if (tcp_close(pcb) != ERR_OK)
        tcp_abort(pcb);
}

static void tcp_socket_close(struct socket *s, bool nonblock)
{
    struct tcp_socket *t = tcp_socket_of(s);
    if (t->phase == TCP_LISTENING)
        tcp_stop_listening(t);
    else if (t->pcb)
        close_connection(t);
    tcp_discard_unread(t);
    net_settle();
    tcp_socket_count--;
    kfree(t);
}

static int tcp_readable(struct socket *s)
{
    return (int)tcp_socket_of(s)->unread;
}

static int tcp_unsent(struct socket *s)
{
    return (int)tcp_queued(tcp_socket_of(s));
}

static void buffers_changed(struct socket *s)
{
    struct tcp_socket *t = tcp_socket_of(s);
    t->receive_limit = s->receive_buffer;
    tcp_set_send_limit(t, s->send_buffer);
}

const struct socket_ops tcp_ops = {
    .bind = tcp_socket_bind,
    .connect = tcp_socket_connect,
    .listen = tcp_socket_listen,
    .accept = tcp_socket_accept,
    .send = tcp_socket_send,
    .receive = tcp_socket_receive,
    .shutdown = tcp_socket_shutdown,
    .name = tcp_name,
    .set_option = tcp_set_option,
    .get_option = tcp_get_option,
    .poll = tcp_poll_events,
    .readable = tcp_readable,
    .unsent = tcp_unsent,
    .buffers_changed = buffers_changed,
    .close = tcp_socket_close,
};
