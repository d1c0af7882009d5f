/* The interface of VMware's vmxnet3 network card, version 1, as VMware's headers for Linux describe it
 * (vmxnet3_defs.h, upt1_defs.h); names that differ from theirs say what the thing is. Only what the driver uses. */
#pragma once
#include "kernel.h"

enum {              /* BAR 0 */
       IMR = 0x000, /* interrupt mask; 8 bytes a vector */
       TXPROD = 0x600,
       RXPROD = 0x800,
};
enum { /* BAR 1 */
       VRRS = 0x00,
       UVRS = 0x08,
       DSAL = 0x10,
       DSAH = 0x18,
       CMD = 0x20,
       MACL = 0x28,
       MACH = 0x30,
       ICR = 0x38,
       ECR = 0x40,
};
#define REGISTERS 4096
#define VERSION_1 1u
#define CMD_ACTIVATE_DEV 0xcafe0000u
#define CMD_QUIESCE_DEV 0xcafe0001u
#define CMD_RESET_DEV 0xcafe0002u
#define CMD_UPDATE_RX_MODE 0xcafe0003u
#define CMD_GET_QUEUE_STATUS 0xf00d0000u
#define CMD_GET_LINK 0xf00d0002u
#define CMD_GET_CONF_INTR 0xf00d0008u
#define LINK_UP 1u
#define MASK_MODE_SHIFT 2 /* of GET_CONF_INTR's answer */
#define MASK_MODE_MASK 3u
#define MASK_MODE_AUTO 0u
#define EVENT_RX_ERROR 1u
#define EVENT_TX_ERROR 2u
#define EVENT_LINK 4u

struct tx_descriptor {
    uint64_t address;
    uint32_t len;   /* bits 0-13; generation; 18-31: segment size, or offset of the checksum */
    uint32_t flags; /* bits 0-9: bytes of headers */
};
#define TX_GENERATION (1u << 14)
#define TX_VALUE_SHIFT 18
#define TX_SUM (2u << 10)
#define TX_CUT (3u << 10)
#define TX_END (1u << 12)
#define TX_COMPLETE (1u << 13)

struct rx_descriptor {
    uint64_t address;
    uint32_t len;
    uint32_t unused;
};
#define RX_GENERATION (1u << 31)

struct completion { /* word 0, bits 0-11: the descriptor */
    uint32_t word[4];
};
#define COMPLETION_INDEX 0xfffu
#define COMPLETION_GENERATION (1u << 31) /* in word 3 */
#define RX_EOP (1u << 14)                /* in word 0 */
#define RX_SOP (1u << 15)
#define RX_SUM_UNKNOWN (1u << 30)
#define RX_LEN 0x3fffu /* in word 2 */
#define RX_ERROR (1u << 14)
#define RX_SUM_OK (1u << 16) /* in word 3: of TCP or UDP */

#define MAX_INTERRUPTS 25
#define MODERATION_ADAPTIVE 8
#define FEATURE_RXCSUM 1u
#define GUEST_64_BIT_LINUX (2u | 1u << 2) /* what is below the system calls behaves as Linux's driver does */
#define RX_MODE_UNICAST 1u
#define RX_MODE_BROADCAST 4u
#define RX_MODE_ALL_MULTICAST 8u
#define MAGIC 0xbabefee1u
struct variable {
    uint32_t version, len;
    uint64_t address;
};
struct shared { /* Vmxnet3_DriverShared */
    uint32_t magic, pad;
    struct {
        uint32_t driver_version, guest, versions, upt_versions;
        uint64_t features, data, queues;
        uint32_t data_len, queues_len, mtu;
        uint16_t max_rx_fragments;
        uint8_t tx_queues, rx_queues;
        uint32_t unused[4];
    } misc;
    struct {
        uint8_t auto_mask, count, event_vector, moderation[MAX_INTERRUPTS];
        uint32_t disabled, unused[2];
    } interrupts;
    struct {
        uint32_t mode;
        uint16_t table_len, unused;
        uint64_t table;
        uint32_t vlans[128];
    } filter;
    struct variable rss, power, plugin;
    uint32_t events, unused[5];
};
_Static_assert(offsetof(struct shared, interrupts) == 80 && offsetof(struct shared, filter) == 120 &&
                   offsetof(struct shared, events) == 696 && sizeof(struct shared) == 720,
               "Vmxnet3_DriverShared");

struct queue_status {
    uint8_t stopped, pad[3];
    uint32_t error;
    uint64_t statistics[10];
    uint8_t unused[88];
};
struct queues { /* Vmxnet3_TxQueueDesc, Vmxnet3_RxQueueDesc */
    struct {
        uint32_t deferred, threshold;
        uint64_t unused;
        uint64_t ring, data_ring, completions, data, unused2;
        uint32_t ring_size, data_ring_size, completions_size, data_len;
        uint8_t vector, pad[7];
        struct queue_status status;
    } tx;
    struct {
        uint8_t wants_rxprod, pad[7];
        uint64_t unused;
        uint64_t ring[2], completions, data, unused2;
        uint32_t ring_size[2], completions_size, data_len;
        uint8_t vector, pad2[7];
        struct queue_status status;
    } rx;
};
_Static_assert(offsetof(struct queues, rx) == 256 && sizeof(struct queues) == 512,
               "Vmxnet3_TxQueueDesc and -RxQueueDesc");
