/* virtio-scsi: disks behind a SCSI host adapter. Virtio 1.2, 5.6. One request queue, the control queue for aborting
 * what hangs, no event queue: disks that come and go are not noticed. */
#include "block/scsi.h"
#include "drivers/driver.h"
#include "mm/mm.h"

enum { CONTROL_QUEUE, EVENT_QUEUE, REQUEST_QUEUE };
#define RING_SIZE 256
#define SLOTS 32
#define MAX_PARTS (RING_SIZE / 2 - 2) /* the other half for other commands */
#define MAX_BYTES (1u << 20)
#define CONTROL_WAIT_NS 1000000000u

struct limits { /* 5.6.4, from offset 4 */
    uint32_t seg_max, max_sectors;
};
#define LIMITS_OFFSET 4
struct numbers { /* 5.6.4, from offset 28 */
    uint16_t max_channel, max_target;
    uint32_t max_lun;
};
#define NUMBERS_OFFSET 28
#define LAST_TARGET 255u /* 5.6.6.1: one byte of the address */
#define LAST_LUN 16383u

struct request { /* 5.6.6.1 */
    uint8_t lun[8];
    uint64_t id;
    uint8_t task_attr, prio, crn, cdb[32];
} __attribute__((packed));
struct response {
    uint32_t sense_length, residual;
    uint16_t status_qualifier;
    uint8_t status, response, sense[96];
};
_Static_assert(sizeof(struct request) == 51 && sizeof(struct response) == 108, "Virtio 1.2, 5.6.6.1");
#define RESPONSE_HEADER offsetof(struct response, sense)
enum { S_OK = 0, S_ABORTED = 2, S_BAD_TARGET = 3, S_RESET = 4, S_BUSY = 5, S_INCORRECT_LUN = 12 };

struct task_request { /* 5.6.6.2 */
    uint32_t type, subtype;
    uint8_t lun[8];
    uint64_t id;
};
_Static_assert(sizeof(struct task_request) == 24, "Virtio 1.2, 5.6.6.2");
enum { ABORT_TASK_SET = 1, LOGICAL_UNIT_RESET = 5 };

/* What the device reads and writes. */
struct shared {
    struct task_request task;
    uint8_t task_response;
    struct {
        struct request request;
        struct response response;
    } slot[SLOTS];
};

struct slot {
    struct scsi_command *command; /* NULL: free */
};

struct adapter {
    struct scsi_host host;
    struct virtio *virtio;
    struct virtq *control, *requests;
    struct shared *shared;
    bool dead;
    struct slot slots[SLOTS];
    struct virtq_buffer buffers[MAX_PARTS + 2];
};

static void encode_lun(uint8_t lun[8], const struct scsi_address *unit)
{
    memset(lun, 0, 8);
    lun[0] = 1;
    lun[1] = (uint8_t)unit->target;
    lun[2] = (uint8_t)(0x40 | unit->lun >> 8); /* SAM-5, 4.7.7.4: flat */
    lun[3] = (uint8_t)unit->lun;
}

static struct slot *free_slot(struct adapter *a)
{
    for (unsigned i = 0; i < SLOTS; i++)
        if (!a->slots[i].command)
            return &a->slots[i];
    return NULL;
}

static int submit(struct scsi_host *h, struct scsi_command *c)
{
    struct adapter *a = h->priv;
    struct slot *slot = free_slot(a);
    if (a->dead || !slot)
        return a->dead ? -EIO : -EAGAIN;
    unsigned index = (unsigned)(slot - a->slots), out = 0;
    struct request *request = &a->shared->slot[index].request;
    struct response *response = &a->shared->slot[index].response;
    *request = (struct request){.id = index};
    encode_lun(request->lun, &c->to);
    memcpy(request->cdb, c->cdb, sizeof c->cdb);
    memset(response, 0xff, RESPONSE_HEADER); /* no known code, should the device leave it alone */
    /* What is read, then what is written: 5.6.6.1. */
    a->buffers[out++] = (struct virtq_buffer){virt_to_phys(request), sizeof *request};
    if (c->direction != SCSI_TO_DEVICE)
        a->buffers[out] = (struct virtq_buffer){virt_to_phys(response), sizeof *response};
    struct virtq_buffer *data = &a->buffers[c->direction == SCSI_TO_DEVICE ? out : out + 1];
    for (unsigned i = 0; i < c->part_count; i++)
        data[i] = (struct virtq_buffer){c->parts[i].address, c->parts[i].length};
    if (c->direction == SCSI_TO_DEVICE) {
        out += c->part_count;
        a->buffers[out] = (struct virtq_buffer){virt_to_phys(response), sizeof *response};
    }
    int err = virtq_add(a->requests, a->buffers, out, 2 + c->part_count - out, slot);
    if (!err)
        slot->command = c;
    return err == -ENOSPC ? -EAGAIN : err;
}

static void kick(struct scsi_host *h)
{
    virtq_publish(((struct adapter *)h->priv)->requests);
}

/* 5.6.6.1.1: the codes of the adapter; all others say that the command failed on its way. */
static int adapter_error(uint8_t code)
{
    switch (code) {
    case S_OK:
    case S_BUSY:
        return 0;
    case S_ABORTED:
    case S_RESET:
        return -ECANCELED;
    case S_BAD_TARGET:
    case S_INCORRECT_LUN:
        return -ENXIO;
    }
    return -EIO;
}

