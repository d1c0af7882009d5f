/* block/cache*.c: what is read is what was written, whatever is reclaimed, fails or is under way; memory comes back. */
#include <stdint.h>
#define FRAMES ((uintptr_t)frame_table)
#define OWN_PAGES
static uint64_t frame_table[];
#include "block-host.h"
#include "mm/frame.h"
#include "mm/iter.c"
#include "block/queue.c"
#include "block/watchdog.c"
#include "block/transfer.c"
#include "block/partition.c"
#include "block/gpt.c"
#include "block/device.c"
#include "block/cache-page.c"
#include "block/cache.c"
#include "block/cache-write.c"

/* Physical memory: so many pages from address 0 on. */
#define PAGES 48u
static uint64_t frame_table[PAGES * sizeof(struct frame) / 8];
static uint8_t memory[PAGES * PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static bool used[PAGES];
static size_t free_count = PAGES;
size_t page_cached;
static size_t (*reclaimer)(size_t wanted);

void page_register_reclaim(size_t (*fn)(size_t wanted))
{
    reclaimer = fn;
}
size_t page_total(void)
{
    return PAGES;
}
size_t page_free_count(void)
{
    return free_count;
}
void *page_alloc(unsigned order)
{
    CHECK(!order);
    do {
        for (unsigned i = 0; i < PAGES; i++) {
            if (used[i])
                continue;
            used[i] = true;
            free_count--;
            frame_of(i << PAGE_SHIFT)->refs = 1;
            return memset(memory + i * PAGE_SIZE, 0xa5, PAGE_SIZE);
        }
    } while (reclaimer(1));
    return NULL;
}
void *page_alloc_zeroed(unsigned order)
{
    return memset(page_alloc(order), 0, PAGE_SIZE);
}
void page_free(void *p, unsigned order)
{
    unsigned i = (unsigned)(virt_to_phys(p) >> PAGE_SHIFT);
    CHECK(used[i]);
    used[i] = false;
    free_count++;
    memset(p, 0x5a, PAGE_SIZE);
}
void page_get(paddr_t p)
{
    frame_of(p)->refs++;
}
void page_put(paddr_t p)
{
    CHECK(frame_of(p)->refs);
    if (!--frame_of(p)->refs)
        page_free(phys_to_virt(p), 0);
}
bool user_range_ok(uaddr_t addr, size_t n)
{
    return true;
}
/* The app's memory is the host's; some of it faults. */
static size_t user_left = SIZE_MAX;
size_t user_copy(void *dst, const void *src, size_t n)
{
    size_t done = MIN(n, user_left);
    memcpy(dst, src, done);
    user_left -= user_left == SIZE_MAX ? 0 : done;
    return n - done;
}
size_t user_clear(void *dst, size_t n)
{
    return n;
}
int user_read(void *dst, uaddr_t src, size_t n)
{
    return -EFAULT;
}

/* One file of the disk is mapped by the app: pages that it looks at. */
#define FILE_START (16u * PAGE_SIZE)
#define FILE_PAGES 40u
static paddr_t mapped[FILE_PAGES];
static bool is_mapped[FILE_PAGES];
static unsigned evictions;
void space_evict(const struct inode *inode, uint64_t offset)
{
    uint64_t i = offset >> PAGE_SHIFT;
    CHECK(i < FILE_PAGES);
    if (!is_mapped[i])
        return;
    is_mapped[i] = false;
    evictions++;
    page_put(mapped[i]);
}

static struct fake *disk;
static struct block_view whole, file;
static uint8_t expected[DISK_SIZE];
#define DISK_PAGES (DISK_SIZE / PAGE_SIZE)

static int read_page(struct block_view *v, uint64_t index, size_t wanted, bool may_sleep)
{
    paddr_t frame;
    int err = cache_get(v, index, wanted, may_sleep, &frame);
    if (err)
        return err;
    size_t n = MIN(PAGE_SIZE, v->size - (index << PAGE_SHIFT));
    CHECK(!memcmp(phys_to_virt(frame), expected + v->start + (index << PAGE_SHIFT), n));
    page_put(frame);
    return 0;
}

static int look_at_mapping(unsigned i)
{
    if (is_mapped[i]) {
        CHECK(!memcmp(phys_to_virt(mapped[i]), expected + FILE_START + i * PAGE_SIZE, PAGE_SIZE));
        return 0;
    }
    int err = cache_get(&file, i, 0, false, &mapped[i]);
    is_mapped[i] = !err;
    return err;
}

static ssize_t write_bytes(uint64_t at, size_t n)
{
    static uint8_t data[DISK_SIZE];
    struct iovec vec = {(uint64_t)(uintptr_t)data, n};
    struct iter it = {.vec = &vec, .count = 1, .left = n};
    uint32_t offset = at & PAGE_MASK;
    unsigned count = (unsigned)((offset + n + PAGE_MASK) >> PAGE_SHIFT);
    struct cache_span s = {at >> PAGE_SHIFT, count, offset, (uint32_t)(offset + n - (count - 1) * PAGE_SIZE)};
    for (size_t i = 0; i < n; i++)
        data[i] = (uint8_t)random_u64();
    ssize_t done = cache_write(&whole, &s, &it);
    if (done > 0) {
        CHECK((size_t)done <= n);
        memcpy(expected + at, data, (size_t)done);
        CHECK(!memcmp(disk->data + at, expected + at, (size_t)done));
    } else if (done == -EIO) { /* some of it may be there */
        memcpy(expected + at, disk->data + at, n);
    }
    return done;
}

static void start(uint32_t sector_size)
{
    direct_map_base = (uint64_t)(uintptr_t)memory;
    disk = fake_new();
    disk->device.sector_size = sector_size;
    disk->device.max_parts = 4;
    CHECK(block_register(&disk->device, "vd") == 0);
    memcpy(expected, disk->data, DISK_SIZE);
    whole = (struct block_view){.device = &disk->device, .size = DISK_SIZE};
    file = (struct block_view){.device = &disk->device, .start = FILE_START, .size = FILE_PAGES * PAGE_SIZE};
    file.inode = (struct inode *)&file;
}

static void stop(void)
{
    threads = true;
    for (unsigned i = 0; i < 100; i++)
        pass();
    threads = false;
    for (unsigned i = 0; i < FILE_PAGES; i++)
        space_evict(NULL, (uint64_t)i << PAGE_SHIFT);
    reclaim(SIZE_MAX);
    CHECK(page_cached == 0 && free_count == PAGES);
    struct block_queue *q = block_queue_of(&disk->device);
    CHECK(!q->in_flight && list_empty(&q->waiting));
    armed = NULL;
    list_del(&q->link);
    free(q);
    free(disk);
    fake_count--;
}

/* Reads of the file see what was there at the start: nobody writes into an archive in use. */
static void anything_goes(void)
{
    for (unsigned n = 0; n < 30000; n++) {
        threads = random_u64() % 2;
        disk->interrupts = random_u64() % 4;
        disk->at_once = random_u64() % 3 == 0;
        switch (random_u64() % 6) {
        case 0:
            CHECK(read_page(&whole, random_u64() % DISK_PAGES, 1 + random_u64() % 20, true) == 0);
            break;
        case 1:
            CHECK(read_page(&file, random_u64() % FILE_PAGES, random_u64() % 3, random_u64() % 2) == 0);
            break;
        case 2:
            CHECK(look_at_mapping((unsigned)(random_u64() % FILE_PAGES)) == 0);
            break;
        case 3: { /* in front of the file */
            uint64_t at = random_u64() % FILE_START;
            size_t size = 1 + random_u64() % (random_u64() % 2 ? 600 : FILE_START);
            size = MIN(size, FILE_START - at);
            CHECK(write_bytes(at, size) == (ssize_t)size);
            break;
        }
        case 4: { /* the app's memory ends */
            uint64_t at = random_u64() % (FILE_START - 20000);
            user_left = random_u64() % 20000;
            ssize_t done = write_bytes(at, 20000);
            CHECK((done > 0 && done < 20000) || done == -EFAULT);
            user_left = SIZE_MAX;
            break;
        }
        default:
            if (random_u64() % 4 == 0)
                cache_forget(&whole, random_u64() % DISK_SIZE, 1);
            pass();
        }
    }
    CHECK(evictions > 100);
}

static void one_bad_sector_spoils_its_page_only(void)
{
    threads = true;
    cache_forget(&whole, 0, DISK_SIZE);
    disk->bad_sector = 5 * 8 + 3;
    for (unsigned round = 0; round < 3; round++)
        for (unsigned i = 0; i < 16; i++)
            CHECK(read_page(&whole, i, 16, round % 2) == (i == 5 ? -EIO : 0));
    CHECK(write_bytes(5 * PAGE_SIZE + 7, 100) == -EIO); /* cannot be read first */
    CHECK(write_bytes(4 * PAGE_SIZE, 4 * PAGE_SIZE) == -EIO);
    disk->bad_sector = UINT64_MAX;
    for (unsigned i = 0; i < 16; i++)
        CHECK(read_page(&whole, i, 16, true) == 0);
}

static void reading_in_order_reads_ahead(void)
{
    threads = true;
    disk->at_once = false;
    disk->interrupts = true;
    cache_forget(&whole, 0, DISK_SIZE);
    whole.expected = 0;
    unsigned before = disk->submits, slept = 0;
    for (unsigned i = 0; i < DISK_PAGES; i++) {
        uint64_t then = now;
        CHECK(read_page(&whole, i, 1, true) == 0);
        slept += now != then;
    }
    CHECK(disk->submits - before < DISK_PAGES / 2 && slept < DISK_PAGES / 4);
}

/* What is expected is told beforehand: pages take the bytes before anybody sleeps. */
static void write_in_turn(uint64_t at, size_t n)
{
    uint8_t *data = malloc(n);
    struct iovec vec = {(uint64_t)(uintptr_t)data, n};
    struct iter it = {.vec = &vec, .count = 1, .left = n};
    unsigned count = (unsigned)((at % PAGE_SIZE + n + PAGE_MASK) >> PAGE_SHIFT);
    struct cache_span s = {at >> PAGE_SHIFT, count, at & PAGE_MASK, 0};
    s.end = (uint32_t)((at & PAGE_MASK) + n - (count - 1) * PAGE_SIZE);
    for (size_t i = 0; i < n; i++)
        expected[at + i] = data[i] = (uint8_t)random_u64();
    CHECK(cache_write(&whole, &s, &it) == (ssize_t)n);
    free(data);
}

static void write_the_same(void)
{
    write_in_turn(3 * PAGE_SIZE + 100, 5000);
}

/* Two threads write one page: never both at once, and both are there in the end. */
static void writes_of_a_page_take_turns(void)
{
    threads = true;
    disk->at_once = false;
    disk->interrupts = true;
    for (unsigned round = 0; round < 20; round++) {
        for (unsigned i = 0; i < 8; i++) /* there: else the first sleep is before the bytes are taken */
            CHECK(read_page(&whole, i, 1, true) == 0);
        other_thread = write_the_same;
        write_in_turn(2 * PAGE_SIZE + 3000, round % 2 ? 20000 : 3000);
        CHECK(!other_thread && !memcmp(disk->data, expected, FILE_START));
    }
}

/* Nobody has asked for some of them since they were read: less than two looks at each suffice. */
static void all_may_be_given_back(void)
{
    cache_forget(&whole, 0, DISK_SIZE);
    cache_forget(&file, 0, FILE_PAGES * PAGE_SIZE);
    for (unsigned i = 0; i < 6; i++)
        CHECK(read_page(&whole, i, 6, true) == 0);
    cache_forget(&whole, 6 * PAGE_SIZE, DISK_SIZE);
    CHECK(cache_read(&whole, 6, 8) == 8);
    disk->at_once = false;
    threads = true;
    for (unsigned i = 0; i < 100; i++)
        pass();
    threads = false;
    CHECK(reclaim(1000) >= 14 && page_cached == 0 && reclaim(1000) == 0);
    threads = true;
}

/* In a time that depends on what is cached, not on how large the disk is. */
static void all_is_forgotten_at_once(void)
{
    for (unsigned i = 0; i < 8; i++)
        CHECK(read_page(&whole, i, 1, true) == 0 && read_page(&file, i, 1, true) == 0);
    cache_forget(&whole, 2 * PAGE_SIZE + 1, BLOCK_MAX_SECTORS * BLOCK_SECTOR - PAGE_SIZE);
    for (unsigned i = 0; i < 8; i++)
        CHECK(!cache_find(&whole, i) == (i >= 2) && cache_find(&file, i));
}

/* Pages that are cached are still found behind the new end. */
static void a_disk_that_shrinks_fails_writes(void)
{
    static uint8_t data[PAGE_SIZE];
    for (uint64_t left = 0; left < PAGE_SIZE; left += 2048) {
        CHECK(read_page(&whole, 5, 1, true) == 0 && read_page(&whole, 6, 1, true) == 0);
        disk->device.sectors = (5 * PAGE_SIZE + left) / BLOCK_SECTOR;
        struct iovec vec = {(uint64_t)(uintptr_t)data, 1100};
        struct iter it = {.vec = &vec, .count = 1, .left = 1100};
        CHECK(cache_write(&whole, &(struct cache_span){5, 2, 3096, 100}, &it) == -EIO && it.left == 1100);
        disk->device.sectors = DISK_SIZE / BLOCK_SECTOR;
    }
}

int main(void)
{
    for (uint32_t sector_size = 512; sector_size <= 4096; sector_size *= 8) {
        start(sector_size);
        anything_goes();
        reading_in_order_reads_ahead();
        writes_of_a_page_take_turns();
        one_bad_sector_spoils_its_page_only();
        a_disk_that_shrinks_fails_writes();
        all_is_forgotten_at_once();
        all_may_be_given_back();
        stop();
    }
    free(table);
    return 0;
}
