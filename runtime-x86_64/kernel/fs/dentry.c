/* Names of inodes: one hash table for all directories, and a list in each for reading it. */
#include "fs/vfs.h"
#include "drivers/driver.h"

#define FIRST_COOKIE 2 /* 0 and 1 are "." and ".." */

static struct dentry *small_table[64];
static struct dentry **table = small_table;
static size_t table_size = ARRAY_LEN(small_table), table_used;
static uint64_t hash_seed;

static struct dentry **bucket_of(uint32_t hash)
{
    return &table[hash & (table_size - 1)];
}

/* Multiplies and folds, eight bytes at a time. The seed keeps names that arrive from outside from being chosen to
 * collide. */
static uint32_t hash_name(const struct inode *dir, const char *name, size_t len)
{
    uint64_t h = (hash_seed ^ dir->ino) * 0x9e3779b97f4a7c15u, word;
    for (; len >= sizeof word; len -= sizeof word, name += sizeof word) {
        __builtin_memcpy(&word, name, sizeof word); /* inline */
        h = (h ^ word) * 0x9e3779b97f4a7c15u;
        h ^= h >> 29;
    }
    for (word = len; len; len--)
        word = word << 8 | (uint8_t)*name++;
    h = (h ^ word) * 0x9e3779b97f4a7c15u;
    return (uint32_t)(h ^ h >> 32);
}

void dentry_init(void)
{
    hash_seed = entropy_u64();
}

struct dentry *dentry_find(struct inode *dir, const char *name, size_t len)
{
    uint32_t hash = hash_name(dir, name, len);
    for (struct dentry *d = *bucket_of(hash); d; d = d->hash_next)
        if (d->hash == hash && d->dir == dir && d->len == len && !memcmp(d->name, name, len))
            return d;
    return NULL;
}

/* Doubles the table; when memory is short the chains just grow longer. */
static void grow_table(void)
{
    struct dentry **old = table;
    size_t old_size = table_size;
    struct dentry **bigger = kzalloc(2 * old_size * sizeof *bigger);
    if (!bigger)
        return;
    table = bigger;
    table_size = 2 * old_size;
    for (size_t i = 0; i < old_size; i++) {
        for (struct dentry *d = old[i], *next; d; d = next) {
            next = d->hash_next;
            d->hash_next = *bucket_of(d->hash);
            *bucket_of(d->hash) = d;
        }
    }
    if (old != small_table)
        kfree(old);
}

int dentry_add(struct inode *dir, const char *name, size_t len, struct inode *inode, bool borrow)
{
    struct dentry *d = kmalloc(sizeof *d + (borrow ? 0 : len));
    if (!d)
        return -ENOMEM;
    if (table_used++ >= table_size)
        grow_table();
    *d = (struct dentry){.dir = dir, .inode = inode_get(inode), .name = name, .len = (uint16_t)len};
    if (!borrow)
        d->name = memcpy(d + 1, name, len);
    d->hash = hash_name(dir, name, len);
    d->hash_next = *bucket_of(d->hash);
    *bucket_of(d->hash) = d;
    d->cookie = FIRST_COOKIE + dir->dir.next_cookie++;
    list_add_tail(&dir->dir.entries, &d->in_dir);
    list_add_tail(&inode->names, &d->in_inode);
    if (inode->dead_name) { /* it has a name again */
        inode_put(inode->dead_name->dir);
        kfree(inode->dead_name);
        inode->dead_name = NULL;
    }
    return 0;
}

void dentry_remove(struct dentry *d)
{
    struct dentry **link = bucket_of(d->hash);
    while (*link != d)
        link = &(*link)->hash_next;
    *link = d->hash_next;
    table_used--;
    list_del(&d->in_dir);
    list_del(&d->in_inode);
    if (d->dir->dir.cursor == d)
        d->dir->dir.cursor = NULL;
    struct inode *inode = d->inode;
    if (inode->refs > 1 && list_empty(&inode->names)) {
        inode->dead_name = d;
        inode_get(d->dir);
    } else {
        kfree(d);
    }
    inode_put(inode);
}

void dentry_add_dead(struct inode *dir, const char *name, size_t len, struct inode *inode)
{
    struct dentry *d = kmalloc(sizeof *d + len);
    if (!d)
        return;
    *d = (struct dentry){.dir = inode_get(dir), .name = memcpy(d + 1, name, len), .len = (uint16_t)len};
    inode->dead_name = d;
}

struct dentry *inode_name(struct inode *i)
{
    return list_empty(&i->names) ? i->dead_name : list_entry(i->names.next, struct dentry, in_inode);
}

/* Built from the end, because the way leads from the inode up. */
ssize_t inode_path(struct inode *i, char *buf, size_t size)
{
    static const char mark[] = " (deleted)";
    size_t at = size;
    bool dead = i != vfs_root && list_empty(&i->names);
    size_t tail = dead ? sizeof mark : 1;
    if (at < tail + 1)
        return -ENAMETOOLONG;
    at -= tail;
    memcpy(buf + at, dead ? mark : "", tail);
    if (i == vfs_root)
        buf[--at] = '/';
    for (struct dentry *d; i != vfs_root; i = d->dir) {
        d = inode_name(i);
        if (!d)
            return -ENOENT;
        if (at < (size_t)d->len + 1)
            return -ENAMETOOLONG;
        at -= d->len;
        memcpy(buf + at, d->name, d->len);
        buf[--at] = '/';
    }
    memmove(buf, buf + at, size - at);
    return (ssize_t)(size - at - 1);
}
