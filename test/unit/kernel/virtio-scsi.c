/* The virtio SCSI driver over a fake transport and made-up targets: data goes both ways, what hangs is taken back, a
 * hostile device does no harm. */
#include "device-host.h"
#include "scsi-target.h"
#include "bus/virtq.c"
#include "bus/virtio.c"
#include "lib/format.c"
#include "block/scsi.c"
#include "block/scsi-disk.c"
#include "block/scsi-scan.c"
#include "drivers/virtio-scsi.c"

static struct {
    uint32_t queues, seg_max, max_sectors, per_lun, event_size, sense_size, cdb_size;
    uint16_t max_channel, max_target;
    uint32_t max_lun;
} config;
_Static_assert(sizeof config == 36, "Virtio 1.2, 5.6.4");

static struct virtio *device;
static uint16_t seen[3];
static int pending[RING_SIZE]; /* heads of the request queue that the device has */
static unsigned pending_count, device_resets, tasks;
static bool silent, no_tasks, no_restart; /* it answers nothing; not even tasks; does not come back */
static bool refuses_tasks;
static void (*mischief)(struct virtq *q); /* before each look of the driver */

static uint64_t read_features(struct virtio *v)
{
    return VIRTIO_F_VERSION_1 | VIRTIO_F_EVENT_IDX | 7;
}
static void write_features(struct virtio *v, uint64_t f)
{
    CHECK(!(f & 7)); /* neither hotplug nor bidirectional commands */
}
static uint8_t read_status(struct virtio *v)
{
    return no_restart ? 0x40 : v->status;
}
static void write_status(struct virtio *v, uint8_t s)
{
    if (s)
        return;
    device_resets++;
    pending_count = 0;
    memset(seen, 0, sizeof seen);
}
static void fake_config(struct virtio *v, unsigned offset, void *dst, unsigned len)
{
    CHECK(offset + len <= sizeof config);
    memcpy(dst, (char *)&config + offset, len);
}
static uint16_t queue_max(struct virtio *v, unsigned index)
{
    return index < 3 ? RING_SIZE : 0;
}
static int queue_enable(struct virtio *v, struct virtq *q)
{
    return 0;
}
static int interrupts(struct virtio *v)
{
    return 0;
}

static void end_chain(struct virtq *q, uint32_t head, uint32_t len)
{
    q->used->ring[q->used->idx & (q->size - 1)] = (struct virtq_used_elem){head, len};
    q->used->idx++;
}

/* The parts of a chain that the device reads or writes, but the first of them, the header. */
static unsigned data_of(struct virtq *q, int head, bool written, struct block_part *parts, struct virtq_desc **header)
{
    unsigned count = 0;
    *header = NULL;
    for (int d = head;; d = q->desc[d].next) {
        struct virtq_desc *e = &q->desc[d];
        if (!(e->flags & DESC_F_WRITE) == !written) {
            if (*header)
                parts[count++] = (struct block_part){e->addr, e->len};
            else
                *header = e;
        }
        if (!(e->flags & DESC_F_NEXT))
            return count;
    }
}

static struct scsi_address address_of(const uint8_t lun[8])
{
    CHECK(lun[0] == 1 && lun[2] >> 6 == 1 && !lun[4] && !lun[5] && !lun[6] && !lun[7]);
    return (struct scsi_address){lun[1], scsi_get16(lun + 2) & 0x3fff};
}

static struct request *request_of(struct virtq *q, int head)
{
    return (struct request *)q->desc[head].addr;
}

