/* Buses and transports: they find devices and hand them to drivers; they know no device. A driver never sees PCI or
 * MMIO registers of its transport, only `struct virtio` or `struct pci_device`. */
#pragma once
#include "kernel.h"

/* --- bus/acpi.c: tables only, no AML interpreter. Every length and checksum is checked; a bad table is told and
 * skipped. */
void acpi_init(void); /* finds the tables; before irq_init */
/* Mapped for good, checksum verified, at least min_size long; its length is in the header. NULL when absent. */
const void *acpi_table(const char signature[4], size_t min_size);
struct acpi_header { /* ACPI 6.5, 5.2.6 */
    char signature[4];
    uint32_t length;
    uint8_t revision, checksum;
    char oem_id[6], oem_table_id[8];
    uint32_t oem_revision, creator_id, creator_revision;
} __attribute__((packed));
_Static_assert(sizeof(struct acpi_header) == 36, "ACPI 6.5, 5.2.6");
struct acpi_address { /* Generic Address Structure, 5.2.3.2 */
    uint8_t space, bit_width, bit_offset, access_size;
    uint64_t address;
} __attribute__((packed));
enum { ACPI_SPACE_MEMORY = 0, ACPI_SPACE_IO = 1 };
struct acpi_fadt { /* 5.2.9; only what is used, at its offsets */
    struct acpi_header header;
    uint32_t facs, dsdt;
    uint8_t unused1[2];
    uint16_t sci_interrupt;
    uint32_t smi_command;
    uint8_t acpi_enable, unused2[3];
    uint32_t pm1a_event, pm1b_event, pm1a_control, pm1b_control, unused3[4];
    uint8_t pm1_event_length, unused4[23];
    uint32_t flags;
    struct acpi_address reset_register;
    uint8_t reset_value, unused5[3];
    uint64_t unused6, x_dsdt;
    struct acpi_address x_pm1a_event, x_pm1b_event, x_pm1a_control, x_pm1b_control, unused7[4];
    struct acpi_address sleep_control, sleep_status;
} __attribute__((packed));
_Static_assert(offsetof(struct acpi_fadt, flags) == 112 && offsetof(struct acpi_fadt, x_dsdt) == 140 &&
                   offsetof(struct acpi_fadt, sleep_control) == 244 && sizeof(struct acpi_fadt) == 268,
               "ACPI 6.5, 5.2.9");
#define ACPI_FADT_RESET_REGISTER (1u << 10)
#define ACPI_FADT_HARDWARE_REDUCED (1u << 20)
/* The FADT, with zeros where a shorter (older) table ends; NULL without ACPI. */
const struct acpi_fadt *acpi_fadt(void);
/* The DSDT's byte code, for bus/aml.h; empty when absent. Loaded at the first call: PCs have a big one that boot does
 * not need. */
struct aml_span;
struct aml_span acpi_dsdt(void);

/* --- bus/pci*.c: configuration by ECAM where ACPI tells of it, else by ports CF8/CFC. */
struct pci_device {
    uint16_t vendor, device, subsystem_vendor, subsystem;
    uint32_t class_code; /* class << 16 | subclass << 8 | prog-if */
    uint8_t bus, slot, function, irq_line, irq_pin;
    struct {
        uint64_t base, size; /* size 0: not there; base 0: nobody gave it an address */
        bool io, wide;       /* wide: takes the next register too */
    } bar[6];
};
void pci_init(void); /* enumerates, assigns BARs where no firmware did (microvm), probes drivers */
/* The first device found of this base class (below 16) for which no driver is linked: device << 16 | vendor; 0: none.
 */
#define PCI_CLASS_STORAGE 1u
#define PCI_CLASS_NETWORK 2u
uint32_t pci_without_driver(unsigned base_class);
uint32_t pci_read32(const struct pci_device *d, unsigned offset);
uint16_t pci_read16(const struct pci_device *d, unsigned offset);
uint8_t pci_read8(const struct pci_device *d, unsigned offset);
void pci_write32(const struct pci_device *d, unsigned offset, uint32_t v);
void pci_write16(const struct pci_device *d, unsigned offset, uint16_t v);
void pci_enable(const struct pci_device *d); /* memory, I/O, bus master; INTx off until pci_interrupts */
/* From here on it reaches no memory and raises no line. */
void pci_disable(const struct pci_device *d);
unsigned pci_capability(const struct pci_device *d, uint8_t id, unsigned after); /* offset, or 0; after 0: the first */
/* Maps `size` bytes at `offset` of a memory BAR; NULL when that is not inside. */
void *pci_map_bar(const struct pci_device *d, unsigned bar, uint64_t offset, uint64_t size);
/* MSI-X with a vector for each function; else one interrupt (MSI, the INTx line, or at last a timer) that calls them
 * all. None is called during boot, while interrupts are off. */
enum pci_interrupt_kind { PCI_MSIX = 1, PCI_MSI, PCI_INTX, PCI_POLLED };
int pci_interrupts(const struct pci_device *d, unsigned count, void (*const *fns)(void *),
                   void *const *args); /* kind or -errno */

