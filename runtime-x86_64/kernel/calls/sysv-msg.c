/* System V message queues (msgget(2), msgop(2), msgctl(2)). */
#include "calls/sysv.h"
#include "thread/new.h"
#include "time/time.h"

#define MSG_MAX 8192      /* bytes of one message */
#define QUEUE_BYTES 16384 /* at most, unless CAP_SYS_RESOURCE raises it */
#define QUEUE_BYTES_MAX (1u << 20)
#define MSG_NOERROR 010000
#define MSG_EXCEPT 020000
#define MSG_COPY 040000
enum { MSG_STAT = 11, MSG_INFO, MSG_STAT_ANY };

struct message {
    struct list link;
    int64_t type;
    size_t size;
    char data[];
};
struct queue {
    struct ipc ipc; /* first: it is what is freed */
    struct list messages;
    uint64_t bytes, limit, count;
    int64_t sent, received;
    int32_t sender, receiver;
    struct waitq changed;
};
struct msqid64_ds {
    struct ipc_perm perm;
    int64_t sent, received, changed;
    uint64_t bytes, count, limit;
    int32_t sender, receiver;
    uint64_t unused[2];
};
_Static_assert(sizeof(struct msqid64_ds) == 120, "struct msqid64_ds");
struct msginfo {
    int32_t pool, map, max, mnb, mni, ssz, tql;
    uint16_t seg;
};

static struct ipc_table queues;

static struct queue *queue_of(long id)
{
    struct ipc *i = ipc_find(&queues, id);
    return i ? container_of(i, struct queue, ipc) : NULL;
}

long sys_msgget(long key, long flags)
{
    struct ipc *found;
    int err = ipc_lookup(&queues, key, flags, &found);
    if (err || found)
        return err ? err : found->id;
    struct queue *q = kzalloc(sizeof *q);
    if (!q)
        return -ENOMEM;
    list_init(&q->messages);
    waitq_init(&q->changed);
    q->limit = QUEUE_BYTES;
    int id = ipc_add(&queues, &q->ipc, key, flags);
    if (id < 0)
        kfree(q);
    return id;
}

/* Sleeps until something changes. -EIDRM: the queue is gone. */
static int wait_for_change(struct queue *q)
{
    q->ipc.users++;
    int err = waitq_sleep(&q->changed, NEVER);
    bool removed = q->ipc.removed;
    ipc_unuse(&q->ipc);
    return removed ? -EIDRM : err ? -EINTR : 0;
}

static long send(struct queue *q, struct message *m, long flags)
{
    int err = ipc_check(&q->ipc, IPC_WRITE);
    while (!err && (q->bytes + m->size > q->limit || q->count >= q->limit))
        err = flags & IPC_NOWAIT ? -EAGAIN : wait_for_change(q);
    if (err)
        return err;
    list_add_tail(&q->messages, &m->link);
    q->bytes += m->size;
    q->count++;
    q->sent = ipc_now();
    q->sender = PROCESS_ID;
    waitq_wake_all(&q->changed);
    return 0;
}

long sys_msgsnd(long id, long from, long size, long flags)
{
    int64_t type;
    if (user_read(&type, (uaddr_t)from, sizeof type))
        return -EFAULT;
    if ((unsigned long)size > MSG_MAX || type < 1)
        return -EINVAL;
    struct message *m = kmalloc(sizeof *m + (size_t)size);
    if (!m)
        return -ENOMEM;
    m->type = type;
    m->size = (size_t)size;
    long err = user_read(m->data, (uaddr_t)from + sizeof type, m->size);
    struct queue *q = queue_of(id); /* what slept before could have removed it */
    if (!err)
        err = q ? send(q, m, flags) : -EINVAL;
    if (err)
        kfree(m);
    return err;
}

static struct message *choose(const struct queue *q, long type, long flags)
{
    struct message *best = NULL;
    long index = 0;
    list_for_each (at, &q->messages) {
        struct message *m = list_entry(at, struct message, link);
        if (flags & MSG_COPY ? index++ == type : type >= 0 && (!type || (m->type == type) == !(flags & MSG_EXCEPT)))
            return m;
        if (!(flags & MSG_COPY) && type < 0 && m->type <= -type && (!best || m->type < best->type))
            best = m;
    }
    return best;
}

static long put_message(uaddr_t to, const struct message *m, size_t size)
{
    size_t n = MIN(size, m->size);
    return user_put(to, m->type) || user_write(to + sizeof m->type, m->data, n) ? -EFAULT : (long)n;
}