static void answer(struct virtq *q, int head, uint8_t code)
{
    struct virtq_desc *out, *in;
    struct block_part read[RING_SIZE], written[RING_SIZE];
    unsigned reads = data_of(q, head, false, read, &out), writes = data_of(q, head, true, written, &in);
    const struct request *r = request_of(q, head);
    struct response *to = (struct response *)in->addr;
    CHECK(out->len == sizeof *r && in->len == sizeof *to && !(reads && writes));
    if (code != S_OK) {
        to->response = code;
        end_chain(q, (uint32_t)head, sizeof *to);
        return;
    }
    struct answer a = target_execute(address_of(r->lun), r->cdb, reads ? read : written, reads + writes);
    uint32_t length = 0;
    for (unsigned i = 0; i < reads + writes; i++)
        length += (reads ? read : written)[i].length;
    *to = (struct response){.response = a.absent ? S_BAD_TARGET : S_OK,
                            .status = a.status,
                            .residual = length - a.transferred,
                            .sense_length = a.sense_length};
    memcpy(to->sense, a.sense, a.sense_length);
    end_chain(q, (uint32_t)head, (uint32_t)sizeof *to + length); /* what it read counts as well: as QEMU does */
}

static void do_task(struct virtq *control, struct virtq *requests, int head)
{
    struct virtq_desc *out, *in;
    struct block_part none[2];
    CHECK(data_of(control, head, false, none, &out) == 0 && data_of(control, head, true, none, &in) == 0);
    const struct task_request *t = (struct task_request *)out->addr;
    struct scsi_address unit = address_of(t->lun);
    CHECK(t->type == 0 && (t->subtype == ABORT_TASK_SET || t->subtype == LOGICAL_UNIT_RESET) && in->len == 1);
    tasks++;
    for (unsigned i = 0; i < pending_count && !refuses_tasks;) {
        struct scsi_address of = address_of(request_of(requests, pending[i])->lun);
        if (of.target != unit.target || of.lun != unit.lun) {
            i++;
            continue;
        }
        answer(requests, pending[i], t->subtype == ABORT_TASK_SET ? S_ABORTED : S_RESET);
        pending[i] = pending[--pending_count];
    }
    *(uint8_t *)in->addr = refuses_tasks ? 11 : 0;
    end_chain(control, (uint32_t)head, 1);
}

static void work(void)
{
    struct virtq *control = device->queues[CONTROL_QUEUE], *q = device->queues[REQUEST_QUEUE];
    if (!control || !q)
        return;
    while (seen[REQUEST_QUEUE] != q->avail->idx)
        pending[pending_count++] = q->avail->ring[seen[REQUEST_QUEUE]++ & (q->size - 1)];
    *avail_event(q) = q->avail->idx;
    while (seen[CONTROL_QUEUE] != control->avail->idx && !no_tasks)
        do_task(control, q, control->avail->ring[seen[CONTROL_QUEUE]++ & (control->size - 1)]);
    if (pending_count && !silent) {
        unsigned i = random_u64() % pending_count;
        int head = pending[i];
        pending[i] = pending[--pending_count];
        answer(q, head, S_OK);
    }
    if (mischief)
        mischief(q);
}

static bool deaf; /* to every other doorbell, and does nothing unasked */
static bool rung;

static void work_if_rung(void)
{
    if (rung || !deaf)
        work();
    rung = rung && pending_count;
}

static void notify(struct virtio *v, struct virtq *q)
{
    static unsigned rings;
    rung = ++rings % 2;
    work_if_rung();
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
};

static void start(bool legacy)
{
    static struct virtio v;
    v = (struct virtio){.transport = &transport, .legacy = legacy, .where = "test"};
    device = &v;
    config.seg_max = 254;
    config.max_sectors = 0xffff;
    config.max_target = 70;
    config.max_lun = 16383;
    silent = no_tasks = refuses_tasks = no_restart = false;
    pending_count = tasks = warnings = completed = commands_seen = 0;
    memset(seen, 0, sizeof seen);
    meanwhile = work_if_rung;
    CHECK(probe(&v) == 0);
    device_resets = 0;
}

static void stop(void)
{
    struct adapter *a = device->queues[REQUEST_QUEUE]->priv;
    meanwhile = NULL;
    no_restart = false;
    forget_disks();
    virtio_failed(device);
    kfree(a->shared);
    kfree(a);
}

static void two_disks(void)
{
    unit_count = 0;
    add_unit(0, 0, 128, 512)->cache = true;
    add_unit(9, 300, 16, 4096)->write_protected = false;
}

