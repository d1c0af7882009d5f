/* Commands on their way: queues before the adapter, what a status means, what is tried again. */
#include "block/scsi.h"

#define MAX_ATTEMPTS 8 /* a unit may have several attentions to tell */
#define RETRY_NS 20000000u
#define EXECUTE_NS 10000000000u
#define NUDGE_NS 20000000u

enum verdict { FINISHED, AT_ONCE, LATER };

/* SPC-4, 4.5.2 and 4.5.3. Without any that makes sense: an aborted command, which is tried again. */
static struct scsi_sense decode_sense(const struct scsi_response *r, bool *deferred)
{
    uint8_t s[SCSI_SENSE_SIZE] = {0};
    memcpy(s, r->sense, MIN(r->sense_length, SCSI_SENSE_SIZE));
    uint8_t format = s[0] & 0x7f;
    *deferred = format == 0x71 || format == 0x73;
    if (format == 0x72 || format == 0x73)
        return (struct scsi_sense){s[1] & 0xf, s[2], s[3]};
    if (format == 0x70 || format == 0x71)
        return (struct scsi_sense){s[2] & 0xf, s[12], s[13]};
    return (struct scsi_sense){.key = SCSI_ABORTED_COMMAND};
}

static enum verdict judge_sense(struct scsi_command *c, const struct scsi_response *r)
{
    bool deferred; /* the error is an earlier write's: told to whoever comes next */
    c->sense = decode_sense(r, &deferred);
    c->result = -EIO;
    if (deferred)
        return FINISHED;
    switch (c->sense.key) {
    case SCSI_NO_SENSE:
    case SCSI_RECOVERED_ERROR:
        c->result = 0;
        return FINISHED;
    case SCSI_NOT_READY:
        return c->sense.code == 0x04 && c->sense.qualifier == 0x01 ? LATER : FINISHED; /* is becoming ready */
    case SCSI_DATA_PROTECT:
        c->result = c->sense.code == 0x27 && c->sense.qualifier == 0x07 ? -ENOSPC : -EROFS;
        return FINISHED;
    case SCSI_UNIT_ATTENTION:
    case SCSI_ABORTED_COMMAND:
        return AT_ONCE;
    default:
        return FINISHED;
    }
}

static enum verdict judge(struct scsi_command *c, const struct scsi_response *r)
{
    c->sense = (struct scsi_sense){0};
    c->residual = MIN(r->residual, c->length);
    c->result = r->error;
    if (r->error)
        return r->error == -ECANCELED ? AT_ONCE : FINISHED;
    switch (r->status) {
    case SCSI_GOOD:
    case SCSI_CONDITION_MET:
        return FINISHED;
    case SCSI_CHECK_CONDITION:
        return judge_sense(c, r);
    case SCSI_BUSY:
    case SCSI_TASK_SET_FULL:
        return LATER;
    }
    c->result = -EIO;
    return r->status == SCSI_TASK_ABORTED ? AT_ONCE : FINISHED;
}

static void give_back(struct scsi_command *c, int result)
{
    c->result = result;
    c->done(c);
}

static void retry_later(struct scsi_host *h, struct scsi_command *c)
{
    list_add_tail(&h->later, &c->link);
    if (!h->retry.armed)
        timer_arm(&h->retry, clock_monotonic() + RETRY_NS);
}

void scsi_complete(struct scsi_host *h, struct scsi_command *c, const struct scsi_response *r)
{
    enum verdict verdict = judge(c, r);
    if (verdict == LATER)
        retry_later(h, c); /* for as long as whoever asks has patience */
    else if (verdict == AT_ONCE && ++c->attempts < MAX_ATTEMPTS)
        list_add_tail(&h->waiting, &c->link);
    else
        give_back(c, c->result == -ECANCELED ? -EIO : c->result);
}