static void drop_message(struct queue *q, struct message *m)
{
    list_del(&m->link);
    q->bytes -= m->size;
    q->count--;
    kfree(m);
}

static long receive(struct queue *q, uaddr_t to, size_t size, long type, long flags)
{
    struct message *m;
    int err = ipc_check(&q->ipc, IPC_READ);
    while (!err && !(m = choose(q, type, flags)))
        err = flags & IPC_NOWAIT ? -ENOMSG : wait_for_change(q);
    if (err)
        return err;
    if (m->size > size && !(flags & MSG_NOERROR))
        return -E2BIG;
    long n = put_message(to, m, size);
    if (flags & MSG_COPY)
        return n;
    drop_message(q, m);
    q->received = ipc_now();
    q->receiver = PROCESS_ID;
    waitq_wake_all(&q->changed);
    return n;
}

long sys_msgrcv(long id, long to, long size, long type, long flags)
{
    struct queue *q = queue_of(id);
    if (!q || size < 0 || (flags & MSG_COPY && (flags & MSG_EXCEPT || !(flags & IPC_NOWAIT))))
        return -EINVAL;
    return receive(q, (uaddr_t)to, (size_t)size, type, flags);
}

static long tell(const struct queue *q, uaddr_t to, long result)
{
    const struct msqid64_ds d = {
        ipc_perm_of(&q->ipc), q->sent, q->received, q->ipc.changed, q->bytes, q->count, q->limit, q->sender,
        q->receiver,          {0}};
    return user_put(to, d) ? -EFAULT : result;
}

static long change(struct queue *q, uaddr_t from)
{
    struct msqid64_ds d;
    if (user_read(&d, from, sizeof d))
        return -EFAULT;
    int err = ipc_check_owner(&q->ipc);
    if (err)
        return err;
    if (d.limit > QUEUE_BYTES && !process_can(CAP_SYS_RESOURCE))
        return -EPERM;
    q->limit = MIN(d.limit, QUEUE_BYTES_MAX);
    ipc_set_perm(&q->ipc, &d.perm);
    waitq_wake_all(&q->changed);
    return 0;
}

static long remove(struct queue *q)
{
    int err = ipc_check_owner(&q->ipc);
    if (err)
        return err;
    list_for_each_safe (at, next, &q->messages)
        drop_message(q, list_entry(at, struct message, link));
    waitq_wake_all(&q->changed);
    ipc_take_out(&queues, &q->ipc);
    return 0;
}

static long inform(uaddr_t to, bool usage)
{
    struct msginfo i = {
        IPC_OBJECTS * QUEUE_BYTES / 1024, QUEUE_BYTES, MSG_MAX, QUEUE_BYTES, IPC_OBJECTS, 16, QUEUE_BYTES, 0xffff};
    if (usage) {
        i.pool = (int32_t)queues.count;
        i.map = i.tql = 0;
        for (int n = 0; n < IPC_OBJECTS; n++) {
            const struct queue *q = (const struct queue *)queues.objects[n];
            i.map += q ? (int32_t)q->count : 0;
            i.tql += q ? (int32_t)q->bytes : 0;
        }
    }
    return user_put(to, i) ? -EFAULT : ipc_last_index(&queues);
}

long sys_msgctl(long id, long command, long arg)
{
    bool by_index = command == MSG_STAT || command == MSG_STAT_ANY;
    if (command == IPC_INFO || command == MSG_INFO)
        return inform((uaddr_t)arg, command == MSG_INFO);
    if (command != IPC_STAT && command != IPC_SET && command != IPC_RMID && !by_index)
        return -EINVAL;
    struct queue *q = by_index ? (struct queue *)ipc_at(&queues, id) : queue_of(id);
    if (!q)
        return -EINVAL;
    if (command == IPC_SET || command == IPC_RMID)
        return command == IPC_SET ? change(q, (uaddr_t)arg) : remove(q);
    int err = command == MSG_STAT_ANY ? 0 : ipc_check(&q->ipc, IPC_READ);
    return err ? err : tell(q, (uaddr_t)arg, by_index ? q->ipc.id : 0);
}

CALLS(sysv_msg)
CALL(msgget, 2, "dx")
CALL(msgsnd, 4, "dpux")
CALL(msgrcv, 5, "dpulx")
CALL(msgctl, 3, "ddp")
