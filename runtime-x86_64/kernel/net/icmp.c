/* ICMP "destination unreachable" (RFC 792), which says with the beginning of the packet what became of it: an error of
 * the connected UDP socket that sent it, or the end of the TCP connection that it should have opened. An open
 * connection is not moved by it. */
#include "net/tcp.h"
#include "net/udp.h"
#include "lwip/inet_chksum.h"
#include "lwip/prot/icmp.h"

#define QUOTED 28 /* an IP header without options, and eight bytes */
#define FRAGMENTATION_NEEDED 4

/* Linux: icmp_err_convert. */
static int errno_of(uint8_t code)
{
    static const uint8_t errors[] = {ENETUNREACH,  EHOSTUNREACH, ENOPROTOOPT, ECONNREFUSED, EMSGSIZE,
                                     EOPNOTSUPP,   ENETUNREACH,  EHOSTDOWN,   ENONET,       ENETUNREACH,
                                     EHOSTUNREACH, ENETUNREACH,  EHOSTUNREACH};
    return code < sizeof errors ? errors[code] : EHOSTUNREACH;
}

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Who quotes the sequence number of our SYN has seen it. */
static void fail_connect(const struct endpoint *local, const struct endpoint *remote, uint32_t sequence, int error)
{
    struct tcp_pcb *pcb = tcp_hash_find(&local->ip, local->port, &remote->ip, remote->port);
    if (!pcb || pcb->state != SYN_SENT || sequence != pcb->snd_nxt - 1)
        return;
    struct tcp_socket *t = pcb->callback_arg;
    if (t)
        tcp_fail(t, error);
}

void net_icmp_unreachable(struct pbuf *p, struct netif *netif)
{
    uint8_t message[sizeof(struct icmp_hdr) + QUOTED], *ip = message + sizeof(struct icmp_hdr), *l4 = ip + IP_HLEN;
    bool checked = NETIF_CHECKSUM_ENABLED(netif, NETIF_CHECKSUM_CHECK_ICMP);
    if (pbuf_copy_partial(p, message, sizeof message, 0) != sizeof message || ip[0] != 0x45 ||
        (checked && inet_chksum_pbuf(p) != 0))
        return;
    struct endpoint local = {.ip.type = IPADDR_TYPE_V4, .port = (uint16_t)(l4[0] << 8 | l4[1])};
    struct endpoint remote = {.ip.type = IPADDR_TYPE_V4, .port = (uint16_t)(l4[2] << 8 | l4[3])};
    memcpy(&ip_2_ip4(&local.ip)->addr, ip + 12, 4);
    memcpy(&ip_2_ip4(&remote.ip)->addr, ip + 16, 4);
    uint8_t code = message[1];
    if (ip[9] == IP_PROTO_UDP)
        udp_unreachable(&local, &remote, errno_of(code));
    else if (ip[9] == IP_PROTO_TCP && code != FRAGMENTATION_NEEDED)
        fail_connect(&local, &remote, be32(l4 + 4), errno_of(code));
}
