/* The virtio entropy source: any used ids, lengths and ring bytes; no more is taken than was asked for. */
#include "fuzz.h"
#include "../unit/kernel/device-host.h"
#include "bus/virtq.c"
#include "bus/virtio.c"
#include "lib/format.c"
#include "drivers/virtio-rng.c"

static bool (*poll_source)(void);
void entropy_register_poll(bool (*poll)(void))
{
    poll_source = poll;
}
void entropy_add(const char *source, const void *data, size_t n, unsigned bits)
{
    CHECK(n && n <= REQUEST_SIZE && bits <= 8 * n);
}

static uint64_t read_features(struct virtio *v)
{
    return UINT64_MAX;
}
static void write_features(struct virtio *v, uint64_t f)
{
}
static uint8_t read_status(struct virtio *v)
{
    return v->status;
}
static void write_status(struct virtio *v, uint8_t s)
{
}
static uint16_t queue_max(struct virtio *v, unsigned index)
{
    return 8;
}
static int queue_enable(struct virtio *v, struct virtq *q)
{
    return 0;
}
static void notify(struct virtio *v, struct virtq *q)
{
}
static int interrupts(struct virtio *v)
{
    return 0;
}
static const struct virtio_transport transport = {
    .read_features = read_features,
    .write_features = write_features,
    .read_status = read_status,
    .write_status = write_status,
    .queue_max = queue_max,
    .queue_enable = queue_enable,
    .notify = notify,
    .interrupts = interrupts,
};

static void run(void)
{
    struct virtio v = {.transport = &transport, .where = "test"};
    rng.queue = NULL;
    CHECK(probe(&v) == 0);
    struct virtq *q = rng.queue;
    while (random_left()) {
        if (random_u64() % 4 == 0)
            ((uint8_t *)q->used)[random_u64() % (6 + 8u * q->size)] = (uint8_t)random_u64();
        if (random_u64() % 2) {
            q->used->ring[q->used->idx & (q->size - 1)] =
                (struct virtq_used_elem){(uint32_t)random_u64(), (uint32_t)random_u64()};
            q->used->idx++;
        }
        poll_source();
    }
    kfree(rng.buffer);
    virtio_failed(&v);
}
FUZZ(run)
