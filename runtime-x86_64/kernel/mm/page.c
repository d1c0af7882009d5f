/* Page frames: a buddy allocator over what has been in use, and the loader's free ranges for what has not. Blocks lie
 * within granules of 2 MiB, so a block's buddy always has a record. Links stand in the records: a free page is not
 * touched. */
#include "mm/frame.h"
#include "mm/table.h"
#include "boot/early.h"

#define MAX_RECLAIMERS 4
/* Records are backed for so many granules at once, so that not each one loses two pages to them and can never be whole.
 */
#define BATCH (8 * GRANULE_SIZE)
/* The records of a batch and the page tables above them take at most 19 pages: a smaller piece is not worth opening. */
#define SMALLEST_PIECE (24 * PAGE_SIZE)
#define JUNK_FRESH 0xa5
#define JUNK_FREED 0x5a

static uint32_t free_lists[MAX_ORDER + 1];
static size_t total_pages, free_pages;
size_t page_cached;
/* Never used so far: [start, end), ascending. Those before `next_fresh` are used up. */
static struct {
    paddr_t start, end;
} fresh[BOOT_MAX_RANGES];
static unsigned fresh_count, next_fresh;
/* While records are made: whole pages below this address may be taken for the purpose. 0 otherwise. */
static paddr_t carving_end;
static size_t (*reclaimers[MAX_RECLAIMERS])(size_t wanted);

static void list_push(struct frame *f, unsigned order)
{
    f->state = FRAME_FREE;
    f->order = (uint8_t)order;
    f->prev = 0;
    f->next = free_lists[order];
    if (f->next)
        frame_by_number(f->next)->prev = frame_number(f);
    free_lists[order] = frame_number(f);
}

static void list_remove(struct frame *f)
{
    if (f->prev)
        frame_by_number(f->prev)->next = f->next;
    else
        free_lists[f->order] = f->next;
    if (f->next)
        frame_by_number(f->next)->prev = f->prev;
    f->state = FRAME_RESERVED;
}

static void insert_block(uint64_t number, unsigned order)
{
    for (; order < MAX_ORDER; order++) {
        struct frame *buddy = frame_by_number(number ^ (1ul << order));
        if (buddy->state != FRAME_FREE || buddy->order != order)
            break;
        list_remove(buddy);
        number &= ~(1ul << order);
    }
    list_push(frame_by_number(number), order);
}

static void insert_range(uint64_t number, uint64_t end)
{
    while (number < end) {
        unsigned order = number ? (unsigned)__builtin_ctzl(number) : MAX_ORDER;
        order = MIN(order, (unsigned)MAX_ORDER);
        while (number + (1ul << order) > end)
            order--;
        insert_block(number, order);
        number += 1ul << order;
    }
}

static struct frame *take_block(unsigned order)
{
    unsigned from = order;
    while (from <= MAX_ORDER && !free_lists[from])
        from++;
    if (from > MAX_ORDER)
        return NULL;
    struct frame *f = frame_by_number(free_lists[from]);
    list_remove(f);
    while (from > order) {
        from--;
        list_push(f + (1ul << from), from);
    }
    f->state = FRAME_USED;
    f->order = (uint8_t)order;
    f->refs = 1;
    f->used = 0;
    free_pages -= 1ul << order;
    return f;
}

/* Backs the records of the granule's batch, from free pages or else from the end of the piece that is being opened. */
static void back_records(paddr_t granule)
{
    paddr_t memory_end = ALIGN_UP(fresh[fresh_count - 1].end, GRANULE_SIZE);
    paddr_t first = ALIGN_DOWN(granule, BATCH), end = MIN(first + BATCH, memory_end);
    uint64_t records = (uint64_t)frame_of(first), records_end = (uint64_t)frame_of(end);
    for (uint64_t at = records; at < records_end; at += PAGE_SIZE)
        table_map(at, virt_to_phys(page_alloc(0)), PAGE_SIZE, KERNEL_RW);
    memset((void *)records, 0, records_end - records);
}

static void open_piece(paddr_t start, paddr_t end)
{
    paddr_t granule = ALIGN_DOWN(start, GRANULE_SIZE);
    bool backed = table_is_mapped((uint64_t)frame_of(granule));
    if (!backed && end - start < SMALLEST_PIECE) {
        free_pages -= (end - start) >> PAGE_SHIFT;
        return;
    }
    carving_end = end;
    if (!backed)
        back_records(granule);
    insert_range(start >> PAGE_SHIFT, carving_end >> PAGE_SHIFT);
    carving_end = 0;
}