static void moves_data(bool legacy)
{
    two_disks();
    add_unit(1, 0, 9, 512)->type = 5;
    start(legacy);
    CHECK(disk_count == 2 && warnings == 0 && commands_seen < 100);
    CHECK(disks[0]->max_parts == 126 && disks[0]->max_bytes == MAX_BYTES && disks[0]->volatile_cache);
    data_goes_both_ways(disks[0], 300);
    data_goes_both_ways(disks[1], 300);
    CHECK(transfer(disks[0], BLOCK_FLUSH, 0, NULL, 0) == 0 && warnings == 0);
    units[0].trouble = 1;
    units[0].trouble_status = SCSI_CHECK_CONDITION;
    units[0].trouble_key = SCSI_MEDIUM_ERROR;
    static uint8_t data[512];
    CHECK(transfer(disks[0], BLOCK_READ, 0, data, 512) == -EIO);
    CHECK(transfer(disks[0], BLOCK_READ, 0, data, 512) == 0);
    stop();
}

#define MANY (2 * DEPTH)
static struct block_request many[MANY];
static void start_many(unsigned count)
{
    static uint8_t data[MANY][4096];
    static struct block_part parts[MANY];
    for (unsigned i = 0; i < count; i++) {
        parts[i] = (struct block_part){(paddr_t)data[i], 4096};
        start_request(&many[i], disks[i % 2], BLOCK_READ, 8 * (i / 2 % 8), &parts[i], 1);
    }
}

static void many_are_in_flight(void)
{
    two_disks();
    start(false);
    start_many(MANY);
    for (unsigned i = MANY; i--;)
        CHECK(finish_request(&many[i]) == 0);
    CHECK(completed == MANY && warnings == 0);
    stop();
}

/* How much it takes until the device lets go of one disk's commands. */
static void what_hangs_is_taken_back(bool tasks_refused, bool tasks_ignored)
{
    two_disks();
    start(false);
    silent = true;
    refuses_tasks = tasks_refused;
    no_tasks = tasks_ignored;
    start_many(8);
    CHECK(disks[0]->reset(disks[0]) == 0);
    CHECK(tasks == (tasks_ignored ? 0 : tasks_refused ? 2 : 1) && device_resets == (tasks_refused || tasks_ignored));
    for (unsigned i = 0; i < 8; i++)
        CHECK(many[i].status == (i % 2 ? UNFINISHED : -EIO));
    silent = false;
    for (unsigned i = 1; i < 8; i += 2)
        CHECK(finish_request(&many[i]) == 0);
    data_goes_both_ways(disks[0], 20);
    data_goes_both_ways(disks[1], 20);
    stop();
}

static void one_that_does_not_come_back_is_given_up(void)
{
    static uint8_t data[512];
    two_disks();
    start(false);
    silent = no_tasks = no_restart = true;
    start_many(8);
    CHECK(disks[0]->reset(disks[0]) == -EIO);
    for (unsigned i = 0; i < 8; i++)
        CHECK(many[i].status == -EIO);
    CHECK(transfer(disks[1], BLOCK_READ, 0, data, 512) == -EIO && disks[1]->reset(disks[1]) == -EIO);
    stop();
}

static void a_lost_doorbell_is_made_up_for(void)
{
    two_disks();
    deaf = true;
    uint64_t before = now;
    start(false);
    CHECK(disk_count == 2 && warnings == 0 && now - before < 40ul * NUDGE_NS);
    deaf = false;
    stop();
}

static void answer_nothing(struct virtq *q)
{
    end_chain(q, (uint32_t)pending[--pending_count], 0);
    mischief = NULL;
}

static void an_answer_that_was_not_written_is_none(void)
{
    two_disks();
    start(false);
    start_many(1);
    CHECK(finish_request(&many[0]) == 0); /* what it leaves in memory is no answer to the next */
    silent = true;
    mischief = answer_nothing;
    start_many(1);
    CHECK(finish_request(&many[0]) == -EIO && warnings == 0);
    stop();
}

static void return_nonsense(struct virtq *q)
{
    end_chain(q, q->size + 7, 1);
    mischief = NULL;
}

