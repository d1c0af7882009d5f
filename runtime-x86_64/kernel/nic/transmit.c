/* Frames to send: copied, queued, and taken back. */
#include "nic/nic.h"

#define ETHERNET_HEADER 14

void nic_frame_free(struct nic_frame *f)
{
    for (unsigned i = 0; i < f->page_count; i++)
        page_free(f->pages[i], 0);
    kfree(f);
}

/* Copies the fragments behind the headroom: first into the linear part, then into pages. NULL when out of memory. */
static struct nic_frame *copy_frame(unsigned headroom, const struct net_fragment *frags, unsigned count, size_t total,
                                    struct nic_part *parts)
{
    size_t linear = MIN(total, (size_t)NIC_LINEAR), room = linear;
    struct nic_frame *f = kmalloc(sizeof *f + headroom + linear);
    if (!f)
        return NULL;
    f->page_count = 0;
    uint8_t *to = f->linear + headroom;
    parts[0] = (struct nic_part){virt_to_phys(f->linear), (uint32_t)(headroom + linear)};
    for (unsigned i = 0; i < count; i++) {
        const uint8_t *from = frags[i].data;
        for (size_t left = frags[i].len, part; left;
             left -= part, from += part, to += part, room -= part, total -= part) {
            if (!room) {
                to = page_alloc(0);
                if (!to) {
                    nic_frame_free(f);
                    return NULL;
                }
                room = MIN(total, PAGE_SIZE);
                f->pages[f->page_count++] = to;
                parts[f->page_count] = (struct nic_part){virt_to_phys(to), (uint32_t)room};
            }
            part = MIN(left, room);
            memcpy(to, from, part);
        }
    }
    return f;
}

void nic_sent(struct nic *n)
{
    if (n->ops->reap(n) <= 0 || !n->tx_waiting)
        return;
    n->tx_waiting = false;
    n->ops->sent_interrupts(n, false);
    netdev_transmit_space(&n->netdev);
}

/* 0, or -EAGAIN: the card is asked to tell when it has finished something. */
static int make_room(struct nic *n, int needed)
{
    int room = n->ops->reap(n);
    if (room < 0 || room >= needed)
        return MIN(room, 0);
    n->netdev.kick(&n->netdev);
    while (!n->ops->sent_interrupts(n, true)) {
        room = n->ops->reap(n);
        if (room >= 0 && room < needed)
            continue;
        if (!n->tx_waiting)
            n->ops->sent_interrupts(n, false);
        return MIN(room, 0);
    }
    n->tx_waiting = true;
    return -EAGAIN;
}

int nic_transmit(struct netdev *d, const struct net_fragment *frags, unsigned count, const struct netbuf *meta)
{
    struct nic *n = container_of(d, struct nic, netdev);
    struct nic_part parts[NIC_MAX_PARTS] __attribute__((uninitialized)); /* filled as far as it is used */
    size_t total = 0;
    for (unsigned i = 0; i < count; i++)
        total += frags[i].len;
    if (total < ETHERNET_HEADER || total > NIC_LINEAR + NIC_MAX_PAGES * PAGE_SIZE)
        return -EMSGSIZE;
    size_t paged = total > NIC_LINEAR ? total - NIC_LINEAR : 0;
    unsigned needed = 1 + (unsigned)(ALIGN_UP(paged, PAGE_SIZE) / PAGE_SIZE);
    int err = make_room(n, (int)(needed + n->extra_descriptors));
    if (err)
        return err;
    struct nic_frame *f = copy_frame(n->headroom, frags, count, total, parts);
    if (!f)
        return -ENOMEM;
    err = n->ops->queue(n, f, parts, needed, meta);
    if (err)
        nic_frame_free(f);
    nic_watch(n);
    return err;
}

/* Sums of 16-bit words are the same in either byte order (RFC 1071), so they are taken as they lie in memory. */
void nic_clear_sums(uint8_t *frame, const struct netbuf *meta)
{
    uint16_t sum, length = __builtin_bswap16((uint16_t)(meta->len - meta->csum_start));
    memcpy(&sum, frame + meta->csum_start + meta->csum_offset, sizeof sum);
    uint32_t rest = sum + (uint16_t)~length;
    sum = (uint16_t)((rest >> 16) + rest);
    memcpy(frame + meta->csum_start + meta->csum_offset, &sum, sizeof sum);
    if (!nic_is_ipv6(frame))
        memset(frame + ETHERNET_HEADER + 10, 0, 2);
}
