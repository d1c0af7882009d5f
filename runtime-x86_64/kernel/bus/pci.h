/* Between the files of PCI support. Registers and bits: PCI Local Bus 3.0, 6.1 and 6.2. */
#pragma once
#include "bus/bus.h"

enum {
    PCI_ID = 0x00,
    PCI_COMMAND = 0x04,
    PCI_STATUS = 0x06,
    PCI_CLASS = 0x08,       /* and revision */
    PCI_HEADER_TYPE = 0x0c, /* third byte */
    PCI_BAR0 = 0x10,
    PCI_BUS_NUMBERS = 0x18, /* bridges: primary, secondary, subordinate */
    PCI_BRIDGE_MEMORY = 0x20,
    PCI_BRIDGE_PREFETCH = 0x24,
    PCI_SUBSYSTEM = 0x2c,
    PCI_CAPABILITIES = 0x34,
    PCI_INTERRUPT = 0x3c, /* line, pin */
};
#define PCI_COMMAND_IO 1u
#define PCI_COMMAND_MEMORY 2u
#define PCI_COMMAND_MASTER 4u
#define PCI_COMMAND_INTX_OFF 0x400u
#define PCI_STATUS_CAPABILITIES 0x10u
#define PCI_CAP_MSI 0x05
#define PCI_CAP_VENDOR 0x09
#define PCI_CAP_MSIX 0x11

/* bus/pci-config.c. False: this machine has no PCI. */
bool pci_config_init(void);
unsigned pci_last_bus(void);

/* bus/pci-bar.c. Reads and sizes the BARs and gives addresses to those without; false (told) when that is impossible.
 */
bool pci_read_bars(struct pci_device *d);
/* Around the devices behind a bridge that no firmware has set up: opens it for what pci_read_bars gives out in between.
 */
paddr_t pci_bridge_begin(const struct pci_device *bridge);
void pci_bridge_end(const struct pci_device *bridge, paddr_t begin);

struct virtio;
/* bus/virtio-pci.c: interrupts of a virtio device on PCI, by whichever interface it is driven. MSI-X: one vector for
 * all queues, one for the configuration. */
enum { VIRTIO_PCI_QUEUES, VIRTIO_PCI_CONFIG };
struct virtio_pci_interrupts {
    struct virtio *virtio;
    const struct pci_device *pci;
    uint8_t (*read_isr)(struct virtio *v); /* without MSI-X; reading takes the request back */
    bool msix;
};
int virtio_pci_interrupts(struct virtio_pci_interrupts *i);

/* bus/virtio-pci.c: is this a virtio device with a driver? */
bool virtio_pci_claims(const struct pci_device *d);
bool virtio_pci_probe(struct pci_device *d);               /* false: it has no interface of version 1 */
uint32_t virtio_pci_device_id(const struct pci_device *d); /* Virtio 1.2, 5; 0: none */
