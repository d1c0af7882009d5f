/* A driver is one file in this folder: it ends with DRIVER(name) and is linked when the target asks for it by name
 * (the linker's root `unik_driver_<name>`). Pointers stand in a section that the bus walks, so no list is kept by hand.
 */
#pragma once
#include "bus/bus.h"

struct pci_match {
    uint16_t vendor, device; /* 0xffff: any */
    uint32_t class_code, class_mask;
};
struct driver {
    const char *name;
    const char *devices; /* one line for the generated table of drivers */
    int (*init)(void);   /* for what is found without a bus (serial port); -ENODEV: not there */
    /* Of a screen: shows why the boot ends before there are consoles. Called in place of init, under boot/early.h's
     * rules. */
    void (*tell)(const char *text);
    uint32_t virtio_id; /* 0: not a virtio driver */
    int (*probe_virtio)(struct virtio *v);
    const struct pci_match *pci; /* ends with an all-zero entry */
    int (*probe_pci)(struct pci_device *d);
};
/* Hyphens in file names are underscores here: virtio-net.c has DRIVER(virtio_net). */
#define DRIVER(id)                                                                                                     \
    extern const struct driver unik_driver_##id;                                                                       \
    static const struct driver *const driver_pointer_##id __attribute__((section("unik_drivers"), used, retain)) =     \
        &unik_driver_##id;                                                                                             \
    __attribute__((visibility("hidden"))) const struct driver unik_driver_##id
extern const struct driver *const __start_unik_drivers[] __attribute__((weak, visibility("hidden")));
extern const struct driver *const __stop_unik_drivers[] __attribute__((weak, visibility("hidden")));

/* entropy.c: ChaCha20 fast-key-erasure generator. Sources: CPU, virtio-rng, loader, jitter. */
/* CPU and jitter; before KASLR and before the heap. It runs at the image's physical address: a pointer that it stored
 * would be stale after relocation, so it stores none (numbers and flags only). */
void entropy_init(void);
void entropy_add(const char *source, const void *data, size_t n, unsigned bits); /* credited bits */
void entropy_read(void *dst, size_t n);                                          /* never blocks after entropy_init */
uint64_t entropy_u64(void);
const char *entropy_sources(void); /* "rdrand virtio-rng", for messages */
/* A device whose bytes arrive later: `poll` adds those that came, asks for more, and tells whether there were any. */
void entropy_register_poll(bool (*poll)(void));
void entropy_settle(
    void); /* end of bus_init: waits a little for a device if there is no strong source; warns when there is none */
