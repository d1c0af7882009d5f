/* NVM Express without its bus: registers and queue entries (base specification 1.4, whose sections are named), queues,
 * and requests as commands. */
#pragma once
#include "block/block.h"

enum nvme_register { /* 3.1 */
                     REG_CAP = 0x00,
                     REG_VS = 0x08,
                     REG_INTMS = 0x0c,
                     REG_INTMC = 0x10,
                     REG_CC = 0x14,
                     REG_CSTS = 0x1c,
                     REG_AQA = 0x24,
                     REG_ASQ = 0x28,
                     REG_ACQ = 0x30,
                     REG_DOORBELLS = 0x1000,
};
#define CAP_ENTRIES(low) (((low)&0xffff) + 1)                   /* MQES */
#define CAP_READY_NS(low) ((uint64_t)((low) >> 24) * 500000000) /* TO */
#define CAP_STRIDE(high) (4u << ((high)&0xf))                   /* DSTRD */
#define CAP_HIGH_NVM (1u << 5)                                  /* CSS, NVM command set */
#define CAP_HIGH_MPSMIN (0xfu << 16)
#define VERSION_1_1 0x10100u
#define CC_ENABLE 1u
#define CC_ENTRY_SIZES (6u << 16 | 4u << 20) /* 64 and 16 bytes; the other fields 0: 4 KiB pages, NVM, round robin */
#define CC_SHUTDOWN (1u << 14)
#define CSTS_READY 1u
#define CSTS_FATAL 2u
#define CSTS_SHUTDOWN_MASK 0xcu
#define CSTS_SHUTDOWN_DONE 8u

struct nvme_command { /* 4.2 */
    uint8_t opcode, flags;
    uint16_t id;
    uint32_t namespace;
    uint64_t reserved, metadata, prp1, prp2;
    uint32_t dword10, dword11, dword12, dword13, dword14, dword15;
};
_Static_assert(sizeof(struct nvme_command) == 64, "NVM Express 1.4, 4.2");
struct nvme_completion { /* 4.6 */
    uint32_t result, reserved;
    uint16_t head, queue, id, status; /* status: bit 0 is the phase */
};
_Static_assert(sizeof(struct nvme_completion) == 16, "NVM Express 1.4, 4.6");

enum { ADMIN_CREATE_SQ = 1, ADMIN_CREATE_CQ = 5, ADMIN_IDENTIFY = 6, ADMIN_SET_FEATURES = 9 }; /* 5 */
enum { IO_FLUSH, IO_WRITE, IO_READ };                                                          /* 6 */
enum { IDENTIFY_NAMESPACE, IDENTIFY_CONTROLLER, IDENTIFY_LIST };                               /* 5.15.1, CNS */
#define FEATURE_QUEUES 7u
#define QUEUE_CONTIGUOUS 1u
#define QUEUE_INTERRUPTS 2u

#define STATUS_TYPE 0x700u /* 4.6.1, without the phase */
#define STATUS_CODE 0x7ffu
#define STATUS_FINAL (1u << 14)
#define TYPE_MEDIA 0x200u
#define INVALID_NAMESPACE 0x0bu
#define WRITE_PROTECTED 0x20u
#define CAPACITY_EXCEEDED 0x81u

struct nvme_queue {
    struct nvme_command *commands;
    struct nvme_completion *completions;
    uint8_t *command_doorbell, *completion_doorbell; /* registers */
    uint16_t entries, tail, rung, head, phase;
};
void nvme_queue_reset(struct nvme_queue *q);
/* Whoever pushes sees to it that fewer commands than entries are under way. */
void nvme_queue_push(struct nvme_queue *q, const struct nvme_command *command);
void nvme_queue_ring(struct nvme_queue *q); /* tells of what was pushed */
/* The next completion; only id and status (without the phase) are set. False: there is none. The device gets its place
 * back when the caller writes q->head to the completion doorbell. */
bool nvme_queue_take(struct nvme_queue *q, struct nvme_completion *done);
int nvme_errno(uint16_t status);

#define NVME_LIST_ENTRIES 64u /* pages of a command beyond the first */
#define NVME_MAX_BYTES (NVME_LIST_ENTRIES * 4096u)

/* Where in a request the next command begins. */
struct nvme_cursor {
    unsigned part;
    uint32_t offset; /* into the part */
};
/* Describes as many bytes as one list of pages can name, and moves on behind them: only the first page may start, and
 * only the last may end, inside (4.3). `list` has NVME_LIST_ENTRIES and lies inside one page. */
uint32_t nvme_fill_pages(const struct block_request *r, struct nvme_cursor *at, struct nvme_command *command,
                         uint64_t *list);
