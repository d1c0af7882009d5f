/* What all virtio devices go through, whatever carries them: Virtio 1.2, 3.1. */
#include "bus/virtio.h"
#include "drivers/driver.h"
#include "mm/mm.h"

#define CORE_FEATURES (VIRTIO_F_EVENT_IDX | VIRTIO_F_VERSION_1 | VIRTIO_F_ACCESS_PLATFORM)
#define RESET_POLLS 100000

static void add_status(struct virtio *v, uint8_t bits)
{
    v->status |= bits;
    v->transport->write_status(v, v->status);
}

/* 4.1.4.3.1: a PCI device may take a while, and then reads as 0. */
static int reset(struct virtio *v)
{
    v->status = 0;
    v->transport->write_status(v, 0);
    for (unsigned i = 0; i < RESET_POLLS; i++)
        if (v->transport->read_status(v) == 0)
            return 0;
    log_warn("virtio %s: does not come out of reset", v->where);
    return -EIO;
}

int virtio_negotiate(struct virtio *v, uint64_t wanted, uint64_t required)
{
    int err = reset(v);
    if (err)
        return err;
    add_status(v, VIRTIO_STATUS_ACKNOWLEDGE);
    add_status(v, VIRTIO_STATUS_DRIVER);
    uint64_t offered = v->transport->read_features(v);
    if (!v->legacy)
        required |= VIRTIO_F_VERSION_1;
    v->features = offered & (wanted | required | CORE_FEATURES);
    if (required & ~offered) {
        log_warn("virtio %s: features %lx are needed, only %lx are offered", v->where, required, offered);
        return -ENODEV;
    }
    v->transport->write_features(v, v->features);
    if (v->legacy) /* FEATURES_OK came with version 1 */
        return 0;
    add_status(v, VIRTIO_STATUS_FEATURES_OK);
    if (v->transport->read_status(v) & VIRTIO_STATUS_FEATURES_OK)
        return 0;
    log_warn("virtio %s: refuses features %lx", v->where, v->features);
    return -ENODEV;
}

/* The largest power of two that both sides take. */
static unsigned queue_size(unsigned device_max, unsigned max)
{
    unsigned limit = MIN(device_max, max), size = 1;
    while (size * 2 <= limit)
        size *= 2;
    return limit ? size : 0;
}

struct virtq *virtio_queue(struct virtio *v, unsigned index, unsigned max, void (*fn)(struct virtq *q))
{
    if (index >= ARRAY_LEN(v->queues) || v->queues[index])
        return NULL;
    unsigned most = v->transport->queue_max(v, index), size = queue_size(most, v->own_rings ? most : max);
    if (size != most && v->own_rings)
        size = 0; /* no power of two */
    struct virtq *q = size ? virtq_create(v, index, size) : NULL;
    if (!q) {
        log_warn("virtio %s: queue %u %s", v->where, index, size ? "finds no memory" : "does not exist");
        return NULL;
    }
    q->fn = fn;
    v->queues[index] = q;
    v->queue_count = MAX(v->queue_count, index + 1);
    if (!fn)
        virtq_interrupts(q, false);
    return q;
}

bool virtio_wants_interrupts(const struct virtio *v)
{
    for (unsigned i = 0; i < v->queue_count; i++)
        if (v->queues[i] && v->queues[i]->fn)
            return true;
    return v->config_changed != NULL;
}

static int start_queues(struct virtio *v)
{
    for (unsigned i = 0; i < v->queue_count; i++) {
        int err = v->queues[i] ? v->transport->queue_enable(v, v->queues[i]) : 0;
        if (err)
            return err;
    }
    int err = v->transport->prepare ? v->transport->prepare(v) : 0;
    if (!err)
        add_status(v, VIRTIO_STATUS_DRIVER_OK);
    return err;
}

int virtio_ready(struct virtio *v)
{
    int err = virtio_wants_interrupts(v) ? v->transport->interrupts(v) : 0;
    return err ? err : start_queues(v);
}

int virtio_restart(struct virtio *v)
{
    int err = virtio_negotiate(v, v->features, v->features);
    for (unsigned i = 0; i < v->queue_count && !err; i++) {
        if (!v->queues[i])
            continue;
        if (v->queues[i]->broken)
            err = -EIO;
        virtq_restart(v->queues[i]);
        if (!v->queues[i]->fn)
            virtq_interrupts(v->queues[i], false);
    }
    if (!err)
        err = start_queues(v);
    for (unsigned i = 0; i < v->queue_count && err; i++)
        if (v->queues[i]) /* what it still returns is nobody's any more */
            v->queues[i]->broken = true;
    return err;
}

/* Tells the device, takes the queues back. A reset first: the rings are its memory until then. The driver's own is gone
 * already, so nothing of it is called any more, even when the device refuses the reset. */
void virtio_failed(struct virtio *v)
{
    v->config_changed = NULL;
    for (unsigned i = 0; i < v->queue_count; i++)
        if (v->queues[i])
            v->queues[i]->fn = NULL;
    if (reset(v))
        return;
    add_status(v, VIRTIO_STATUS_FAILED);
    for (unsigned i = 0; i < v->queue_count; i++) {
        if (v->queues[i])
            virtq_destroy(v->queues[i]);
        v->queues[i] = NULL;
    }
    v->queue_count = 0;
}

void virtio_interrupt_queues(struct virtio *v)
{
    for (unsigned i = 0; i < v->queue_count; i++)
        if (v->queues[i] && v->queues[i]->fn)
            v->queues[i]->fn(v->queues[i]);
}

void virtio_interrupt_config(struct virtio *v)
{
    if (v->config_changed)
        v->config_changed(v);
}

static const struct driver *find_driver(uint32_t device_id)
{
    for (const struct driver *const *d = __start_unik_drivers; d < __stop_unik_drivers; d++)
        if ((*d)->probe_virtio && (*d)->virtio_id == device_id)
            return *d;
    return NULL;
}

bool virtio_has_driver(uint32_t device_id)
{
    return find_driver(device_id) != NULL;
}

void virtio_probe(struct virtio *v)
{
    const struct driver *d = find_driver(v->device_id);
    int err = d ? d->probe_virtio(v) : 0;
    if (!err)
        return;
    log_warn("virtio %s: driver %s failed: error %d", v->where, d->name, -err);
    virtio_failed(v);
}
