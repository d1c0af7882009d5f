/* What lwIP sends, as fragments for the card. A card that cuts segments itself (virtio 1.2, 5.1.6.2: TSO) gets those of
 * a burst joined: lwIP's segments wait here until another frame does not continue them, at the latest until net_settle.
 */
#include "net/stack.h"
#include "lwip/etharp.h"
#include "lwip/prot/ip4.h"
#include "lwip/prot/tcp.h"

#define MAX_FRAGMENTS (2 * NET_JOINED_MAX)
#define CHECKSUM_OFFSET 16 /* in a TCP header */
#define JOINED_BYTES 65000 /* with headers less than an IP packet's 64 KiB */
#define JOIN_MIN 512       /* payload: smaller segments are not worth it */

/* Where TCP's header begins in a frame; 0: another protocol, or not all in the first pbuf. */
static unsigned tcp_offset(const struct pbuf *p)
{
    const uint8_t *frame = p->payload, *ip = frame + SIZEOF_ETH_HDR;
    if (p->len < SIZEOF_ETH_HDR + IP_HLEN + TCP_HLEN)
        return 0;
    bool v4 = frame[12] == 0x08 && frame[13] == 0x00, v6 = frame[12] == 0x86 && frame[13] == 0xdd;
    unsigned start = SIZEOF_ETH_HDR + (v4 ? (ip[0] & 15) * 4u : IP6_HLEN);
    if (!(v4 || v6) || ip[v4 ? 9 : 6] != IP_PROTO_TCP || p->len < start + TCP_HLEN)
        return 0;
    return start;
}

/* The card adds the payload to the sum of the pseudo header, which it expects in the checksum field. Only for TCP,
 * which never sends fragments; lwIP sums up the rest. */
static void prepare_checksum(struct pbuf *p, unsigned start, unsigned total, struct netbuf *meta)
{
    uint8_t *frame = p->payload, *ip = frame + SIZEOF_ETH_HDR;
    bool v4 = frame[12] == 0x08;
    uint32_t sum = net_checksum(ip + (v4 ? 12 : 8), v4 ? 8 : 32);
    sum += lwip_htons(IP_PROTO_TCP) + lwip_htons((uint16_t)(total - start));
    sum = (sum >> 16) + (sum & 0xffff);
    uint16_t folded = (uint16_t)(sum + (sum >> 16));
    __builtin_memcpy(frame + start + CHECKSUM_OFFSET, &folded, 2);
    meta->flags |= NETBUF_NEEDS_CSUM;
    meta->csum_start = (uint16_t)start;
    meta->csum_offset = CHECKSUM_OFFSET;
}

static err_t give(struct net_interface *i, const struct net_fragment *frags, unsigned count, const struct netbuf *meta)
{
    int err = i->device->transmit(i->device, frags, count, meta);
    i->kick = true;
    if (err == -EAGAIN) {
        i->stuck = true;
        i->sent.dropped++;
        return ERR_MEM; /* TCP keeps the segment and tries again; a datagram is lost */
    }
    if (err)
        return ERR_IF;
    i->sent.packets++;
    i->sent.bytes += meta->len;
    return ERR_OK;
}

/* The fragments of a frame from `skip` on. */
static unsigned add_fragments(struct net_fragment *frags, unsigned n, const struct pbuf *p, unsigned skip)
{
    for (; p; p = p->next) {
        if (skip >= p->len) {
            skip -= p->len;
            continue;
        }
        frags[n++] = (struct net_fragment){(const uint8_t *)p->payload + skip, p->len - skip};
        skip = 0;
    }
    return n;
}

static err_t transmit_one(struct net_interface *i, struct pbuf *p)
{
    struct net_fragment frags[MAX_FRAGMENTS] __attribute__((uninitialized)); /* filled as far as it is used */
    struct netbuf meta = {.len = p->tot_len};
    unsigned start = i->device->features & NETDEV_TX_CSUM ? tcp_offset(p) : 0;
    if (start)
        prepare_checksum(p, start, p->tot_len, &meta);
    if (pbuf_clen(p) <= MAX_FRAGMENTS)
        return give(i, frags, add_fragments(frags, 0, p, 0), &meta);
    struct pbuf *whole = pbuf_clone(PBUF_RAW, PBUF_RAM, p);
    if (!whole)
        return ERR_MEM;
    err_t err = give(i, frags, add_fragments(frags, 0, whole, 0), &meta);
    pbuf_free(whole);
    return err;
}

