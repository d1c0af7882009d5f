/* The virtio disk driver over a fake transport: requests arrive as the device wants them, its answers are checked, and
 * a restart gives everything back. */
#include "device-host.h"
#include "bus/virtq.c"
#include "bus/virtio.c"
#include "lib/format.c"
#include "drivers/virtio-blk.c"

static uint64_t offered;
static struct config config;
static unsigned notified, ended, last_status;
static struct block_device *known;
static bool stuck, restless;

static uint64_t read_features(struct virtio *v)
{
    return offered;
}
static void write_features(struct virtio *v, uint64_t f)
{
    CHECK((f & ~offered) == 0);
}
static uint8_t read_status(struct virtio *v)
{
    return v->status | stuck;
}
static void write_status(struct virtio *v, uint8_t s)
{
}
static void fake_config(struct virtio *v, unsigned offset, void *dst, unsigned len)
{
    CHECK(offset + len <= sizeof config);
    config.capacity += restless;
    memcpy(dst, (char *)&config + offset, len);
}
static uint16_t queue_max(struct virtio *v, unsigned index)
{
    return index ? 0 : 16;
}
static int queue_enable(struct virtio *v, struct virtq *q)
{
    return 0;
}
static void notify(struct virtio *v, struct virtq *q)
{
    notified++;
}
static int interrupts(struct virtio *v)
{
    return 0;
}
static unsigned prepared;
static int prepare(struct virtio *v)
{
    prepared++;
    return 0;
}
static const struct virtio_transport transport = {
    .read_features = read_features,
    .write_features = write_features,
    .read_status = read_status,
    .write_status = write_status,
    .read_config = fake_config,
    .queue_max = queue_max,
    .queue_enable = queue_enable,
    .notify = notify,
    .interrupts = interrupts,
    .prepare = prepare,
};

int block_register(struct block_device *d, const char *prefix)
{
    CHECK(!strcmp(prefix, "vd"));
    known = d;
    return 0;
}
void block_complete(struct block_request *r, int status)
{
    ended++;
    r->status = status;
    last_status = (unsigned)-status;
}

static struct virtio *begin(uint64_t features)
{
    static struct virtio v;
    v = (struct virtio){.transport = &transport, .where = "test"};
    offered = features | VIRTIO_F_VERSION_1;
    config = (struct config){.capacity = 1000, .size_max = 70000, .seg_max = 5, .blk_size = 4096};
    notified = ended = warnings = 0;
    CHECK(probe(&v) == 0);
    return &v;
}

static void stop(struct virtio *v)
{
    struct disk *d = v->priv;
    virtio_failed(v);
    kfree(d->exchanges);
    kfree(d);
}

static uint8_t data[4 * 4096];
static struct block_part parts[] = {{(paddr_t)data, 4096}, {(paddr_t)data + 8192, 8192}};
static struct block_request request(enum block_operation operation)
{
    bool flush = operation == BLOCK_FLUSH;
    return (struct block_request){
        .operation = operation, .sector = flush ? 0 : 24, .parts = parts, .part_count = flush ? 0 : 2};
}

/* The device's side: the chain that starts there. */
static void answer(struct virtq *q, uint16_t id, uint8_t status, uint32_t written)
{
    uint16_t d = id;
    while (q->desc[d].flags & DESC_F_NEXT)
        d = q->desc[d].next;
    CHECK(q->desc[d].len == 1 && q->desc[d].flags & DESC_F_WRITE);
    *(uint8_t *)q->desc[d].addr = status;
    q->used->ring[q->used->idx & (q->size - 1)] = (struct virtq_used_elem){id, written};
    q->used->idx++;
}

static void chains_are_as_the_device_wants_them(void)
{
    struct virtio *v = begin(F_FLUSH | F_SEG_MAX | F_BLK_SIZE | F_SIZE_MAX);
    struct virtq *q = v->queues[0];
    CHECK(known->sectors == 1000 && known->sector_size == 4096 && known->max_parts == 5);
    CHECK(known->max_part_bytes == 69632 && known->volatile_cache && !known->read_only);
    struct block_request r[] = {request(BLOCK_READ), request(BLOCK_WRITE), request(BLOCK_FLUSH)};
    static const uint8_t types[] = {TYPE_IN, TYPE_OUT, TYPE_FLUSH};
    for (unsigned i = 0; i < 3; i++)
        CHECK(submit(known, &r[i]) == 0);
    CHECK(q->avail->idx == 0 && !notified); /* nothing is seen before the kick */
    kick(known);
    CHECK(q->avail->idx == 3 && notified == 1);
    for (unsigned i = 0; i < 3; i++) {
        struct virtq_desc *h = &q->desc[q->avail->ring[i]];
        const struct exchange *e = (struct exchange *)h->addr;
        CHECK(h->len == 16 && !(h->flags & DESC_F_WRITE) && e->type == types[i] && e->sector == r[i].sector);
        for (unsigned p = 0; p < r[i].part_count; p++) {
            h = &q->desc[h->next];
            CHECK(h->addr == parts[p].address && h->len == parts[p].length);
            CHECK(!(h->flags & DESC_F_WRITE) == (i == BLOCK_WRITE));
        }
    }
    answer(q, q->avail->ring[1], STATUS_OK, 1); /* in any order */
    answer(q, q->avail->ring[0], 1, 12289);
    interrupt(q);
    CHECK(ended == 2 && r[1].status == 0 && r[0].status == -EIO);
    answer(q, q->avail->ring[2], STATUS_NONE, 0); /* says done, but wrote no status */
    poll(known);
    CHECK(ended == 3 && r[2].status == -EIO && q->free_count == q->size);
    stop(v);
}

