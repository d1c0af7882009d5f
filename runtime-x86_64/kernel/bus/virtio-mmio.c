/* Virtio over MMIO: Virtio 1.2, 4.2 (version 2) and 4.2.4 (legacy, version 1: what QEMU's microvm gives unless told
 * otherwise). The devices are found by `virtio_mmio.device=SIZE@ADDRESS:IRQ` on the command line (Linux's syntax), else
 * in the DSDT. */
#include "boot/boot.h"
#include "bus/aml.h"
#include "bus/virtio.h"
#include "bus/virtio-mmio.h"
#include "cpu/cpu.h"
#include "irq/irq.h"
#include "mm/mm.h"

enum { /* 4.2.2, 4.2.4 */
       MAGIC = 0x000,
       VERSION = 0x004,
       DEVICE_ID = 0x008,
       DEVICE_FEATURES = 0x010,
       DEVICE_FEATURES_SELECT = 0x014,
       DRIVER_FEATURES = 0x020,
       DRIVER_FEATURES_SELECT = 0x024,
       LEGACY_PAGE_SIZE = 0x028,
       QUEUE_SELECT = 0x030,
       QUEUE_SIZE_MAX = 0x034,
       QUEUE_SIZE = 0x038,
       LEGACY_QUEUE_ALIGN = 0x03c,
       LEGACY_QUEUE_PFN = 0x040,
       QUEUE_READY = 0x044,
       QUEUE_NOTIFY = 0x050,
       INTERRUPT_STATUS = 0x060,
       INTERRUPT_ACK = 0x064,
       STATUS = 0x070,
       QUEUE_DESC = 0x080,
       QUEUE_DRIVER = 0x090,
       QUEUE_DEVICE = 0x0a0,
       CONFIG = 0x100,
};
#define MAGIC_VALUE 0x74726976u /* "virt" */
#define INTERRUPT_QUEUE 1u
#define INTERRUPT_CONFIG 2u

struct mmio_device {
    struct virtio virtio;
    volatile uint8_t *regs;
    struct virtio_mmio_place place;
};

static volatile uint8_t *reg(struct virtio *v, unsigned offset)
{
    return container_of(v, struct mmio_device, virtio)->regs + offset;
}

static void write(struct virtio *v, unsigned offset, uint32_t value)
{
    mmio_write32(reg(v, offset), value);
}

static void write64(struct virtio *v, unsigned offset, uint64_t value)
{
    write(v, offset, (uint32_t)value);
    write(v, offset + 4, (uint32_t)(value >> 32));
}

static uint64_t read_features(struct virtio *v)
{
    write(v, DEVICE_FEATURES_SELECT, 0);
    uint64_t features = mmio_read32(reg(v, DEVICE_FEATURES));
    if (v->legacy)
        return features;
    write(v, DEVICE_FEATURES_SELECT, 1);
    return features | (uint64_t)mmio_read32(reg(v, DEVICE_FEATURES)) << 32;
}

static void write_features(struct virtio *v, uint64_t features)
{
    write(v, DRIVER_FEATURES_SELECT, 0);
    write(v, DRIVER_FEATURES, (uint32_t)features);
    if (v->legacy) {
        write(v, LEGACY_PAGE_SIZE, PAGE_SIZE);
        return;
    }
    write(v, DRIVER_FEATURES_SELECT, 1);
    write(v, DRIVER_FEATURES, (uint32_t)(features >> 32));
}

static uint8_t read_status(struct virtio *v)
{
    return (uint8_t)mmio_read32(reg(v, STATUS));
}

static void write_status(struct virtio *v, uint8_t status)
{
    write(v, STATUS, status);
}

/* Whole words where they are aligned: each access is an exit. Of the fields that the device may change only a disk's
 * capacity is wider than one access, and its driver reads it twice: the generation counter (2.5.1) is not needed. */
static void read_config(struct virtio *v, unsigned offset, void *dst, unsigned len)
{
    uint8_t *out = dst;
    unsigned end = offset + len;
    while (offset < end) {
        unsigned size = 1;
        uint32_t value;
        if (offset % 4 == 0 && end - offset >= 4) {
            value = mmio_read32(reg(v, CONFIG + offset));
            size = 4;
        } else if (offset % 2 == 0 && end - offset >= 2) {
            value = mmio_read16(reg(v, CONFIG + offset));
            size = 2;
        } else {
            value = mmio_read8(reg(v, CONFIG + offset));
        }
        memcpy(out, &value, size);
        out += size;
        offset += size;
    }
}

