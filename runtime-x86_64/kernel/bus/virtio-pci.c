/* Virtio over PCI: Virtio 1.2, 4.1. What has no such interface is left to drivers/virtio-pci-legacy.c. */
#include "bus/pci.h"
#include "bus/virtio.h"
#include "cpu/cpu.h"
#include "mm/mm.h"

#define VENDOR_VIRTIO 0x1af4
#define FIRST_TRANSITIONAL 0x1000
#define FIRST_MODERN 0x1040
#define LAST_MODERN 0x107f
#define MAX_REGION (1u << 20)
#define MAX_CAPABILITIES 16

enum { CAP_COMMON = 1, CAP_NOTIFY = 2, CAP_ISR = 3, CAP_DEVICE = 4 }; /* 4.1.4 */
enum {                                                                /* struct virtio_pci_cap */
       CAP_TYPE = 3,
       CAP_BAR = 4,
       CAP_OFFSET = 8,
       CAP_LENGTH = 12,
       CAP_NOTIFY_MULTIPLIER = 16,
};
enum { /* struct virtio_pci_common_cfg, 4.1.4.3 */
       DEVICE_FEATURE_SELECT = 0,
       DEVICE_FEATURE = 4,
       DRIVER_FEATURE_SELECT = 8,
       DRIVER_FEATURE = 12,
       CONFIG_MSIX_VECTOR = 16,
       DEVICE_STATUS = 20,
       QUEUE_SELECT = 22,
       QUEUE_SIZE = 24,
       QUEUE_MSIX_VECTOR = 26,
       QUEUE_ENABLE = 28,
       QUEUE_NOTIFY_OFF = 30,
       QUEUE_DESC = 32,
       QUEUE_DRIVER = 40,
       QUEUE_DEVICE = 48,
       COMMON_SIZE = 56,
};
#define ISR_QUEUE 1u
#define ISR_CONFIG 2u

struct virtio_pci {
    struct virtio virtio;
    volatile uint8_t *common, *notify, *isr, *device;
    uint32_t notify_multiplier, notify_length, device_length;
    struct virtio_pci_interrupts interrupts;
    uint32_t notify_offset[ARRAY_LEN(((struct virtio *)0)->queues)];
};

static struct virtio_pci *self(struct virtio *v)
{
    return container_of(v, struct virtio_pci, virtio);
}

static uint64_t read_features(struct virtio *v)
{
    volatile uint8_t *c = self(v)->common;
    mmio_write32(c + DEVICE_FEATURE_SELECT, 0);
    uint64_t features = mmio_read32(c + DEVICE_FEATURE);
    mmio_write32(c + DEVICE_FEATURE_SELECT, 1);
    return features | (uint64_t)mmio_read32(c + DEVICE_FEATURE) << 32;
}

static void write_features(struct virtio *v, uint64_t features)
{
    volatile uint8_t *c = self(v)->common;
    mmio_write32(c + DRIVER_FEATURE_SELECT, 0);
    mmio_write32(c + DRIVER_FEATURE, (uint32_t)features);
    mmio_write32(c + DRIVER_FEATURE_SELECT, 1);
    mmio_write32(c + DRIVER_FEATURE, (uint32_t)(features >> 32));
}

static uint8_t read_status(struct virtio *v)
{
    return mmio_read8(self(v)->common + DEVICE_STATUS);
}

static void write_status(struct virtio *v, uint8_t status)
{
    mmio_write8(self(v)->common + DEVICE_STATUS, status);
}

static void read_config(struct virtio *v, unsigned offset, void *dst, unsigned len)
{
    struct virtio_pci *p = self(v);
    uint8_t *out = dst;
    for (unsigned i = 0, size; i < len; i += size, offset += size) {
        bool word = offset % 4 == 0 && len - i >= 4;
        size = word ? 4 : 1;
        uint32_t value = 0;
        if (p->device && offset + size <= p->device_length)
            value = word ? mmio_read32(p->device + offset) : mmio_read8(p->device + offset);
        memcpy(out + i, &value, size);
    }
}

static uint16_t queue_max(struct virtio *v, unsigned index)
{
    volatile uint8_t *c = self(v)->common;
    mmio_write16(c + QUEUE_SELECT, (uint16_t)index);
    return mmio_read16(c + QUEUE_SIZE);
}

static void write64(volatile uint8_t *p, uint64_t value)
{
    mmio_write32(p, (uint32_t)value);
    mmio_write32(p + 4, (uint32_t)(value >> 32));
}

static int queue_enable(struct virtio *v, struct virtq *q)
{
    struct virtio_pci *p = self(v);
    volatile uint8_t *c = p->common;
    mmio_write16(c + QUEUE_SELECT, (uint16_t)q->index);
    mmio_write16(c + QUEUE_SIZE, (uint16_t)q->size);
    if (q->fn && p->interrupts.msix) { /* 4.1.5.1.2: reads back as "no vector" when the device is out of resources */
        mmio_write16(c + QUEUE_MSIX_VECTOR, VIRTIO_PCI_QUEUES);
        if (mmio_read16(c + QUEUE_MSIX_VECTOR) != VIRTIO_PCI_QUEUES)
            return -EIO;
    }
    uint64_t offset = (uint64_t)mmio_read16(c + QUEUE_NOTIFY_OFF) * p->notify_multiplier;
    if (offset + 2 > p->notify_length)
        return -EIO;
    p->notify_offset[q->index] = (uint32_t)offset;
    write64(c + QUEUE_DESC, virt_to_phys(q->desc));
    write64(c + QUEUE_DRIVER, virtq_avail_address(q));
    write64(c + QUEUE_DEVICE, virtq_used_address(q));
    mmio_write16(c + QUEUE_ENABLE, 1);
    return 0;
}