static void a_full_ring_is_told(void)
{
    struct virtio *v = begin(F_FLUSH | F_SEG_MAX);
    struct virtq *q = v->queues[0];
    struct block_request r[5];
    for (unsigned i = 0; i < 5; i++) {
        r[i] = request(BLOCK_READ);
        CHECK(submit(known, &r[i]) == (i < 4 ? 0 : -EAGAIN));
    }
    kick(known);
    answer(q, q->avail->ring[2], STATUS_OK, 12289);
    interrupt(q);
    CHECK(ended == 1 && r[2].status == 0 && submit(known, &r[4]) == 0);
    unsigned before = prepared;
    CHECK(restart(known) == 0 && prepared == before + 1 && ended == 5 && last_status == EIO &&
          q->free_count == q->size);
    CHECK(submit(known, &r[0]) == 0 && known->max_part_bytes == MAX_BYTES && known->sector_size == 512);
    stop(v);
}

static void a_device_that_lies_is_no_longer_used(void)
{
    for (unsigned lie = 0; lie < 3; lie++) {
        struct virtio *v = begin(F_FLUSH | F_SEG_MAX);
        struct virtq *q = v->queues[0];
        struct block_request r[] = {request(BLOCK_READ), request(BLOCK_READ)};
        CHECK(submit(known, &r[0]) == 0);
        kick(known);
        if (lie == 0)
            q->used->ring[0] = (struct virtq_used_elem){9, 1}; /* never given */
        else if (lie == 1)
            q->used->ring[0] = (struct virtq_used_elem){1u << 20, 1};
        q->used->idx = lie == 2 ? 100 : 1;
        interrupt(q);
        CHECK(ended == 0 && warnings == 1 && submit(known, &r[1]) == -EIO);
        CHECK(restart(known) == -EIO && ended == 1 && r[0].status == -EIO);
        stop(v);
    }
}

/* What it finishes after that is nobody's any more. */
static void a_device_that_does_not_reset_is_no_longer_heard(void)
{
    struct virtio *v = begin(F_FLUSH | F_SEG_MAX);
    struct virtq *q = v->queues[0];
    struct block_request r = request(BLOCK_READ);
    CHECK(submit(known, &r) == 0);
    kick(known);
    stuck = true;
    CHECK(restart(known) == -EIO && ended == 1 && r.status == -EIO);
    answer(q, q->avail->ring[0], STATUS_OK, 12289);
    interrupt(q);
    CHECK(ended == 1);
    stuck = false;
    stop(v);
}

static void the_size_may_change(void)
{
    struct virtio *v = begin(F_RO);
    CHECK(known->read_only && !known->volatile_cache && known->max_parts == 1);
    config.capacity = 5000;
    v->config_changed(v);
    CHECK(known->sectors == 5000);
    config.capacity = BLOCK_MAX_SECTORS + 1;
    v->config_changed(v);
    CHECK(known->sectors == 5000 && warnings == 1);
    config.capacity = 6000;
    restless = true; /* never the same twice */
    v->config_changed(v);
    CHECK(known->sectors > 6000 && known->sectors < 7000);
    restless = false;
    stop(v);
}

/* The device writes anything anywhere that it can reach: used ring, status bytes, configuration. */
static void hostile_step(struct virtio *v, struct block_request *r)
{
    struct virtq *q = v->queues[0];
    struct disk *d = v->priv;
    uint64_t dice = random_u64() % 8;
    if (dice < 3 && r->status == 1) {
        r->status = submit(known, r) == 0 ? 2 : 1;
        kick(known);
    } else if (dice == 3) {
        ((uint8_t *)d->exchanges)[random_u64() % (sizeof *d->exchanges * q->size)] = (uint8_t)random_u64();
    } else if (dice == 4) {
        ((uint8_t *)&config)[random_u64() % sizeof config] = (uint8_t)random_u64();
        v->config_changed(v);
    } else if (dice == 5) {
        ((uint8_t *)q->used)[random_u64() % (6 + 8u * q->size)] = (uint8_t)random_u64();
    } else {
        q->used->ring[q->used->idx & (q->size - 1)] = (struct virtq_used_elem){
            random_u64() % 2 ? (uint32_t)random_u64() : (uint32_t)(random_u64() % q->size), (uint32_t)random_u64()};
        q->used->idx++;
    }
    interrupt(q);
    if (random_u64() % 32 == 0)
        restart(known);
}

/* Each request ends once, and all of them at a restart. */
static void hostile_round(void)
{
    struct block_request r[8];
    struct virtio *v = begin(random_u64());
    for (unsigned i = 0; i < ARRAY_LEN(r); i++) {
        r[i] = request((enum block_operation)(i % 3));
        r[i].status = 1;
    }
    for (unsigned step = 0; step < 200 && random_left(); step++) {
        struct block_request *one = &r[random_u64() % ARRAY_LEN(r)];
        one->status = one->status <= 0 ? 1 : one->status;
        hostile_step(v, one);
        CHECK(known->sectors <= BLOCK_MAX_SECTORS);
    }
    restart(known);
    for (unsigned i = 0; i < ARRAY_LEN(r); i++)
        CHECK(r[i].status != 2);
    stop(v);
}

static void survives_a_hostile_device(void)
{
    for (unsigned round = 0; round < 3000; round++)
        hostile_round();
}

int main(void)
{
    survives_a_hostile_device();
    chains_are_as_the_device_wants_them();
    a_full_ring_is_told();
    a_device_that_lies_is_no_longer_used();
    a_device_that_does_not_reset_is_no_longer_heard();
    the_size_may_change();
    return 0;
}
