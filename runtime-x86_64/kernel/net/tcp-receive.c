/* Receiving on a TCP socket. Data stays in the buffers that it arrived in until the app reads it; small pieces that
 * wait for a slow reader are gathered, since each would hold a whole buffer. */
#include "net/tcp.h"
#include "boot/boot.h"

#define SMALL 512u        /* payload worth gathering */
#define GATHER_SIZE 1984u /* with lwIP's header no more than 2 KiB */

static void append(struct tcp_socket *t, struct pbuf *p)
{
    if (t->last)
        t->last->next = p;
    else
        t->first = p;
    t->last = p;
}

/* Copies a small piece behind the last one. false: no memory, keep the piece as it is. */
static bool gather(struct tcp_socket *t, struct pbuf *p)
{
    if (t->tail_room < p->len) {
        struct pbuf *room = pbuf_alloc(PBUF_RAW, GATHER_SIZE, PBUF_RAM);
        if (!room)
            return false;
        room->len = 0;
        t->tail_room = GATHER_SIZE;
        append(t, room);
    }
    memcpy((char *)t->last->payload + t->last->len, p->payload, p->len);
    t->last->len += p->len;
    t->tail_room -= p->len;
    return true;
}

static void take_in(struct tcp_socket *t, struct pbuf *p)
{
    bool crowded = net_buffers_held > net_buffers_limit / 2;
    if (p->len == 0 || ((p->len <= SMALL || crowded) && t->first && p->len <= GATHER_SIZE && gather(t, p))) {
        pbuf_free(p);
        return;
    }
    t->tail_room = 0;
    append(t, p);
}

err_t tcp_on_receive(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err)
{
    struct tcp_socket *t = arg;
    if (!p) { /* FIN */
        t->base.shut |= SOCKET_SHUT_RECEIVE;
        waitq_wake(&t->base.wait, POLLIN | POLLRDNORM | POLLRDHUP, ~0u);
        return ERR_OK;
    }
    boot_mark_first(BOOT_REQUEST, "request");
    t->unread += p->tot_len;
    while (p) {
        struct pbuf *next = p->next;
        p->next = NULL;
        p->tot_len = p->len;
        take_in(t, p);
        p = next;
    }
    waitq_wake(&t->base.wait, POLLIN | POLLRDNORM, ~0u);
    return ERR_OK;
}

static void drop_first(struct tcp_socket *t)
{
    struct pbuf *p = t->first;
    t->first = p->next;
    if (!t->first) {
        t->last = NULL;
        t->tail_room = 0;
    }
    p->next = NULL;
    pbuf_free(p);
}

void tcp_discard_unread(struct tcp_socket *t)
{
    while (t->first)
        drop_first(t);
    t->unread = 0;
}

/* n bytes at the front have been read; tells the peer that there is room again. */
static void consume(struct tcp_socket *t, size_t n)
{
    t->unread -= n;
    for (size_t left = n; left;) {
        struct pbuf *p = t->first;
        if (left < p->len) {
            p->payload = (char *)p->payload + left;
            p->len -= (u16_t)left;
            break;
        }
        left -= p->len;
        drop_first(t);
    }
    /* lwIP's count is 16 bits wide. The pcb may go away meanwhile: the update is sent, and may fail for good. */
    for (; n && t->pcb && t->phase == TCP_CONNECTED; n -= MIN(n, 0xffffu))
        tcp_recved(t->pcb, (u16_t)MIN(n, 0xffffu));
}

/* Copies up to `want` bytes that begin `skip` bytes behind the front. */
static ssize_t copy_out(struct tcp_socket *t, struct iter *to, size_t skip, size_t want, bool discard)
{
    size_t done = 0;
    for (struct pbuf *p = t->first; p && done < want; p = p->next) {
        if (skip >= p->len) {
            skip -= p->len;
            continue;
        }
        size_t n = MIN(p->len - skip, want - done);
        ssize_t copied = discard ? (ssize_t)n : iter_copy_to(to, (char *)p->payload + skip, n);
        if (copied < 0)
            return done ? (ssize_t)done : copied;
        done += (size_t)copied;
        if ((size_t)copied < n)
            break;
        skip = 0;
    }
    return (ssize_t)done;
}

static bool may_come(const struct tcp_socket *t)
{
    return !t->base.error && !(t->base.shut & SOCKET_SHUT_RECEIVE) && t->phase != TCP_OVER;
}

/* Why there will be nothing more to read: 1 when there may be. */
static int receive_end(struct tcp_socket *t)
{
    if (t->base.error)
        return socket_take_error(&t->base);
    if (t->base.shut & SOCKET_SHUT_RECEIVE)
        return 0;
    if (t->phase == TCP_FRESH || t->phase == TCP_LISTENING || t->phase == TCP_FAILED)
        return -ENOTCONN;
    return t->phase == TCP_OVER ? 0 : 1;
}

ssize_t tcp_socket_receive(struct socket *s, struct iter *to, struct message *m)
{
    struct tcp_socket *t = tcp_socket_of(s);
    bool peek = m->flags & MSG_PEEK, discard = m->flags & MSG_TRUNC && !peek;
    size_t want = to->left, done = 0, enough = m->flags & MSG_WAITALL ? want : MIN((size_t)s->receive_low, want);
    uint64_t since = socket_now(s->receive_timeout);
    ssize_t n = 0;
    if (m->flags & MSG_OOB)
        return -EINVAL; /* there is no urgent data */
    for (;;) {
        n = copy_out(t, to, peek ? done : 0, want - done, discard);
        if (n > 0) {
            done += (size_t)n;
            if (!peek)
                consume(t, (size_t)n);
        }
        if (n < 0 || done >= MAX(enough, 1u) || (want == 0 && t->unread))
            break;
        if (done && !may_come(t)) /* an error is for the next call */
            break;
        n = receive_end(t);
        if (n <= 0)
            break;
        net_settle();
        n = socket_wait(s, m->nonblock || m->flags & MSG_DONTWAIT, s->receive_timeout, since);
        if (n)
            break;
    }
    net_settle();
    return done ? (ssize_t)done : n;
}
