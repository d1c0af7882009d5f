/* Linux's socket numbers and structures (x86_64 ABI). */
#pragma once
#include <stdint.h>

#define AF_UNSPEC 0
#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define AF_NETLINK 16
#define AF_PACKET 17
#define AF_MAX 46

#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define SOCK_RAW 3
#define SOCK_SEQPACKET 5
#define SOCK_TYPE_MASK 0xf
#define SOCK_NONBLOCK 04000
#define SOCK_CLOEXEC 02000000

#define IPPROTO_IP 0
#define IPPROTO_ICMP 1
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define IPPROTO_IPV6 41
#define IPPROTO_ICMPV6 58

#define SHUT_RD 0
#define SHUT_WR 1
#define SHUT_RDWR 2

#define MSG_OOB 0x1
#define MSG_PEEK 0x2
#define MSG_DONTROUTE 0x4
#define MSG_CTRUNC 0x8
#define MSG_TRUNC 0x20
#define MSG_DONTWAIT 0x40
#define MSG_EOR 0x80
#define MSG_WAITALL 0x100
#define MSG_CONFIRM 0x800
#define MSG_ERRQUEUE 0x2000
#define MSG_NOSIGNAL 0x4000
#define MSG_MORE 0x8000
#define MSG_WAITFORONE 0x10000
#define MSG_FASTOPEN 0x20000000
#define MSG_CMSG_CLOEXEC 0x40000000

#define SOL_SOCKET 1
#define SO_DEBUG 1
#define SO_REUSEADDR 2
#define SO_TYPE 3
#define SO_ERROR 4
#define SO_DONTROUTE 5
#define SO_BROADCAST 6
#define SO_SNDBUF 7
#define SO_RCVBUF 8
#define SO_KEEPALIVE 9
#define SO_OOBINLINE 10
#define SO_PRIORITY 12
#define SO_LINGER 13
#define SO_REUSEPORT 15
#define SO_PASSCRED 16
#define SO_PEERCRED 17
#define SO_RCVLOWAT 18
#define SO_SNDLOWAT 19
#define SO_RCVTIMEO 20
#define SO_SNDTIMEO 21
#define SO_BINDTODEVICE 25
#define SO_ACCEPTCONN 30
#define SO_SNDBUFFORCE 32
#define SO_RCVBUFFORCE 33
#define SO_PROTOCOL 38
#define SO_DOMAIN 39
#define SO_INCOMING_CPU 49
#define SO_COOKIE 57

#define IP_TOS 1
#define IP_TTL 2
#define IP_RECVERR 11
#define IP_MTU_DISCOVER 10
#define IP_MTU 14
#define IP_BIND_ADDRESS_NO_PORT 24
#define IP_MULTICAST_IF 32
#define IP_MULTICAST_TTL 33
#define IP_MULTICAST_LOOP 34
#define IPV6_UNICAST_HOPS 16
#define IPV6_MULTICAST_HOPS 18
#define IPV6_RECVERR 25
#define IPV6_V6ONLY 26
#define IPV6_TCLASS 67

#define TCP_NODELAY 1
#define TCP_MAXSEG 2
#define TCP_CORK 3
#define TCP_KEEPIDLE 4
#define TCP_KEEPINTVL 5
#define TCP_KEEPCNT 6
#define TCP_SYNCNT 7
#define TCP_LINGER2 8
#define TCP_DEFER_ACCEPT 9
#define TCP_WINDOW_CLAMP 10
#define TCP_INFO 11
#define TCP_QUICKACK 12
#define TCP_CONGESTION 13
#define TCP_USER_TIMEOUT 18
#define TCP_FASTOPEN 23
#define TCP_NOTSENT_LOWAT 25

#define SCM_RIGHTS 1
#define SCM_CREDENTIALS 2
#define SCM_MAX_FD 253

#define SOMAXCONN 4096
#define UIO_MAXIOV 1024

struct sockaddr {
    uint16_t family;
    uint8_t data[14];
};
struct sockaddr_in {
    uint16_t family, port; /* network order */
    uint32_t address;      /* network order */
    uint8_t zero[8];
};
struct sockaddr_in6 {
    uint16_t family, port; /* network order */
    uint32_t flow;
    uint8_t address[16];
    uint32_t scope;
};
#define UNIX_PATH_MAX 108
struct sockaddr_un {
    uint16_t family;
    char path[UNIX_PATH_MAX];
};
struct sockaddr_nl {
    uint16_t family, pad;
    uint32_t pid, groups;
};
union sockaddr_any { /* large enough for every family; aligned for each */
    uint16_t family;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    struct sockaddr_un un;
    struct sockaddr_nl nl;
    uint8_t bytes[128];
};
_Static_assert(sizeof(struct sockaddr_in) == 16, "struct sockaddr_in of the ABI");
_Static_assert(sizeof(struct sockaddr_in6) == 28, "struct sockaddr_in6 of the ABI");
_Static_assert(sizeof(struct sockaddr_un) == 110, "struct sockaddr_un of the ABI");

struct msghdr_abi {
    uint64_t name;
    uint32_t name_len, pad1;
    uint64_t iov, iov_len, control, control_len;
    uint32_t flags, pad2;
};
_Static_assert(sizeof(struct msghdr_abi) == 56, "struct msghdr of the ABI");
struct mmsghdr_abi {
    struct msghdr_abi header;
    uint32_t len, pad;
};
_Static_assert(sizeof(struct mmsghdr_abi) == 64, "struct mmsghdr of the ABI");
struct cmsghdr_abi {
    uint64_t len;
    uint32_t level, type;
};
struct linger_abi {
    int32_t on, seconds;
};
struct ucred_abi {
    int32_t pid, uid, gid;
};
struct timeval_abi {
    int64_t sec, usec;
};