/* One command to the adapter. False: it is full. */
static bool pass_on(struct scsi_host *h, struct scsi_command *c)
{
    int err = h->held ? -EAGAIN : h->submit(h, c);
    if (err && err != -EAGAIN)
        give_back(c, err);
    return err != -EAGAIN;
}

void scsi_submit(struct scsi_host *h, struct scsi_command *c)
{
    static const uint8_t length_by_group[8] = {6, 10, 10, 16, 16, 12, 16, 16}; /* SPC-4, 4.2.5.1 */
    c->cdb_length = length_by_group[c->cdb[0] >> 5];
    c->attempts = 0;
    if (!list_empty(&h->waiting) || !pass_on(h, c))
        list_add_tail(&h->waiting, &c->link);
}

void scsi_resume(struct scsi_host *h)
{
    bool any = false;
    while (!list_empty(&h->waiting)) {
        struct scsi_command *c = list_entry(h->waiting.next, struct scsi_command, link);
        list_del(&c->link);
        if (!pass_on(h, c)) {
            list_add(&h->waiting, &c->link);
            break;
        }
        any = true;
    }
    if (any)
        h->kick(h);
}

static void retry(struct timer *t)
{
    struct scsi_host *h = container_of(t, struct scsi_host, retry);
    while (!list_empty(&h->later)) {
        struct list *first = h->later.next;
        list_del(first);
        list_add_tail(&h->waiting, first);
    }
    scsi_resume(h);
}

static void fail_all(struct list *queue, const struct scsi_address *unit)
{
    struct list failed;
    list_init(&failed);
    list_for_each_safe (n, next, queue) {
        struct scsi_command *c = list_entry(n, struct scsi_command, link);
        if (unit && (c->to.target != unit->target || c->to.lun != unit->lun))
            continue;
        list_del(n);
        list_add_tail(&failed, n);
    }
    while (!list_empty(&failed)) { /* each may submit another, so none is reached through the queue */
        struct scsi_command *c = list_entry(failed.next, struct scsi_command, link);
        list_del(&c->link);
        give_back(c, -EIO);
    }
}

int scsi_cancel(struct scsi_host *h, const struct scsi_address *unit)
{
    h->held = true;
    int err = h->reset(h, unit);
    fail_all(&h->waiting, unit);
    fail_all(&h->later, unit);
    h->held = false;
    scsi_resume(h);
    return err;
}

static void count_down(struct scsi_command *c)
{
    --*(unsigned *)c->priv;
}

static void ignore(struct scsi_command *c)
{
}

/* What interrupts, timers and the watchdog do once there are threads. */
static void wait_for(struct scsi_host *h, const unsigned *left)
{
    uint64_t now = clock_monotonic(), end = now + EXECUTE_NS, nudge = now + NUDGE_NS;
    for (; *left && now < end; now = clock_monotonic()) {
        __builtin_ia32_pause();
        h->poll(h);
        if (h->retry.armed && now >= h->retry.deadline) {
            timer_cancel(&h->retry);
            retry(&h->retry);
        }
        if (h->nudge && now >= nudge) {
            h->nudge(h);
            nudge = now + NUDGE_NS;
        }
    }
}

int scsi_execute(struct scsi_host *h, struct scsi_command *commands, unsigned count)
{
    unsigned left = count;
    for (unsigned i = 0; i < count; i++) {
        commands[i].done = count_down;
        commands[i].priv = &left;
        scsi_submit(h, &commands[i]);
    }
    h->kick(h);
    wait_for(h, &left);
    if (!left)
        return 0;
    log_warn("scsi %s: no answer for %u seconds", h->where, (unsigned)(EXECUTE_NS / 1000000000u));
    if (!scsi_cancel(h, NULL) && !left)
        return -ETIMEDOUT;
    for (unsigned i = 0; i < count; i++) /* nobody waits any more */
        commands[i].done = ignore;
    return -EIO;
}

void scsi_start(struct scsi_host *h)
{
    list_init(&h->waiting);
    list_init(&h->later);
    h->retry.fn = retry;
    scsi_scan(h);
}
