/* Listening TCP sockets. A SYN makes a pcb that is half open; its third step makes it a connected socket in the
 * listener's queue. Both together are limited by the backlog; when half-open ones fill it, the oldest gives way, so
 * that a flood of SYNs without third step costs neither memory nor, for longer than it lasts, the service. */
#include "net/tcp.h"
#include "boot/boot.h"

#define GIVE_WAY_MS 500u /* a half-open connection of this age has had its chance */

static struct tcp_socket *listener_of(const struct tcp_pcb *half_open)
{
    return half_open->state == SYN_RCVD ? tcp_ext_arg_get(half_open, 0) : NULL;
}

static void half_open_gone(u8_t id, void *listener)
{
    ((struct tcp_socket *)listener)->half_open--;
}

static const struct tcp_ext_arg_callbacks half_open_callbacks = {.destroy = half_open_gone};

static struct tcp_pcb *oldest_half_open(const struct tcp_socket *t)
{
    struct tcp_pcb *oldest = NULL;
    for (struct tcp_pcb *p = tcp_active_pcbs; p; p = p->next)
        if (listener_of(p) == t && (!oldest || tcp_ticks - p->tmr > tcp_ticks - oldest->tmr))
            oldest = p;
    return oldest;
}

static bool make_room(struct tcp_socket *t)
{
    struct tcp_pcb *oldest = oldest_half_open(t);
    if (!oldest || (tcp_ticks - oldest->tmr) * TCP_SLOW_INTERVAL < GIVE_WAY_MS)
        return false;
    tcp_abandon(oldest, 0);
    return true;
}

/* Several sockets may listen on one address (SO_REUSEPORT). lwIP puts who has had one first, and of those at any
 * address takes the last of its list: they go round. At one address it takes the first, so who has had one goes last.
 */
static void let_next_one_serve(struct tcp_pcb_listen *pcb)
{
    struct tcp_pcb_listen **at = &tcp_listen_pcbs.listen_pcbs;
    while (*at && *at != pcb)
        at = &(*at)->next;
    if (!*at)
        return;
    *at = pcb->next;
    while (*at)
        at = &(*at)->next;
    pcb->next = NULL;
    *at = pcb;
}

err_t net_tcp_admit(struct tcp_pcb *pcb, u8_t flags)
{
    struct tcp_socket *t = pcb->callback_arg;
    if ((flags & (TCP_SYN | TCP_ACK | TCP_RST)) != TCP_SYN)
        return ERR_OK;
    if (t->base.reuse_port && !ip_addr_isany(&pcb->local_ip))
        let_next_one_serve((struct tcp_pcb_listen *)pcb);
    /* As many as the backlog, and one more (Linux: sk_acceptq_is_full). */
    if (t->ready_count + t->half_open <= t->backlog || (t->ready_count <= t->backlog && make_room(t)))
        return ERR_OK;
    return ERR_MEM; /* dropped; the peer asks again */
}

/* A SYN was admitted and its pcb made; the answer goes out next. */
static err_t on_passive_open(u8_t id, struct tcp_pcb_listen *listening, struct tcp_pcb *pcb)
{
    struct tcp_socket *t = listening->callback_arg;
    tcp_ext_arg_set_callbacks(pcb, 0, &half_open_callbacks);
    tcp_ext_arg_set(pcb, 0, t);
    t->half_open++;
    tcp_limit_window(pcb, t->receive_limit);
    return ERR_OK;
}

static void inherit(struct tcp_socket *child, const struct tcp_socket *t)
{
    struct socket *s = &child->base;
    s->reuse_address = t->base.reuse_address;
    s->reuse_port = t->base.reuse_port;
    s->keep_alive = t->base.keep_alive;
    s->linger = t->base.linger;
    s->priority = t->base.priority;
    s->send_timeout = t->base.send_timeout;
    s->receive_timeout = t->base.receive_timeout;
    s->receive_low = t->base.receive_low;
    s->send_buffer = t->base.send_buffer;
    s->receive_buffer = t->base.receive_buffer;
    child->v6only = t->v6only;
    child->no_delay = t->no_delay;
    child->keep_idle = t->keep_idle;
    child->keep_interval = t->keep_interval;
    child->keep_count = t->keep_count;
    child->send_limit = t->send_limit;
    child->receive_limit = t->receive_limit;
    child->user_timeout = t->user_timeout;
}