/* Opens the next fresh granule. False when all memory has been in use. */
static bool open_granule(void)
{
    while (next_fresh < fresh_count && fresh[next_fresh].start == fresh[next_fresh].end)
        next_fresh++;
    if (next_fresh == fresh_count)
        return false;
    paddr_t start = fresh[next_fresh].start;
    paddr_t end = MIN(fresh[next_fresh].end, ALIGN_DOWN(start, GRANULE_SIZE) + GRANULE_SIZE);
    fresh[next_fresh].start = end;
    open_piece(start, end);
    return true;
}

static struct frame *take_while_carving(void)
{
    carving_end -= PAGE_SIZE;
    free_pages--;
    return frame_of(carving_end);
}

static bool reclaim(size_t wanted)
{
    size_t freed = 0;
    for (unsigned i = 0; i < ARRAY_LEN(reclaimers) && reclaimers[i] && freed < wanted; i++)
        freed += reclaimers[i](wanted - freed);
    return freed;
}

void *page_alloc(unsigned order)
{
    if (order > MAX_ORDER)
        return NULL;
    struct frame *f = take_block(order);
    if (!f && carving_end)
        f = take_while_carving();
    while (!f && (open_granule() || reclaim(1ul << order)))
        f = take_block(order);
    if (!f)
        return NULL;
    void *page = frame_page(f);
    if (UNIK_DEBUG)
        memset(page, JUNK_FRESH, PAGE_SIZE << order);
    return page;
}

void *page_alloc_zeroed(unsigned order)
{
    void *page = page_alloc(order);
    return page ? memset(page, 0, PAGE_SIZE << order) : NULL;
}

void *page_alloc_app(unsigned order)
{
    size_t reserve = MIN(total_pages / 64, (size_t)512);
    if (free_pages < reserve + (1ul << order) && !reclaim(reserve + (1ul << order) - free_pages))
        return NULL;
    return page_alloc(order);
}

void page_free(void *page, unsigned order)
{
    struct frame *f = frame_of(virt_to_phys(page));
    if (f->state != FRAME_USED || f->order != order)
        panic("page_free: %p is not a block of order %u in use (state %u, order %u)", page, order, f->state, f->order);
    if (UNIK_DEBUG)
        memset(page, JUNK_FREED, PAGE_SIZE << order);
    f->state = FRAME_RESERVED;
    free_pages += 1ul << order;
    insert_block(frame_number(f), order);
}

void page_split(void *page, unsigned order)
{
    struct frame *f = frame_of(virt_to_phys(page));
    for (unsigned i = 0; i < 1u << order; i++) {
        f[i].state = FRAME_USED;
        f[i].order = 0;
        f[i].refs = 1;
        f[i].used = 0;
    }
}

/* The image's own frames (rootfs, vDSO) are nobody's to free. */
static bool is_image(paddr_t p)
{
    return p >= image_to_phys(__kernel_start) && p < image_to_phys(__kernel_end);
}

void page_get(paddr_t p)
{
    struct frame *f = frame_of(p);
    /* A count at its limit stays there: the frame is never freed. */
    if (!is_image(p) && f->refs != UINT32_MAX)
        f->refs++;
}

void page_put(paddr_t p)
{
    struct frame *f = frame_of(p);
    if (is_image(p) || f->refs == UINT32_MAX)
        return;
    if (!f->refs)
        panic("page_put: %lx is not in use", p);
    if (!--f->refs)
        page_free(phys_to_virt(p), 0);
}

void page_init(void)
{
    for (unsigned i = 0; i < boot_info.range_count; i++) {
        const struct boot_range *r = &boot_info.ranges[i];
        if (r->type != BOOT_RANGE_FREE || r->start >= r->end)
            continue;
        fresh[fresh_count].start = r->start;
        fresh[fresh_count++].end = r->end;
        total_pages += (r->end - r->start) >> PAGE_SHIFT;
    }
    free_pages = total_pages;
}

size_t page_total(void)
{
    return total_pages;
}

size_t page_free_count(void)
{
    return free_pages;
}

void page_register_reclaim(size_t (*fn)(size_t wanted))
{
    for (unsigned i = 0; i < ARRAY_LEN(reclaimers); i++) {
        if (!reclaimers[i]) {
            reclaimers[i] = fn;
            return;
        }
    }
    panic("more than %u caches want to give memory back", MAX_RECLAIMERS);
}
