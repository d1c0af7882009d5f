/* What net/icmp.c and /proc/net need of UDP sockets. */
#pragma once
#include "net/address.h"

struct socket;

/* A datagram from local to remote did not arrive: an error of the socket that is connected so. */
void udp_unreachable(const struct endpoint *local, const struct endpoint *remote, int error);
/* Calls fn for every socket that has a port: its two ends, and the bytes that wait. */
void udp_each(void (*fn)(const struct socket *s, const struct endpoint ends[2], unsigned received, void *arg),
              void *arg);
