/* Sending on a TCP socket: bytes go from the app's memory into segments at once, and out when the call has queued all
 * it can. */
#include "net/tcp.h"
#include "boot/boot.h"

#define WRITE_MAX 0xf000u /* of one tcp_write, whose length is 16 bits wide */

/* What tcp_write copies from: always the next bytes of this. */
static struct iter *source;

void net_copy_in(void *dst, const void *src, size_t len)
{
    iter_copy_from(source, dst, len); /* cannot fail: see readable_bytes */
}

uint32_t tcp_queued(const struct tcp_socket *t)
{
    return t->pcb && t->phase == TCP_CONNECTED ? t->send_base - t->pcb->snd_buf : 0;
}

void tcp_set_send_limit(struct tcp_socket *t, uint32_t limit)
{
    t->send_limit = limit;
    if (t->pcb && t->phase != TCP_LISTENING && limit > t->send_base) {
        t->pcb->snd_buf += limit - t->send_base;
        t->send_base = limit;
    }
}

static uint32_t send_space(const struct tcp_socket *t)
{
    uint32_t limit = net_share(t->send_limit), queued = tcp_queued(t);
    return queued < limit ? limit - queued : 0;
}

/* Linux: sk_stream_is_writeable, when a third is free. */
bool tcp_writable(const struct tcp_socket *t)
{
    return send_space(t) >= tcp_queued(t) / 2 + 1;
}

/* How many of the first n bytes can be read. Touches every page, so that the copy inside tcp_write, where nothing may
 * fail, finds them all: pages do not go away while the kernel does not sleep. */
static ssize_t readable_bytes(const struct iter *from, size_t n)
{
    struct iter it = *from;
    size_t done = 0;
    char byte;
    if (it.kernel)
        return (ssize_t)n;
    for (; done < n; it.vec++, it.offset = 0) {
        uaddr_t at = it.vec->base + it.offset, end = at + MIN(it.vec->len - it.offset, n - done);
        while (at < end) {
            if (user_read(&byte, at, 1))
                return done ? (ssize_t)done : -EFAULT;
            uaddr_t next = MIN(ALIGN_DOWN(at, PAGE_SIZE) + PAGE_SIZE, end);
            done += next - at;
            at = next;
        }
    }
    return (ssize_t)done;
}

/* Queues n bytes, in their order: tcp_write fills the room in the last segment at the end of its work, so that goes
 * alone. */
static err_t queue(struct tcp_pcb *pcb, struct iter *from, u16_t n)
{
    static const char nothing; /* tcp_write wants an address, and net_copy_in ignores it */
    err_t err = ERR_OK;
    source = from;
    while (n && err == ERR_OK) {
        struct iter before = *from;
        u16_t part = pcb->unsent_oversize ? MIN(n, pcb->unsent_oversize) : n;
        err = tcp_write(pcb, &nothing, part, TCP_WRITE_FLAG_COPY);
        if (err != ERR_OK)
            *from = before;
        else
            n -= part;
    }
    return err;
}

/* Sends what is queued; with TCP_CORK or MSG_MORE a last segment that is not full waits, but not longer than until
 * lwIP's next poll (TCP_POLL_TICKS, 200 ms as in Linux, tcp(7)). */
void tcp_push(struct tcp_socket *t, bool more)
{
    struct tcp_pcb *pcb = t->pcb;
    if (!pcb || t->phase != TCP_CONNECTED)
        return;
    if (more || t->cork) {
        tcp_set_flags(pcb, TF_CORK);
        pcb->polltmr = 0;
    } else {
        tcp_clear_flags(pcb, TF_CORK);
    }
    tcp_output(pcb);
}

static bool can_send(const struct tcp_socket *t)
{
    if (t->base.error || t->base.shut & SOCKET_SHUT_SEND)
        return false;
    return t->phase == TCP_CONNECTING || (t->phase == TCP_CONNECTED && t->pcb);
}

/* Queues what fits. Bytes, 0 when there is no room, or -errno. */
static ssize_t send_some(struct tcp_socket *t, struct iter *from)
{
    if (t->phase == TCP_CONNECTING)
        return 0;
    size_t room = MIN(MIN((size_t)send_space(t), from->left), WRITE_MAX);
    ssize_t n = room ? readable_bytes(from, room) : 0;
    if (n <= 0)
        return n;
    size_t before = from->left;
    err_t err = queue(t->pcb, from, (u16_t)n);
    n = (ssize_t)(before - from->left);
    boot_mark_first(BOOT_RESPONSE, "response");
    if (n == 0 && err != ERR_OK && !t->pcb->unacked && !t->pcb->unsent)
        return -ENOBUFS; /* no memory, and no acknowledgement to wait for */
    return n;
}

ssize_t tcp_socket_send(struct socket *s, struct iter *from, struct message *m)
{
    struct tcp_socket *t = tcp_socket_of(s);
    uint64_t since = socket_now(s->send_timeout);
    ssize_t sent = 0, n = 0;
    if (m->flags & MSG_OOB)
        return -EOPNOTSUPP;
    for (;;) {
        if (!can_send(t)) { /* the error is for the next call when this one has sent something */
            n = sent ? 0 : t->base.error ? socket_take_error(s) : socket_broken_pipe(m->flags);
            break;
        }
        if (!from->left)
            break;
        n = send_some(t, from);
        if (n < 0)
            break;
        sent += n;
        if (n)
            continue;
        t->want_space = true;
        tcp_push(t, false);
        net_settle();
        if (send_space(t) && t->phase == TCP_CONNECTED && t->pcb)
            continue; /* what went to ourselves has been taken meanwhile */
        n = socket_wait(s, m->nonblock || m->flags & MSG_DONTWAIT, s->send_timeout, since);
        if (n)
            break;
    }
    tcp_push(t, m->flags & MSG_MORE);
    net_settle();
    return sent ? sent : n;
}
