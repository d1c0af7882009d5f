/* send, recv and their relatives. */
#include "net/unix.h"
#include "sys/socket.h"
#include "time/time.h"

static void begin(struct message *m, const struct socket_file *f, unsigned flags)
{
    *m = (struct message){.flags = flags, .nonblock = file_nonblock(f->file) || flags & MSG_DONTWAIT};
}

long sys_sendto(long fd, long data, long len, long flags, long address, long address_len)
{
    struct socket_file f;
    struct iter it;
    struct message m;
    union sockaddr_any a;
    int err = iter_user(&it, (uaddr_t)data, (size_t)len);
    if (!err)
        err = socket_of_fd(fd, &f);
    if (err)
        return err;
    begin(&m, &f, (unsigned)flags);
    ssize_t n = 0;
    if (address) {
        n = user_address_read(&a, (uaddr_t)address, address_len);
        m.name = &a;
        m.name_len = (unsigned)address_len;
    }
    if (!n)
        n = f.socket->ops->send(f.socket, &it, &m);
    file_put(f.file);
    return n;
}

long sys_recvfrom(long fd, long data, long len, long flags, long address, long address_len_at)
{
    struct socket_file f;
    struct iter it;
    struct message m;
    union sockaddr_any a = {0};
    int err = iter_user(&it, (uaddr_t)data, (size_t)len);
    if (!err)
        err = socket_of_fd(fd, &f);
    if (err)
        return err;
    begin(&m, &f, (unsigned)flags);
    m.name = address ? &a : NULL;
    ssize_t n = f.socket->ops->receive(f.socket, &it, &m);
    unix_rights_drop(m.rights);
    if (n >= 0 && address && user_address_write((uaddr_t)address, (uaddr_t)address_len_at, &a, m.name_len))
        n = -EFAULT;
    file_put(f.file);
    return n;
}

static int read_header(struct msghdr_abi *h, uaddr_t at)
{
    if (user_read(h, at, sizeof *h))
        return -EFAULT;
    if ((int32_t)h->name_len < 0)
        return -EINVAL;
    if (h->name && h->name_len > sizeof(union sockaddr_any))
        h->name_len = sizeof(union sockaddr_any);
    if (!h->name)
        h->name_len = 0;
    return h->iov_len > UIO_MAXIOV ? -EMSGSIZE : 0;
}

static ssize_t send_one(const struct socket_file *f, uaddr_t header, unsigned flags)
{
    struct msghdr_abi h;
    struct message m;
    struct iter it;
    struct iovec *vec;
    union sockaddr_any a;
    int err = read_header(&h, header);
    if (err)
        return err;
    begin(&m, f, flags);
    if (h.name) {
        err = user_address_read(&a, h.name, h.name_len);
        m.name = &a;
        m.name_len = h.name_len;
    }
    if (!err)
        err = unix_control_read(f->socket, h.control, h.control_len, &m.rights);
    if (err)
        return err;
    ssize_t n = iter_user_vec(&it, h.iov, (int)h.iov_len, &vec);
    if (!n) {
        n = f->socket->ops->send(f->socket, &it, &m);
        kfree(vec);
    }
    unix_rights_drop(m.rights); /* what was sent is the receiver's, and no longer here */
    return n;
}

/* What goes back besides the data: name, control data, flags. */
static int finish_receive(struct msghdr_abi *h, uaddr_t header, struct message *m)
{
    uint64_t control_len = 0;
    if (m->name && h->name) {
        if (user_write(h->name, m->name, MIN(h->name_len, m->name_len)))
            return -EFAULT;
        h->name_len = m->name_len;
    }
    int err = unix_control_write(m, h->control, h->control_len, &control_len);
    if (err)
        return err;
    h->control_len = control_len;
    h->flags = m->out_flags | (m->flags & MSG_CMSG_CLOEXEC);
    return user_write(header, h, sizeof *h);
}

static ssize_t receive_one(const struct socket_file *f, uaddr_t header, unsigned flags)
{
    struct msghdr_abi h;
    struct message m;
    struct iter it;
    struct iovec *vec;
    union sockaddr_any a = {0};
    int err = read_header(&h, header);
    if (err)
        return err;
    begin(&m, f, flags);
    m.name = &a;
    ssize_t n = iter_user_vec(&it, h.iov, (int)h.iov_len, &vec);
    if (n)
        return n;
    n = f->socket->ops->receive(f->socket, &it, &m);
    kfree(vec);
    if (n >= 0) {
        err = finish_receive(&h, header, &m);
        if (err)
            n = err;
    }
    unix_rights_drop(m.rights);
    return n;
}

long sys_sendmsg(long fd, long header, long flags)
{
    struct socket_file f;
    int err = socket_of_fd(fd, &f);
    if (err)
        return err;
    ssize_t n = send_one(&f, (uaddr_t)header, (unsigned)flags);
    file_put(f.file);
    return n;
}

long sys_recvmsg(long fd, long header, long flags)
{
    struct socket_file f;
    int err = socket_of_fd(fd, &f);
    if (err)
        return err;
    ssize_t n = receive_one(&f, (uaddr_t)header, (unsigned)flags);
    file_put(f.file);
    return n;
}

/* One after another until one fails; an error is only told when nothing went before it. */
long sys_sendmmsg(long fd, long vector, long count, long flags)
{
    struct socket_file f;
    int err = socket_of_fd(fd, &f);
    if (err)
        return err;
    unsigned done = 0, want = MIN((unsigned)count, (unsigned)UIO_MAXIOV);
    ssize_t n = 0;
    for (; done < want; done++) {
        uaddr_t at = (uaddr_t)vector + done * sizeof(struct mmsghdr_abi);
        n = send_one(&f, at, (unsigned)flags);
        if (n < 0)
            break;
        n = user_put(at + offsetof(struct mmsghdr_abi, len), (uint32_t)n);
        if (n < 0)
            break;
    }
    file_put(f.file);
    return done ? done : n;
}

static int read_timeout(uaddr_t at, uint64_t *ns)
{
    struct timespec64 ts;
    *ns = NEVER;
    if (!at)
        return 0;
    if (user_read(&ts, at, sizeof ts))
        return -EFAULT;
    return timespec_to_ns(&ts, ns);
}

long sys_recvmmsg(long fd, long vector, long count, long flags, long timeout_at)
{
    struct socket_file f;
    uint64_t timeout, since = clock_monotonic();
    int err = read_timeout((uaddr_t)timeout_at, &timeout);
    if (!err)
        err = socket_of_fd(fd, &f);
    if (err)
        return err;
    unsigned done = 0, want = MIN((unsigned)count, (unsigned)UIO_MAXIOV), one = (unsigned)flags & ~MSG_WAITFORONE;
    ssize_t n = 0;
    while (done < want) {
        uaddr_t at = (uaddr_t)vector + done * sizeof(struct mmsghdr_abi);
        n = receive_one(&f, at, one);
        if (n >= 0)
            n = user_put(at + offsetof(struct mmsghdr_abi, len), (uint32_t)n);
        if (n < 0)
            break;
        done++;
        if (flags & MSG_WAITFORONE)
            one |= MSG_DONTWAIT;
        if (timeout != NEVER && clock_monotonic() - since >= timeout)
            break; /* the time is looked at between messages only (recvmmsg(2), BUGS) */
    }
    file_put(f.file);
    return done ? done : n;
}