/* Makes the first part's headers those of the whole. lwIP writes them anew should it send the segment again. */
static void join_headers(struct pbuf *p, unsigned start, unsigned total)
{
    uint8_t *ip = (uint8_t *)p->payload + SIZEOF_ETH_HDR;
    bool v4 = ip[0] >> 4 == 4;
    uint16_t len = lwip_htons((uint16_t)(total - SIZEOF_ETH_HDR - (v4 ? 0 : IP6_HLEN)));
    __builtin_memcpy(ip + (v4 ? 2 : 4), &len, 2);
    if (!v4)
        return;
    struct ip_hdr *h = (struct ip_hdr *)ip;
    IPH_CHKSUM_SET(h, 0);
    IPH_CHKSUM_SET(h, (uint16_t)~net_checksum(ip, (int)(start - SIZEOF_ETH_HDR)));
}

static void transmit_many(struct net_interface *i, struct net_joined *j)
{
    struct net_fragment frags[MAX_FRAGMENTS] __attribute__((uninitialized));
    struct netbuf meta = {.flags = NETBUF_GSO, .gso_size = (uint16_t)j->segment, .header_len = (uint16_t)j->header_len};
    struct pbuf *first = j->parts[0];
    unsigned n = add_fragments(frags, 0, first, 0), start = tcp_offset(first), total = first->tot_len;
    for (unsigned k = 1; k < j->count; k++) {
        n = add_fragments(frags, n, j->parts[k], j->header_len);
        total += j->parts[k]->tot_len - j->header_len;
    }
    const uint8_t *last = j->parts[j->count - 1]->payload;
    ((uint8_t *)first->payload)[start + 13] |= last[start + 13] & TCP_PSH;
    join_headers(first, start, total);
    prepare_checksum(first, start, total, &meta);
    meta.len = total;
    give(i, frags, n, &meta); /* when the ring is full it is lost, and TCP sends it again */
}

void net_transmit_joined(struct net_interface *i)
{
    struct net_joined *j = &i->joined;
    if (likely(!j->count))
        return;
    if (j->count == 1)
        transmit_one(i, j->parts[0]);
    else
        transmit_many(i, j);
    for (unsigned k = 0; k < j->count; k++)
        pbuf_free(j->parts[k]);
    j->count = 0;
}

static uint32_t sequence_of(const uint8_t *tcp)
{
    uint32_t sequence;
    __builtin_memcpy(&sequence, tcp + 4, 4);
    return lwip_ntohl(sequence);
}

/* Does the frame differ from the first part only in what a cutting card fills in anew? */
static bool continues(const struct net_joined *j, const struct pbuf *p, unsigned start, unsigned header_len)
{
    const uint8_t *a = j->parts[0]->payload, *b = p->payload;
    bool v4 = a[12] == 0x08;
    unsigned addresses = SIZEOF_ETH_HDR + (v4 ? 12 : 8);
    return j->count < NET_JOINED_MAX && header_len == j->header_len && sequence_of(b + start) == j->next_sequence &&
           p->tot_len - header_len <= j->segment && j->count * j->segment + p->tot_len <= JOINED_BYTES &&
           pbuf_clen(p) <= 2 && !memcmp(a, b, SIZEOF_ETH_HDR) &&
           !memcmp(a + addresses, b + addresses, start + 4 - addresses) && /* and the ports */
           !memcmp(a + start + 8, b + start + 8, 5) &&                     /* acknowledgement, header length */
           !memcmp(a + start + 14, b + start + 14, 2) &&                   /* window */
           !memcmp(a + start + TCP_HLEN, b + start + TCP_HLEN, header_len - start - TCP_HLEN); /* options */
}

/* True when the segment now waits here. */
static bool join(struct net_interface *i, struct pbuf *p)
{
    struct net_joined *j = &i->joined;
    const uint8_t *frame = p->payload;
    unsigned start = tcp_offset(p);
    if (!start || (i->device->features & (frame[12] == 0x08 ? NETDEV_TSO4 : NETDEV_TSO6)) == 0)
        return false;
    unsigned header_len = start + (frame[start + 12] >> 4) * 4u, payload = p->tot_len - header_len;
    if ((frame[start + 13] & ~TCP_PSH) != TCP_ACK || p->len < header_len || p->tot_len <= header_len)
        return false;
    if (j->count && !continues(j, p, start, header_len))
        net_transmit_joined(i);
    if (!j->count) {
        if (payload < JOIN_MIN || pbuf_clen(p) > 2)
            return false;
        j->header_len = header_len;
        j->segment = payload;
        j->next_sequence = sequence_of(frame + start);
    }
    pbuf_ref(p);
    j->parts[j->count++] = p;
    j->next_sequence += payload;
    if (payload < j->segment)
        net_transmit_joined(i); /* a short one is the last */
    return true;
}

err_t net_transmit(struct netif *netif, struct pbuf *p)
{
    struct net_interface *i = (struct net_interface *)netif;
    net_note_activity();
    if (i->device->features & (NETDEV_TSO4 | NETDEV_TSO6)) {
        if (join(i, p))
            return ERR_OK;
        net_transmit_joined(i);
    }
    return transmit_one(i, p);
}
