/* ioctl on sockets: bytes waiting, and what netdevice(7) tells of interfaces. Nothing can be changed: the kernel
 * configures them. */
#include "abi/ioctl.h"
#include "net/address.h"
#include "net/interface.h"
#include "net/socket.h"

#define SIOCATMARK 0x8905
#define SIOCGIFNAME 0x8910
#define SIOCGIFCONF 0x8912
#define SIOCGIFFLAGS 0x8913
#define SIOCGIFADDR 0x8915
#define SIOCGIFBRDADDR 0x8919
#define SIOCGIFNETMASK 0x891b
#define SIOCGIFMTU 0x8921
#define SIOCGIFHWADDR 0x8927
#define SIOCGIFINDEX 0x8933

struct ifreq {
    char name[16];
    union {
        struct sockaddr address;
        int16_t flags;
        int32_t number;
        uint8_t pad[24];
    };
};
_Static_assert(sizeof(struct ifreq) == 40, "struct ifreq of the ABI");
struct ifconf {
    int32_t len, pad;
    uint64_t buffer;
};

static int put_address(struct ifreq *r, u32_t address)
{
    struct sockaddr_in in = {.family = AF_INET, .address = address};
    if (!address)
        return -EADDRNOTAVAIL;
    memcpy(&r->address, &in, sizeof in);
    return 0;
}

static int answer(unsigned cmd, const struct interface_info *i, struct ifreq *r)
{
    u32_t address = netif_ip4_addr(i->netif)->addr, mask = netif_ip4_netmask(i->netif)->addr;
    switch (cmd) {
    case SIOCGIFNAME:
        memcpy(r->name, i->name, strlen(i->name) + 1);
        return 0;
    case SIOCGIFFLAGS:
        r->flags = (int16_t)i->flags;
        return 0;
    case SIOCGIFADDR:
        return put_address(r, address);
    case SIOCGIFNETMASK:
        return put_address(r, mask);
    case SIOCGIFBRDADDR:
        return put_address(r, address | ~mask);
    case SIOCGIFMTU:
        r->number = (int32_t)i->mtu;
        return 0;
    case SIOCGIFINDEX:
        r->number = (int32_t)i->index;
        return 0;
    default: /* SIOCGIFHWADDR */
        r->address = (struct sockaddr){.family = (uint16_t)i->hardware};
        memcpy(r->address.data, i->mac, 6);
        return 0;
    }
}

static long ask_interface(unsigned cmd, uaddr_t arg)
{
    struct ifreq r;
    struct interface_info i;
    if (user_read(&r, arg, sizeof r))
        return -EFAULT;
    r.name[sizeof r.name - 1] = 0;
    if (cmd == SIOCGIFNAME ? !interface_find_index((uint32_t)r.number, &i) : !interface_find(r.name, &i))
        return -ENODEV;
    int err = answer(cmd, &i, &r);
    return err ? err : user_write(arg, &r, sizeof r);
}

struct listing {
    uint64_t at;
    int32_t room, used;
    int err;
};

static bool list_one(const struct interface_info *i, void *arg)
{
    struct listing *l = arg;
    struct ifreq r = {0};
    memcpy(r.name, i->name, strlen(i->name));
    if (put_address(&r, netif_ip4_addr(i->netif)->addr))
        return false;
    if (l->at) {
        if (l->room - l->used < (int32_t)sizeof r)
            return true;
        l->err = user_write(l->at + (uint32_t)l->used, &r, sizeof r);
    }
    l->used += (int32_t)sizeof r;
    return l->err;
}

static long list_interfaces(uaddr_t arg)
{
    struct ifconf c;
    if (user_read(&c, arg, sizeof c))
        return -EFAULT;
    struct listing l = {.at = c.buffer, .room = c.len};
    interface_each(list_one, &l);
    c.len = l.used;
    return l.err ? l.err : user_write(arg, &c, sizeof c);
}

long socket_ioctl(struct socket *s, unsigned cmd, uaddr_t arg)
{
    switch (cmd) {
    case FIONREAD:
        return user_put(arg, (int32_t)(s->ops->readable ? s->ops->readable(s) : 0));
    case TIOCOUTQ:
        return user_put(arg, (int32_t)(s->ops->unsent ? s->ops->unsent(s) : 0));
    case SIOCATMARK:
        return user_put(arg, (int32_t)0);
    case SIOCGIFCONF:
        return list_interfaces(arg);
    case SIOCGIFNAME:
    case SIOCGIFFLAGS:
    case SIOCGIFADDR:
    case SIOCGIFBRDADDR:
    case SIOCGIFNETMASK:
    case SIOCGIFMTU:
    case SIOCGIFHWADDR:
    case SIOCGIFINDEX:
        return ask_interface(cmd, arg);
    default:
        return -ENOTTY;
    }
}
