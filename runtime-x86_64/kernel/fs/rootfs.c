/* The root file system of the image: a cpio archive in "newc" form (Linux,
 * Documentation/driver-api/early-userspace/buffer-format). Every entry becomes an inode once, at boot; names, texts and
 * data stay where they are. The archive is not trusted: what is no hexadecimal digit gives some value, and every value
 * is checked before it is used. */
#include "fs/rootfs.h"

/* Hard links: entries with the same device and inode number. The last one carries the data. */
struct rootfs_link {
    struct rootfs_link *next;
    uint64_t dev;
    uint32_t ino;
    struct inode *inode;
};

/* Eight hexadecimal digits at once: letters have bit 6, and their low nibble lacks 9. */
static uint32_t hex(const char digits[8])
{
    uint64_t x;
    __builtin_memcpy(&x, digits, 8); /* inline, which a freestanding memcpy is not */
    x = (x & 0x0f0f0f0f0f0f0f0full) + ((x >> 6) & 0x0101010101010101ull) * 9;
    x = __builtin_bswap64(x);
    x = (x | x >> 4) & 0x00ff00ff00ff00ffull;
    x = (x | x >> 8) & 0x0000ffff0000ffffull;
    return (uint32_t)(x | x >> 16);
}

int rootfs_parse(const char *at, uint64_t left, uint64_t in_memory, struct rootfs_entry *e)
{
    const struct newc *h = (const struct newc *)at;
    if (left < sizeof *h || (__builtin_memcmp(h->magic, "070701", 6) && __builtin_memcmp(h->magic, "070702", 6)))
        return -EINVAL;
    uint64_t namesize = hex(h->namesize), size = hex(h->filesize), data = ALIGN_UP(sizeof *h + namesize, 4);
    if (!namesize || sizeof *h + namesize > in_memory || data > left || size > left - data ||
        at[sizeof *h + namesize - 1])
        return -EINVAL;
    *e = (struct rootfs_entry){.name = at + sizeof *h, .data = at + data, .size = (uint32_t)size, .header = h};
    e->mode = hex(h->mode);
    e->nlink = hex(h->nlink);
    while (*e->name == '/' || (e->name[0] == '.' && e->name[1] == '/'))
        e->name++;
    e->data_offset = data;
    e->length = MIN(left, ALIGN_UP(data + size, 4));
    return 0;
}

bool rootfs_is_trailer(const struct rootfs_entry *e)
{
    return !strcmp(e->name, "TRAILER!!!");
}

static bool valid_component(const char *name, size_t len)
{
    return len && len <= NAME_MAX && !(name[0] == '.' && (len == 1 || (len == 2 && name[1] == '.')));
}

/* The directory `name` in `dir`; archives need not list the directories above their files. */
static int enter_directory(struct inode **dir, const char *name, size_t len)
{
    if (!valid_component(name, len))
        return -EINVAL;
    struct dentry *d = dentry_find(*dir, name, len);
    if (d) {
        *dir = d->inode;
        return inode_is_dir(d->inode) ? 0 : -ENOTDIR;
    }
    struct inode *new = directory_new(FS_ROOT, 0755, &directory_ops);
    if (!new)
        return -ENOMEM;
    int err = directory_attach(*dir, name, len, new, true);
    inode_put(new);
    *dir = new;
    return err;
}

static int find_parent(struct rootfs_tree *x, const char *path, size_t len, struct inode **out)
{
    if (x->last_dir && len == x->last_len && !memcmp(path, x->last_name, len)) {
        *out = x->last_dir;
        return 0;
    }
    struct inode *dir = x->root;
    for (size_t at = 0; at < len;) {
        const char *slash = memchr(path + at, '/', len - at);
        size_t n = slash ? (size_t)(slash - (path + at)) : len - at;
        int err = enter_directory(&dir, path + at, n);
        if (err)
            return err;
        at += n + 1;
    }
    x->last_dir = *out = dir;
    x->last_name = path;
    x->last_len = len;
    return 0;
}

static struct rootfs_link **find_link(struct rootfs_tree *x, const struct rootfs_entry *e, uint64_t *dev, uint32_t *ino)
{
    *dev = (uint64_t)hex(e->header->devmajor) << 32 | hex(e->header->devminor);
    *ino = hex(e->header->ino);
    struct rootfs_link **at = &x->links[*ino % ARRAY_LEN(x->links)];
    while (*at && ((*at)->ino != *ino || (*at)->dev != *dev))
        at = &(*at)->next;
    return at;
}

