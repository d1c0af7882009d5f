/* Between the ABI's socket addresses and lwIP's. */
#pragma once
#include "abi/socket.h"
#include "net/stack.h"

struct endpoint {
    ip_addr_t ip;
    uint16_t port; /* host order */
};
/* -EINVAL too short, -EAFNOSUPPORT another family, -ENETUNREACH an IPv4 address in IPv6 form on a v6-only socket. The
 * wildcard of an AF_INET6 socket that is not v6-only becomes lwIP's type ANY. */
int endpoint_from(struct endpoint *e, const union sockaddr_any *a, unsigned len, int family, bool v6only);
/* The length of the address. On AF_INET6 sockets IPv4 addresses take their ::ffff:a.b.c.d form. */
int endpoint_to(const struct endpoint *e, int family, union sockaddr_any *a);
/* Is it one of ours, or a wildcard? */
bool address_is_local(const ip_addr_t *ip);
/* lwIP's err_t as a negative errno. */
int net_errno(err_t err);
/* A random port of the ephemeral range that `taken` (arg as given) does not refuse; 0 when all are. */
uint16_t port_choose(bool (*taken)(uint16_t port, const void *arg), const void *arg);
