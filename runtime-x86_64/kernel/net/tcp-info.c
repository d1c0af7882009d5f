/* TCP_INFO: what lwIP knows of a connection, in Linux's structure as far as C libraries declare it. */
#include "net/tcp.h"

#define OPTION_WINDOW_SCALE 4u
#define USEC_PER_TICK (TCP_SLOW_INTERVAL * 1000u) /* of lwIP's times */

struct tcp_info {
    uint8_t state, ca_state, retransmits, probes, backoff, options, window_scales, flags;
    uint32_t rto, ato, send_mss, receive_mss;
    uint32_t unacked, sacked, lost, retrans, fackets;                      /* segments */
    uint32_t last_data_sent, last_ack_sent, last_data_recv, last_ack_recv; /* not kept */
    uint32_t pmtu, receive_ssthresh, rtt, rtt_var, send_ssthresh, send_cwnd, advertised_mss, reordering;
    uint32_t receive_rtt, receive_space, total_retrans;
};
_Static_assert(sizeof(struct tcp_info) == 104, "struct tcp_info");

uint8_t tcp_state_number(enum tcp_state state)
{
    static const uint8_t numbers[] = {
        [CLOSED] = 7,     [LISTEN] = 10,    [SYN_SENT] = 2, [SYN_RCVD] = 3, [ESTABLISHED] = 1, [FIN_WAIT_1] = 4,
        [FIN_WAIT_2] = 5, [CLOSE_WAIT] = 8, [CLOSING] = 11, [LAST_ACK] = 9, [TIME_WAIT] = 6,
    };
    return numbers[state];
}

static uint32_t segments(const struct tcp_seg *s)
{
    uint32_t n = 0;
    for (; s; s = s->next)
        n++;
    return n;
}

static void describe(const struct tcp_pcb *pcb, struct tcp_info *i)
{
    uint32_t mss = MAX(pcb->mss, 1u);
    i->retransmits = pcb->nrtx;
    i->probes = pcb->persist_probe;
    i->backoff = pcb->persist_backoff;
    if (pcb->flags & TF_WND_SCALE) {
        i->options = OPTION_WINDOW_SCALE;
        i->window_scales = (uint8_t)(pcb->snd_scale | pcb->rcv_scale << 4);
    }
    i->rto = (uint32_t)pcb->rto * USEC_PER_TICK;
    i->send_mss = i->receive_mss = i->advertised_mss = pcb->mss;
    i->unacked = segments(pcb->unacked);
    i->rtt = (uint32_t)(pcb->sa >> 3) * USEC_PER_TICK;
    i->rtt_var = (uint32_t)(pcb->sv >> 2) * USEC_PER_TICK;
    i->send_ssthresh = pcb->ssthresh / mss;
    i->send_cwnd = pcb->cwnd / mss;
    i->reordering = 3; /* duplicates that start a fast retransmission */
    i->receive_space = i->receive_ssthresh = pcb->rcv_wnd;
}

int tcp_get_info(const struct tcp_socket *t, void *value, unsigned room)
{
    struct tcp_info i = {.state = tcp_state_number(t->pcb ? t->pcb->state : CLOSED)};
    if (t->pcb && t->phase == TCP_LISTENING) {
        i.unacked = t->ready_count;
        i.sacked = t->backlog;
    } else if (t->pcb) {
        describe(t->pcb, &i);
    }
    room = MIN(room, (unsigned)sizeof i);
    memcpy(value, &i, room);
    return (int)room;
}
