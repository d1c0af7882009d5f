/* Interrupts of PCI devices: MSI-X (PCI Local Bus 3.0, 6.8.2), else MSI (6.8.1), else the INTx line that firmware wrote
 * into the interrupt line register, else a timer that polls. _PRT is not read: whatever has neither MSI nor a line is
 * polled. */
#include "bus/pci.h"
#include "cpu/cpu.h"
#include "irq/irq.h"
#include "mm/mm.h"
#include "time/time.h"

#define MSIX_CONTROL 2
#define MSIX_TABLE 4
#define MSIX_ENABLE 0x8000u
#define MSIX_SIZE_MASK 0x7ffu
#define MSIX_ENTRY_SIZE 16u
#define MSI_CONTROL 2
#define MSI_ADDRESS 4
#define MSI_ENABLE 1u
#define MSI_64_BIT 0x80u
#define POLL_NS 1000000u

static int use_msix(const struct pci_device *d, unsigned count, void (*const *fns)(void *), void *const *args)
{
    unsigned cap = pci_capability(d, PCI_CAP_MSIX, 0);
    if (!cap)
        return -ENOENT;
    uint16_t control = pci_read16(d, cap + MSIX_CONTROL);
    uint32_t table = pci_read32(d, cap + MSIX_TABLE);
    uint8_t *entry = count <= (control & MSIX_SIZE_MASK) + 1u
                         ? pci_map_bar(d, table & 7, table & ~7u, count * MSIX_ENTRY_SIZE)
                         : NULL;
    if (!entry)
        return -ENOENT;
    for (unsigned i = 0; i < count; i++, entry += MSIX_ENTRY_SIZE) {
        uint64_t address;
        uint32_t data;
        int vector = irq_alloc_vector(fns[i], args[i]);
        if (vector < 0)
            return vector;
        irq_msi_message(vector, &address, &data);
        mmio_write32(entry, (uint32_t)address);
        mmio_write32(entry + 4, (uint32_t)(address >> 32));
        mmio_write32(entry + 8, data);
        mmio_write32(entry + 12, 0); /* not masked */
    }
    pci_write16(d, cap + MSIX_CONTROL, MSIX_ENABLE);
    return PCI_MSIX;
}

/* One interrupt for several functions. */
struct shared {
    struct timer timer;
    unsigned count;
    struct {
        void (*fn)(void *);
        void *arg;
    } part[];
};

static void call_all(void *arg)
{
    struct shared *s = arg;
    for (unsigned i = 0; i < s->count; i++)
        s->part[i].fn(s->part[i].arg);
}

static void poll(struct timer *t)
{
    call_all(container_of(t, struct shared, timer));
    timer_arm(t, clock_monotonic() + POLL_NS);
}

static int use_msi(const struct pci_device *d, struct shared *s)
{
    unsigned cap = pci_capability(d, PCI_CAP_MSI, 0);
    int vector = cap ? irq_alloc_vector(call_all, s) : -ENOENT;
    if (vector < 0)
        return vector;
    uint64_t address;
    uint32_t data;
    irq_msi_message(vector, &address, &data);
    bool wide = pci_read16(d, cap + MSI_CONTROL) & MSI_64_BIT;
    pci_write32(d, cap + MSI_ADDRESS, (uint32_t)address);
    if (wide)
        pci_write32(d, cap + MSI_ADDRESS + 4, (uint32_t)(address >> 32));
    pci_write16(d, cap + MSI_ADDRESS + (wide ? 8 : 4), (uint16_t)data);
    pci_write16(d, cap + MSI_CONTROL, MSI_ENABLE);
    return PCI_MSI;
}

static int use_line(const struct pci_device *d, struct shared *s)
{
    if (!d->irq_pin || !d->irq_line || irq_register_pci_line(d->irq_line, call_all, s))
        return -ENOENT;
    pci_write16(d, PCI_COMMAND, PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    return PCI_INTX;
}

int pci_interrupts(const struct pci_device *d, unsigned count, void (*const *fns)(void *), void *const *args)
{
    int kind = irq_has_msi() ? use_msix(d, count, fns, args) : -ENOENT;
    if (kind > 0)
        return kind;
    struct shared *s = kzalloc(sizeof *s + count * sizeof s->part[0]);
    if (!s)
        return -ENOMEM;
    s->count = count;
    s->timer.fn = poll;
    for (unsigned i = 0; i < count; i++) {
        s->part[i].fn = fns[i];
        s->part[i].arg = args[i];
    }
    kind = irq_has_msi() ? use_msi(d, s) : -ENOENT;
    if (kind < 0)
        kind = use_line(d, s);
    if (kind > 0)
        return kind;
    log_warn("PCI %02x:%02x.%x: no interrupt found; the device is polled every millisecond", d->bus, d->slot,
             d->function);
    timer_arm(&s->timer, clock_monotonic() + POLL_NS);
    return PCI_POLLED;
}
