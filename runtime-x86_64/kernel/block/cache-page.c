/* The table of cached pages, and giving them back: second chance, coldest first. */
#include "block/cache-page.h"
#include "fs/vfs.h"
#include "mm/frame.h"

/* With less than 1/KEEP_FREE of memory free, nothing is read ahead, and new pages take the place of cold ones. */
#define KEEP_FREE 4

static struct cached_page **table;
static uint64_t table_mask;
static struct list ages = LIST_INIT(ages);

static struct cached_page **slot_of(const struct block_view *v, uint64_t index)
{
    uint64_t h = ((uint64_t)(uintptr_t)v >> 4) * 0x9e3779b97f4a7c15ull + index * 0xc2b2ae3d27d4eb4full;
    return &table[(h ^ h >> 32) & table_mask];
}

struct cached_page *cache_find(const struct block_view *v, uint64_t index)
{
    struct cached_page *p = table ? *slot_of(v, index) : NULL;
    while (p && (p->view != v || p->index != index))
        p = p->hash_next;
    return p;
}

static void unlink_page(struct cached_page *p)
{
    struct cached_page **at = slot_of(p->view, p->index);
    while (*at != p)
        at = &(*at)->hash_next;
    *at = p->hash_next;
    list_del(&p->age);
    page_cached--;
}

void cache_drop(struct cached_page *p)
{
    unlink_page(p);
    page_put(virt_to_phys(p->data));
    kfree(p);
}

void cache_touch(struct cached_page *p)
{
    if (p->used) {
        list_del(&p->age);
        list_add_tail(&ages, &p->age);
    }
    p->used = true;
}

/* Whether the cache alone holds the page; mappings are made to let go of it. */
static bool is_free(struct cached_page *p)
{
    struct frame *f = frame_of(virt_to_phys(p->data));
    if (f->refs > 1 && p->view->inode)
        space_evict(p->view->inode, p->index << PAGE_SHIFT);
    return f->refs == 1;
}

/* Called from the middle of any allocation. */
static size_t reclaim(size_t wanted)
{
    size_t freed = 0;
    for (size_t looks = 2 * page_cached; looks && freed < wanted && !list_empty(&ages); looks--) {
        struct cached_page *p = list_entry(ages.next, struct cached_page, age);
        bool used = p->used;
        p->used = false;
        if (p->busy || p->writing || !is_free(p) || used) {
            list_del(&p->age);
            list_add_tail(&ages, &p->age);
            continue;
        }
        cache_drop(p);
        freed++;
    }
    return freed;
}

static void forget(struct cached_page *p)
{
    if (p->busy || p->writing)
        p->stale = true;
    else
        cache_drop(p);
}

/* By position, or through all that is cached: a disk has many more pages than memory. */
void cache_forget(struct block_view *v, uint64_t offset, uint64_t n)
{
    uint64_t first = offset >> PAGE_SHIFT, end = (offset + n + PAGE_MASK) >> PAGE_SHIFT;
    if (end - first > page_cached) {
        list_for_each_safe (link, next, &ages) {
            struct cached_page *p = list_entry(link, struct cached_page, age);
            if (p->view == v && p->index >= first && p->index < end)
                forget(p);
        }
        return;
    }
    for (; first < end; first++) {
        struct cached_page *p = cache_find(v, first);
        if (p)
            forget(p);
    }
}

/* One bucket for eight pages of the machine's memory. */
static bool make_table(void)
{
    uint64_t buckets = 64;
    while (buckets * 8 < page_total() && buckets * sizeof *table < PAGE_SIZE << MAX_ORDER)
        buckets *= 2;
    table = kzalloc(buckets * sizeof *table);
    if (!table)
        return false;
    table_mask = buckets - 1;
    page_register_reclaim(reclaim);
    return true;
}

struct cached_page *cache_add(struct block_view *v, uint64_t index, bool must)
{
    if (!table && !make_table())
        return NULL;
    if (page_free_count() < page_total() / KEEP_FREE && !reclaim(1) && !must)
        return NULL;
    struct cached_page *p = kzalloc(sizeof *p);
    char *data = p ? page_alloc(0) : NULL;
    if (!data) {
        kfree(p);
        return NULL;
    }
    struct cached_page **slot = slot_of(v, index);
    *p = (struct cached_page){.hash_next = *slot, .view = v, .index = index, .data = data, .busy = true};
    *slot = p;
    list_add_tail(&ages, &p->age);
    page_cached++;
    return p;
}