static uint16_t queue_max(struct virtio *v, unsigned index)
{
    write(v, QUEUE_SELECT, index);
    uint32_t max = mmio_read32(reg(v, QUEUE_SIZE_MAX));
    return (uint16_t)MIN(max, 32768u);
}

static int queue_enable(struct virtio *v, struct virtq *q)
{
    write(v, QUEUE_SELECT, q->index);
    write(v, QUEUE_SIZE, q->size);
    if (v->legacy) {
        uint64_t frame = virt_to_phys(q->desc) >> PAGE_SHIFT;
        if (frame > UINT32_MAX)
            return -ENOMEM;
        write(v, LEGACY_QUEUE_ALIGN, VIRTQ_USED_ALIGN);
        write(v, LEGACY_QUEUE_PFN, (uint32_t)frame);
        return 0;
    }
    write64(v, QUEUE_DESC, virt_to_phys(q->desc));
    write64(v, QUEUE_DRIVER, virtq_avail_address(q));
    write64(v, QUEUE_DEVICE, virtq_used_address(q));
    write(v, QUEUE_READY, 1);
    return 0;
}

static void notify(struct virtio *v, struct virtq *q)
{
    write(v, QUEUE_NOTIFY, q->index);
}

/* A line may be shared: 0 means that another device interrupted. */
static void interrupt(void *arg)
{
    struct virtio *v = arg;
    uint32_t pending = mmio_read32(reg(v, INTERRUPT_STATUS));
    if (!pending)
        return;
    write(v, INTERRUPT_ACK, pending);
    if (pending & INTERRUPT_QUEUE)
        virtio_interrupt_queues(v);
    if (pending & INTERRUPT_CONFIG)
        virtio_interrupt_config(v);
}

static int interrupts(struct virtio *v)
{
    const struct virtio_mmio_place *p = &container_of(v, struct mmio_device, virtio)->place;
    return irq_register_line(p->gsi, p->level, p->active_low, interrupt, v);
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
};

/* The device id comes first: most slots of a hypervisor are empty, and read as 0. */
static void probe(const struct virtio_mmio_place *place)
{
    volatile uint8_t *regs = mmio_map(place->base, place->size);
    uint32_t device_id = mmio_read32(regs + DEVICE_ID);
    if (!device_id || !virtio_has_driver(device_id))
        return;
    uint32_t magic = mmio_read32(regs + MAGIC), version = mmio_read32(regs + VERSION);
    struct mmio_device *d = kzalloc(sizeof *d);
    if (magic != MAGIC_VALUE || version < 1 || version > 2 || !d) {
        log_warn("virtio mmio@%lx: not used: magic %x, version %u", place->base, magic, version);
        kfree(d);
        return;
    }
    d->virtio = (struct virtio){.transport = &transport, .device_id = device_id, .legacy = version == 1};
    format(d->virtio.where, sizeof d->virtio.where, "mmio@%lx", place->base);
    d->regs = regs;
    d->place = *place;
    virtio_probe(&d->virtio);
}

static void probe_acpi_device(struct aml_span body)
{
    struct virtio_mmio_place place = {0};
    struct aml_span resources;
    struct aml_resource r;
    bool has_interrupt = false;
    if (!aml_named_buffer(body, "_CRS", &resources))
        return;
    while (aml_next_resource(&resources, &r)) {
        if (r.kind == AML_MEMORY) {
            place.base = r.base;
            place.size = r.size;
        } else if (r.kind == AML_INTERRUPT) {
            has_interrupt = true;
            place.gsi = r.gsi;
            place.level = r.level;
            place.active_low = r.active_low;
        }
    }
    if (has_interrupt && virtio_mmio_place_ok(&place))
        probe(&place);
}

/* Only hypervisors have such devices, and those machines are "hardware-reduced"; a PC's DSDT is long and not worth
 * reading. */
static void probe_acpi(void)
{
    const struct acpi_fadt *fadt = acpi_fadt();
    if (!fadt || !(fadt->flags & ACPI_FADT_HARDWARE_REDUCED))
        return;
    struct aml_span dsdt = acpi_dsdt(), body;
    char hid[9];
    for (size_t offset = 0; aml_next_device(dsdt, &offset, &body, hid);)
        if (strcmp(hid, "LNRO0005") == 0)
            probe_acpi_device(body);
}

void virtio_mmio_init(void)
{
    const char *value;
    unsigned n = 0;
    for (; (value = boot_param_nth("virtio_mmio.device", n)); n++) {
        struct virtio_mmio_place place;
        if (virtio_mmio_parse(value, &place))
            probe(&place);
        else
            log_warn("virtio_mmio.device=%s is not SIZE@ADDRESS:IRQ", value);
    }
    if (!n)
        probe_acpi();
}
