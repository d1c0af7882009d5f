/* NETLINK_ROUTE for reading only: the dumps of links and addresses by which getifaddrs(3), libuv and Go list the
 * interfaces. One request, one datagram of answers. rtnetlink(7), netlink(7). */
#include "net/interface.h"
#include "net/socket.h"

#define ANSWER_MAX 8192u /* musl reads with 8 KiB, glibc with a page at least */
#define NETLINK_ROUTE 0
#define NLMSG_ERROR 2
#define NLMSG_DONE 3
#define NLM_F_MULTI 2
#define NLM_F_DUMP 0x300
#define RTM_NEWLINK 16
#define RTM_GETLINK 18
#define RTM_NEWADDR 20
#define RTM_GETADDR 22
#define IFLA_ADDRESS 1
#define IFLA_IFNAME 3
#define IFLA_MTU 4
#define IFA_ADDRESS 1
#define IFA_LOCAL 2
#define IFA_LABEL 3
#define RT_SCOPE_UNIVERSE 0
#define RT_SCOPE_LINK 253
#define RT_SCOPE_HOST 254
#define IFA_F_PERMANENT 0x80

struct nlmsghdr {
    uint32_t len;
    uint16_t type, flags;
    uint32_t sequence, pid;
};
struct ifinfomsg {
    uint8_t family, pad;
    uint16_t hardware;
    int32_t index;
    uint32_t flags, change;
};
struct ifaddrmsg {
    uint8_t family, prefix, flags, scope;
    uint32_t index;
};
struct rtattr {
    uint16_t len, type;
};
_Static_assert(sizeof(struct nlmsghdr) == 16 && sizeof(struct ifinfomsg) == 16 && sizeof(struct ifaddrmsg) == 8, "ABI");

struct answer {
    struct list link;
    uint32_t len;
    char bytes[];
};
struct netlink_socket {
    struct socket base;
    struct list answers;
    uint32_t pid;
};
/* An answer being made. */
struct builder {
    struct answer *a;
    struct nlmsghdr request;
    uint32_t pid, message; /* message: where the current one begins */
};

static struct netlink_socket *netlink_of(struct socket *s)
{
    return container_of(s, struct netlink_socket, base);
}

/* Appends, padded to four bytes; what does not fit is left out: the answer then ends early, with NLMSG_DONE. */
static bool append(struct builder *b, const void *data, size_t n)
{
    size_t padded = ALIGN_UP(n, 4ul), reserve = sizeof(struct nlmsghdr) + 4;
    if (b->a->len + padded + reserve > ANSWER_MAX)
        return false;
    memset(b->a->bytes + b->a->len, 0, padded);
    memcpy(b->a->bytes + b->a->len, data, n);
    b->a->len += (uint32_t)padded;
    return true;
}

static void attribute(struct builder *b, uint16_t type, const void *data, size_t n)
{
    struct rtattr r = {(uint16_t)(sizeof r + n), type};
    if (append(b, &r, sizeof r))
        append(b, data, n);
}

static void begin(struct builder *b, uint16_t type, const void *body, size_t n)
{
    struct nlmsghdr h = {0, type, NLM_F_MULTI, b->request.sequence, b->pid};
    b->message = b->a->len;
    append(b, &h, sizeof h);
    append(b, body, n);
}

static void end(struct builder *b)
{
    uint32_t len = b->a->len - b->message;
    memcpy(b->a->bytes + b->message, &len, sizeof len);
}

static bool put_link(const struct interface_info *i, void *arg)
{
    struct builder *b = arg;
    struct ifinfomsg m = {.hardware = (uint16_t)i->hardware, .index = (int32_t)i->index, .flags = i->flags};
    if (b->a->len > ANSWER_MAX - 256)
        return true;
    begin(b, RTM_NEWLINK, &m, sizeof m);
    attribute(b, IFLA_IFNAME, i->name, strlen(i->name) + 1);
    attribute(b, IFLA_MTU, &i->mtu, sizeof i->mtu);
    attribute(b, IFLA_ADDRESS, i->mac, 6);
    end(b);
    return false;
}

static uint8_t scope_of(const ip_addr_t *ip)
{
    if (ip_addr_isloopback(ip))
        return RT_SCOPE_HOST;
    return ip_addr_islinklocal(ip) ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
}

static bool put_addresses(const struct interface_info *i, void *arg)
{
    struct builder *b = arg;
    ip_addr_t ip;
    unsigned prefix;
    for (unsigned n = 0; interface_address(i, n, &ip, &prefix) && b->a->len <= ANSWER_MAX - 256; n++) {
        bool v4 = IP_IS_V4(&ip);
        const void *bytes = v4 ? (const void *)&ip_2_ip4(&ip)->addr : ip_2_ip6(&ip)->addr;
        struct ifaddrmsg m = {v4 ? AF_INET : AF_INET6, (uint8_t)prefix, IFA_F_PERMANENT, scope_of(&ip), i->index};
        begin(b, RTM_NEWADDR, &m, sizeof m);
        attribute(b, IFA_ADDRESS, bytes, v4 ? 4 : 16);
        if (v4)
            attribute(b, IFA_LOCAL, bytes, 4);
        attribute(b, IFA_LABEL, i->name, strlen(i->name) + 1);
        end(b);
    }
    return false;
}

