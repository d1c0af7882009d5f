/* Finds PCI devices and hands them to drivers. Only what has a driver is looked at closely: each register costs an
 * exit. */
#include "bus/pci.h"
#include "drivers/driver.h"
#include "mm/mm.h"

#define HEADER_MULTI_FUNCTION 0x80u
#define HEADER_BRIDGE 1u
#define MAX_CAPABILITIES 48u
#define MAX_DEPTH 8u

static struct {
    struct pci_device *device[32];
    unsigned count;
    unsigned highest_bus;
    uint32_t without_driver[16]; /* by base class: identity of the first such device */
} found;

static const struct driver *find_driver(const struct pci_device *d)
{
    for (const struct driver *const *p = __start_unik_drivers; p < __stop_unik_drivers; p++)
        for (const struct pci_match *m = (*p)->pci; m && (m->vendor || m->class_mask); m++)
            if ((m->vendor == 0xffff || m->vendor == d->vendor) && (m->device == 0xffff || m->device == d->device) &&
                (d->class_code & m->class_mask) == (m->class_code & m->class_mask))
                return *p;
    return NULL;
}

static void keep_if_wanted(const struct pci_device *d)
{
    struct pci_device copy = *d;
    if (!virtio_pci_claims(&copy) && !find_driver(&copy)) {
        uint32_t *first = &found.without_driver[copy.class_code >> 16 & 15];
        *first = *first ? *first : (uint32_t)copy.device << 16 | copy.vendor;
        return;
    }
    uint32_t subsystem = pci_read32(d, PCI_SUBSYSTEM), interrupt = pci_read32(d, PCI_INTERRUPT);
    copy.subsystem_vendor = (uint16_t)subsystem;
    copy.subsystem = (uint16_t)(subsystem >> 16);
    copy.irq_line = (uint8_t)interrupt;
    copy.irq_pin = (uint8_t)(interrupt >> 8);
    if (!pci_read_bars(&copy))
        return;
    struct pci_device *kept = found.count < ARRAY_LEN(found.device) ? kmalloc(sizeof *kept) : NULL;
    if (!kept) {
        log_warn("PCI %02x:%02x.%x: not used: too many devices", d->bus, d->slot, d->function);
        return;
    }
    *kept = copy;
    found.device[found.count++] = kept;
}

static void scan_bus(unsigned bus, unsigned depth);

/* Depth first: all addresses behind a bridge are given out between begin and end, so they form one window. */
static void scan_bridge(const struct pci_device *bridge, unsigned depth)
{
    unsigned secondary = pci_read32(bridge, PCI_BUS_NUMBERS) >> 8 & 0xff;
    if (depth == MAX_DEPTH)
        return;
    if (secondary) {
        found.highest_bus = MAX(found.highest_bus, secondary);
        if (secondary > bridge->bus)
            scan_bus(secondary, depth + 1);
        return;
    }
    if (found.highest_bus == pci_last_bus())
        return;
    secondary = ++found.highest_bus;
    pci_write32(bridge, PCI_BUS_NUMBERS, pci_last_bus() << 16 | secondary << 8 | bridge->bus);
    paddr_t begin = pci_bridge_begin(bridge);
    scan_bus(secondary, depth + 1);
    pci_bridge_end(bridge, begin);
    pci_write32(bridge, PCI_BUS_NUMBERS, found.highest_bus << 16 | secondary << 8 | bridge->bus);
}

/* The header type's high bit tells whether there are further functions. */
static bool scan_function(unsigned bus, unsigned slot, unsigned function, unsigned depth)
{
    struct pci_device d = {.bus = (uint8_t)bus, .slot = (uint8_t)slot, .function = (uint8_t)function};
    uint32_t id = pci_read32(&d, PCI_ID);
    if ((id & 0xffff) == 0xffff || !id)
        return false;
    d.vendor = (uint16_t)id;
    d.device = (uint16_t)(id >> 16);
    d.class_code = pci_read32(&d, PCI_CLASS) >> 8;
    uint8_t type = (uint8_t)(pci_read32(&d, PCI_HEADER_TYPE) >> 16);
    if ((type & 0x7f) == HEADER_BRIDGE)
        scan_bridge(&d, depth);
    else if ((type & 0x7f) == 0)
        keep_if_wanted(&d);
    return type & HEADER_MULTI_FUNCTION;
}

static void scan_bus(unsigned bus, unsigned depth)
{
    for (unsigned slot = 0; slot < 32; slot++)
        if (scan_function(bus, slot, 0, depth))
            for (unsigned function = 1; function < 8; function++)
                scan_function(bus, slot, function, depth);
}

void pci_init(void)
{
    if (!pci_config_init())
        return;
    scan_bus(0, 0);
    for (unsigned i = 0; i < found.count; i++) {
        struct pci_device *d = found.device[i];
        if (virtio_pci_claims(d) && virtio_pci_probe(d))
            continue;
        const struct driver *driver = find_driver(d);
        if (!driver || driver->probe_pci(d))
            log_warn("PCI %02x:%02x.%x: %s%s", d->bus, d->slot, d->function,
                     driver ? "not driven by " : "no driver for virtio before version 1 is linked",
                     driver ? driver->name : "");
    }
}

uint32_t pci_without_driver(unsigned base_class)
{
    return found.without_driver[base_class];
}

void pci_enable(const struct pci_device *d)
{
    pci_write16(d, PCI_COMMAND, PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_OFF);
}

void pci_disable(const struct pci_device *d)
{
    pci_write16(d, PCI_COMMAND, PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_INTX_OFF);
}

/* A list that leads in circles ends at the guard. */
unsigned pci_capability(const struct pci_device *d, uint8_t id, unsigned after)
{
    unsigned at = after ? pci_read8(d, after + 1) : 0;
    if (!after && pci_read16(d, PCI_STATUS) & PCI_STATUS_CAPABILITIES)
        at = pci_read8(d, PCI_CAPABILITIES);
    for (unsigned guard = 0; (at &= 0xfc) >= 0x40 && guard < MAX_CAPABILITIES; guard++) {
        uint16_t head = pci_read16(d, at);
        if ((head & 0xff) == id)
            return at;
        at = head >> 8;
    }
    return 0;
}
