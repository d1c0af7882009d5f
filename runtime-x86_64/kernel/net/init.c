/* Brings the network up: loopback, then for the first card what ip= says (Linux:
 * Documentation/admin-guide/nfs/nfsroot.rst) ip=CLIENT:SERVER:GATEWAY:NETMASK:HOSTNAME:DEVICE:AUTOCONF:DNS0:DNS1
 * ip=dhcp (default)   ip=off and DHCP for all others. Nothing here waits.
 * net=required, which images of servers carry: without a card the run ends here, for nobody could ever reach it. */
#include "boot/boot.h"
#include "bus/bus.h"
#include "mm/mm.h"
#include "net/stack.h"
#include "lwip/etharp.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/udp.h"

#define KIB 1024u
#define IP_FIELDS 9
#define STATUS_NO_CARD 1

unsigned int net_tcp_window, net_tcp_send_buffer, net_time_wait_limit;

/* An eighth of memory may lie in unread packets, and a window is small enough that eight full ones fit into that.
 * Closed connections may take a 128th. */
static void choose_sizes(void)
{
    size_t memory = page_total() * PAGE_SIZE;
    net_tcp_window = net_tcp_send_buffer = (unsigned)MIN(MAX(memory / 256, 16 * KIB), 256 * KIB);
    net_buffers_limit = (unsigned)(memory / 8 / 2048);
    net_time_wait_limit = (unsigned)(memory / 128 / sizeof(struct tcp_pcb));
}

uint32_t net_share(uint32_t wanted)
{
    return page_free_count() < page_total() / 64 + 16 ? MIN(wanted, 4 * KIB) : wanted;
}

static void start_stack(void)
{
    choose_sizes();
    netif_init();
    netif_list->chksum_flags = NETIF_CHECKSUM_DISABLE_ALL; /* the loopback interface */
    udp_init();
    tcp_init();
    net_timers_init();
}

/* Copies the text up to the next colon; returns where the next field begins. */
static const char *next_field(const char *from, char *field, size_t size)
{
    size_t n = 0;
    for (; *from && *from != ':'; from++)
        if (n + 1 < size)
            field[n++] = *from;
    field[n] = 0;
    return *from ? from + 1 : from;
}

static bool ip4_field(const char *text, const char *what, ip4_addr_t *out)
{
    if (!text[0])
        return false;
    if (ip4addr_aton(text, out))
        return true;
    log_warn("ip=: %s is not an IPv4 address: %s", what, text);
    return false;
}

/* RFC 791's classes, as Linux does when ip= has no netmask. */
static u32_t class_mask(const ip4_addr_t *address)
{
    u8_t first = ip4_addr1(address);
    return lwip_htonl(first < 128 ? 0xff000000 : first < 192 ? 0xffff0000 : 0xffffff00);
}

static void set_static(struct net_interface *i, char fields[IP_FIELDS][64], const ip4_addr_t *address)
{
    ip4_addr_t gateway = {0}, netmask;
    ip4_field(fields[2], "the gateway", &gateway);
    if (!ip4_field(fields[3], "the netmask", &netmask))
        netmask.addr = class_mask(address);
    netif_set_addr(&i->netif, address, &netmask, &gateway);
    for (int n = 7; n < IP_FIELDS; n++) {
        ip_addr_t server = {.type = IPADDR_TYPE_V4};
        if (ip4_field(fields[n], "the nameserver", ip_2_ip4(&server)))
            net_static_nameserver(&server);
    }
    net_lease_write();
}

static void configure_first(struct net_interface *i, const char *text)
{
    char fields[IP_FIELDS][64] = {0};
    ip4_addr_t address;
    for (int n = 0; n < IP_FIELDS; n++)
        text = next_field(text, fields[n], sizeof fields[n]);
    if (!strcmp(fields[0], "off") || !strcmp(fields[0], "none"))
        return;
    if (fields[4][0]) {
        memcpy(net_hostname, fields[4], sizeof net_hostname);
        i->netif.hostname = net_hostname;
    }
    bool numeric = fields[0][0] >= '0' && fields[0][0] <= '9'; /* else "dhcp", "on", "any", "both" or nothing */
    if (numeric && ip4_field(fields[0], "the address", &address))
        set_static(i, fields, &address);
    else
        net_dhcp_start(i);
}

static void do_without_card(void)
{
    const char *net = boot_param("net");
    uint32_t id = pci_without_driver(PCI_CLASS_NETWORK);
    if (id)
        log_warn("no network card that can be used: found PCI %04x:%04x, for which no driver is linked", id & 0xffff,
                 id >> 16);
    else
        log_warn("no network card was found: only the loopback interface works");
    if (!net || strcmp(net, "required"))
        return;
    log_warn("this app serves the network, so it ends here; net=optional starts it all the same");
    power_off(STATUS_NO_CARD);
}

void net_init(void)
{
    const char *text = boot_param("ip");
    start_stack();
    net_interfaces_attach();
    if (!net_interfaces)
        do_without_card();
    for (struct net_interface *i = net_interfaces; i; i = i->next) {
        netif_set_up(&i->netif);
        if (i == net_interfaces && text)
            configure_first(i, text);
        else
            net_dhcp_start(i);
    }
    if (net_interfaces)
        net_ipv6_start();
    net_settle();
}
