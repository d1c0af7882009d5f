/* The root file system on a disk: a cpio archive in a partition. Its headers are read at boot; the content of a file is
 * read when somebody asks for it, page by page, and forgotten when memory is short. */
#include "block/node.h"
#include "fs/rootfs.h"

/* Names longer than that are no paths; our own archives fill names with NULs up to this. */
#define MAX_NAME PATH_MAX
/* Read together: after a small file the next header is near. */
#define HEADER_PAGES 8

struct archive {
    struct block_queue *queue;
    struct block_view *disk;
    uint64_t start, size; /* bytes, on the disk */
    char *buffer;         /* one header and name */
};

static char *copy_text(const struct archive *a, uint64_t at, size_t n)
{
    char *text = kmalloc(n + 1);
    if (text && cache_copy(a->disk, a->start + at, 1, text, n)) {
        kfree(text);
        text = NULL;
    }
    if (text)
        text[n] = 0;
    return text;
}

static struct block_view *new_view(const struct archive *a, uint64_t at, uint64_t size)
{
    struct block_view *v = kzalloc(sizeof *v);
    if (!v)
        return NULL;
    struct block_device *d = a->queue->device;
    *v = (struct block_view){.device = d, .start = a->start + at, .size = size};
    if (v->start % d->sector_size) /* an archive of somebody else's: content of files is not aligned */
        v->base = a->disk;
    return v;
}

/* Gives the entry what outlives the buffer: its name, and its content or where that is. */
static int keep(const struct archive *a, uint64_t at, struct rootfs_entry *e)
{
    size_t len = strnlen(e->name, MAX_NAME);
    char *name = kmalloc(len + 1);
    if (!name)
        return -ENOMEM;
    memcpy(name, e->name, len);
    name[len] = 0;
    e->name = name;
    uint32_t type = e->mode & S_IFMT;
    if (type == S_IFREG && e->size) {
        struct block_view *v = new_view(a, at + e->data_offset, e->size);
        e->data = (const char *)v;
        e->owner = v ? &v->inode : NULL;
    } else if (type == S_IFLNK) {
        e->size = MIN(e->size, PATH_MAX - 1u);
        e->data = copy_text(a, at + e->data_offset, e->size);
    }
    return e->data ? 0 : -ENOMEM;
}

/* 0; 1 at the end of the archive; -EINVAL: there is no entry here. */
static int index_entry(const struct archive *a, struct rootfs_tree *tree, uint64_t *at)
{
    struct rootfs_entry e;
    uint64_t left = a->size - *at;
    size_t n = (size_t)MIN(left, sizeof(struct newc) + MAX_NAME);
    memset(a->buffer + n, 0, sizeof(struct newc) + MAX_NAME - n);
    int err = cache_copy(a->disk, a->start + *at, HEADER_PAGES, a->buffer, n);
    if (!err)
        err = rootfs_parse(a->buffer, left, sizeof(struct newc) + MAX_NAME, &e);
    if (!err && rootfs_is_trailer(&e))
        return 1;
    if (!err)
        err = keep(a, *at, &e);
    if (!err)
        err = rootfs_add(tree, &e);
    *at += err ? 0 : e.length;
    return err;
}

static int index_archive(struct archive *a, struct inode *root)
{
    struct rootfs_tree tree = {.root = root};
    uint64_t at = 0;
    int end = 0;
    a->buffer = kmalloc(sizeof(struct newc) + MAX_NAME);
    if (!a->buffer)
        return -ENOMEM;
    while (!end)
        end = index_entry(a, &tree, &at);
    rootfs_finish(&tree);
    kfree(a->buffer);
    if (end == -EINVAL)
        log_warn("rootfs: no valid cpio entry at byte %lu of %lu: the archive is damaged or cut short", at, a->size);
    else if (end < 0)
        log_warn("rootfs: byte %lu of %lu cannot be read: error %d", at, a->size, -end);
    return MIN(end, 0);
}

