/* e1000: Intel 8254x network cards, as QEMU, VirtualBox and VMware present them. "PCI/PCI-X Family of Gigabit Ethernet
 * Controllers Software Developer's Manual" 4.0. Legacy receive descriptors; INTx, or MSI where the card has it. */
#include "drivers/driver.h"
#include "nic/intel-gigabit.h"

#define INTEL 0x8086
#define ID_82543GC 0x1004
#define EERD_DONE (1u << 4)

static int probe(struct pci_device *d)
{
    struct gigabit *g = gigabit_open(d, EERD_DONE);
    if (!g)
        return -EIO;
    g->rx_causes = GIGABIT_CAUSE_RXT0 | GIGABIT_CAUSE_RXO;
    g->tx_causes = GIGABIT_CAUSE_TXDW;
    g->other_causes = GIGABIT_CAUSE_LSC;
    /* The first of them cannot cut segments; none is known to cut those of IPv6 rightly. */
    g->nic.netdev.features = NETDEV_TX_CSUM | NETDEV_RX_CSUM | (d->device == ID_82543GC ? 0 : NETDEV_TSO4);
    int err = pci_interrupts(d, 1, (void (*const[])(void *)){gigabit_interrupt}, (void *const[]){g});
    if (err < 0) {
        gigabit_close(g, d);
        return err;
    }
    return gigabit_start(g);
}

static const struct pci_match matches[] = {
    {.vendor = INTEL, .device = 0x100e}, /* 82540EM: QEMU, VirtualBox */
    {.vendor = INTEL, .device = 0x100f}, /* 82545EM: VMware, VirtualBox, QEMU */
    {.vendor = INTEL, .device = ID_82543GC},
    {.vendor = INTEL, .device = 0x100c}, /* 82544GC */
    {0},
};

DRIVER(e1000) = {
    .name = "e1000",
    .devices = "Intel 82540EM, 82545EM, 82543GC, 82544GC network cards (PCI 8086:100e, 100f, 1004, 100c)",
    .pci = matches,
    .probe_pci = probe,
};
