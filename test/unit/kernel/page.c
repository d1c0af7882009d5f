/* mm/page.c and mm/heap.c on made-up memory: no frame is given twice, all come back and merge, reserved memory is never
 * given. */
#define FRAMES 0x200000000000ul
#include <stdio.h>
#include <stdlib.h>
#include <stdarg.h>
#include "mm/page.c"
#undef JUNK_FREED
#include "mm/heap.c"

/* <sys/mman.h> and mm/mm.h both define what follows. */
void *mmap(void *addr, size_t len, int prot, int flags, int fd, long offset);

#define CHECK(cond) ((cond) ? (void)0 : (fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #cond), exit(1)))
#define MEMORY 0x300000000000ul
#define MEMORY_SIZE (32ul << 20)
#define PAGES (MEMORY_SIZE / PAGE_SIZE)

struct boot_info boot_info;
uint64_t direct_map_base = MEMORY;
char __kernel_start[1], __kernel_end[1];
paddr_t image_to_phys(const void *v)
{
    return 0x10000000;
}
uint64_t entropy_u64(void)
{
    return 0x9e3779b97f4a7c15;
}
void panic(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    exit(1);
}

static uint8_t mapped[1 << 14]; /* of the table of records, by page */
bool table_is_mapped(uint64_t virt)
{
    return mapped[(virt - FRAMES) / PAGE_SIZE];
}
/* Costs page tables as the real one does, now and then. */
bool table_map(uint64_t virt, paddr_t phys, size_t size, uint64_t flags)
{
    static unsigned calls;
    if (calls++ % 8 == 0)
        CHECK(page_alloc_zeroed(0));
    CHECK(!mapped[(virt - FRAMES) / PAGE_SIZE]);
    mapped[(virt - FRAMES) / PAGE_SIZE] = 1;
    CHECK(mmap((void *)virt, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
          (void *)virt);
    return true;
}

static bool is_free_memory(uint64_t page)
{
    for (unsigned i = 0; i < boot_info.range_count; i++)
        if (boot_info.ranges[i].type == BOOT_RANGE_FREE && boot_info.ranges[i].start <= page * PAGE_SIZE &&
            page * PAGE_SIZE < boot_info.ranges[i].end)
            return true;
    return false;
}

static uint8_t owner[PAGES]; /* which block of the test holds the page; 0: none */
static struct {
    void *block;
    unsigned order;
} held[255];

static void mark(const void *block, unsigned order, uint8_t from, uint8_t to)
{
    uint64_t first = virt_to_phys(block) / PAGE_SIZE;
    CHECK(first % (1ul << order) == 0);
    for (uint64_t page = first; page < first + (1ul << order); page++) {
        CHECK(page < PAGES && is_free_memory(page) && owner[page] == from);
        owner[page] = to;
    }
}

static void random_blocks_never_overlap(void)
{
    srand(5);
    for (unsigned round = 0; round < 200000; round++) {
        unsigned i = (unsigned)rand() % ARRAY_LEN(held);
        if (held[i].block) {
            mark(held[i].block, held[i].order, (uint8_t)(i + 1), 0);
            page_free(held[i].block, held[i].order);
            held[i].block = NULL;
            continue;
        }
        held[i].order = (unsigned)__builtin_ctz((unsigned)rand() | 1 << MAX_ORDER);
        held[i].block = page_alloc(held[i].order);
        if (held[i].block)
            mark(held[i].block, held[i].order, 0, (uint8_t)(i + 1));
    }
    for (unsigned i = 0; i < ARRAY_LEN(held); i++)
        if (held[i].block)
            page_free(held[i].block, held[i].order);
}

/* After everything was opened and came back, the lists hold all that is free, in as few blocks as alignment allows. */
static void everything_merges_again(void)
{
    static void *all[PAGES];
    size_t n = 0, whole = 0;
    while ((all[n] = page_alloc(0)))
        n++;
    CHECK(!page_free_count() && n > PAGES / 2);
    for (size_t i = 0; i < n; i++)
        page_free(all[i], 0);
    CHECK(page_free_count() == n);
    while ((all[whole] = page_alloc(MAX_ORDER)))
        whole++;
    CHECK(whole >= 9);
    for (size_t i = 0; i < whole; i++)
        page_free(all[i], MAX_ORDER);
    CHECK(page_free_count() == n);
}

static void shared_frames_go_with_the_last_reference(void)
{
    size_t before = page_free_count();
    void *page = page_alloc(0);
    page_get(virt_to_phys(page));
    page_put(virt_to_phys(page));
    CHECK(page_free_count() == before - 1);
    page_put(virt_to_phys(page));
    CHECK(page_free_count() == before);
}

static void a_split_block_is_freed_page_by_page(void)
{
    size_t before = page_free_count();
    char *block = page_alloc(MAX_ORDER);
    page_split(block, MAX_ORDER);
    for (unsigned i = 0; i < 1u << MAX_ORDER; i++)
        page_put(virt_to_phys(block + i * PAGE_SIZE));
    CHECK(page_free_count() == before);
}

static size_t hoard[2];
static size_t give_back(size_t wanted)
{
    size_t freed = 0;
    for (unsigned i = 0; i < 2; i++)
        if (hoard[i]) {
            page_free((void *)hoard[i], 0);
            hoard[i] = 0;
            freed++;
        }
    return freed;
}

static void caches_are_asked_before_it_fails(void)
{
    static void *all[PAGES];
    size_t n = 0;
    page_register_reclaim(give_back);
    for (unsigned i = 0; i < 2; i++)
        hoard[i] = (size_t)page_alloc(0);
    while ((all[n] = page_alloc(0)))
        n++;
    CHECK(!hoard[0] && !hoard[1]);
    for (size_t i = 0; i < n; i++)
        page_free(all[i], 0);
}

static void heap_objects_do_not_overlap(void)
{
    static struct {
        unsigned char *p;
        size_t size;
    } objects[3000];
    size_t before = page_free_count();
    for (unsigned round = 0; round < 100000; round++) {
        unsigned i = (unsigned)rand() % ARRAY_LEN(objects);
        size_t size = (size_t)rand() % (rand() % 20 ? 600 : 20000);
        if (objects[i].p) {
            for (size_t at = 0; at < objects[i].size; at++)
                CHECK(objects[i].p[at] == (unsigned char)i);
            if (rand() % 2) {
                kfree(objects[i].p);
                objects[i].p = NULL;
                continue;
            }
            objects[i].p = krealloc(objects[i].p, size);
            for (size_t at = 0; at < MIN(size, objects[i].size); at++)
                CHECK(objects[i].p[at] == (unsigned char)i);
        } else {
            objects[i].p = kmalloc(size);
        }
        CHECK(objects[i].p && (uintptr_t)objects[i].p % 16 == 0);
        objects[i].size = size;
        memset(objects[i].p, (int)(unsigned char)i, size);
    }
    for (unsigned i = 0; i < ARRAY_LEN(objects); i++)
        kfree(objects[i].p);
    CHECK(before - page_free_count() <= ARRAY_LEN(class_sizes));
    CHECK(!kmalloc((PAGE_SIZE << MAX_ORDER) + 1));
}

int main(void)
{
    static const struct boot_range map[] = {
        {0x1000, 0x9f000, BOOT_RANGE_FREE},    {0x9f000, 0x100000, BOOT_RANGE_RESERVED},
        {0x100000, 0x1f0000, BOOT_RANGE_FREE}, {0x1f0000, 0x1f8000, BOOT_RANGE_ACPI},
        {0x1f8000, 0x1fa000, BOOT_RANGE_FREE}, {0x433000, 0x900000, BOOT_RANGE_FREE},
        {0xa01000, 0xa02000, BOOT_RANGE_FREE}, {0xc00000, MEMORY_SIZE, BOOT_RANGE_FREE},
    };
    void *memory =
        mmap((void *)MEMORY, MEMORY_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    CHECK(memory == (void *)MEMORY);
    memcpy(boot_info.ranges, map, sizeof map);
    boot_info.range_count = ARRAY_LEN(map);
    page_init();
    random_blocks_never_overlap();
    everything_merges_again();
    shared_frames_go_with_the_last_reference();
    a_split_block_is_freed_page_by_page();
    caches_are_asked_before_it_fails();
    heap_objects_do_not_overlap();
    return 0;
}