static void notify(struct virtio *v, struct virtq *q)
{
    struct virtio_pci *p = self(v);
    mmio_write16(p->notify + p->notify_offset[q->index], (uint16_t)q->index);
}

static uint8_t read_isr(struct virtio *v)
{
    return mmio_read8(self(v)->isr);
}

/* Without MSI-X the ISR register tells what happened (4.1.4.5). */
static void queues_interrupt(void *arg)
{
    struct virtio_pci_interrupts *i = arg;
    uint8_t isr = i->msix ? ISR_QUEUE : i->read_isr(i->virtio);
    if (isr & ISR_QUEUE)
        virtio_interrupt_queues(i->virtio);
    if (isr & ISR_CONFIG)
        virtio_interrupt_config(i->virtio);
}

static void config_interrupt(void *arg)
{
    struct virtio_pci_interrupts *i = arg;
    if (i->msix)
        virtio_interrupt_config(i->virtio);
}

int virtio_pci_interrupts(struct virtio_pci_interrupts *i)
{
    void (*const fns[])(void *) = {[VIRTIO_PCI_QUEUES] = queues_interrupt, [VIRTIO_PCI_CONFIG] = config_interrupt};
    void *const args[] = {i, i};
    int kind = pci_interrupts(i->pci, i->virtio->config_changed ? 2 : 1, fns, args);
    i->msix = kind == PCI_MSIX;
    return MIN(kind, 0);
}

static int interrupts(struct virtio *v)
{
    return virtio_pci_interrupts(&self(v)->interrupts);
}

static int prepare(struct virtio *v)
{
    volatile uint8_t *c = self(v)->common;
    if (!self(v)->interrupts.msix || !v->config_changed)
        return 0;
    mmio_write16(c + CONFIG_MSIX_VECTOR, VIRTIO_PCI_CONFIG);
    return mmio_read16(c + CONFIG_MSIX_VECTOR) == VIRTIO_PCI_CONFIG ? 0 : -EIO;
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

/* 5: device numbers; a transitional device has its number as the subsystem id. */
uint32_t virtio_pci_device_id(const struct pci_device *d)
{
    if (d->device >= FIRST_MODERN)
        return d->device - FIRST_MODERN;
    static const uint8_t transitional[] = {1, 2, 5, 3, 8, 4};
    unsigned i = d->device - FIRST_TRANSITIONAL;
    return i < sizeof transitional ? transitional[i] : d->device == 0x1009 ? 9 : 0;
}

bool virtio_pci_claims(const struct pci_device *d)
{
    return d->vendor == VENDOR_VIRTIO && d->device >= FIRST_TRANSITIONAL && d->device <= LAST_MODERN &&
           virtio_has_driver(virtio_pci_device_id(d));
}

/* The first capability of each type whose region lies in a memory BAR counts (4.1.4.1). */
static void map_regions(struct virtio_pci *p)
{
    unsigned cap = 0;
    for (unsigned guard = 0; guard < MAX_CAPABILITIES && (cap = pci_capability(p->interrupts.pci, PCI_CAP_VENDOR, cap));
         guard++) {
        uint8_t type = pci_read8(p->interrupts.pci, cap + CAP_TYPE), bar = pci_read8(p->interrupts.pci, cap + CAP_BAR);
        volatile uint8_t **region = type == CAP_COMMON   ? &p->common
                                    : type == CAP_NOTIFY ? &p->notify
                                    : type == CAP_ISR    ? &p->isr
                                    : type == CAP_DEVICE ? &p->device
                                                         : NULL;
        if (!region || *region)
            continue;
        uint32_t offset = pci_read32(p->interrupts.pci, cap + CAP_OFFSET),
                 length = pci_read32(p->interrupts.pci, cap + CAP_LENGTH);
        if ((type == CAP_COMMON && length < COMMON_SIZE) || length > MAX_REGION || offset % 4)
            continue;
        *region = pci_map_bar(p->interrupts.pci, bar, offset, length);
        if (!*region)
            continue;
        if (type == CAP_NOTIFY) {
            p->notify_length = length;
            p->notify_multiplier = pci_read32(p->interrupts.pci, cap + CAP_NOTIFY_MULTIPLIER);
        } else if (type == CAP_DEVICE) {
            p->device_length = length;
        }
    }
}

bool virtio_pci_probe(struct pci_device *d)
{
    struct virtio_pci *p = kzalloc(sizeof *p);
    if (!p)
        return true;
    p->virtio = (struct virtio){.transport = &transport, .device_id = virtio_pci_device_id(d)};
    p->interrupts = (struct virtio_pci_interrupts){.virtio = &p->virtio, .pci = d, .read_isr = read_isr};
    format(p->virtio.where, sizeof p->virtio.where, "pci %02x:%02x.%x", d->bus, d->slot, d->function);
    pci_enable(d);
    map_regions(p);
    if (!p->common || !p->notify || !p->isr) {
        kfree(p);
        return false;
    }
    virtio_probe(&p->virtio);
    return true;
}
