/* What a DHCP lease brings besides the address: nameservers, domain and hostname, handed to the app in /etc. */
#include "fs/vfs.h"
#include "net/stack.h"
#include "time/time.h"
#include "lwip/dhcp.h"
#include "lwip/dns.h"
#include "lwip/prot/dhcp.h"

#define SECOND 1000000000ull
#define WAIT_SECONDS 4 /* how long the first connect waits for the first lease */
#define WARN_SECONDS 10
#define OPTION_DOMAIN 15 /* RFC 2132 3.17 */
#define SERVERS DNS_MAX_SERVERS

char net_hostname[64];
static ip_addr_t servers[SERVERS];
static char domain[256];
static bool changed;
static bool pending; /* DHCP has begun and no card has an address yet */
static uint64_t wait_end;
static struct waitq configured = WAITQ_INIT(configured);
static struct timer warning;

static bool same_address(const ip_addr_t *a, const ip_addr_t *b)
{
    return ip_addr_eq(a, b) && IP_GET_TYPE(a) == IP_GET_TYPE(b);
}

void dns_setserver(u8_t index, const ip_addr_t *server)
{
    if (index >= SERVERS || same_address(&servers[index], server))
        return;
    servers[index] = *server;
    changed = true;
}

void net_static_nameserver(const ip_addr_t *server)
{
    for (u8_t n = 0; n < SERVERS; n++)
        if (ip_addr_isany(&servers[n])) {
            dns_setserver(n, server);
            return;
        }
}

/* A name out of a packet goes into files that are read by the line: letters, digits, dots and hyphens only. */
static bool valid_name(const char *name)
{
    for (; *name; name++) {
        char c = *name | 0x20;
        if (!((c >= 'a' && c <= 'z') || (*name >= '0' && *name <= '9') || *name == '.' || *name == '-' || *name == '_'))
            return false;
    }
    return true;
}

static void take_name(char *to, size_t size, struct pbuf *p, u16_t offset, u8_t len)
{
    char name[256];
    u16_t n = pbuf_copy_partial(p, name, len, offset);
    name[n] = 0; /* len is at most 255 */
    if (n == 0 || strlen(name) >= size || !valid_name(name) || !strcmp(to, name))
        return;
    memcpy(to, name, strlen(name) + 1);
    changed = true;
}

void net_dhcp_option(struct netif *netif, u8_t message_type, u8_t option, u8_t len, struct pbuf *p, u16_t offset)
{
    static char offered[sizeof net_hostname];
    if (message_type != DHCP_ACK)
        return;
    if (option == OPTION_DOMAIN)
        take_name(domain, sizeof domain, p, offset, len);
    if (option == DHCP_OPTION_HOSTNAME && !netif->hostname) {
        take_name(offered, sizeof offered, p, offset, len);
        memcpy(net_hostname, offered, sizeof offered);
    }
}

static size_t resolver_text(char *text, size_t size)
{
    size_t n = 0;
    if (domain[0])
        n += (size_t)format(text + n, size - n, "search %s\n", domain);
    for (int i = 0; i < SERVERS; i++)
        if (!ip_addr_isany(&servers[i])) {
            char address[IPADDR_STRLEN_MAX];
            ipaddr_ntoa_r(&servers[i], address, sizeof address);
            n += (size_t)format(text + n, size - n, "nameserver %s\n", address);
        }
    return n;
}

static __attribute__((noinline)) void write_files(void)
{
    char text[sizeof domain + SERVERS * (IPADDR_STRLEN_MAX + 16)];
    int err = vfs_write_file("/etc/resolv.conf", text, resolver_text(text, sizeof text));
    if (err)
        log_warn("cannot write /etc/resolv.conf: error %d", -err);
    if (net_hostname[0])
        vfs_write_file("/etc/hostname", text, (size_t)format(text, sizeof text, "%s\n", net_hostname));
}

void net_lease_write(void)
{
    if (unlikely(changed)) {
        changed = false;
        write_files();
    }
}

/* Nobody has to wait any longer. */
static void settled(void)
{
    pending = false;
    inode_put(vfs_awaited);
    vfs_awaited = NULL;
    waitq_wake_all(&configured);
}

/* A program that looks up a name at once would else read that there is no nameserver. */
static void await_nameservers(void)
{
    vfs_await = net_wait_configured;
    if (path_lookup(vfs_root, "/etc/resolv.conf", WALK_FOLLOW, &vfs_awaited))
        vfs_awaited = NULL;
}

static void address_changed(struct netif *netif)
{
    struct net_interface *i = (struct net_interface *)netif;
    char address[IP4ADDR_STRLEN_MAX], gateway[IP4ADDR_STRLEN_MAX];
    if (ip4_addr_isany(netif_ip4_addr(netif))) {
        if (i->leased)
            log_warn("%s: the lease has ended", i->device->name);
        i->leased = false;
        return;
    }
    i->leased = true;
    settled();
    timer_cancel(&warning);
    ip4addr_ntoa_r(netif_ip4_addr(netif), address, sizeof address);
    ip4addr_ntoa_r(netif_ip4_gw(netif), gateway, sizeof gateway);
    log_info("%s: %s, gateway %s", i->device->name, address, gateway);
}

static void warn(struct timer *t)
{
    log_warn("no answer to DHCP on %s in %d s; trying on", net_interfaces->device->name, WARN_SECONDS);
}

static void begin(struct net_interface *i)
{
    i->late = dhcp_start(&i->netif) != ERR_OK;
    net_timers_dhcp();
}

static void begin_late(struct timer *t)
{
    bool again = false;
    for (struct net_interface *i = net_interfaces; i; i = i->next) {
        if (i->late)
            begin(i);
        again |= i->late;
    }
    if (again)
        timer_arm(t, clock_monotonic() + SECOND);
    net_settle();
}

void net_dhcp_start(struct net_interface *i)
{
    static struct timer late = {.fn = begin_late};
    uint64_t now = clock_monotonic();
    if (i == net_interfaces) {
        pending = true;
        wait_end = now + WAIT_SECONDS * SECOND;
        warning.fn = warn;
        timer_arm(&warning, now + WARN_SECONDS * SECOND);
        await_nameservers();
    }
    netif_set_status_callback(&i->netif, address_changed);
    begin(i);
    if (i->late)
        timer_arm(&late, now + SECOND);
}

void net_wait_configured(void)
{
    while (pending && clock_monotonic() < wait_end)
        if (waitq_sleep(&configured, wait_end) == -EINTR)
            return;
    if (pending)
        settled(); /* no lease in that time: from now on errors come at once */
}
