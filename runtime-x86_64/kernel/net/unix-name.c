/* Names of unix sockets: in the file system, or abstract (unix(7)). */
#include "net/unix-socket.h"

#define ABSTRACT_CHOICES 0x100000u /* five hexadecimal digits */
#define FAMILY_SIZE ((unsigned)offsetof(struct sockaddr_un, path))

static struct list bound = LIST_INIT(bound);

static bool is_abstract(const struct unix_name *n)
{
    return n->len && !n->path[0];
}

int unix_name_from(struct unix_name *n, const union sockaddr_any *a, unsigned len)
{
    if (len < FAMILY_SIZE || len > sizeof a->un || a->family != AF_UNIX)
        return -EINVAL;
    n->len = len - FAMILY_SIZE;
    memcpy(n->path, a->un.path, n->len);
    if (n->len && n->path[0])
        n->len = (unsigned)strnlen(n->path, n->len);
    return 0;
}

int unix_name_to(const struct unix_name *n, union sockaddr_any *a)
{
    a->un.family = AF_UNIX;
    memcpy(a->un.path, n->path, n->len);
    bool terminated = n->len && !is_abstract(n);
    if (terminated && n->len < sizeof a->un.path)
        a->un.path[n->len] = 0;
    return (int)(FAMILY_SIZE + n->len + terminated);
}

/* Every type of socket has abstract names of its own. */
static struct unix_socket *find_abstract(const struct unix_name *n, int type)
{
    list_for_each (l, &bound) {
        struct unix_socket *u = list_entry(l, struct unix_socket, bound_link);
        if (!u->inode && u->base.type == type && u->name.len == n->len && !memcmp(u->name.path, n->path, n->len))
            return u;
    }
    return NULL;
}

static struct unix_socket *find_inode(const struct inode *i)
{
    list_for_each (l, &bound) {
        struct unix_socket *u = list_entry(l, struct unix_socket, bound_link);
        if (u->inode == i)
            return u;
    }
    return NULL;
}

static void terminate(char text[UNIX_PATH_MAX + 1], const struct unix_name *n)
{
    memcpy(text, n->path, n->len);
    text[n->len] = 0;
}

static int bind_path(struct unix_socket *u, const struct unix_name *n)
{
    char path[UNIX_PATH_MAX + 1];
    struct walk w;
    terminate(path, n);
    int err = path_walk(vfs_cwd, path, WALK_PARENT, &w);
    if (err)
        return err;
    err = names_mknod(&w, S_IFSOCK | (0777 & ~vfs_umask), 0);
    if (!err)
        u->inode = inode_get(dentry_find(w.dir, w.last, w.last_len)->inode);
    walk_end(&w);
    return err == -EEXIST ? -EADDRINUSE : err;
}

static int choose_abstract(struct unix_name *n, int type)
{
    static uint32_t last;
    for (uint32_t i = 0; i < ABSTRACT_CHOICES; i++) {
        last = (last + 1) % ABSTRACT_CHOICES;
        n->path[0] = 0;
        n->len = 1 + (unsigned)format(n->path + 1, sizeof n->path - 1, "%05x", last);
        if (!find_abstract(n, type))
            return 0;
    }
    return -EADDRINUSE;
}

int unix_socket_bind(struct socket *s, const union sockaddr_any *a, unsigned len)
{
    struct unix_socket *u = unix_of(s);
    struct unix_name n;
    int err = unix_name_from(&n, a, len);
    if (err)
        return err;
    if (u->name.len)
        return -EINVAL;
    if (!n.len)
        err = choose_abstract(&n, s->type);
    else if (!is_abstract(&n))
        err = bind_path(u, &n);
    else if (find_abstract(&n, s->type))
        err = -EADDRINUSE;
    if (err)
        return err;
    u->name = n;
    list_add(&bound, &u->bound_link);
    return 0;
}

/* The file stays, as in Linux. */
void unix_unbind(struct unix_socket *u)
{
    list_del(&u->bound_link);
    inode_put(u->inode);
    u->inode = NULL;
}

int unix_find(const struct unix_name *n, int type, struct unix_socket **out)
{
    struct unix_socket *u;
    if (!n->len)
        return -EINVAL;
    if (is_abstract(n)) {
        u = find_abstract(n, type);
    } else {
        char path[UNIX_PATH_MAX + 1];
        struct inode *i;
        terminate(path, n);
        int err = path_lookup(vfs_cwd, path, WALK_FOLLOW, &i);
        if (err)
            return err;
        err = permission_check(i, MAY_WRITE);
        u = find_inode(i);
        inode_put(i);
        if (err)
            return err;
    }
    if (!u)
        return -ECONNREFUSED;
    *out = u;
    return u->base.type == type ? 0 : -EPROTOTYPE;
}
