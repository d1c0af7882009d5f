/* The walk along a path (path_resolution(7)): links, "..", slashes at the end. Nothing here sleeps, so what a name
 * leads to cannot change on the way. Texts of links are walked where they stand; what is left of the outer path waits
 * on a stack. */
#include "fs/vfs.h"

#define MAX_LINKS 40 /* as Linux; then -ELOOP */

struct segment {
    const char *at, *end;
};
struct progress {
    struct segment now, outer[MAX_LINKS];
    unsigned depth, links, flags;
    struct inode *start, *root;
};

static void skip_slashes(struct segment *s)
{
    while (s->at < s->end && *s->at == '/')
        s->at++;
}

/* What is left behind the current name, in the text of links on the way, too. */
enum rest { REST_NONE, REST_SLASH, REST_NAMES };

static enum rest rest_of(const struct progress *p)
{
    bool slash = false;
    for (unsigned i = 0; i <= p->depth; i++) {
        struct segment s = i ? p->outer[p->depth - i] : p->now;
        slash |= s.at < s.end;
        skip_slashes(&s);
        if (s.at < s.end)
            return REST_NAMES;
    }
    return slash ? REST_SLASH : REST_NONE;
}

/* Moves to the next name; false at the end of the path. */
static bool next_name(struct progress *p, const char **name, size_t *len)
{
    for (;;) {
        skip_slashes(&p->now);
        if (p->now.at < p->now.end)
            break;
        if (!p->depth)
            return false;
        p->now = p->outer[--p->depth];
    }
    const char *slash = memchr(p->now.at, '/', (size_t)(p->now.end - p->now.at));
    *name = p->now.at;
    p->now.at = slash ? slash : p->now.end;
    *len = (size_t)(p->now.at - *name);
    return true;
}

/* Puts `to` (whose reference is taken over) in place of where the walk stands. */
static void move_to(struct walk *w, struct inode *to)
{
    inode_put(w->inode);
    w->inode = to;
}

static int go_up(struct progress *p, struct walk *w)
{
    if (w->inode == p->root || (p->flags & WALK_BENEATH && w->inode == p->start))
        return p->flags & WALK_BENEATH ? -EXDEV : 0;
    move_to(w, inode_get(w->inode->dir.parent));
    return 0;
}

/* w->inode is a link, w->dir the directory where it stands: the walk goes on with its text, or where it leads directly.
 */
static int follow_link(struct progress *p, struct walk *w)
{
    struct inode *link = w->inode;
    if (p->flags & WALK_NO_LINKS || ++p->links > MAX_LINKS)
        return -ELOOP;
    if (link->ops->follow) {
        if (p->flags & (WALK_NO_MAGIC | WALK_BENEATH | WALK_IN_ROOT))
            return p->flags & WALK_NO_MAGIC ? -ELOOP : -EXDEV;
        struct inode *to;
        int err = link->ops->follow(link, &to);
        if (!err)
            move_to(w, to);
        return err;
    }
    if (!link->link.len)
        return -ENOENT;
    if (p->now.at < p->now.end)
        p->outer[p->depth++] = p->now;
    p->now = (struct segment){link->link.text, link->link.text + link->link.len};
    if (link->link.text[0] != '/') {
        move_to(w, inode_get(w->dir));
        return 0;
    }
    if (p->flags & WALK_BENEATH)
        return -EXDEV;
    w->last_kind = LAST_ROOT;
    move_to(w, inode_get(p->root));
    return 0;
}

static bool must_follow(const struct progress *p, enum rest rest)
{
    if (rest == REST_NONE)
        return p->flags & WALK_FOLLOW;
    return rest == REST_NAMES || !(p->flags & WALK_PARENT);
}

/* One name further: w->inode is the directory to look into, and becomes what the name leads to (NULL: nothing). */
static int step(struct progress *p, struct walk *w, const char *name, size_t len)
{
    if (!w->inode)
        return -ENOENT;
    if (!inode_is_dir(w->inode))
        return -ENOTDIR;
    int err = permission_check(w->inode, MAY_EXECUTE);
    if (err || len > NAME_MAX)
        return err ? err : -ENAMETOOLONG;
    inode_put(w->dir);
    w->dir = inode_get(w->inode);
    w->last = name;
    w->last_len = len;
    enum rest rest = rest_of(p);
    w->slash = rest == REST_SLASH;
    bool dot = name[0] == '.';
    w->last_kind = dot && len == 1 ? LAST_DOT : dot && len == 2 && name[1] == '.' ? LAST_DOTDOT : LAST_NAME;
    if (w->last_kind == LAST_DOT)
        return 0;
    if (w->last_kind == LAST_DOTDOT)
        return go_up(p, w);
    struct inode *found = NULL;
    err = directory_lookup(w->dir, name, len, &found);
    if (err && err != -ENOENT)
        return err;
    move_to(w, found);
    if (found && p->flags & WALK_NO_CROSSING && found->fs != w->dir->fs)
        return -EXDEV;
    if (found && inode_type(found) == S_IFLNK && must_follow(p, rest))
        return follow_link(p, w);
    return 0;
}

int path_walk(struct inode *start, const char *path, unsigned flags, struct walk *w)
{
    *w = (struct walk){0};
    if (!*path)
        return -ENOENT;
    struct progress p UNINITIALIZED;
    p.now = (struct segment){path, path + strlen(path)};
    p.depth = p.links = 0;
    p.flags = flags;
    p.start = start;
    p.root = flags & WALK_IN_ROOT ? start : vfs_root;
    if (*path == '/') {
        if (flags & WALK_BENEATH)
            return -EXDEV;
        start = p.root;
    }
    w->dir = inode_get(start);
    w->inode = inode_get(start);
    w->last_kind = LAST_ROOT;
    const char *name;
    size_t len;
    int err = 0;
    while (!err && next_name(&p, &name, &len))
        err = step(&p, w, name, len);
    /* A slash says that a directory is meant; who makes or removes names judges that by himself. */
    if (!err && w->slash && !(flags & WALK_PARENT) && w->inode && !inode_is_dir(w->inode))
        err = -ENOTDIR;
    if (err)
        walk_end(w);
    return err;
}

void walk_end(struct walk *w)
{
    inode_put(w->dir);
    inode_put(w->inode);
    w->dir = w->inode = NULL;
}

int path_lookup(struct inode *start, const char *path, unsigned flags, struct inode **out)
{
    struct walk w;
    int err = path_walk(start, path, flags, &w);
    if (err)
        return err;
    *out = w.inode ? inode_get(w.inode) : NULL;
    walk_end(&w);
    return *out ? 0 : -ENOENT;
}
