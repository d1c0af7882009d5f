/* Control messages of unix(7): descriptors (SCM_RIGHTS) and credentials (SCM_CREDENTIALS). */
#include "net/unix.h"

#define HEADER sizeof(struct cmsghdr_abi)
#define CONTROL_MAX 20480u /* Linux: net.core.optmem_max */

/* A file may be a socket with rights of its own in its queue, and so on: they line up here, since the stack is small.
 */
void unix_rights_drop(struct unix_rights *r)
{
    static struct unix_rights *waiting;
    static bool dropping;
    if (!r)
        return;
    r->next = waiting;
    waiting = r;
    if (dropping)
        return;
    dropping = true;
    while ((r = waiting)) {
        waiting = r->next;
        for (unsigned i = 0; i < r->count; i++)
            file_put(r->files[i]);
        kfree(r);
    }
    dropping = false;
}

struct unix_rights *unix_rights_copy(const struct unix_rights *r)
{
    struct unix_rights *copy = kmalloc(sizeof *r + r->count * sizeof *r->files);
    if (!copy)
        return NULL;
    memcpy(copy, r, sizeof *r + r->count * sizeof *r->files);
    for (unsigned i = 0; i < copy->count; i++)
        file_get(copy->files[i]);
    return copy;
}

static int take_descriptors(const int32_t *fds, size_t count, struct unix_rights **rights)
{
    if (*rights || count > SCM_MAX_FD)
        return -EINVAL;
    struct unix_rights *r = kmalloc(sizeof *r + count * sizeof *r->files);
    if (!r)
        return -ENOMEM;
    r->count = 0;
    *rights = r;
    for (size_t i = 0; i < count; i++) {
        struct file *f = fd_file(fds[i]);
        if (!f)
            return -EBADF;
        r->files[r->count++] = f;
    }
    return 0;
}

static int parse(const uint8_t *data, size_t len, struct unix_rights **rights)
{
    size_t at = 0;
    while (len - at >= HEADER) {
        struct cmsghdr_abi h;
        memcpy(&h, data + at, sizeof h);
        if (h.len < HEADER || h.len > len - at)
            return -EINVAL;
        if (h.level == SOL_SOCKET && h.type == SCM_RIGHTS) {
            int err = take_descriptors((const int32_t *)(data + at + HEADER), (h.len - HEADER) / 4, rights);
            if (err)
                return err;
        } else if (h.level == SOL_SOCKET && h.type != SCM_CREDENTIALS) { /* there is one process: its own are true */
            return -EINVAL;
        }
        at = ALIGN_UP(at + h.len, 8ul);
        if (at > len)
            break;
    }
    return 0;
}

int unix_control_read(const struct socket *s, uaddr_t at, uint64_t len, struct unix_rights **rights)
{
    *rights = NULL;
    if (!at || !len)
        return 0;
    if (len > CONTROL_MAX)
        return -ENOBUFS;
    uint8_t *data = kmalloc(len);
    if (!data)
        return -ENOMEM;
    int err = user_read(data, at, len);
    if (!err && s->family == AF_UNIX)
        err = parse(data, len, rights);
    kfree(data);
    if (err) {
        unix_rights_drop(*rights);
        *rights = NULL;
    }
    return err;
}

/* Room for one control message; cut short when there is not enough. Returns how much of `size` fits, or 0. */
static size_t fits(uint64_t room, size_t size)
{
    return room <= HEADER ? 0 : MIN(size, (size_t)room - HEADER);
}

static int put_message(uaddr_t at, int type, const void *data, size_t n)
{
    struct cmsghdr_abi h = {HEADER + n, SOL_SOCKET, (uint32_t)type};
    return user_write(at, &h, sizeof h) || user_write(at + HEADER, data, n) ? -EFAULT : 0;
}

/* Descriptors that do not fit, or that the table has no room for, are closed. */
static int put_descriptors(struct message *m, uaddr_t at, uint64_t room, uint64_t *used)
{
    int32_t fds[SCM_MAX_FD];
    struct unix_rights *r = m->rights;
    unsigned n = 0, max = (unsigned)MIN(fits(room, r->count * 4ul) / 4, (size_t)r->count);
    for (; n < max; n++) {
        fds[n] = fd_install(r->files[n], m->flags & MSG_CMSG_CLOEXEC, 0);
        if (fds[n] < 0)
            break;
        file_get(r->files[n]); /* the table took ours; unix_rights_drop gives one back */
    }
    if (n < r->count)
        m->out_flags |= MSG_CTRUNC;
    if (!n)
        return 0;
    *used = MIN(ALIGN_UP(HEADER + n * 4ul, 8ul), room);
    return put_message(at, SCM_RIGHTS, fds, n * 4ul);
}

int unix_control_write(struct message *m, uaddr_t at, uint64_t room, uint64_t *len)
{
    const struct ucred_abi credentials = {1, 0, 0};
    uint64_t used = 0;
    if (!at)
        room = 0;
    if (m->credentials) {
        size_t n = fits(room, sizeof credentials);
        if (n < sizeof credentials)
            m->out_flags |= MSG_CTRUNC;
        if (n && put_message(at, SCM_CREDENTIALS, &credentials, n))
            return -EFAULT;
        *len = n ? MIN(ALIGN_UP(HEADER + n, 8ul), room) : 0;
    }
    if (m->rights) {
        int err = put_descriptors(m, at + *len, room - *len, &used);
        if (err)
            return err;
    }
    *len += used;
    return 0;
}
