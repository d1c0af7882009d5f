/* The root file system of the image: a cpio archive in "newc" form (Linux,
 * Documentation/driver-api/early-userspace/buffer-format). Every entry becomes an inode once, at boot; names, texts and
 * data stay where they are. The archive is not trusted: what is no hexadecimal digit gives some value, and every value
 * is checked before it is used. */
#include "fs/vfs.h"

struct newc {
    char magic[6]; /* 070701, or 070702 with a checksum that nobody reads */
    char ino[8], mode[8], uid[8], gid[8], nlink[8], mtime[8], filesize[8];
    char devmajor[8], devminor[8], rdevmajor[8], rdevminor[8], namesize[8], check[8];
};
_Static_assert(sizeof(struct newc) == 110, "newc header");

struct entry {
    const char *name; /* NUL-terminated, without "/" or "./" before it */
    const char *data;
    uint32_t size, mode, nlink;
    const struct newc *header;
};
/* Hard links: entries with the same device and inode number. The last one carries the data. */
struct link {
    struct link *next;
    uint64_t dev;
    uint32_t ino;
    struct inode *inode;
};
struct index {
    struct inode *root;
    const char *last_name; /* its directory is the likeliest for the next entry */
    size_t last_len;
    struct inode *last_dir;
    struct link *links[64];
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

static int read_entry(const char **at, const char *end, struct entry *e)
{
    const struct newc *h = (const struct newc *)*at;
    if (end - *at < (long)sizeof *h ||
        (__builtin_memcmp(h->magic, "070701", 6) && __builtin_memcmp(h->magic, "070702", 6)))
        return -EINVAL;
    uint64_t namesize = hex(h->namesize), size = hex(h->filesize), left = (uint64_t)(end - *at);
    uint64_t data = ALIGN_UP(sizeof *h + namesize, 4);
    if (!namesize || data > left || size > left - data || (*at)[sizeof *h + namesize - 1])
        return -EINVAL;
    *e = (struct entry){.name = *at + sizeof *h, .data = *at + data, .size = (uint32_t)size, .header = h};
    e->mode = hex(h->mode);
    e->nlink = hex(h->nlink);
    while (*e->name == '/' || (e->name[0] == '.' && e->name[1] == '/'))
        e->name++;
    *at += MIN(left, ALIGN_UP(data + size, 4));
    return 0;
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

static int find_parent(struct index *x, const char *path, size_t len, struct inode **out)
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

static struct link **find_link(struct index *x, const struct entry *e, uint64_t *dev, uint32_t *ino)
{
    *dev = (uint64_t)hex(e->header->devmajor) << 32 | hex(e->header->devminor);
    *ino = hex(e->header->ino);
    struct link **at = &x->links[*ino % ARRAY_LEN(x->links)];
    while (*at && ((*at)->ino != *ino || (*at)->dev != *dev))
        at = &(*at)->next;
    return at;
}

static struct inode *regular_inode(struct index *x, const struct entry *e)
{
    struct inode *i;
    if (e->nlink < 2) {
        i = regular_new(FS_ROOT, e->mode);
    } else {
        uint64_t dev;
        uint32_t ino;
        struct link **at = find_link(x, e, &dev, &ino);
        if (!*at) {
            struct link *new = kmalloc(sizeof *new);
            if (!new)
                return NULL;
            *new = (struct link){.dev = dev, .ino = ino, .inode = regular_new(FS_ROOT, e->mode)};
            *at = new;
        }
        i = (*at)->inode ? inode_get((*at)->inode) : NULL;
    }
    if (i && (e->size || !i->data.size)) {
        i->data.image = e->data;
        i->data.image_len = e->size;
        i->data.size = e->size;
    }
    return i;
}

static struct inode *make_inode(struct index *x, const struct entry *e)
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

static void set_attributes(struct inode *i, const struct entry *e)
{
    i->mode = (i->mode & S_IFMT) | (e->mode & 07777);
    i->uid = hex(e->header->uid);
    i->gid = hex(e->header->gid);
    i->atime = i->mtime = i->ctime = (int64_t)hex(e->header->mtime) * 1000000000;
}

static int add_entry(struct index *x, const struct entry *e)
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

static void forget_links(struct index *x)
{
    for (unsigned n = 0; n < ARRAY_LEN(x->links); n++) {
        for (struct link *l = x->links[n], *next; l; l = next) {
            next = l->next;
            inode_put(l->inode);
            kfree(l);
        }
    }
}

int rootfs_index(struct inode *root, const char *start, const char *end)
{
    struct index x = {.root = root};
    int err = 0;
    for (const char *at = start; at < end && !err;) {
        struct entry e;
        const char *entry_at = at;
        err = read_entry(&at, end, &e);
        if (err) {
            log_warn("rootfs: no valid cpio entry at byte %lu of %lu", (unsigned long)(entry_at - start),
                     (unsigned long)(end - start));
            break;
        }
        if (!strcmp(e.name, "TRAILER!!!"))
            break;
        err = add_entry(&x, &e);
        if (err && err != -ENOMEM) { /* one bad name does not spoil the rest */
            log_warn("rootfs: entry \"%s\" is left out: error %d", e.name, -err);
            err = 0;
        }
    }
    forget_links(&x);
    return err;
}