static struct inode *regular_inode(struct rootfs_tree *x, const struct rootfs_entry *e)
{
    struct inode *i;
    if (e->nlink < 2) {
        i = regular_new(FS_ROOT, e->mode);
    } else {
        uint64_t dev;
        uint32_t ino;
        struct rootfs_link **at = find_link(x, e, &dev, &ino);
        if (!*at) {
            struct rootfs_link *new = kmalloc(sizeof *new);
            if (!new)
                return NULL;
            *new = (struct rootfs_link){.dev = dev, .ino = ino, .inode = regular_new(FS_ROOT, e->mode)};
            *at = new;
        }
        i = (*at)->inode ? inode_get((*at)->inode) : NULL;
    }
    if (i && (e->size || !i->data.size)) {
        i->data.image = e->data;
        i->data.image_len = e->size;
        i->data.size = e->size;
        i->data.stored = e->owner;
        if (e->owner)
            *e->owner = i;
    }
    return i;
}

static struct inode *make_inode(struct rootfs_tree *x, const struct rootfs_entry *e)
{
    switch (e->mode & S_IFMT) {
    case S_IFREG:
        return regular_inode(x, e);
    case S_IFDIR:
        return directory_new(FS_ROOT, e->mode, &directory_ops);
    case S_IFLNK:
        return symlink_new(FS_ROOT, e->data, strnlen(e->data, MIN(e->size, PATH_MAX - 1u)), true);
    case S_IFIFO:
        return inode_new(FS_ROOT, e->mode, &fifo_ops);
    default:
        return device_inode(e->mode, device_number(hex(e->header->rdevmajor), hex(e->header->rdevminor)));
    }
}

static void set_attributes(struct inode *i, const struct rootfs_entry *e)
{
    i->mode = (i->mode & S_IFMT) | (e->mode & 07777);
    i->uid = hex(e->header->uid);
    i->gid = hex(e->header->gid);
    i->atime = i->mtime = i->ctime = (int64_t)hex(e->header->mtime) * 1000000000;
}

static int add_entry(struct rootfs_tree *x, const struct rootfs_entry *e)
{
    size_t len = strnlen(e->name, PATH_MAX);
    while (len && e->name[len - 1] == '/')
        len--;
    if (!len || (len == 1 && e->name[0] == '.')) {
        set_attributes(x->root, e);
        return 0;
    }
    const char *last = e->name + len;
    while (last > e->name && last[-1] != '/')
        last--;
    struct inode *dir;
    int err = len < PATH_MAX ? find_parent(x, e->name, (size_t)(last - e->name), &dir) : -ENAMETOOLONG;
    if (err)
        return err;
    len -= (size_t)(last - e->name);
    if (!valid_component(last, len))
        return -EINVAL;
    struct dentry *old = dentry_find(dir, last, len);
    bool is_dir = (e->mode & S_IFMT) == S_IFDIR;
    if (old && (is_dir || inode_is_dir(old->inode))) {
        if (!is_dir || !inode_is_dir(old->inode))
            return -EEXIST;
        set_attributes(old->inode, e);
        return 0;
    }
    if (old) { /* named twice: the last one counts */
        old->inode->nlink--;
        dentry_remove(old);
    }
    struct inode *i = make_inode(x, e);
    if (!i)
        return -ENOMEM;
    set_attributes(i, e);
    err = is_dir ? directory_attach(dir, last, len, i, true) : dentry_add(dir, last, len, i, true);
    if (!err && !is_dir)
        i->nlink++;
    inode_put(i);
    return err;
}

int rootfs_add(struct rootfs_tree *x, const struct rootfs_entry *e)
{
    int err = add_entry(x, e);
    if (err && err != -ENOMEM) { /* one bad name does not spoil the rest */
        log_warn("rootfs: entry \"%s\" is left out: error %d", e->name, -err);
        err = 0;
    }
    return err;
}

void rootfs_finish(struct rootfs_tree *x)
{
    for (unsigned n = 0; n < ARRAY_LEN(x->links); n++) {
        for (struct rootfs_link *l = x->links[n], *next; l; l = next) {
            next = l->next;
            inode_put(l->inode);
            kfree(l);
        }
    }
}

int rootfs_index(struct inode *root, const char *start, const char *end)
{
    struct rootfs_tree x = {.root = root};
    struct rootfs_entry e;
    int err = 0;
    for (const char *at = start; at < end && !err; at += e.length) {
        uint64_t left = (uint64_t)(end - at);
        err = rootfs_parse(at, left, left, &e);
        if (err) {
            log_warn("rootfs: no valid cpio entry at byte %lu of %lu", (unsigned long)(at - start),
                     (unsigned long)(end - start));
            break;
        }
        if (rootfs_is_trailer(&e))
            break;
        err = rootfs_add(&x, &e);
    }
    rootfs_finish(&x);
    return err;
}
