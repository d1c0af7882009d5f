/* IPv6 for the cards: a link-local address and what routers announce (SLAAC). It begins after a while, so that a short
 * run sends none of its packets; ipv6.disable=1 keeps it off. */
#include "boot/boot.h"
#include "net/stack.h"
#include "time/time.h"

#define DELAY_NS 1000000000ull

static void start(struct timer *t)
{
    for (struct net_interface *i = net_interfaces; i; i = i->next) {
        netif_create_ip6_linklocal_address(&i->netif, 1);
        netif_set_ip6_autoconfig_enabled(&i->netif, 1);
    }
    net_timers_activity(); /* lwIP begins with its next tick */
    net_settle();
}

void net_ipv6_start(void)
{
    static struct timer timer = {.fn = start};
    if (boot_param_u64("ipv6.disable", 0) == 0)
        timer_arm(&timer, clock_monotonic() + DELAY_NS);
}