static void put_end(struct builder *b, uint16_t type, const void *body, size_t n)
{
    struct nlmsghdr h = {(uint32_t)(sizeof h + n), type, type == NLMSG_DONE ? NLM_F_MULTI : 0, b->request.sequence,
                         b->pid};
    memcpy(b->a->bytes + b->a->len, &h, sizeof h);
    memcpy(b->a->bytes + b->a->len + sizeof h, body, n);
    b->a->len += (uint32_t)(sizeof h + n);
}

static void answer(struct builder *b)
{
    const int32_t none = 0;
    struct {
        int32_t error;
        struct nlmsghdr request;
    } refusal = {-EOPNOTSUPP, b->request};
    if ((b->request.flags & NLM_F_DUMP) == NLM_F_DUMP && b->request.type == RTM_GETLINK)
        interface_each(put_link, b);
    else if ((b->request.flags & NLM_F_DUMP) == NLM_F_DUMP && b->request.type == RTM_GETADDR)
        interface_each(put_addresses, b);
    else {
        put_end(b, NLMSG_ERROR, &refusal, sizeof refusal);
        return;
    }
    put_end(b, NLMSG_DONE, &none, sizeof none);
}

static ssize_t netlink_send(struct socket *s, struct iter *from, struct message *m)
{
    struct netlink_socket *n = netlink_of(s);
    struct builder b = {.pid = n->pid};
    size_t len = from->left;
    char rest[64];
    if (iter_copy_from(from, &b.request, sizeof b.request) != (ssize_t)sizeof b.request)
        return -EINVAL;
    while (from->left) /* which family is asked for does not matter: the asker sorts */
        if (iter_copy_from(from, rest, MIN(from->left, sizeof rest)) < 0)
            return -EFAULT;
    if (b.request.len < sizeof b.request || b.request.len > len)
        return -EINVAL;
    b.a = kmalloc(sizeof *b.a + ANSWER_MAX);
    if (!b.a)
        return -ENOBUFS;
    b.a->len = 0;
    answer(&b);
    list_add_tail(&n->answers, &b.a->link);
    waitq_wake(&s->wait, POLLIN | POLLRDNORM, ~0u);
    return (ssize_t)len;
}

static ssize_t netlink_receive(struct socket *s, struct iter *to, struct message *m)
{
    struct netlink_socket *n = netlink_of(s);
    uint64_t since = socket_now(s->receive_timeout);
    while (list_empty(&n->answers)) {
        int err = socket_wait(s, m->nonblock || m->flags & MSG_DONTWAIT, s->receive_timeout, since);
        if (err)
            return err;
    }
    struct answer *a = list_entry(n->answers.next, struct answer, link);
    ssize_t len = a->len, done = to->left ? iter_copy_to(to, a->bytes, a->len) : 0;
    if (done < 0)
        return done;
    if (done < len)
        m->out_flags |= MSG_TRUNC;
    if (m->name) { /* from the kernel */
        m->name->nl = (struct sockaddr_nl){.family = AF_NETLINK};
        m->name_len = sizeof m->name->nl;
    }
    if (!(m->flags & MSG_PEEK)) {
        list_del(&a->link);
        kfree(a);
    }
    return m->flags & MSG_TRUNC ? len : done;
}

static int netlink_bind(struct socket *s, const union sockaddr_any *a, unsigned len)
{
    if (len < sizeof a->nl || a->family != AF_NETLINK)
        return -EINVAL;
    if (a->nl.groups)
        return -EPERM; /* changes are not announced */
    if (a->nl.pid)
        netlink_of(s)->pid = a->nl.pid;
    return 0;
}

static int netlink_name(struct socket *s, bool peer, union sockaddr_any *a)
{
    a->nl = (struct sockaddr_nl){.family = AF_NETLINK, .pid = peer ? 0 : netlink_of(s)->pid};
    return sizeof a->nl;
}

static uint32_t netlink_poll(struct socket *s)
{
    return POLLOUT | POLLWRNORM | (list_empty(&netlink_of(s)->answers) ? 0 : POLLIN | POLLRDNORM);
}

static void netlink_close(struct socket *s, bool nonblock)
{
    struct netlink_socket *n = netlink_of(s);
    list_for_each_safe (l, next, &n->answers)
        kfree(list_entry(l, struct answer, link));
    kfree(n);
}

static const struct socket_ops netlink_ops = {
    .bind = netlink_bind,
    .send = netlink_send,
    .receive = netlink_receive,
    .name = netlink_name,
    .poll = netlink_poll,
    .close = netlink_close,
};

int netlink_socket_create(int type, int protocol, struct socket **out)
{
    static uint32_t next_pid;
    if (type != SOCK_RAW && type != SOCK_DGRAM)
        return -ESOCKTNOSUPPORT;
    if (protocol != NETLINK_ROUTE)
        return -EPROTONOSUPPORT;
    struct netlink_socket *n = kzalloc(sizeof *n);
    if (!n)
        return -ENOMEM;
    socket_init(&n->base, &netlink_ops, AF_NETLINK, type, protocol);
    n->base.send_buffer = n->base.receive_buffer = 212992;
    list_init(&n->answers);
    n->pid = ++next_pid;
    *out = &n->base;
    return 0;
}
