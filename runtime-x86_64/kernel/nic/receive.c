/* Received frames: buffers, growth of the ring, and the brake: an interrupt must not keep the app from running. */
#include "nic/nic.h"

#define SMALL_FRAME 256
#define BURST 256      /* frames for which an interrupt keeps the app waiting */
#define REST_NS 100000 /* and how long the app then runs in a flood */
#define WATCH_NS 1000000000
#define FIRST_WATCH_NS 50000000 /* until the first interrupt: does the card interrupt at all? */
#define POLL_NS 1000000
#define SILENT_MAX 3
#define LOOKS_MAX 200   /* at a link that is down from the start: 10 s */
#define FIRST_SHARE 256 /* of free memory */

static void release_buffer(struct netbuf *b)
{
    kfree(container_of(b, struct nic_buffer, netbuf));
}

void nic_buffer_free(struct nic_buffer *b)
{
    kfree(b);
}

struct nic_buffer *nic_buffer_new(void)
{
    struct nic_buffer *b = kmalloc(NIC_BUFFER_SIZE);
    if (b)
        b->netbuf = (struct netbuf){.release = release_buffer};
    return b;
}

static struct nic_buffer *copy_small(const uint8_t *data, uint32_t len)
{
    struct nic_buffer *b = kmalloc(sizeof *b + len);
    if (!b)
        return NULL;
    b->netbuf = (struct netbuf){.data = b->space, .len = len, .release = release_buffer};
    memcpy(b->space, data, len);
    return b;
}

struct netbuf *nic_accept(struct nic *n, struct nic_buffer *b, uint32_t skip, uint32_t len, struct nic_buffer **post)
{
    bool small = len <= SMALL_FRAME;
    struct nic_buffer *other = small ? copy_small(b->space + skip, len) : nic_buffer_new();
    *post = small || !other ? b : other;
    if (!other) {
        netdev_dropped(&n->netdev, 1);
        return NULL;
    }
    if (small)
        return &other->netbuf;
    b->netbuf.data = b->space + skip;
    b->netbuf.len = len;
    return &b->netbuf;
}

/* Doubles while a burst uses half of them, and while they would take less than 1/16 of what is free. */
static void grow(struct nic *n, unsigned burst)
{
    unsigned target = MIN(2 * n->rx_target, n->rx_max), more = target - n->rx_target;
    if (burst * 2 < n->rx_target || !more || more * NIC_BUFFER_SIZE > page_free_count() * (PAGE_SIZE / 16))
        return;
    n->rx_target = target;
    n->ops->post(n);
}

/* How many frames it found. */
static unsigned work(struct nic *n)
{
    unsigned count = 0;
    bool idle;
    do {
        while (count < BURST && n->ops->receive(n))
            count++;
        n->ops->publish(n);
        idle = count < BURST && n->ops->listen(n);
    } while (!idle && count < BURST);
    nic_sent(n);
    grow(n, count);
    if (count)
        netdev_receive_done(&n->netdev);
    if (idle)
        return count;
    if (n->ops->mute)
        n->ops->mute(n);
    timer_arm(&n->rest, clock_monotonic() + REST_NS);
    return count;
}

void nic_interrupt(struct nic *n)
{
    n->heard = true;
    n->silent = 0;
    if (!n->rest.armed)
        work(n);
}

static void rest_over(struct timer *t)
{
    work(container_of(t, struct nic, rest));
}

static void watch_over(struct timer *t)
{
    struct nic *n = container_of(t, struct nic, watch);
    uint64_t next = 0;
    if (!n->rest.armed) {
        n->ops->post(n); /* for the buffers that found no memory */
        if (n->ops->events)
            n->ops->events(n);
        if (work(n) && ++n->silent == SILENT_MAX)
            log_warn("network card %s does not interrupt: it is polled every millisecond", n->netdev.name);
    }
    if (n->ops->nudge)
        n->ops->nudge(n);
    if (n->silent >= SILENT_MAX)
        next = POLL_NS;
    else if (!n->heard && !n->netdev.link_up && n->looks++ < LOOKS_MAX)
        next = FIRST_WATCH_NS;
    if (next)
        timer_arm(t, clock_monotonic() + next);
}

void nic_watch(struct nic *n)
{
    if (unlikely(!n->watch.armed))
        timer_arm(&n->watch, clock_monotonic() + (n->heard ? WATCH_NS : FIRST_WATCH_NS));
}

unsigned nic_rx_first(unsigned most)
{
    size_t share = page_free_count() * PAGE_SIZE / FIRST_SHARE / NIC_BUFFER_SIZE;
    return (unsigned)MIN(MAX(share, (size_t)NIC_RX_FIRST), (size_t)most / 2);
}

int nic_register(struct nic *n)
{
    static unsigned cards;
    format(n->netdev.name, sizeof n->netdev.name, "eth%u", cards++);
    n->netdev.transmit = nic_transmit;
    n->rest.fn = rest_over;
    n->watch.fn = watch_over;
    n->ops->post(n);
    if (!n->netdev.link_up)
        nic_watch(n);
    return netdev_register(&n->netdev);
}
