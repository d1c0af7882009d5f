/* lwIP as the kernel uses it: one context, raw interface, memory from the kernel heap, IPv4 and IPv6. What is not said
 * here is lwIP's default (src/include/lwip/opt.h). */
#pragma once

#define NO_SYS 1
#define SYS_LIGHTWEIGHT_PROT 0 /* kernel code is atomic until it sleeps, and lwIP never sleeps */
#define LWIP_NETCONN 0
#define LWIP_SOCKET 0
#define LWIP_TIMERS 0 /* net/timers.c */
#define LWIP_STATS 0
#define LWIP_HOOK_FILENAME "hooks.h"

#define MEM_CUSTOM_ALLOCATOR 1
#define MEM_CUSTOM_MALLOC kmalloc /* arch/cc.h calls it directly */
#define MEM_CUSTOM_FREE kfree
#define MEM_CUSTOM_CALLOC kcalloc /* nothing calls it */
#define MEMP_MEM_MALLOC 1
#define MEM_ALIGNMENT 8

#define LWIP_IPV4 1
#define LWIP_IPV6 1
#define LWIP_ARP 1
#define ARP_TABLE_SIZE 64
#define ARP_QUEUEING 1
#define ARP_QUEUE_LEN 16
#define LWIP_ICMP 1
#define LWIP_RAW 0
#define LWIP_DNS                                                                                                       \
    1 /* not the resolver, which is not compiled: DHCP hands nameservers to dns_setserver, net/dhcp.c's                \
       */
#define DNS_MAX_SERVERS 3
#define LWIP_IGMP 0
#define IP_DEFAULT_TTL 64
#define IP_REASS_MAX_PBUFS 64
#define IP_SOF_BROADCAST 1
#define SO_REUSE 1
#define LWIP_CHECKSUM_CTRL_PER_NETIF 1
#define LWIP_NETIF_HOSTNAME 1
#define LWIP_NETIF_STATUS_CALLBACK 1
#define LWIP_NETIF_LOOPBACK 1
#define LWIP_HAVE_LOOPIF 1

#define LWIP_DHCP 1
#define LWIP_ACD 0 /* the conflict probe of RFC 5227 costs seconds before the address may be used */
#define LWIP_DHCP_DOES_ACD_CHECK 0
#define LWIP_DHCP_GET_NTP_SRV 0

#define LWIP_IPV6_DHCP6 0
#define LWIP_IPV6_AUTOCONFIG 1
#define LWIP_IPV6_MLD 1
#define LWIP_ND6_QUEUEING 1
#define IPV6_FRAG_COPYHEADER                                                                                           \
    1 /* with 64-bit pointers the note of a fragment is larger than the header that it is written over */

#define LWIP_TCP 1
/* Loopback's, so that a segment and lwIP's notes fill four pages; an interface's MTU lowers it, and so does a window of
 * less than two segments. */
#define TCP_MSS (16384 - 128)
/* Chosen at boot by the size of memory (net/init.c). */
extern unsigned int net_tcp_window, net_tcp_send_buffer;
#define TCP_WND net_tcp_window
#define TCP_SND_BUF net_tcp_send_buffer
#define TCP_SND_QUEUELEN 0xfff0
#define TCP_OVERSIZE 1460
/* Used by tcp_recved, of whose connection the window may be far smaller than the largest: the peer cannot scale it, or
 * SO_RCVBUF or the number of sockets limits it. Sent when the window has doubled, as Linux does. */
#define TCP_WND_UPDATE_THRESHOLD LWIP_MIN(net_tcp_window / 4, pcb->rcv_wnd / 2)
#define LWIP_DISABLE_TCP_SANITY_CHECKS 1 /* they compare the sizes above in the preprocessor */
#define LWIP_WND_SCALE 1
#define TCP_RCV_SCALE 3
#define LWIP_TCP_SACK_OUT 1
#define TCP_OOSEQ_MAX_BYTES net_tcp_window
#define TCP_OOSEQ_BYTES_LIMIT(pcb) (net_tcp_window)
#define TCP_OOSEQ_PBUFS_LIMIT(pcb) 256
#define LWIP_TCP_KEEPALIVE 1
#define TCP_LISTEN_BACKLOG                                                                                             \
    0 /* net/tcp-listen.c counts by itself: lwIP's count ends at 255 and cannot tell half-open from ready */
#define LWIP_TCP_PCB_NUM_EXT_ARGS 1 /* tells when a pcb goes away, whatever the reason */
/* 50 ms and 100 ms instead of 250 and 500: delayed acknowledgements and the shortest retransmission time (three slow
 * ticks) come near Linux's 40 ms and 200 ms. Ticks only run while some connection needs them. */
#define TCP_TMR_INTERVAL 50
#define LWIP_TCP_RTO_TIME 1000 /* RFC 6298 */
#define TCP_SYNMAXRTX 6        /* 1 + 2 + … + 64 s, as Linux; our patch makes the SYN back off */
#define TCP_MSL 30000UL        /* TIME-WAIT of 60 s, as Linux */
/* Linux's range. lwIP counts on from a random port where it chooses itself; net/ chooses every one at random. */
#define TCP_LOCAL_PORT_RANGE_START 32768
#define TCP_LOCAL_PORT_RANGE_END 60999
#define TCP_ENSURE_LOCAL_PORT_RANGE(port) (32768 + (u16_t)(port) % 28232)
#define UDP_LOCAL_PORT_RANGE_START TCP_LOCAL_PORT_RANGE_START
#define UDP_LOCAL_PORT_RANGE_END TCP_LOCAL_PORT_RANGE_END
#define UDP_ENSURE_LOCAL_PORT_RANGE TCP_ENSURE_LOCAL_PORT_RANGE
