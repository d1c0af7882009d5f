/* AHCI ports: what drivers/ahci.c finds and block/ahci.c drives. Serial ATA AHCI 1.3.1; its sections in brackets. */
#pragma once
#include "block/ata.h"
#include "bus/bus.h"
#include "cpu/cpu.h"
#include "mm/mm.h"

#define ABAR 5

/* [3.1] */
enum {
    HBA_CAP = 0x00,
    HBA_CONTROL = 0x04,
    HBA_INTERRUPT = 0x08,
    HBA_PORTS = 0x0c,
    HBA_CAP2 = 0x24,
    HBA_HANDOFF = 0x28,
    HBA_PORT0 = 0x100,
};
#define PORT_SIZE 0x80u
#define CAP_SLOTS(cap) (((cap) >> 8 & 31) + 1)
#define CAP_STAGGERED_SPIN_UP (1u << 27)
#define CAP_NCQ (1u << 30)
#define CAP_64_BIT (1u << 31)
#define CONTROL_RESET 1u
#define CONTROL_INTERRUPTS 2u
#define CONTROL_AHCI (1u << 31)
#define CAP2_HANDOFF 1u
#define HANDOFF_BIOS 1u
#define HANDOFF_OS 2u

/* [3.3] */
enum {
    PORT_LIST = 0x00,
    PORT_LIST_HIGH = 0x04,
    PORT_RECEIVED = 0x08,
    PORT_RECEIVED_HIGH = 0x0c,
    PORT_INTERRUPT = 0x10,
    PORT_INTERRUPT_ENABLE = 0x14,
    PORT_COMMAND = 0x18,
    PORT_TASK_FILE = 0x20,
    PORT_SIGNATURE = 0x24,
    PORT_STATUS = 0x28,
    PORT_CONTROL = 0x2c,
    PORT_ERROR = 0x30,
    PORT_ACTIVE = 0x34,
    PORT_ISSUE = 0x38,
};
#define INTERRUPT_REGISTERS 1u          /* D2H Register FIS: an unqueued command ended */
#define INTERRUPT_DEVICE_BITS (1u << 3) /* Set Device Bits FIS: queued ones ended */
/* Task file, host bus, host bus data, interface; and the connection changed. */
#define INTERRUPT_ERRORS (1u << 30 | 1u << 29 | 1u << 28 | 1u << 27 | 1u << 22 | 1u << 6)
#define COMMAND_START 1u
#define COMMAND_SPIN_UP 2u
#define COMMAND_POWER 4u
#define COMMAND_RECEIVE 16u
#define COMMAND_RECEIVING (1u << 14)
#define COMMAND_RUNNING (1u << 15)
#define COMMAND_LINK_ACTIVE (1u << 28)
#define STATUS_DETECTION 15u
#define DETECTED_DEVICE 1u /* with or without communication */
#define DETECTED_READY 3u
#define CONTROL_NO_POWER_SAVING 0x300u
#define CONTROL_COMRESET 1u
#define SIGNATURE_DISK 0x00000101u
#define SIGNATURE_ATAPI 0xeb140101u

struct ahci_header { /* [4.2.2] */
    uint16_t flags, prd_count;
    uint32_t transferred, table, table_high, unused[4];
};
_Static_assert(sizeof(struct ahci_header) == 32, "AHCI 4.2.2");
#define HEADER_FIS_WORDS 5u
#define HEADER_WRITE 0x40u

struct ahci_prd {                                 /* [4.2.3.3] */
    uint32_t address, address_high, unused, last; /* length - 1 */
};
#define PRD_MAX_BYTES (4u << 20)
#define MAX_PARTS 64

struct ahci_table { /* [4.2.3] */
    uint8_t fis[64], atapi[16], unused[48];
    struct ahci_prd prd[MAX_PARTS];
};
_Static_assert(sizeof(struct ahci_table) % 128 == 0 && offsetof(struct ahci_table, prd) == 128, "AHCI 4.2.2, 4.2.3");
#define TABLES_PER_PAGE (PAGE_SIZE / sizeof(struct ahci_table))
#define SLOTS 32

#define FIS_REGISTERS 0x27
#define FIS_COMMAND 0x80

struct ahci_memory { /* what a port shares with the device: one page */
    struct ahci_header list[SLOTS];
    uint8_t received[256];
    uint16_t identify[ATA_IDENTIFY_WORDS];
};
_Static_assert(offsetof(struct ahci_memory, received) % 256 == 0 && sizeof(struct ahci_memory) <= PAGE_SIZE,
               "AHCI 3.3");

struct ahci;
struct ahci_port {
    struct ahci *hba;
    uint8_t *registers;
    unsigned number;
    struct ahci_memory *memory;
    struct ahci_table *tables[(SLOTS + TABLES_PER_PAGE - 1) / TABLES_PER_PAGE];
    struct ata_disk ata;
    struct block_device disk;
    struct block_request *requests[SLOTS];
    /* A request's slot is in one of these: filled in, but not told; with the device; to be done again alone. */
    uint32_t prepared, issued, again;
    bool queued; /* what is prepared and issued are commands of NCQ */
    bool dead;
    unsigned idle_errors; /* in a row, with nothing in flight */
};

struct ahci {
    const struct pci_device *pci;
    uint8_t *registers;
    uint32_t cap;
    struct ahci_port *ports[32];
};

static inline uint32_t ahci_get(const struct ahci_port *p, unsigned reg)
{
    return mmio_read32(p->registers + reg);
}
static inline void ahci_set(const struct ahci_port *p, unsigned reg, uint32_t v)
{
    mmio_write32(p->registers + reg, v);
}

/* Whether the masked bits become `value` by then. */
bool ahci_wait(const uint8_t *reg, uint32_t mask, uint32_t value, uint64_t deadline);
/* Whether the port does nothing any more: neither commands nor what the device sends. */
bool ahci_port_stop(struct ahci_port *p);
/* Lets the port take commands, if the device becomes ready for them in so many nanoseconds. */
bool ahci_port_start(struct ahci_port *p, uint64_t ns);
/* Writes a command to memory; the device sees it when it is issued. */
void ahci_fill_slot(struct ahci_port *p, unsigned slot, const struct ata_command *c, bool write,
                    const struct block_part *parts, unsigned count);
/* Fills in how requests reach the disk; what the disk is like is in p->ata. */
void ahci_port_offer(struct ahci_port *p);
/* Ends what the device has finished and deals with errors. */
void ahci_port_service(struct ahci_port *p);
