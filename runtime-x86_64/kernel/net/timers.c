/* lwIP's timers on the kernel's: a tick is armed only while something needs it, so an idle machine sleeps. */
#include "net/stack.h"
#include "time/time.h"
#include "lwip/dhcp.h"
#include "lwip/etharp.h"
#include "lwip/ip4_frag.h"
#include "lwip/ip6_frag.h"
#include "lwip/mld6.h"
#include "lwip/nd6.h"
#include "lwip/priv/tcp_priv.h"

#define MS 1000000ull

/* Fine: something is in flight. Coarse: only time-outs of a second or more (TIME-WAIT, keep-alive). */
enum tcp_need { TCP_NEEDS_NOTHING, TCP_NEEDS_COARSE, TCP_NEEDS_FINE };

static struct timer tcp_timer, second_timer, dhcp_timer;
static enum tcp_need tcp_armed;
static uint64_t seconds_since; /* when the tick of a second last ran */
static uint64_t lease_since;   /* when dhcp_coarse_tmr was last due */
bool net_activity;

static enum tcp_need need_of(const struct tcp_pcb *p)
{
    if (p->unsent || p->unacked || p->ooseq || p->refused_data || p->flags & (TF_ACK_DELAY | TF_CLOSEPEND))
        return TCP_NEEDS_FINE;
    if (p->state != ESTABLISHED && p->state != CLOSE_WAIT)
        return TCP_NEEDS_COARSE;
    return ip_get_option(p, SOF_KEEPALIVE) ? TCP_NEEDS_COARSE : TCP_NEEDS_NOTHING;
}

static enum tcp_need tcp_need(void)
{
    enum tcp_need need = tcp_tw_pcbs ? TCP_NEEDS_COARSE : TCP_NEEDS_NOTHING;
    for (const struct tcp_pcb *p = tcp_active_pcbs; p && need != TCP_NEEDS_FINE; p = p->next)
        need = MAX(need, need_of(p));
    return need;
}

static void tcp_arm(enum tcp_need need)
{
    tcp_armed = need;
    if (need != TCP_NEEDS_NOTHING)
        timer_arm(&tcp_timer, clock_monotonic() + (need == TCP_NEEDS_FINE ? TCP_TMR_INTERVAL * MS : 1000 * MS));
}

/* The list is in order of age, youngest first: what is behind the limit has waited longest. */
static void limit_time_wait(void)
{
    struct tcp_pcb **end = &tcp_tw_pcbs;
    for (unsigned n = 0; *end && n < net_time_wait_limit; n++)
        end = &(*end)->next;
    struct tcp_pcb *old = *end;
    *end = NULL;
    while (old) {
        struct tcp_pcb *next = old->next;
        tcp_free(old);
        old = next;
    }
}

static void tcp_tick(struct timer *t)
{
    if (tcp_armed == TCP_NEEDS_FINE) {
        tcp_tmr();
    } else { /* one slow tick that stands for a second of them */
        tcp_ticks += 1000 / TCP_SLOW_INTERVAL - 1;
        tcp_slowtmr();
    }
    limit_time_wait();
    tcp_armed = TCP_NEEDS_FINE; /* net_settle shall not: what is needed is asked after it */
    net_settle();
    tcp_arm(tcp_need());
}

void net_timers_tcp(void)
{
    if (tcp_armed != TCP_NEEDS_FINE && tcp_active_pcbs)
        tcp_arm(TCP_NEEDS_FINE);
}

/* lwIP calls this when a pcb is registered; net_settle follows. */
void tcp_timer_needed(void)
{
}

static bool mld_waits(void)
{
    for (struct net_interface *i = net_interfaces; i; i = i->next)
        for (struct mld_group *g = netif_mld6_data(&i->netif); g; g = g->next)
            if (g->timer)
                return true;
    return false;
}

/* An address is being checked, or routers are being asked for. */
static bool ipv6_waits(void)
{
    for (const struct net_interface *i = net_interfaces; i; i = i->next) {
        if (i->netif.rs_count && ip6_addr_isvalid(netif_ip6_addr_state(&i->netif, 0)))
            return true;
        for (int n = 0; n < LWIP_IPV6_NUM_ADDRESSES; n++)
            if (ip6_addr_istentative(netif_ip6_addr_state(&i->netif, n)))
                return true;
    }
    return false;
}

static void lease_tick(uint64_t now)
{
    for (; now - lease_since >= DHCP_COARSE_TIMER_SECS * 1000 * MS; lease_since += DHCP_COARSE_TIMER_SECS * 1000 * MS)
        dhcp_coarse_tmr();
    net_timers_dhcp();
}

/* Tables that age by the second. On a quiet network the seconds of a minute are counted afterwards, all at once:
 * nothing is pending then, or there would have been a packet. */
static void second_tick(struct timer *t)
{
    uint64_t now = clock_monotonic();
    unsigned seconds = (unsigned)MIN((now - seconds_since) / (1000 * MS), 2ull * DHCP_COARSE_TIMER_SECS);
    seconds_since = now;
    net_activity = false;
    for (unsigned i = 0; i < seconds; i++) {
        etharp_tmr();
        ip_reass_tmr();
        nd6_tmr();
        ip6_reass_tmr();
    }
    /* The reports' random delay is shortened to what is left of this second. */
    for (unsigned i = 0; i < 1000 / MLD6_TMR_INTERVAL && mld_waits(); i++)
        mld6_tmr();
    lease_tick(now);
    net_settle();
    timer_arm(&second_timer, now + (net_activity || ipv6_waits() ? 1 : DHCP_COARSE_TIMER_SECS) * 1000 * MS);
}

/* The part of a quiet minute that has passed is forgotten: it must not age what begins now. */
void net_timers_activity(void)
{
    uint64_t now = clock_monotonic();
    net_activity = true;
    if (second_timer.deadline > now + 1000 * MS) {
        seconds_since = now;
        timer_arm(&second_timer, now + 1000 * MS);
    }
}

static bool dhcp_waits(void)
{
    for (struct net_interface *i = net_interfaces; i; i = i->next) {
        struct dhcp *dhcp = netif_dhcp_data(&i->netif);
        if (dhcp && dhcp->request_timeout)
            return true;
    }
    return false;
}

static void dhcp_tick(struct timer *t)
{
    dhcp_fine_tmr();
    net_settle();
    net_timers_dhcp();
}

void net_timers_dhcp(void)
{
    if (!dhcp_timer.armed && dhcp_waits())
        timer_arm(&dhcp_timer, clock_monotonic() + DHCP_FINE_TIMER_MSECS * MS);
}

void net_timers_init(void)
{
    tcp_timer.fn = tcp_tick;
    second_timer.fn = second_tick;
    dhcp_timer.fn = dhcp_tick;
    seconds_since = lease_since = clock_monotonic();
    timer_arm(&second_timer, seconds_since + 1000 * MS);
}
