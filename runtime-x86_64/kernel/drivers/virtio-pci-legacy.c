/* Virtio over PCI by the interface that came before version 1 (Virtio 1.2, 4.1.4.10): registers in an I/O BAR, queues
 * of the device's own size in one stretch of memory. What Google Compute Engine gives, and QEMU with disable-modern=on.
 * Devices that also have the modern interface are driven by that. */
#include "bus/pci.h"
#include "bus/virtio.h"
#include "cpu/cpu.h"
#include "drivers/driver.h"
#include "mm/mm.h"

enum {
    DEVICE_FEATURES = 0,
    DRIVER_FEATURES = 4,
    QUEUE_FRAME = 8,
    QUEUE_SIZE = 12,
    QUEUE_SELECT = 14,
    QUEUE_NOTIFY = 16,
    DEVICE_STATUS = 18,
    ISR = 19,
    CONFIG_VECTOR = 20, /* these two only while MSI-X is enabled: the device's own fields follow */
    QUEUE_VECTOR = 22,
    CONFIG_PLAIN = 20,
    CONFIG_MSIX = 24,
};

struct legacy {
    struct virtio virtio;
    struct virtio_pci_interrupts interrupts;
    uint16_t base, size;
};

static struct legacy *self(struct virtio *v)
{
    return container_of(v, struct legacy, virtio);
}

static uint64_t read_features(struct virtio *v)
{
    return inl(self(v)->base + DEVICE_FEATURES);
}

static void write_features(struct virtio *v, uint64_t features)
{
    outl(self(v)->base + DRIVER_FEATURES, (uint32_t)features);
}

static uint8_t read_status(struct virtio *v)
{
    return inb(self(v)->base + DEVICE_STATUS);
}

static void write_status(struct virtio *v, uint8_t status)
{
    outb(self(v)->base + DEVICE_STATUS, status);
}

static void read_config(struct virtio *v, unsigned offset, void *dst, unsigned len)
{
    const struct legacy *l = self(v);
    uint8_t *out = dst;
    unsigned start = l->interrupts.msix ? CONFIG_MSIX : CONFIG_PLAIN;
    for (unsigned i = 0; i < len; i++)
        out[i] = start + offset + i < l->size ? inb((uint16_t)(l->base + start + offset + i)) : 0;
}

static uint16_t queue_max(struct virtio *v, unsigned index)
{
    outw(self(v)->base + QUEUE_SELECT, (uint16_t)index);
    return inw(self(v)->base + QUEUE_SIZE);
}

static int queue_enable(struct virtio *v, struct virtq *q)
{
    const struct legacy *l = self(v);
    uint64_t frame = virt_to_phys(q->desc) >> PAGE_SHIFT;
    if (frame > UINT32_MAX)
        return -ENOMEM;
    outw(l->base + QUEUE_SELECT, (uint16_t)q->index);
    if (q->fn && l->interrupts.msix) { /* reads back as "no vector" when the device is out of resources */
        outw(l->base + QUEUE_VECTOR, VIRTIO_PCI_QUEUES);
        if (inw(l->base + QUEUE_VECTOR) != VIRTIO_PCI_QUEUES)
            return -EIO;
    }
    outl(l->base + QUEUE_FRAME, (uint32_t)frame);
    return 0;
}

static void notify(struct virtio *v, struct virtq *q)
{
    outw(self(v)->base + QUEUE_NOTIFY, (uint16_t)q->index);
}

static uint8_t read_isr(struct virtio *v)
{
    return inb(self(v)->base + ISR);
}

static int interrupts(struct virtio *v)
{
    return virtio_pci_interrupts(&self(v)->interrupts);
}

static int prepare(struct virtio *v)
{
    const struct legacy *l = self(v);
    if (!l->interrupts.msix || !v->config_changed)
        return 0;
    outw(l->base + CONFIG_VECTOR, VIRTIO_PCI_CONFIG);
    return inw(l->base + CONFIG_VECTOR) == VIRTIO_PCI_CONFIG ? 0 : -EIO;
}

static const struct virtio_transport transport = {
    .read_features = read_features,
    .write_features = write_features,
    .read_status = read_status,
    .write_status = write_status,
    .read_config = read_config,
    .queue_max = queue_max,
    .queue_enable = queue_enable,
    .notify = notify,
    .interrupts = interrupts,
    .prepare = prepare,
};

static int probe(struct pci_device *d)
{
    uint32_t id = virtio_pci_device_id(d);
    if (!id || !virtio_has_driver(id))
        return 0;
    if (!d->bar[0].io || d->bar[0].size < CONFIG_PLAIN || !d->bar[0].base || d->bar[0].base > UINT16_MAX)
        return -ENODEV;
    struct legacy *l = kzalloc(sizeof *l);
    if (!l)
        return -ENOMEM;
    l->interrupts = (struct virtio_pci_interrupts){.virtio = &l->virtio, .pci = d, .read_isr = read_isr};
    l->base = (uint16_t)d->bar[0].base;
    l->size = (uint16_t)MIN(d->bar[0].size, 256u);
    l->virtio = (struct virtio){.transport = &transport, .device_id = id, .legacy = true, .own_rings = true};
    format(l->virtio.where, sizeof l->virtio.where, "pci %02x:%02x.%x", d->bus, d->slot, d->function);
    pci_enable(d);
    virtio_probe(&l->virtio);
    return 0;
}

static const struct pci_match matches[] = {{.vendor = 0x1af4, .device = 0xffff}, {0}};
DRIVER(virtio_pci_legacy) = {
    .name = "virtio-pci-legacy",
    .devices = "virtio devices without the interface of version 1 (PCI 1af4:1000 to 1009)",
    .pci = matches,
    .probe_pci = probe,
};
