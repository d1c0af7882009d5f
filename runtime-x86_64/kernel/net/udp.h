/* What net/icmp.c needs of UDP sockets. */
#pragma once
#include "net/address.h"

/* A datagram from local to remote did not arrive: an error of the socket that is connected so. */
void udp_unreachable(const struct endpoint *local, const struct endpoint *remote, int error);
