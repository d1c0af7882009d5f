/* What lwIP asks of net/. */
#pragma once
#include "lwip/ip_addr.h"
#include "lwip/err.h"

struct tcp_pcb;
/* net/isn.c: initial sequence numbers, RFC 6528. */
u32_t net_tcp_isn(const ip_addr_t *local, u16_t local_port, const ip_addr_t *remote, u16_t remote_port);
#define LWIP_HOOK_TCP_ISN net_tcp_isn

/* net/tcp-listen.c: may this SYN open a connection? */
err_t net_tcp_admit(struct tcp_pcb *listener, u8_t flags);
#define LWIP_HOOK_TCP_INPACKET_PCB(pcb, hdr, optlen, opt1len, opt2, p)                                                 \
    ((pcb)->state == LISTEN ? net_tcp_admit((struct tcp_pcb *)(pcb), TCPH_FLAGS(hdr)) : ERR_OK)

/* net/icmp.c */
struct netif;
struct pbuf;
void net_icmp_unreachable(struct pbuf *p, struct netif *netif);
#define LWIP_HOOK_ICMP_UNREACHABLE net_icmp_unreachable

/* net/dhcp.c */
struct dhcp;
struct dhcp_msg;
void net_dhcp_option(struct netif *netif, u8_t message_type, u8_t option, u8_t len, struct pbuf *p, u16_t offset);
#define LWIP_HOOK_DHCP_PARSE_OPTION(netif, dhcp, state, msg, msg_type, option, len, pbuf, offset)                      \
    net_dhcp_option(netif, msg_type, option, len, pbuf, offset)