static void a_wrong_answer_ends_it(void)
{
    two_disks();
    start(false);
    silent = true;
    start_many(8);
    mischief = return_nonsense;
    for (unsigned i = 0; i < 8; i++)
        CHECK(finish_request(&many[i]) == -EIO);
    CHECK(warnings == 1 && device_resets == 1);
    stop();
}

static void scribble(struct virtq *q)
{
    struct adapter *a = q->priv;
    if (!a || random_u64() % 40)
        return;
    for (unsigned i = 0; i < 4; i++)
        ((uint8_t *)a->shared->slot)[random_u64() % sizeof a->shared->slot] = (uint8_t)random_u64();
    if (random_u64() % 2)
        end_chain(q, (uint32_t)(random_u64() % q->size), (uint32_t)(random_u64() % 300));
    if (random_u64() % 20 == 0)
        end_chain(q, (uint32_t)random_u64(), (uint32_t)random_u64());
}

static void end_blindly(void)
{
    struct virtq *q = device->queues[REQUEST_QUEUE];
    if (!q)
        return;
    for (; seen[REQUEST_QUEUE] != q->avail->idx; seen[REQUEST_QUEUE]++) {
        struct virtq_desc *out, *in;
        struct block_part written[RING_SIZE];
        int head = q->avail->ring[seen[REQUEST_QUEUE] & (q->size - 1)];
        data_of(q, head, true, written, &in);
        data_of(q, head, false, written, &out);
        struct response *r = (struct response *)in->addr;
        for (unsigned i = 0; i < sizeof *r; i++)
            ((uint8_t *)r)[i] = (uint8_t)random_u64();
        r->response = random_u64() % 2 ? 0 : (uint8_t)random_u64();
        r->status = random_u64() % 2 ? 0 : (uint8_t)random_u64();
        end_chain(q, (uint32_t)head, (uint32_t)(random_u64() % 200));
    }
    scribble(q);
}

static void hostile_round(void)
{
    static uint8_t data[4096];
    two_disks();
    start(false);
    for (unsigned i = 0; i < sizeof config; i++)
        ((uint8_t *)&config)[i] = (uint8_t)random_u64();
    meanwhile = end_blindly;
    for (unsigned i = 0; i < 20; i++) {
        struct block_request r;
        struct block_part part = {(paddr_t)data, sizeof data};
        start_request(&r, disks[i % 2], i % 3 ? BLOCK_READ : BLOCK_WRITE, 0, &part, 1);
        for (unsigned turn = 0; turn < 300 && r.status == UNFINISHED; turn++) {
            r.device->poll(r.device);
            run_timer();
            clock_monotonic();
        }
        if (r.status == UNFINISHED)
            r.device->reset(r.device);
        CHECK(r.status != UNFINISHED);
    }
    stop();
}

static void survives_a_hostile_device(void)
{
    for (unsigned round = 0; round < 100; round++)
        hostile_round();
}

static void odd_limits_are_kept_in_bounds(void)
{
    two_disks();
    start(false);
    stop();
    start(false);
    config.seg_max = 0;
    config.max_sectors = 3;
    config.max_target = 65535;
    config.max_lun = UINT32_MAX;
    struct adapter *a = device->queues[REQUEST_QUEUE]->priv;
    describe(a);
    CHECK(a->host.max_parts == 1 && a->host.max_bytes == MAX_BYTES && a->host.target_count == 256 &&
          a->host.lun_count == 16384);
    stop();
}

int main(void)
{
    direct_map_base = 0;
    moves_data(false);
    moves_data(true);
    many_are_in_flight();
    what_hangs_is_taken_back(false, false);
    what_hangs_is_taken_back(true, false);
    what_hangs_is_taken_back(false, true);
    one_that_does_not_come_back_is_given_up();
    a_lost_doorbell_is_made_up_for();
    an_answer_that_was_not_written_is_none();
    a_wrong_answer_ends_it();
    survives_a_hostile_device();
    odd_limits_are_kept_in_bounds();
    puts("OK");
}
