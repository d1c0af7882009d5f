/* e1000e: Intel 82574L network card, as QEMU and VMware present it. "82574 GbE Controller Family Datasheet" 3.4. Legacy
 * receive descriptors: what the extended ones add (hash, packet type) nobody reads. MSI-X, MSI or INTx. */
#include "drivers/driver.h"
#include "nic/intel-gigabit.h"

#define INTEL 0x8086
#define EERD_DONE (1u << 1)
#define CTRL_EXT_IAME (1u << 27)    /* reading the causes clears them, and masks those that IAM names */
#define CTRL_EXT_PBA_CLR (1u << 31) /* unmasking clears what waits in the pending bit array */
#define RFCTL_NFS_DISABLED (3u << 6)
#define RFCTL_ACK_DIS (1u << 12)                        /* no cause of its own for acknowledgements */
#define TXDCTL_GRAN (1u << 24)                          /* thresholds in descriptors */
#define TXDCTL_SET (1u << 22)                           /* "must be set" */
#define TXDCTL_WTHRESH (1u << 16)                       /* each descriptor is written back at once */
#define IVAR_FRAMES_0_OTHER_1 (8u | 8u << 8 | 9u << 16) /* both queues to vector 0 */
#define EITR_INTERVAL 195                               /* of 256 ns */

static void set(const struct gigabit *g, unsigned reg, uint32_t bits)
{
    gigabit_write(g, reg, gigabit_read(g, reg) | bits);
}

static void set_interrupts(struct gigabit *g, int kind)
{
    g->masks = true;
    g->messages = kind == PCI_MSIX;
    g->other_causes = GIGABIT_CAUSE_LSC;
    if (g->messages) {
        g->rx_causes = GIGABIT_CAUSE_RXQ0 | GIGABIT_CAUSE_OTHER;
        g->tx_causes = GIGABIT_CAUSE_TXQ0;
        g->other_causes |= GIGABIT_CAUSE_RXO;
        set(g, GIGABIT_CTRL_EXT, CTRL_EXT_PBA_CLR);
        gigabit_write(g, GIGABIT_IVAR, IVAR_FRAMES_0_OTHER_1);
        gigabit_write(g, GIGABIT_EIAC, GIGABIT_CAUSE_RXQ0 | GIGABIT_CAUSE_TXQ0 | GIGABIT_CAUSE_OTHER);
        gigabit_write(g, GIGABIT_EITR, EITR_INTERVAL);
        return;
    }
    g->rx_causes = GIGABIT_CAUSE_RXT0 | GIGABIT_CAUSE_RXO;
    g->tx_causes = GIGABIT_CAUSE_TXDW;
    set(g, GIGABIT_CTRL_EXT, CTRL_EXT_IAME);
    gigabit_write(g, GIGABIT_IAM, UINT32_MAX);
}

static int probe(struct pci_device *d)
{
    struct gigabit *g = gigabit_open(d, EERD_DONE);
    if (!g)
        return -EIO;
    g->nic.netdev.features = NETDEV_TX_CSUM | NETDEV_RX_CSUM | NETDEV_TSO4 | NETDEV_TSO6;
    int kind = pci_interrupts(d, 2, (void (*const[])(void *)){gigabit_interrupt, gigabit_other_interrupt},
                              (void *const[]){g, g});
    if (kind < 0) {
        gigabit_close(g, d);
        return kind;
    }
    set_interrupts(g, kind);
    set(g, GIGABIT_RFCTL, RFCTL_NFS_DISABLED | RFCTL_ACK_DIS);
    gigabit_write(g, GIGABIT_TXDCTL, TXDCTL_GRAN | TXDCTL_SET | TXDCTL_WTHRESH);
    return gigabit_start(g);
}

static const struct pci_match matches[] = {
    {.vendor = INTEL, .device = 0x10d3},
    {0},
};

DRIVER(e1000e) = {
    .name = "e1000e",
    .devices = "Intel 82574L network card (PCI 8086:10d3)",
    .pci = matches,
    .probe_pci = probe,
};
