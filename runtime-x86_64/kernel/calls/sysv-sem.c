/* System V semaphores (semget(2), semop(2), semctl(2)). SEM_UNDO is taken and has nothing to do: when the process ends,
 * so does the machine. */
#include "calls/sysv.h"
#include "thread/new.h"
#include "time/time.h"

#define SET_MAX 32000 /* semaphores of one set: SEMMSL */
#define OPERATIONS_MAX 500
#define VALUE_MAX 32767
enum { GETPID = 11, GETVAL, GETALL, GETNCNT, GETZCNT, SETVAL, SETALL, SEM_STAT, SEM_INFO, SEM_STAT_ANY };

struct semaphore {
    int32_t last;                 /* process that changed it */
    uint16_t value, rising, zero; /* who waits for it to rise, to be zero */
};
struct set {
    struct ipc ipc; /* first: it is what is freed */
    unsigned count;
    int64_t operated;
    struct waitq changed;
    struct semaphore semaphores[];
};
struct semid64_ds {
    struct ipc_perm perm;
    int64_t operated, unused1, changed, unused2;
    uint64_t count, unused3[2];
};
_Static_assert(sizeof(struct semid64_ds) == 104, "struct semid64_ds");
struct seminfo {
    int32_t map, mni, mns, mnu, msl, opm, ume, usz, vmx, aem;
};
struct operation {
    uint16_t number;
    int16_t by, flags;
};

static struct ipc_table sets;

static struct set *set_of(long id)
{
    struct ipc *i = ipc_find(&sets, id);
    return i ? container_of(i, struct set, ipc) : NULL;
}

long sys_semget(long key, long count, long flags)
{
    struct ipc *found;
    if (count < 0 || count > SET_MAX)
        return -EINVAL;
    int err = ipc_lookup(&sets, key, flags, &found);
    if (err)
        return err;
    if (found)
        return (unsigned long)count > container_of(found, struct set, ipc)->count ? -EINVAL : found->id;
    if (!count)
        return -EINVAL;
    struct set *s = kzalloc(sizeof *s + (size_t)count * sizeof s->semaphores[0]);
    if (!s)
        return -ENOMEM;
    s->count = (unsigned)count;
    waitq_init(&s->changed);
    int id = ipc_add(&sets, &s->ipc, key, flags);
    if (id < 0)
        kfree(s);
    return id;
}

/* All or none: 0, an errno, or the place of the operation that must wait, from 1 on. */
static long apply(struct set *s, const struct operation *ops, long count)
{
    long n = 0, result = 0;
    for (; n < count && !result; n++) {
        struct semaphore *one = &s->semaphores[ops[n].number];
        int next = one->value + ops[n].by;
        if (next < 0 || (!ops[n].by && one->value))
            result = n + 1;
        else if (next > VALUE_MAX)
            result = -ERANGE;
        else
            one->value = (uint16_t)next;
    }
    if (!result)
        return 0;
    for (n -= 2; n >= 0; n--) /* what went before the one that failed */
        s->semaphores[ops[n].number].value = (uint16_t)(s->semaphores[ops[n].number].value - ops[n].by);
    return result;
}

/* -EIDRM: the set is gone. */
static int wait_for(struct set *s, const struct operation *op, uint64_t deadline)
{
    struct semaphore *one = &s->semaphores[op->number];
    uint16_t *waiting = op->by ? &one->rising : &one->zero;
    (*waiting)++;
    s->ipc.users++;
    int err = waitq_sleep(&s->changed, deadline);
    (*waiting)--;
    bool removed = s->ipc.removed;
    ipc_unuse(&s->ipc);
    return removed ? -EIDRM : err == -ETIMEDOUT ? -EAGAIN : err ? -EINTR : 0;
}

static long operate(struct set *s, const struct operation *ops, long count, uint64_t deadline)
{
    bool changes = false;
    long result;
    for (long n = 0; n < count; n++) {
        changes |= ops[n].by;
        if (ops[n].number >= s->count)
            return -EFBIG;
    }
    result = ipc_check(&s->ipc, changes ? IPC_WRITE : IPC_READ);
    while (!result && (result = apply(s, ops, count)) > 0) {
        const struct operation *blocked = &ops[result - 1];
        result = blocked->flags & IPC_NOWAIT ? -EAGAIN : wait_for(s, blocked, deadline);
    }
    if (result)
        return result;
    for (long n = 0; n < count; n++)
        s->semaphores[ops[n].number].last = PROCESS_ID;
    s->operated = ipc_now();
    waitq_wake_all(&s->changed);
    return 0;
}

long sys_semtimedop(long id, long operations, long count, long timeout)
{
    struct timespec64 ts;
    uint64_t deadline = NEVER, ns;
    if (count < 1 || id < 0)
        return -EINVAL;
    if (count > OPERATIONS_MAX)
        return -E2BIG;
    if (timeout) {
        if (user_read(&ts, (uaddr_t)timeout, sizeof ts))
            return -EFAULT;
        if (timespec_to_ns(&ts, &ns))
            return -EINVAL;
        uint64_t now = clock_monotonic();
        deadline = ns < NEVER - 1 - now ? now + ns : NEVER - 1;
    }
    struct operation *ops = kmalloc((size_t)count * sizeof *ops);
    if (!ops)
        return -ENOMEM;
    long result = user_read(ops, (uaddr_t)operations, (size_t)count * sizeof *ops);
    struct set *s = set_of(id);
    if (!result)
        result = s ? operate(s, ops, count, deadline) : -EINVAL;
    kfree(ops);
    return result;
}

