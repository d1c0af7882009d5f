/* Intel's gigabit controllers of the 8254x family and the 82574: what drivers/e1000.c and drivers/e1000e.c share.
 * "PCI/PCI-X Family of Gigabit Ethernet Controllers Software Developer's Manual" 4.0 (8254x), chapters 3 (descriptors)
 * and 13 (registers); "82574 GbE Controller Family Datasheet" 3.4, chapters 7 and 10. Names are theirs. */
#pragma once
#include "bus/bus.h"
#include "cpu/cpu.h"
#include "nic/nic.h"

#define GIGABIT_RING_SIZE 256 /* descriptors of 16 bytes: a page */

enum gigabit_register {
    GIGABIT_CTRL = 0x0000,
    GIGABIT_STATUS = 0x0008,
    GIGABIT_EERD = 0x0014,
    GIGABIT_CTRL_EXT = 0x0018,
    GIGABIT_ICR = 0x00c0,
    GIGABIT_ITR = 0x00c4,
    GIGABIT_IMS = 0x00d0,
    GIGABIT_IMC = 0x00d8,
    GIGABIT_EIAC = 0x00dc, /* 82574 */
    GIGABIT_IAM = 0x00e0,  /* 82574 */
    GIGABIT_IVAR = 0x00e4, /* 82574 */
    GIGABIT_EITR = 0x00e8, /* 82574: of vector 0, then 4 bytes a vector */
    GIGABIT_RCTL = 0x0100,
    GIGABIT_TCTL = 0x0400,
    GIGABIT_TIPG = 0x0410,
    GIGABIT_RDBAL = 0x2800,
    GIGABIT_RDBAH = 0x2804,
    GIGABIT_RDLEN = 0x2808,
    GIGABIT_RDH = 0x2810,
    GIGABIT_RDT = 0x2818,
    GIGABIT_RDTR = 0x2820,
    GIGABIT_RADV = 0x282c,
    GIGABIT_TDBAL = 0x3800,
    GIGABIT_TDBAH = 0x3804,
    GIGABIT_TDLEN = 0x3808,
    GIGABIT_TDH = 0x3810,
    GIGABIT_TDT = 0x3818,
    GIGABIT_TXDCTL = 0x3828,
    GIGABIT_MPC = 0x4010,
    GIGABIT_RXCSUM = 0x5000,
    GIGABIT_RFCTL = 0x5008, /* 82574 */
    GIGABIT_RAL = 0x5400,
    GIGABIT_RAH = 0x5404,
};
#define GIGABIT_REGISTERS 0x20000 /* bytes */

/* Interrupt causes; RXQ0 and later: 82574. */
#define GIGABIT_CAUSE_TXDW (1u << 0)
#define GIGABIT_CAUSE_LSC (1u << 2)
#define GIGABIT_CAUSE_RXO (1u << 6)
#define GIGABIT_CAUSE_RXT0 (1u << 7)
#define GIGABIT_CAUSE_RXQ0 (1u << 20)
#define GIGABIT_CAUSE_TXQ0 (1u << 22)
#define GIGABIT_CAUSE_OTHER (1u << 24)

struct gigabit {
    struct nic nic;
    volatile uint8_t *registers;
    struct gigabit_rx *rx;
    struct gigabit_tx *tx;
    struct gigabit_slots *slots;        /* what lies behind the descriptors */
    unsigned rx_head, rx_tail, rx_told; /* descriptors: taken back, posted, told to the card; they run freely */
    unsigned tx_head, tx_tail, tx_told;
    uint32_t rx_causes, tx_causes,
        other_causes; /* the driver's choice; tx_causes are wanted only while the ring is full */
    bool messages;    /* MSI-X: two vectors, and no cause register to read for the first */
    bool masks;       /* an interrupt masks its causes until they are unmasked */
    bool muted, in_parts, broken;
};

static inline uint32_t gigabit_read(const struct gigabit *g, unsigned reg)
{
    return mmio_read32(g->registers + reg);
}
static inline void gigabit_write(const struct gigabit *g, unsigned reg, uint32_t value)
{
    mmio_write32(g->registers + reg, value);
}

/* A card that is reset, with its address and empty rings; NULL (told): that failed. `eerd_done`: where the EEPROM read
 * register shows that it is done; an address stands 6 bits above it. */
struct gigabit *gigabit_open(struct pci_device *d, uint32_t eerd_done);
/* Begins to receive and registers the card. Before it, the driver sets nic.netdev.features and the interrupts. */
int gigabit_start(struct gigabit *g);
/* Undoes gigabit_open; no interrupt may be set up. */
void gigabit_close(struct gigabit *g, struct pci_device *d);
/* Interrupt handlers: for everything; with `messages`, for frames, and for the rest. */
void gigabit_interrupt(void *gigabit);
void gigabit_other_interrupt(void *gigabit);