/* --- bus/virtio.h in short: one device over any transport (modern PCI, MMIO v2, legacy MMIO v1). Virtio 1.2. */
struct virtq;
struct virtio;
struct virtio_transport {
    uint64_t (*read_features)(struct virtio *v);
    void (*write_features)(struct virtio *v, uint64_t f);
    uint8_t (*read_status)(struct virtio *v);
    void (*write_status)(struct virtio *v, uint8_t s);
    void (*read_config)(struct virtio *v, unsigned offset, void *dst, unsigned len); /* zeros beyond its end */
    uint16_t (*queue_max)(struct virtio *v, unsigned index);                         /* 0: no such queue */
    int (*queue_enable)(struct virtio *v, struct virtq *q);
    void (*notify)(struct virtio *v, struct virtq *q);
    int (*interrupts)(
        struct virtio *v); /* after the queues are created, before they are enabled; only if anybody wants them */
    /* What a reset of the device undoes besides its queues; before each DRIVER_OK. NULL: nothing. */
    int (*prepare)(struct virtio *v);
};
struct virtio {
    const struct virtio_transport *transport;
    uint32_t device_id; /* virtio device number: 1 net, 2 block, 4 entropy */
    bool legacy;        /* before version 1: MMIO version 1, PCI with an I/O BAR */
    bool own_rings;     /* legacy PCI: a queue's size is the device's, its used ring begins on a page (2.7.2) */
    uint8_t status;     /* as last written */
    uint64_t features;  /* negotiated */
    char where[24];     /* "mmio@feb00e00", "pci 00:02.0": for messages */
    void *priv;         /* the driver's */
    void (*config_changed)(struct virtio *v);
    struct virtq *queues[8];
    unsigned queue_count;
};
/* Reset, acknowledge, driver, features (wanted & offered; VERSION_1 required unless the transport is legacy),
 * FEATURES_OK. -ENODEV when `required` is not offered. */
int virtio_negotiate(struct virtio *v, uint64_t wanted, uint64_t required);
/* Creates queue `index` with at most `max` descriptors; `fn` is called on its interrupt (may be NULL: polled). */
struct virtq *virtio_queue(struct virtio *v, unsigned index, unsigned max, void (*fn)(struct virtq *q));
int virtio_ready(struct virtio *v); /* interrupts, queues, DRIVER_OK; only then publish */
void virtio_failed(struct virtio *v);
/* Out of whatever it hangs in: reset, same features, same queues, now empty: what was in flight is the driver's again.
 * -errno: it did not come back (or has a broken queue), and is no longer to be used. */
int virtio_restart(struct virtio *v);

/* --- bus/virtq.c: split virtqueues (2.7). The device's memory is hostile: ids and lengths are checked before use, and
 * nothing that the device can write is read back as our own state. */
struct virtq_buffer {
    paddr_t addr;
    uint32_t len;
};
struct virtq {
    struct virtio *device;
    unsigned index, size, free_count;
    uint16_t free_head, last_used, added, published; /* ring positions run freely, modulo 2^16 */
    struct virtq_desc *desc;
    struct virtq_avail *avail;
    struct virtq_used *used;
    void **token;       /* by head descriptor; NULL: not in flight */
    uint32_t *in_bytes; /* by head: how much the device may write */
    uint16_t *next;     /* by descriptor: our copy of the chain and of the free list */
    bool event_index;   /* VIRTIO_F_EVENT_IDX (2.7.10) */
    void (*fn)(struct virtq *q);
    void *priv;
    bool counts_output; /* by the driver: this kind of device counts what it read as written, as QEMU's disks do */
    bool broken;        /* the device broke the rules: no longer used, told once */
};
/* One block of memory holds descriptors, available ring and, at a multiple of this, the used ring (legacy: QueueAlign).
 */
#define VIRTQ_USED_ALIGN 64
struct virtq *virtq_create(struct virtio *v, unsigned index,
                           unsigned size); /* size: a power of two; NULL: out of memory */
void virtq_destroy(struct virtq *q);       /* the device must have been reset */
void virtq_restart(struct virtq *q);       /* likewise: empty again */
/* Queues a chain: first `out` buffers the device reads, then `in` it writes. -ENOSPC when full, -EIO when broken. Not
 * seen before virtq_publish. `token` is not NULL. */
int virtq_add(struct virtq *q, const struct virtq_buffer *bufs, unsigned out, unsigned in, void *token);
void virtq_publish(struct virtq *q); /* makes added chains visible and notifies if the device wants it */
/* Notifies, wanted or not, while anything is in flight: for who suspects that the device missed it. */
void virtq_nudge(struct virtq *q);
void *virtq_take(struct virtq *q, uint32_t *written); /* next finished token, or NULL */
/* Whether the device shall interrupt when it finishes something (a hint; it may do so anyway). Turning on returns false
 * when something has finished meanwhile: take again. */
bool virtq_interrupts(struct virtq *q, bool on);
void bus_init(
    void); /* after acpi_init, irq_init and clock_init: drivers without a bus, virtio-mmio, PCI; then entropy_settle */
