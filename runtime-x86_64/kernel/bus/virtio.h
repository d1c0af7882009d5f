/* What transports and queues share, below bus.h: feature bits, status bits (Virtio 1.2, 2.1 and 6). */
#pragma once
#include "bus/bus.h"

#define VIRTIO_F_EVENT_IDX (1ull << 29)
#define VIRTIO_F_VERSION_1 (1ull << 32)
#define VIRTIO_F_ACCESS_PLATFORM (1ull << 33)

#define VIRTIO_STATUS_ACKNOWLEDGE 1
#define VIRTIO_STATUS_DRIVER 2
#define VIRTIO_STATUS_DRIVER_OK 4
#define VIRTIO_STATUS_FEATURES_OK 8
#define VIRTIO_STATUS_FAILED 128

/* bus/virtio.c: for transports. */
bool virtio_has_driver(uint32_t device_id);
/* Hands the device to its driver. It stays allocated even if that fails: its interrupt may be registered. */
void virtio_probe(struct virtio *v);
bool virtio_wants_interrupts(const struct virtio *v);
void virtio_interrupt_queues(struct virtio *v); /* every queue's fn */
void virtio_interrupt_config(struct virtio *v);

/* bus/virtq.c: physical addresses of the rings; the descriptors' is virt_to_phys(q->desc). */
uint64_t virtq_avail_address(const struct virtq *q);
uint64_t virtq_used_address(const struct virtq *q);
