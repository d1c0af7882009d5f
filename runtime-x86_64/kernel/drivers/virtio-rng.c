/* virtio-rng: entropy. Virtio 1.2, 5.4. One queue, no configuration space. The device answers when it likes, and nobody
 * waits for an interrupt: entropy.c polls when it wants to seed itself. */
#include "drivers/driver.h"
#include "mm/mm.h"

#define REQUEST_SIZE 64

static struct {
    struct virtq *queue;
    uint8_t *buffer; /* of its own: the device writes to it at any time */
} rng;

static void request(void)
{
    struct virtq_buffer part = {virt_to_phys(rng.buffer), REQUEST_SIZE};
    if (virtq_add(rng.queue, &part, 0, 1, rng.buffer) == 0)
        virtq_publish(rng.queue);
}

/* What came is used, and the next request is made when the next poll finds none under way: a device is asked as seldom
 * as possible. Each byte counts as full entropy (5.4.6.1). */
static bool poll(void)
{
    uint32_t written;
    if (rng.queue->free_count == rng.queue->size) {
        request();
        return false;
    }
    if (!virtq_take(rng.queue, &written) || !written)
        return false;
    entropy_add("virtio-rng", rng.buffer, written, written * 8);
    memset(rng.buffer, 0, REQUEST_SIZE);
    return true;
}

static int probe(struct virtio *v)
{
    int err = rng.queue ? -EBUSY : virtio_negotiate(v, 0, 0);
    if (err)
        return err;
    rng.buffer = kmalloc(REQUEST_SIZE);
    rng.queue = rng.buffer ? virtio_queue(v, 0, 1, NULL) : NULL;
    if (!rng.queue || (err = virtio_ready(v))) {
        kfree(rng.buffer);
        rng.queue = NULL;
        return err ? err : -ENOMEM;
    }
    request();
    entropy_register_poll(poll);
    return 0;
}

DRIVER(virtio_rng) = {
    .name = "virtio-rng",
    .devices = "virtio entropy source (PCI 1af4:1005, 1af4:1044; MMIO)",
    .virtio_id = 4,
    .probe_virtio = probe,
};