static err_t on_accept(void *arg, struct tcp_pcb *pcb, err_t err)
{
    struct tcp_socket *t = arg;
    if (err != ERR_OK || !pcb)
        return ERR_VAL; /* lwIP had no memory for it */
    struct tcp_socket *child = tcp_socket_new(t->base.family);
    if (!child)
        return ERR_MEM; /* lwIP resets it */
    t->half_open--;
    inherit(child, t);
    child->phase = TCP_CONNECTED;
    child->bound = child->told = true;
    child->local = (struct endpoint){pcb->local_ip, pcb->local_port};
    child->remote = (struct endpoint){pcb->remote_ip, pcb->remote_port};
    tcp_attach(child, pcb);
    list_add_tail(&t->ready, &child->ready_link);
    t->ready_count++;
    waitq_wake(&t->base.wait, POLLIN | POLLRDNORM, 1);
    return ERR_OK;
}

static int start_listening(struct tcp_socket *t)
{
    static const struct tcp_ext_arg_callbacks callbacks = {.passive_open = on_passive_open};
    err_t err;
    struct tcp_pcb *pcb = t->pcb;
    if (tcp_bind_conflicts(t, &t->local)) /* somebody may have begun to listen since bind() */
        return -EADDRINUSE;
    tcp_ext_arg_set_callbacks(pcb, 0, &callbacks); /* copied over; the old pcb goes away unheard */
    ip_reset_option(pcb, SOF_REUSEADDR);           /* lwIP would refuse what SO_REUSEPORT allows */
    struct tcp_pcb *listening = tcp_listen_with_backlog_and_err(pcb, 255, &err);
    if (!listening) {
        tcp_attach(t, pcb);
        return net_errno(err);
    }
    t->pcb = listening;
    t->phase = TCP_LISTENING;
    ip_set_option(listening, SOF_REUSEADDR);
    tcp_accept(listening, on_accept);
    boot_mark_first(BOOT_LISTEN, "listen");
    log_record("listen=%u", t->local.port);
    return 0;
}

int tcp_socket_listen(struct socket *s, unsigned backlog)
{
    struct tcp_socket *t = tcp_socket_of(s);
    t->backlog = backlog;
    if (t->phase == TCP_LISTENING)
        return 0;
    if (t->phase != TCP_FRESH)
        return -EINVAL;
    int err = tcp_ensure_pcb(t);
    if (!err && !t->bound)
        err = tcp_bind_any_port(t);
    return err ? err : start_listening(t);
}

int tcp_socket_accept(struct socket *s, bool nonblock, struct socket **out)
{
    struct tcp_socket *t = tcp_socket_of(s);
    uint64_t since = socket_now(s->receive_timeout);
    for (;;) {
        if (t->phase != TCP_LISTENING)
            return -EINVAL;
        if (!list_empty(&t->ready))
            break;
        int err = socket_wait(s, nonblock, s->receive_timeout, since);
        if (err)
            return err;
    }
    struct tcp_socket *child = list_entry(t->ready.next, struct tcp_socket, ready_link);
    list_del(&child->ready_link);
    t->ready_count--;
    *out = &child->base;
    return 0;
}

/* What is half open is forgotten, what was not accepted is reset. The pcb goes first, so that nothing new comes. */
void tcp_stop_listening(struct tcp_socket *t)
{
    tcp_close(tcp_detach(t));
    for (struct tcp_pcb *p; (p = oldest_half_open(t));)
        tcp_abandon(p, 0);
    while (!list_empty(&t->ready)) {
        struct tcp_socket *child = list_entry(t->ready.next, struct tcp_socket, ready_link);
        list_del(&child->ready_link);
        child->base.linger = (struct linger_abi){.on = 1};
        socket_close(&child->base, true);
    }
    t->ready_count = 0;
    t->bound = false;
}
