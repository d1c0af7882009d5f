/* Split queues against a correct device model, and against a hostile one that writes anything it can reach. */
#include "device-host.h"
#include "bus/virtq.c"

#define SIZE 8

static unsigned notified;
static void count_notify(struct virtio *v, struct virtq *q)
{
    notified++;
}
static const struct virtio_transport transport = {.notify = count_notify};
static struct virtio device = {.transport = &transport, .where = "test"};

static uint16_t device_seen; /* the device's position in the available ring */

/* Takes the next available chain: its head, or -1. */
static int device_next(struct virtq *q)
{
    if (device_seen == q->avail->idx)
        return -1;
    return q->avail->ring[device_seen++ & (SIZE - 1)];
}

static void device_finish(struct virtq *q, uint32_t id, uint32_t len)
{
    q->used->ring[q->used->idx & (SIZE - 1)] = (struct virtq_used_elem){id, len};
    q->used->idx++;
}

static struct virtq *fresh(uint64_t features)
{
    device.features = features;
    device_seen = 0;
    notified = warnings = 0;
    return virtq_create(&device, 0, SIZE);
}

static void chains_go_round(uint64_t features)
{
    struct virtq *q = fresh(features);
    static char tokens[SIZE];
    uint32_t written;
    for (unsigned round = 0; round < 200000; round++) {
        unsigned out = random_u64() % 3, in = random_u64() % 3 + (out == 0);
        struct virtq_buffer bufs[4] = {{0x1000, 10}, {0x2000, 20}, {0x3000, 30}, {0x4000, 40}};
        uint32_t room = 0;
        for (unsigned i = out; i < out + in; i++)
            room += bufs[i].len;
        unsigned was_free = q->free_count;
        int err = virtq_add(q, bufs, out, in, &tokens[round % SIZE]);
        CHECK(err == (out + in > was_free ? -ENOSPC : 0));
        virtq_publish(q);
        if (err || random_u64() % 2) {
            int head = device_next(q);
            if (head < 0)
                continue;
            unsigned n = 1;
            for (int d = head; q->desc[d].flags & DESC_F_NEXT; d = q->desc[d].next)
                n++;
            uint32_t limit = q->in_bytes[head];
            device_finish(q, (uint32_t)head, limit);
            was_free = q->free_count;
            void *token = virtq_take(q, &written);
            CHECK(token >= (void *)tokens && token < (void *)(tokens + SIZE) && written == limit);
            CHECK(q->free_count == was_free + n && virtq_take(q, NULL) == NULL && !q->broken);
        }
    }
    CHECK(warnings == 0);
    virtq_destroy(q);
}

static void one(struct virtq *q)
{
    static int token;
    struct virtq_buffer buf = {0x1000, 64};
    CHECK(virtq_add(q, &buf, 0, 1, &token) == 0);
}

static void notifies_only_when_wanted(void)
{
    struct virtq *q = fresh(0);
    one(q);
    CHECK(notified == 0);
    virtq_publish(q);
    virtq_publish(q);
    CHECK(notified == 1);
    q->used->flags = USED_F_NO_NOTIFY;
    one(q);
    virtq_publish(q);
    CHECK(notified == 1);
    virtq_destroy(q);

    q = fresh(VIRTIO_F_EVENT_IDX);
    one(q);
    virtq_publish(q);
    CHECK(notified == 1); /* avail_event is 0: the first chain is wanted */
    one(q);
    virtq_publish(q);
    CHECK(notified == 1);
    *avail_event(q) = 3;
    one(q);
    virtq_publish(q);
    CHECK(notified == 1);
    one(q);
    virtq_publish(q);
    CHECK(notified == 2);
    virtq_destroy(q);
}

static void turning_interrupts_on_reports_what_finished(uint64_t features)
{
    struct virtq *q = fresh(features);
    one(q);
    virtq_publish(q);
    CHECK(virtq_interrupts(q, false));
    CHECK(virtq_interrupts(q, true));
    device_finish(q, (uint32_t)device_next(q), 5);
    CHECK(!virtq_interrupts(q, true));
    CHECK(virtq_take(q, NULL) && virtq_interrupts(q, true));
    if (features)
        CHECK(*used_event(q) == 1);
    virtq_destroy(q);
}

