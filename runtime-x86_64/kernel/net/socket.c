/* What every kind of socket shares: creation, descriptors, waiting, reading and writing as a file. */
#include "net/socket.h"
#include "fs/stat.h"
#include "time/time.h"

#define SIGPIPE 13

static uint64_t cookies;

void socket_init(struct socket *s, const struct socket_ops *ops, int family, int type, int protocol)
{
    s->ops = ops;
    waitq_init(&s->wait);
    s->family = (uint16_t)family;
    s->type = (uint16_t)type;
    s->protocol = (uint16_t)protocol;
    s->receive_timeout = s->send_timeout = NEVER;
    s->receive_low = 1;
    s->cookie = ++cookies;
}

static int create_inet(int family, int type, int protocol, struct socket **out)
{
    if (type == SOCK_STREAM && (protocol == 0 || protocol == IPPROTO_TCP))
        return tcp_socket_create(family, out);
    if (type == SOCK_DGRAM && (protocol == 0 || protocol == IPPROTO_UDP))
        return udp_socket_create(family, out);
    if (type == SOCK_STREAM || type == SOCK_DGRAM || (type == SOCK_RAW && !protocol))
        return -EPROTONOSUPPORT;
    return -ESOCKTNOSUPPORT;
}

int socket_create(int family, int type, int protocol, struct socket **out)
{
    if (family < 0 || family >= AF_MAX)
        return -EAFNOSUPPORT;
    if (type < 0 || type > SOCK_SEQPACKET + 5)
        return -EINVAL;
    switch (family) {
    case AF_INET:
    case AF_INET6:
        return create_inet(family, type, protocol, out);
    case AF_UNIX:
        if (protocol && protocol != AF_UNIX)
            return -EPROTONOSUPPORT;
        return unix_socket_create(type, out);
    case AF_NETLINK:
        return netlink_socket_create(type, protocol, out);
    default:
        return -EAFNOSUPPORT;
    }
}

void socket_close(struct socket *s, bool nonblock)
{
    s->ops->close(s, nonblock);
}

int socket_install(struct socket *s, int flags)
{
    struct file *f = file_new(&socket_file_ops, O_RDWR | (flags & SOCK_NONBLOCK ? O_NONBLOCK : 0), s);
    if (!f) {
        socket_close(s, true);
        return -ENOMEM;
    }
    return fd_install_new(f, flags & SOCK_CLOEXEC);
}

struct socket *file_socket(struct file *f)
{
    return f->ops == &socket_file_ops ? f->priv : NULL;
}

uint64_t socket_now(uint64_t timeout)
{
    return timeout == NEVER ? 0 : clock_monotonic();
}

int socket_wait(struct socket *s, bool nonblock, uint64_t timeout, uint64_t since)
{
    if (nonblock)
        return -EAGAIN;
    uint64_t deadline;
    if (timeout == NEVER || __builtin_add_overflow(since, timeout, &deadline))
        deadline = NEVER;
    int err = waitq_sleep(&s->wait, deadline);
    if (err == -ETIMEDOUT)
        return -EAGAIN;
    /* A call with a time-out is not started again: it would wait anew (signal(7)). */
    return err == -EINTR && timeout == NEVER ? -ERESTARTSYS : err;
}

int socket_take_error(struct socket *s)
{
    int error = s->error;
    s->error = 0;
    return -error;
}

ssize_t socket_broken_pipe(unsigned flags)
{
    if (!(flags & MSG_NOSIGNAL))
        signal_send_thread(SIGPIPE);
    return -EPIPE;
}

static ssize_t read_file(struct file *f, struct iter *to, loff_t pos)
{
    struct socket *s = f->priv;
    struct message m = {.nonblock = file_nonblock(f)};
    return to->left ? s->ops->receive(s, to, &m) : 0;
}

static ssize_t write_file(struct file *f, struct iter *from, loff_t pos)
{
    struct socket *s = f->priv;
    struct message m = {.nonblock = file_nonblock(f)};
    return s->ops->send(s, from, &m);
}

static uint32_t poll_file(struct file *f, struct waitq **q)
{
    struct socket *s = f->priv;
    *q = &s->wait;
    return s->ops->poll(s);
}

static long ioctl_file(struct file *f, unsigned cmd, uaddr_t arg)
{
    return socket_ioctl(f->priv, cmd, arg);
}

static int stat_file(struct file *f, struct kstat *st)
{
    struct socket *s = f->priv;
    *st = (struct kstat){.dev = 8, .ino = s->cookie, .mode = S_IFSOCK | 0777, .nlink = 1, .blksize = 4096};
    return 0;
}

static void release_file(struct file *f)
{
    socket_close(f->priv, file_nonblock(f));
}

const struct file_ops socket_file_ops = {
    .name = "socket",
    .read = read_file,
    .write = write_file,
    .poll = poll_file,
    .ioctl = ioctl_file,
    .stat = stat_file,
    .release = release_file,
};