static bool same_id(const char *a, const char *b)
{
    for (; *a && *b; a++, b++) {
        char x = *a >= 'A' && *a <= 'F' ? (char)(*a + 'a' - 'A') : *a;
        char y = *b >= 'A' && *b <= 'F' ? (char)(*b + 'a' - 'A') : *b;
        if (x != y)
            return false;
    }
    return !*a && !*b;
}

static bool matches(const char *wanted, const struct block_device *d, const struct partition *p)
{
    char name[24];
    if (!strncmp(wanted, "PARTUUID=", 9))
        return p && same_id(wanted + 9, p->id);
    if (!strncmp(wanted, "PARTLABEL=", 10))
        return p && *p->label && !strcmp(wanted + 10, p->label);
    block_node_name(name, sizeof name, d, p ? p->number : 0);
    return !strcmp(!strncmp(wanted, "/dev/", 5) ? wanted + 5 : wanted, name);
}

static bool find(const char *wanted, struct archive *out)
{
    list_for_each (link, &block_queues) {
        struct block_queue *q = list_entry(link, struct block_queue, link);
        const struct partition_table *t = block_partitions(q);
        *out = (struct archive){.queue = q, .size = q->device->sectors * BLOCK_SECTOR};
        if (matches(wanted, q->device, NULL))
            return true;
        for (unsigned i = 0; i < t->count; i++) {
            out->start = t->list[i].first * BLOCK_SECTOR;
            out->size = t->list[i].count * BLOCK_SECTOR;
            if (matches(wanted, q->device, &t->list[i]))
                return true;
        }
    }
    return false;
}

static void list_what_is_there(void)
{
    list_for_each (link, &block_queues) {
        struct block_queue *q = list_entry(link, struct block_queue, link);
        const struct partition_table *t = block_partitions(q);
        static const char *const kinds[] = {"no partition table", "MBR", "GPT"};
        log_warn("found: %s, %lu KiB, %s, %u partitions", q->device->name, q->device->sectors / 2, kinds[t->kind],
                 t->count);
        for (unsigned i = 0; i < t->count; i++) {
            char name[24];
            block_node_name(name, sizeof name, q->device, t->list[i].number);
            log_warn("found: %s, %lu KiB, PARTUUID=%s PARTLABEL=%s", name, t->list[i].count / 2, t->list[i].id,
                     t->list[i].label);
        }
    }
}

int block_mount_root(struct inode *root, const char *wanted)
{
    struct archive a;
    if (!find(wanted, &a)) {
        log_warn("root=%s: no such disk or partition", wanted);
        list_what_is_there();
        return -ENOENT;
    }
    a.disk = block_disk_view(a.queue);
    int err = a.disk ? index_archive(&a, root) : -ENOMEM;
    if (err) {
        log_warn("root=%s: the root file system on %s cannot be used", wanted, a.queue->device->name);
        list_what_is_there();
    }
    return err;
}

/* While this sleeps the file may be cut, or get a page of its own. */
ssize_t block_root_span(struct inode *i, loff_t pos, size_t max, const char **data, paddr_t *frame)
{
    struct file_data *d = &i->data;
    uint64_t index = (uint64_t)pos >> PAGE_SHIFT, offset = (uint64_t)pos & PAGE_MASK;
    int err = cache_get(d->source, index, (offset + max + PAGE_MASK) >> PAGE_SHIFT, true, frame);
    if (err)
        return err;
    if ((uint64_t)pos >= d->image_len || pages_get(d, index)) {
        page_put(*frame);
        return 0;
    }
    *data = (char *)phys_to_virt(*frame) + offset;
    return (ssize_t)MIN(MIN(max, PAGE_SIZE - offset), d->image_len - (uint64_t)pos);
}

int block_root_page(void *source, uint64_t index, paddr_t *frame)
{
    return cache_get(source, index, 0, false, frame);
}

int block_root_copy(void *source, uint64_t index, char *page, size_t from, size_t end)
{
    paddr_t frame;
    int err = block_root_page(source, index, &frame);
    if (err)
        return err;
    memcpy(page + from, (char *)phys_to_virt(frame) + from, end - from);
    page_put(frame);
    return 0;
}

void block_root_release(void *source)
{
    ((struct block_view *)source)->inode = NULL;
}
