/* Socket system calls but those with messages (sys/socket-message.c): arguments in, results out. net/socket.h has what
 * they mean. */
#include "net/address.h"
#include "sys/path.h"
#include "sys/socket.h"

#define OPTION_MAX 256

int socket_of_fd(long fd, struct socket_file *out)
{
    out->file = fd_file_io(fd);
    if (!out->file)
        return -EBADF;
    out->socket = file_socket(out->file);
    if (out->socket)
        return 0;
    file_put(out->file);
    return -ENOTSOCK;
}

/* A length is an int in the ABI: the upper half of its register counts for nothing. */
int user_address_read(union sockaddr_any *a, uaddr_t from, long len)
{
    size_t size = (unsigned)len;
    memset(a, 0, sizeof *a);
    if (size > sizeof *a)
        return -EINVAL;
    return user_read(a, from, size);
}

int user_address_write(uaddr_t to, uaddr_t len_at, const union sockaddr_any *a, unsigned len)
{
    int32_t room;
    if (user_read(&room, len_at, sizeof room))
        return -EFAULT;
    if (room < 0)
        return -EINVAL;
    if (user_write(to, a, MIN((unsigned)room, len)))
        return -EFAULT;
    return user_put(len_at, (int32_t)len);
}

long sys_socket(long family, long type, long protocol)
{
    struct socket *s;
    int flags = (int)type & ~SOCK_TYPE_MASK;
    if (flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC))
        return -EINVAL;
    int err = socket_create((int)family, (int)type & SOCK_TYPE_MASK, (int)protocol, &s);
    return err ? err : socket_install(s, flags);
}

long sys_socketpair(long family, long type, long protocol, long fds_at)
{
    struct socket *pair[2];
    int flags = (int)type & ~SOCK_TYPE_MASK, fds[2];
    if (flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC))
        return -EINVAL;
    if (family != AF_UNIX) {
        int err = socket_create((int)family, (int)type & SOCK_TYPE_MASK, (int)protocol, pair);
        if (err)
            return err;
        socket_close(pair[0], true);
        return -EOPNOTSUPP;
    }
    if (protocol && protocol != AF_UNIX)
        return -EPROTONOSUPPORT;
    int err = unix_socket_pair((int)type & SOCK_TYPE_MASK, pair);
    if (err)
        return err;
    fds[0] = socket_install(pair[0], flags);
    if (fds[0] < 0) {
        socket_close(pair[1], true);
        return fds[0];
    }
    fds[1] = socket_install(pair[1], flags);
    if (fds[1] >= 0 && !user_write((uaddr_t)fds_at, fds, sizeof fds))
        return 0;
    fd_close(fds[0]);
    if (fds[1] < 0)
        return fds[1];
    fd_close(fds[1]);
    return -EFAULT;
}

static bool is_privileged_port(const union sockaddr_any *a)
{
    uint16_t port = __builtin_bswap16(a->in.port);
    return (a->family == AF_INET || a->family == AF_INET6) && port && port < 1024;
}

long sys_bind(long fd, long address, long len)
{
    struct socket_file f;
    union sockaddr_any a;
    int err = socket_of_fd(fd, &f);
    if (err)
        return err;
    err = user_address_read(&a, (uaddr_t)address, len);
    if (!err && is_privileged_port(&a) && !process_can(CAP_NET_BIND_SERVICE))
        err = -EACCES;
    if (!err)
        err = f.socket->ops->bind ? f.socket->ops->bind(f.socket, &a, (unsigned)len) : -EOPNOTSUPP;
    file_put(f.file);
    return err;
}

long sys_connect(long fd, long address, long len)
{
    struct socket_file f;
    union sockaddr_any a;
    int err = socket_of_fd(fd, &f);
    if (err)
        return err;
    err = user_address_read(&a, (uaddr_t)address, len);
    if (!err && (unsigned)len < sizeof a.family)
        err = -EINVAL;
    if (!err)
        err = f.socket->ops->connect ? f.socket->ops->connect(f.socket, &a, (unsigned)len, file_nonblock(f.file))
                                     : -EOPNOTSUPP;
    file_put(f.file);
    return err;
}

