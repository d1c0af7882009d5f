/* The kernel's network code as a program of the host: lwIP, net/ and mm/iter.c are the kernel's; memory, time, entropy
 * and a wire are made here. Time is virtual: it moves when everybody sleeps. The wire leads back into the same stack:
 * it swaps the two addresses (which no checksum notices), so that connecting to PEER reaches a listener of this very
 * stack over the card, with whatever loss, duplication, delay and damage the test asks for. */
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include "kernel.h"
#include "net/address.h"
#include "net/socket.h"
#include "net/stack.h"
#include "net/tcp.h"
#include "time/time.h"

#define CHECK(cond) ((cond) ? (void)0 : (fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #cond), abort()))
#define MS 1000000ull
#define SECOND 1000000000ull

#define HERE 0x0100000au /* 10.0.0.1, network order */
#define PEER 0x0200000au /* 10.0.0.2: ourselves, over the wire */

struct wire {
    unsigned loss, duplication, reordering, damage; /* of 1000 frames */
    uint64_t delay;
    unsigned ring; /* frames on the way after which transmit says -EAGAIN; 0: no limit */
    uint64_t sent, lost;
};
extern struct wire wire;
extern struct netdev card;
extern uint64_t now;                    /* virtual time, ns */
extern size_t heap_objects, heap_limit; /* of the kernel heap; kmalloc fails at the limit */
extern char files[4][512];              /* what vfs_write_file wrote: resolv.conf, hostname */
extern unsigned warnings, timers_run;
extern const char *command_line_ip; /* ip=, or NULL */
/* Sees every frame that is sent; true: the wire does not carry it on. */
extern bool (*on_frame)(const uint8_t *frame, size_t len);

void start_network(void); /* the card has the address HERE */
void inject(const void *frame, size_t len);
void run_for(uint64_t ns); /* lets time pass */
extern uint64_t random_state;
uint64_t random_u64(void);
struct socket *new_socket(int type);
void bind_to(struct socket *s, uint16_t port);
int connect_to(struct socket *s, uint32_t address, uint16_t port, bool nonblock);
ssize_t send_bytes(struct socket *s, const void *data, size_t n, unsigned flags);
ssize_t receive_bytes(struct socket *s, void *data, size_t n, unsigned flags);