static void gives_up_on(uint32_t id, uint32_t len, uint16_t idx)
{
    struct virtq *q = fresh(0);
    struct virtq_buffer buf = {0x1000, 64};
    one(q);
    virtq_publish(q);
    q->used->ring[0] = (struct virtq_used_elem){id, len};
    q->used->idx = idx;
    CHECK(virtq_take(q, NULL) == NULL && q->broken && warnings == 1);
    CHECK(virtq_take(q, NULL) == NULL && warnings == 1);
    CHECK(virtq_add(q, &buf, 0, 1, q) == -EIO);
    virtq_destroy(q);
}

static void forgives_devices_that_count_what_they_read(void)
{
    struct virtq *q = fresh(0);
    struct virtq_buffer bufs[2] = {{0x1000, 512}, {0x2000, 16}};
    uint32_t written;
    q->counts_output = true;
    CHECK(virtq_add(q, bufs, 1, 1, q) == 0);
    virtq_publish(q);
    device_finish(q, (uint32_t)device_next(q), 528);
    CHECK(virtq_take(q, &written) == q && written == 16 && !q->broken);
    virtq_destroy(q);
}

static void starts_again_empty(void)
{
    struct virtq *q = fresh(VIRTIO_F_EVENT_IDX);
    for (unsigned i = 0; i < SIZE; i++)
        one(q);
    virtq_publish(q);
    device_finish(q, (uint32_t)device_next(q), 5);
    CHECK(virtq_take(q, NULL));
    virtq_restart(q);
    device_seen = 0;
    CHECK(q->free_count == SIZE && virtq_take(q, NULL) == NULL && q->avail->idx == 0);
    for (unsigned i = 0; i < SIZE; i++)
        one(q);
    virtq_publish(q);
    for (unsigned i = 0; i < SIZE; i++)
        device_finish(q, (uint32_t)device_next(q), 5);
    for (unsigned i = 0; i < SIZE; i++)
        CHECK(virtq_take(q, NULL));
    CHECK(q->free_count == SIZE && warnings == 0);
    virtq_destroy(q);
}

/* Every byte of the ring memory may change at any time; our own state must stay sound. */
static void hostile_round(void)
{
    struct virtq *q = fresh(random_u64() % 2 ? VIRTIO_F_EVENT_IDX : 0);
    size_t bytes = PAGE_SIZE << ring_order(q->device, SIZE);
    for (unsigned step = 0; step < 64 && random_left(); step++) {
        struct virtq_buffer bufs[2] = {{0x1000, 64}, {0x2000, 64}};
        unsigned out = random_u64() % 2;
        virtq_add(q, bufs, out, 2 - out, q);
        virtq_publish(q);
        for (unsigned n = random_u64() % 8; n; n--)
            ((uint8_t *)q->desc)[random_u64() % MIN(bytes, 300ul)] = (uint8_t)random_u64();
        if (random_u64() % 2)
            device_finish(q, random_u64() % (SIZE + 2), random_u64() % 200);
        uint32_t written = 0;
        while (virtq_take(q, &written))
            CHECK(written <= 128);
        virtq_interrupts(q, random_u64() % 2);
        CHECK(q->free_count <= SIZE);
    }
    virtq_destroy(q);
}

static void survives_a_hostile_device(void)
{
    for (unsigned round = 0; round < 5000; round++)
        hostile_round();
}

int main(void)
{
    direct_map_base = 0;
    chains_go_round(0);
    chains_go_round(VIRTIO_F_EVENT_IDX);
    notifies_only_when_wanted();
    turning_interrupts_on_reports_what_finished(0);
    turning_interrupts_on_reports_what_finished(VIRTIO_F_EVENT_IDX);
    gives_up_on(SIZE, 0, 1);
    gives_up_on(3, 0, 1);
    gives_up_on(0, 65, 1);
    gives_up_on(0, 0, SIZE + 1);
    forgives_devices_that_count_what_they_read();
    starts_again_empty();
    survives_a_hostile_device();
    puts("OK");
}