long sys_listen(long fd, long backlog)
{
    struct socket_file f;
    int err = socket_of_fd(fd, &f);
    if (err)
        return err;
    unsigned limit = (unsigned)backlog > SOMAXCONN ? SOMAXCONN : (unsigned)backlog;
    err = f.socket->ops->listen ? f.socket->ops->listen(f.socket, limit) : -EOPNOTSUPP;
    file_put(f.file);
    return err;
}

static long install_accepted(struct socket *s, int flags, uaddr_t address, uaddr_t len_at)
{
    union sockaddr_any a = {0};
    if (address) {
        int len = s->ops->name(s, true, &a);
        int err = len < 0 ? -ECONNABORTED : user_address_write(address, len_at, &a, (unsigned)len);
        if (err) {
            socket_close(s, true);
            return err;
        }
    }
    return socket_install(s, flags);
}

long sys_accept4(long fd, long address, long len_at, long flags)
{
    struct socket_file f;
    struct socket *accepted;
    if (flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC))
        return -EINVAL;
    int err = socket_of_fd(fd, &f);
    if (err)
        return err;
    err = f.socket->ops->accept ? f.socket->ops->accept(f.socket, file_nonblock(f.file), &accepted) : -EOPNOTSUPP;
    file_put(f.file);
    return err ? err : install_accepted(accepted, (int)flags, (uaddr_t)address, (uaddr_t)len_at);
}

long sys_accept(long fd, long address, long len_at)
{
    return sys_accept4(fd, address, len_at, 0);
}

static long get_name(long fd, long address, long len_at, bool peer)
{
    struct socket_file f;
    union sockaddr_any a = {0};
    int err = socket_of_fd(fd, &f);
    if (err)
        return err;
    int len = f.socket->ops->name(f.socket, peer, &a);
    file_put(f.file);
    return len < 0 ? len : user_address_write((uaddr_t)address, (uaddr_t)len_at, &a, (unsigned)len);
}

long sys_getsockname(long fd, long address, long len_at)
{
    return get_name(fd, address, len_at, false);
}

long sys_getpeername(long fd, long address, long len_at)
{
    return get_name(fd, address, len_at, true);
}

long sys_shutdown(long fd, long how)
{
    struct socket_file f;
    int err = socket_of_fd(fd, &f);
    if (err)
        return err;
    if (how < SHUT_RD || how > SHUT_RDWR)
        err = -EINVAL;
    else /* 0, 1, 2 are the bits 1, 2, 3 less one */
        err = f.socket->ops->shutdown ? f.socket->ops->shutdown(f.socket, (unsigned)how + 1) : -EOPNOTSUPP;
    file_put(f.file);
    return err;
}

long sys_setsockopt(long fd, long level, long name, long value, long len)
{
    struct socket_file f;
    _Alignas(8) uint8_t buffer[OPTION_MAX] = {0};
    int err = socket_of_fd(fd, &f);
    if (err)
        return err;
    unsigned n = MIN((unsigned)len, (unsigned)sizeof buffer); /* no option is longer */
    if ((int)len < 0)
        err = -EINVAL;
    else if (user_read(buffer, (uaddr_t)value, n))
        err = -EFAULT;
    else
        err = socket_set_option(f.socket, (int)level, (int)name, buffer, n);
    file_put(f.file);
    return err;
}

long sys_getsockopt(long fd, long level, long name, long value, long len_at)
{
    struct socket_file f;
    _Alignas(8) uint8_t buffer[OPTION_MAX] = {0};
    int32_t room;
    int n = socket_of_fd(fd, &f);
    if (n)
        return n;
    if (user_read(&room, (uaddr_t)len_at, sizeof room))
        n = -EFAULT;
    else if (room < 0)
        n = -EINVAL;
    else
        n = socket_get_option(f.socket, (int)level, (int)name, buffer, MIN((unsigned)room, (unsigned)sizeof buffer));
    if (n >= 0)
        n = user_write((uaddr_t)value, buffer, (size_t)n) || user_put((uaddr_t)len_at, (int32_t)n) ? -EFAULT : 0;
    file_put(f.file);
    return n;
}
