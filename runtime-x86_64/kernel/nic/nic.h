/* What drivers of network cards share: buffers for received frames, the brake in a flood, copies of frames to send. A
 * driver fills in `struct nic` and its operations; the card's rings are its own.
 *
 * Received frames go up in the buffer that the card filled; small ones are copied, so that a waiting request holds 300
 * bytes and not 2 KiB. Few buffers are posted at first (a small guest has little memory), more when bursts use them up.
 * Frames to send are copied. Their memory is taken back at the next occasion; the card interrupts for it only while the
 * ring is full. */
#pragma once
#include "mm/mm.h"
#include "net/net.h"
#include "time/time.h"

#define NIC_BUFFER_SIZE 2048
#define NIC_RX_FIRST 16        /* buffers at first */
#define NIC_ETHERNET_HEADER 18 /* with a VLAN tag */
#define NIC_LINEAR 1900 /* a frame to send up to this is one heap object; the rest of a longer one goes to pages */
#define NIC_MAX_PAGES 17
#define NIC_MAX_PARTS (1 + NIC_MAX_PAGES)

struct nic_buffer {
    struct netbuf netbuf;
    uint8_t space[];
};
#define NIC_BUFFER_SPACE ((unsigned)(NIC_BUFFER_SIZE - sizeof(struct nic_buffer)))

struct nic_part {
    paddr_t addr;
    uint32_t len;
};
struct nic_frame {
    unsigned page_count, descriptors; /* the latter is the driver's */
    void *pages[NIC_MAX_PAGES];
    uint8_t linear[]; /* nic.headroom bytes, then the headers, and what fits */
};

struct nic;
struct nic_ops {
    /* Hands up the next received frame, and posts what takes its place; false: there is none. */
    bool (*receive)(struct nic *n);
    /* Tells the card of posted buffers. */
    void (*publish)(struct nic *n);
    /* Interrupts for received frames from now on. False: more has come already, look again. */
    bool (*listen)(struct nic *n);
    /* No such interrupts until the next `listen`. NULL: they are off while a driver's interrupt is handled anyway. */
    void (*mute)(struct nic *n);
    /* Posts buffers until the card has n->rx_target, as far as there is memory, and publishes them. */
    void (*post)(struct nic *n);
    /* Takes back what has been sent; free descriptors, or -EIO when the card is given up. */
    int (*reap)(struct nic *n);
    /* Sees to what else the card may have to tell (its link), interrupt or not. NULL: nothing. */
    void (*events)(struct nic *n);
    /* Tells the card once more of frames to send and of posted buffers. NULL: it cannot have missed that. */
    void (*nudge)(struct nic *n);
    /* Interrupts for sent frames. On: false when something was sent meanwhile. */
    bool (*sent_interrupts)(struct nic *n, bool on);
    /* Queues the frame; there is room. Returns 0 and owns it, or -errno. */
    int (*queue)(struct nic *n, struct nic_frame *f, const struct nic_part *parts, unsigned count,
                 const struct netbuf *meta);
};
struct nic {
    struct netdev netdev;
    const struct nic_ops *ops;
    unsigned rx_target, rx_max; /* buffers that the card shall have, now and at most */
    unsigned headroom;          /* bytes before each frame to send, for the driver */
    unsigned extra_descriptors; /* that a frame may take beside its parts */
    bool tx_waiting;            /* the stack was told to come again */
    bool heard;                 /* it has interrupted before */
    unsigned silent, looks;     /* times that frames were found without an interrupt; that a dead link was looked at */
    struct timer rest, watch;
};

/* nic/receive.c. nic_register: interrupts are set up, the driver has filled in the rest of `netdev`. */
int nic_register(struct nic *n);
void nic_interrupt(struct nic *n);
/* After sending: looks a little later whether an interrupt or a doorbell was lost. What waits for an answer sends
 * again. A card that is found silent several times in a row is polled from then on. */
void nic_watch(struct nic *n);
/* How many buffers a card shall have at first, by free memory: NIC_RX_FIRST in a small guest. */
unsigned nic_rx_first(unsigned most);
struct nic_buffer *nic_buffer_new(void); /* NULL: out of memory */
void nic_buffer_free(struct nic_buffer *b);
/* For [skip, skip+len) of `b`, which the card has filled: what to hand up, or NULL (out of memory; told to the stack),
 * and in *post the buffer that takes its place: never NULL, so that the ring does not shrink. */
struct netbuf *nic_accept(struct nic *n, struct nic_buffer *b, uint32_t skip, uint32_t len, struct nic_buffer **post);

/* nic/transmit.c */
int nic_transmit(struct netdev *d, const struct net_fragment *frags, unsigned count, const struct netbuf *meta);
void nic_sent(struct nic *n); /* after an interrupt for sent frames */
void nic_frame_free(struct nic_frame *f);
/* For cards that sum up each segment's length themselves: takes the frame's length out of the pseudo header's sum, and
 * clears the IPv4 header's checksum. */
void nic_clear_sums(uint8_t *frame, const struct netbuf *meta);
static inline bool nic_is_ipv6(const uint8_t *frame)
{
    return frame[12] == 0x86;
}
/* Descriptors are in memory before the register write that follows. */
static inline void nic_write_barrier(void)
{
    __atomic_thread_fence(__ATOMIC_RELEASE);
}
/* The rest of a descriptor is read after the mark that tells it is valid. */
static inline void nic_read_barrier(void)
{
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
}
