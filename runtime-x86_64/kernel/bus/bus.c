#include "bus/bus.h"
#include "bus/virtio-mmio.h"
#include "drivers/driver.h"

static void init_drivers(void)
{
    for (const struct driver *const *d = __start_unik_drivers; d < __stop_unik_drivers; d++) {
        int err = (*d)->init ? (*d)->init() : 0;
        if (err && err != -ENODEV)
            log_warn("driver %s failed: error %d", (*d)->name, -err);
    }
}

void bus_init(void)
{
    init_drivers();
    virtio_mmio_init();
    pci_init();
    entropy_settle();
}
