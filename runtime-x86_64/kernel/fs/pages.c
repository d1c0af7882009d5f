/* The written pages of a file by index: a radix tree of 64-way nodes, as high as the highest index needs. With height 0
 * the root is page 0 itself, so a small file costs no node. Written pages of all files together are limited to half the
 * memory. */
#include "fs/vfs.h"

#define NODE_BITS 6
#define NODE_SLOTS (1u << NODE_BITS)

struct node {
    void *slot[NODE_SLOTS];
};

static size_t used_pages;

size_t regular_limit_pages(void)
{
    return page_total() / 2;
}

size_t regular_used_pages(void)
{
    return used_pages;
}

static uint64_t capacity(unsigned height)
{
    return height * NODE_BITS >= 64 ? UINT64_MAX : 1ull << (height * NODE_BITS);
}

static unsigned slot_of(uint64_t index, unsigned level)
{
    return (index >> ((level - 1) * NODE_BITS)) & (NODE_SLOTS - 1);
}

void *pages_get(const struct file_data *d, uint64_t index)
{
    if (index >= capacity(d->height))
        return NULL;
    void *at = d->root;
    for (unsigned level = d->height; at && level; level--)
        at = ((struct node *)at)->slot[slot_of(index, level)];
    return at;
}

/* The slot of an index, with all nodes above it; NULL when out of memory. */
static void **make_slot(struct file_data *d, uint64_t index)
{
    while (index >= capacity(d->height)) {
        if (d->root) {
            struct node *n = kzalloc(sizeof *n);
            if (!n)
                return NULL;
            n->slot[0] = d->root;
            d->root = n;
        }
        d->height++;
    }
    void **slot = &d->root;
    for (unsigned level = d->height; level; level--) {
        if (!*slot && !(*slot = kzalloc(sizeof(struct node))))
            return NULL;
        slot = &((struct node *)*slot)->slot[slot_of(index, level)];
    }
    return slot;
}

int pages_set(struct file_data *d, uint64_t index, void *page)
{
    if (used_pages >= regular_limit_pages())
        return -ENOSPC;
    void **slot = make_slot(d, index);
    if (!slot)
        return -ENOMEM;
    *slot = page;
    d->page_count++;
    used_pages++;
    return 0;
}

static uint64_t next_below(void *at, unsigned level, uint64_t index)
{
    if (!at || !level)
        return at ? index : UINT64_MAX;
    uint64_t step = 1ull << ((level - 1) * NODE_BITS);
    for (unsigned i = slot_of(index, level); i < NODE_SLOTS; i++) {
        uint64_t found = next_below(((struct node *)at)->slot[i], level - 1, index);
        if (found != UINT64_MAX)
            return found;
        index = ALIGN_DOWN(index, step) + step;
    }
    return UINT64_MAX;
}

uint64_t pages_next(const struct file_data *d, uint64_t index)
{
    return index < capacity(d->height) ? next_below(d->root, d->height, index) : UINT64_MAX;
}

void *pages_take(struct file_data *d, uint64_t index)
{
    if (!pages_get(d, index))
        return NULL;
    void **slot = make_slot(d, index); /* finds: every node is there */
    void *page = *slot;
    *slot = NULL;
    d->page_count--;
    used_pages--;
    return page;
}

static void free_below(struct file_data *d, void *at, unsigned level)
{
    if (!at)
        return;
    if (!level) {
        page_put(virt_to_phys(at));
        used_pages--;
        return;
    }
    for (unsigned i = 0; i < NODE_SLOTS; i++)
        free_below(d, ((struct node *)at)->slot[i], level - 1);
    kfree(at);
}

void pages_free_all(struct file_data *d)
{
    free_below(d, d->root, d->height);
    d->root = NULL;
    d->height = 0;
    d->page_count = 0;
}