static void finish(struct adapter *a, struct slot *slot)
{
    struct scsi_command *c = slot->command;
    const struct response *shared = &a->shared->slot[slot - a->slots].response;
    struct response r;
    memcpy(&r, shared, RESPONSE_HEADER);
    struct scsi_response answer = {
        .error = adapter_error(r.response),
        .status = r.response == S_BUSY ? SCSI_BUSY : r.status,
        .residual = r.residual,
        .sense = shared->sense,
        .sense_length = r.sense_length,
    };
    slot->command = NULL;
    scsi_complete(&a->host, c, &answer);
}

/* After a reset: all commands are back. */
static void return_all(struct adapter *a, int error)
{
    struct scsi_response answer = {.error = error};
    for (unsigned i = 0; i < SLOTS; i++) {
        struct scsi_command *c = a->slots[i].command;
        a->slots[i].command = NULL;
        if (c)
            scsi_complete(&a->host, c, &answer);
    }
}

static int restart(struct adapter *a)
{
    int err = virtio_restart(a->virtio);
    a->dead = err;
    return_all(a, err ? -EIO : -ECANCELED);
    return err;
}

static void reap(struct adapter *a)
{
    struct slot *slot;
    if (a->dead)
        return;
    do
        while ((slot = virtq_take(a->requests, NULL)))
            finish(a, slot);
    while (!virtq_interrupts(a->requests, true));
    if (a->requests->broken)
        restart(a);
}

static void poll(struct scsi_host *h)
{
    reap(h->priv);
    scsi_resume(h);
}

static void nudge(struct scsi_host *h)
{
    virtq_nudge(((struct adapter *)h->priv)->requests);
}

static void interrupt(struct virtq *q)
{
    struct adapter *a = q->priv;
    poll(&a->host);
}

static bool is_clear(const struct adapter *a, const struct scsi_address *unit)
{
    for (unsigned i = 0; i < SLOTS; i++) {
        const struct scsi_command *c = a->slots[i].command;
        if (c && c->to.target == unit->target && c->to.lun == unit->lun)
            return false;
    }
    return true;
}

/* Asks the device to give a unit's commands back. False: it does not answer. */
static bool manage_task(struct adapter *a, uint32_t subtype, const struct scsi_address *unit)
{
    struct shared *s = a->shared;
    struct virtq_buffer buffers[] = {{virt_to_phys(&s->task), sizeof s->task}, {virt_to_phys(&s->task_response), 1}};
    s->task = (struct task_request){.subtype = subtype};
    encode_lun(s->task.lun, unit);
    if (virtq_add(a->control, buffers, 1, 1, s))
        return false;
    virtq_publish(a->control);
    uint64_t end = clock_monotonic() + CONTROL_WAIT_NS;
    while (!virtq_take(a->control, NULL)) {
        if (clock_monotonic() >= end)
            return false;
        __builtin_ia32_pause();
    }
    reap(a);
    return true;
}

static int take_back(struct scsi_host *h, const struct scsi_address *unit)
{
    struct adapter *a = h->priv;
    static const uint32_t mild[] = {ABORT_TASK_SET, LOGICAL_UNIT_RESET};
    reap(a);
    for (unsigned i = 0; unit && i < ARRAY_LEN(mild) && !a->dead; i++) {
        if (!manage_task(a, mild[i], unit))
            break;
        if (is_clear(a, unit))
            return a->dead ? -EIO : 0;
    }
    return a->dead ? -EIO : restart(a);
}

static void describe(struct adapter *a)
{
    struct limits limits;
    struct numbers numbers;
    a->virtio->transport->read_config(a->virtio, LIMITS_OFFSET, &limits, sizeof limits);
    a->virtio->transport->read_config(a->virtio, NUMBERS_OFFSET, &numbers, sizeof numbers);
    uint64_t max_bytes = limits.max_sectors * 512ull;
    a->host = (struct scsi_host){
        .where = a->virtio->where,
        .target_count = MIN(numbers.max_target, LAST_TARGET) + 1,
        .lun_count = MIN(numbers.max_lun, LAST_LUN) + 1,
        .max_bytes = max_bytes >= 4096 ? (uint32_t)MIN(max_bytes & ~4095ull, MAX_BYTES) : MAX_BYTES,
        .max_parts = MIN(MAX(limits.seg_max, 1u), a->requests->size / 2 - 2),
        .submit = submit,
        .kick = kick,
        .poll = poll,
        .nudge = nudge,
        .reset = take_back,
        .priv = a,
    };
}

static int make_queues(struct adapter *a)
{
    a->control = virtio_queue(a->virtio, CONTROL_QUEUE, 2, NULL);
    a->requests = virtio_queue(a->virtio, REQUEST_QUEUE, RING_SIZE, interrupt);
    if (!a->control || !a->requests)
        return -ENOMEM;
    a->requests->priv = a;
    a->requests->counts_output = true;
    return a->requests->size < 8 || a->control->size < 2 ? -ENODEV : virtio_ready(a->virtio);
}

static int probe(struct virtio *v)
{
    int err = virtio_negotiate(v, 0, 0);
    if (err)
        return err;
    struct adapter *a = kzalloc(sizeof *a);
    struct shared *shared = kzalloc(sizeof *shared);
    err = a && shared ? 0 : -ENOMEM;
    if (!err) {
        a->virtio = v;
        a->shared = shared;
        err = make_queues(a);
    }
    if (err) {
        kfree(a);
        kfree(shared);
        return err;
    }
    describe(a);
    scsi_start(&a->host);
    return 0;
}

DRIVER(virtio_scsi) = {
    .name = "virtio-scsi",
    .devices = "virtio SCSI host adapter (PCI 1af4:1004, 1af4:1048; MMIO)",
    .virtio_id = 8,
    .probe_virtio = probe,
};
