/* Where a virtio-mmio device is. */
#pragma once
#include "kernel.h"

struct virtio_mmio_place {
    paddr_t base;
    uint64_t size;
    uint32_t gsi;
    bool level, active_low;
};
/* bus/virtio-mmio-param.c: "512@0xfeb00e00:12[:ID]", sizes with K, M, G. The interrupt is edge-triggered, as Linux
 * takes it. */
bool virtio_mmio_parse(const char *text, struct virtio_mmio_place *out);
bool virtio_mmio_place_ok(const struct virtio_mmio_place *p);

void virtio_mmio_init(void);