long sys_semop(long id, long operations, long count)
{
    return sys_semtimedop(id, operations, count, 0);
}

static long tell(const struct set *s, uaddr_t to, long result)
{
    const struct semid64_ds d = {
        .perm = ipc_perm_of(&s->ipc), .operated = s->operated, .changed = s->ipc.changed, .count = s->count};
    return user_put(to, d) ? -EFAULT : result;
}

static long inform(uaddr_t to, bool usage)
{
    struct seminfo i = {IPC_OBJECTS * SET_MAX,
                        IPC_OBJECTS,
                        IPC_OBJECTS * SET_MAX,
                        IPC_OBJECTS * SET_MAX,
                        SET_MAX,
                        OPERATIONS_MAX,
                        OPERATIONS_MAX,
                        20,
                        VALUE_MAX,
                        VALUE_MAX};
    if (usage) {
        i.usz = (int32_t)sets.count;
        i.aem = 0;
        for (int n = 0; n < IPC_OBJECTS; n++)
            i.aem += sets.objects[n] ? (int32_t)((const struct set *)sets.objects[n])->count : 0;
    }
    return user_put(to, i) ? -EFAULT : ipc_last_index(&sets);
}

static long change(struct set *s, uaddr_t from)
{
    struct semid64_ds d;
    if (user_read(&d, from, sizeof d))
        return -EFAULT;
    int err = ipc_check_owner(&s->ipc);
    if (!err)
        ipc_set_perm(&s->ipc, &d.perm);
    return err;
}

static long remove(struct set *s)
{
    int err = ipc_check_owner(&s->ipc);
    if (err)
        return err;
    waitq_wake_all(&s->changed);
    ipc_take_out(&sets, &s->ipc);
    return 0;
}

static void changed_values(struct set *s)
{
    s->ipc.changed = ipc_now();
    waitq_wake_all(&s->changed);
}

static long get_all(const struct set *s, uaddr_t to)
{
    for (unsigned n = 0; n < s->count; n++)
        if (user_put(to + n * sizeof(uint16_t), s->semaphores[n].value))
            return -EFAULT;
    return 0;
}

static long set_all(struct set *s, uaddr_t from)
{
    uint16_t value;
    for (unsigned n = 0; n < s->count; n++)
        if (user_read(&value, from + n * sizeof value, sizeof value) || value > VALUE_MAX)
            return value > VALUE_MAX ? -ERANGE : -EFAULT;
    for (unsigned n = 0; n < s->count && !user_read(&value, from + n * sizeof value, sizeof value); n++)
        s->semaphores[n] = (struct semaphore){PROCESS_ID, value, s->semaphores[n].rising, s->semaphores[n].zero};
    changed_values(s);
    return 0;
}

static long set_one(struct set *s, struct semaphore *one, int value)
{
    if (value < 0 || value > VALUE_MAX)
        return -ERANGE;
    one->value = (uint16_t)value;
    one->last = PROCESS_ID;
    changed_values(s);
    return 0;
}

static long control_values(struct set *s, long number, long command, long arg)
{
    bool writes = command == SETVAL || command == SETALL, all = command == GETALL || command == SETALL;
    if (!all && (number < 0 || number >= s->count))
        return -EINVAL;
    int err = ipc_check(&s->ipc, writes ? IPC_WRITE : IPC_READ);
    if (err)
        return err;
    struct semaphore *one = &s->semaphores[all ? 0 : number];
    switch (command) {
    case GETALL:
        return get_all(s, (uaddr_t)arg);
    case SETALL:
        return set_all(s, (uaddr_t)arg);
    case SETVAL:
        return set_one(s, one, (int)arg);
    case GETVAL:
        return one->value;
    case GETPID:
        return one->last;
    default:
        return command == GETNCNT ? one->rising : one->zero;
    }
}

long sys_semctl(long id, long number, long command, long arg)
{
    bool by_index = command == SEM_STAT || command == SEM_STAT_ANY;
    if (command == IPC_INFO || command == SEM_INFO)
        return inform((uaddr_t)arg, command == SEM_INFO);
    if (command < IPC_RMID || command > SEM_STAT_ANY || (command > IPC_STAT && command < GETPID))
        return -EINVAL;
    struct set *s = by_index ? (struct set *)ipc_at(&sets, id) : set_of(id);
    if (!s)
        return -EINVAL;
    if (command == IPC_SET || command == IPC_RMID)
        return command == IPC_SET ? change(s, (uaddr_t)arg) : remove(s);
    if (command != IPC_STAT && !by_index)
        return control_values(s, number, command, arg);
    int err = command == SEM_STAT_ANY ? 0 : ipc_check(&s->ipc, IPC_READ);
    return err ? err : tell(s, (uaddr_t)arg, by_index ? s->ipc.id : 0);
}

CALLS(sysv_sem)
CALL(semget, 3, "ddx")
CALL(semop, 3, "dpu")
CALL(semtimedop, 4, "dput")
CALL(semctl, 4, "dddp")
