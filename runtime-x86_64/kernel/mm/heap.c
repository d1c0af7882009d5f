/* The kernel heap: size classes in slabs of one page, larger sizes as blocks of pages. What an address belongs to
 * stands in its frame's record, so objects carry no header. A free object holds the offset of the next one under a mask
 * that nobody else knows: what is freed twice has it already, what was written to after that has it no more. */
#include "mm/frame.h"
#include "drivers/driver.h"
#include "mm/report.h"

#define SLAB_MAX 2048u
#define NO_OBJECT 0xffffu
#define CLASS_BLOCK 0xff /* not a slab: the whole block of pages is one object */
#define JUNK_FREED 0x5b

static const uint16_t class_sizes[] = {16, 32, 48, 64, 96, 128, 192, 256, 336, 512, 672, 1008, 1360, 2048};
/* By size in units of 16 bytes, rounded up; filled by the first kmalloc. */
static uint8_t class_of_size[SLAB_MAX / 16 + 1];
static uint32_t with_room[ARRAY_LEN(class_sizes)]; /* frame numbers */
size_t heap_pages;
static uint64_t secret;

static uint64_t masked(const uint64_t *object, uint64_t next)
{
    return secret ^ (uint64_t)object ^ next;
}

static void fill_class_table(void)
{
    secret = entropy_u64();
    for (unsigned i = 0, class = 0; i < ARRAY_LEN(class_of_size); i++) {
        while (class_sizes[class] < i * 16)
            class ++;
        class_of_size[i] = (uint8_t) class;
    }
}

static void add_to_list(struct frame *f)
{
    uint32_t *list = &with_room[f->heap.class];
    f->prev = 0;
    f->next = *list;
    if (f->next)
        frame_by_number(f->next)->prev = frame_number(f);
    *list = frame_number(f);
}

static void remove_from_list(struct frame *f)
{
    if (f->prev)
        frame_by_number(f->prev)->next = f->next;
    else
        with_room[f->heap.class] = f->next;
    if (f->next)
        frame_by_number(f->next)->prev = f->prev;
}

static struct frame *new_slab(unsigned class)
{
    char *page = page_alloc(0);
    if (!page)
        return NULL;
    unsigned size = class_sizes[class], last = (PAGE_SIZE / size - 1) * size;
    for (unsigned offset = 0; offset <= last; offset += size) {
        uint64_t *object = (uint64_t *)(page + offset);
        *object = masked(object, offset == last ? NO_OBJECT : offset + size);
    }
    struct frame *f = frame_of(virt_to_phys(page));
    f->heap.first_free = 0;
    f->heap.class = (uint8_t) class;
    f->used = 0;
    add_to_list(f);
    heap_pages++;
    return f;
}

static void *alloc_block(size_t size)
{
    if (size > PAGE_SIZE << MAX_ORDER)
        return NULL;
    unsigned order = size <= PAGE_SIZE ? 0 : (unsigned)(64 - __builtin_clzl((size - 1) >> PAGE_SHIFT));
    void *block = page_alloc(order);
    if (!block)
        return NULL;
    frame_of(virt_to_phys(block))->heap.class = CLASS_BLOCK;
    heap_pages += 1ul << order;
    return block;
}

void *kmalloc(size_t size)
{
    if (size > SLAB_MAX)
        return alloc_block(size);
    if (!class_of_size[ARRAY_LEN(class_of_size) - 1])
        fill_class_table();
    unsigned class = class_of_size[(size + 15) / 16];
    struct frame *f = with_room[class] ? frame_by_number(with_room[class]) : new_slab(class);
    if (!f)
        return NULL;
    uint64_t *object = (uint64_t *)((char *)frame_page(f) + f->heap.first_free), next = masked(object, *object);
    if (next > NO_OBJECT)
        panic("kmalloc: %p was written to after it was freed", (void *)object);
    *object = 0;
    f->heap.first_free = (uint16_t)next;
    f->used++;
    if (f->heap.first_free == NO_OBJECT)
        remove_from_list(f);
    return object;
}

void *kzalloc(size_t size)
{
    void *p = kmalloc(size);
    return p ? memset(p, 0, size) : NULL;
}

static void free_object(struct frame *f, uint64_t *object)
{
    unsigned size = class_sizes[f->heap.class];
    size_t offset = (size_t)((char *)object - (char *)frame_page(f));
    if (offset % size || masked(object, *object) <= NO_OBJECT)
        panic("kfree: %p is not in use", (void *)object);
    if (UNIK_DEBUG)
        memset(object, JUNK_FREED, size);
    if (f->heap.first_free == NO_OBJECT)
        add_to_list(f);
    *object = masked(object, f->heap.first_free);
    f->heap.first_free = (uint16_t)offset;
    /* The last slab of a size stays, so that one object that comes and goes costs no page each time. */
    if (!--f->used && (f->next || f->prev)) {
        remove_from_list(f);
        page_free(frame_page(f), 0);
        heap_pages--;
    }
}

void kfree(void *p)
{
    if (!p)
        return;
    struct frame *f = frame_of(virt_to_phys(p));
    if (f->state != FRAME_USED)
        panic("kfree: %p is not in use", p);
    if (f->heap.class != CLASS_BLOCK) {
        free_object(f, p);
        return;
    }
    heap_pages -= 1ul << f->order;
    page_free(p, f->order);
}

void *krealloc(void *p, size_t size)
{
    if (!p)
        return kmalloc(size);
    const struct frame *f = frame_of(virt_to_phys(p));
    size_t old = f->heap.class == CLASS_BLOCK ? PAGE_SIZE << f->order : class_sizes[f->heap.class];
    if (size <= old && size > old / 4)
        return p;
    void *fresh = kmalloc(size);
    if (!fresh)
        return NULL;
    memcpy(fresh, p, MIN(size, old));
    kfree(p);
    return fresh;
}
