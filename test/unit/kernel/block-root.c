/* block/root.c: an archive on a disk becomes a tree whose files are read when asked for; whatever the disk holds,
 * nothing outside of the partition is looked at. */
#include "archive-host.h"
#include "fs/rootfs.c"
#include "block/root.c"

struct inode *vfs_root, *vfs_cwd;
/* What is known of disks lives as long as the kernel. */
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}

#define START 4096u
static struct block_device device = {.name = "vda", .sector_size = 512};
static struct block_queue queue = {.device = &device};
static struct block_view whole = {.device = &device};
static struct partition partition = {
    .number = 2, .first = START / 512, .id = "4f68bce3-e8cd-4db1-96e7-fbcaf984b709", .label = "unik-root"};
static struct partition_table partitions = {.kind = PARTITIONS_GPT, .count = 1, .list = &partition};
static const char *disk; /* behind it the sanitizer watches */
static uint64_t bad_page;
static bool cut_while_reading;
struct list block_queues = LIST_INIT(block_queues);

const struct partition_table *block_partitions(struct block_queue *q)
{
    return &partitions;
}
struct block_view *block_disk_view(struct block_queue *q)
{
    return &whole;
}
void block_node_name(char *out, size_t size, const struct block_device *d, unsigned number)
{
    snprintf(out, size, number ? "%s%u" : "%s", d->name, number);
}
int cache_get(struct block_view *v, uint64_t index, size_t wanted, bool may_sleep, paddr_t *frame)
{
    uint64_t at = v->start + (index << PAGE_SHIFT), end = device.sectors * 512;
    CHECK(at < end && v->size > index << PAGE_SHIFT);
    if (at >> PAGE_SHIFT == bad_page)
        return -EIO;
    char *page = page_alloc(0);
    if (!page)
        return -ENOMEM;
    memcpy(page, disk + at, MIN(PAGE_SIZE, end - at));
    *frame = virt_to_phys(page);
    if (cut_while_reading && may_sleep) {
        cut_while_reading = false;
        CHECK(regular_truncate(v->inode, 3) == 0);
    }
    return 0;
}

int cache_copy(struct block_view *v, uint64_t at, size_t wanted, void *to, size_t n)
{
    CHECK(at <= whole.size && n <= whole.size - at);
    if (at >> PAGE_SHIFT <= bad_page && (at + n - 1) >> PAGE_SHIFT >= bad_page)
        return -EIO;
    memcpy(to, disk + at, n);
    return 0;
}

static const struct vfs_disks disks = {
    .span = block_root_span, .page = block_root_page, .copy = block_root_copy, .release = block_root_release};

static int mount(const char *wanted, unsigned fail)
{
    size_t n = ALIGN_UP(archive_len, 512), size = START + n;
    char *copy = calloc(1, size);
    memcpy(copy + START, archive, archive_len);
    free((char *)disk);
    disk = copy;
    partition.count = n / 512;
    whole.size = size;
    device.sectors = size / 512;
    bad_page = UINT64_MAX;
    warnings = 0;
    vfs_disks = &disks;
    list_init(&block_queues);
    list_add_tail(&block_queues, &queue.link);
    vfs_root = directory_new(FS_ROOT, 0755, &directory_ops);
    fail_one_in = fail;
    int err = block_mount_root(vfs_root, wanted);
    fail_one_in = 0;
    return err;
}

static void unmount(void)
{
    empty_tree(vfs_root);
    inode_put(vfs_root);
    CHECK(frame_count == 0);
}

static char large[20000];
static void make_archive(void)
{
    archive_len = 0;
    for (size_t i = 0; i < sizeof large; i++)
        large[i] = (char)random_u64();
    put_entry("bin", 0040711, 2, 2, "", 0);
    put_entry("bin/one", 0100755, 3, 2, "", 0);
    put_entry("bin/two", 0100755, 3, 2, "same data", 9);
    put_entry("link", 0120777, 5, 1, "bin/two", 7);
    put_entry("twice", 0100600, 6, 1, "old", 3);
    put_entry("twice", 0100600, 7, 1, "newer", 5);
    put_entry("empty", 0100600, 8, 1, "", 0);
    put_entry("large", 0100644, 9, 1, large, sizeof large);
    put_entry("TRAILER!!!", 0, 0, 1, "", 0);
    add_bytes("behind the archive", 18);
}

static ssize_t read_at(const char *path, loff_t at, void *to, size_t n)
{
    struct file *f;
    struct inode *i;
    struct iter it;
    CHECK(path_lookup(vfs_root, path, WALK_FOLLOW, &i) == 0 && inode_open(i, O_RDWR, &f) == 0);
    iter_kernel(&it, to, n);
    ssize_t got = f->ops->read(f, &it, at);
    file_put(f);
    inode_put(i);
    return got;
}

static void files_are_read_from_the_disk(void)
{
    static const char *const names[] = {"PARTLABEL=unik-root", "PARTUUID=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709",
                                        "/dev/vda2"};
    static char back[sizeof large + 100];
    for (size_t n = 0; n < ARRAY_LEN(names); n++) {
        make_archive();
        CHECK(mount(names[n], 0) == 0 && warnings == 0);
        CHECK(read_at("link", 0, back, 100) == 9 && !memcmp(back, "same data", 9));
        CHECK(read_at("bin/one", 5, back, 100) == 4 && read_at("twice", 0, back, 9) == 5 &&
              read_at("empty", 0, back, 9) == 0);
        CHECK(read_at("large", 0, back, sizeof back) == sizeof large && !memcmp(back, large, sizeof large));
        CHECK(read_at("large", 4000, back, 200) == 200 && !memcmp(back, large + 4000, 200));
        unmount();
    }
    CHECK(mount("PARTLABEL=other", 0) == -ENOENT && warnings == 3);
    unmount();
}

static struct inode *at(const char *path)
{
    struct inode *i;
    CHECK(path_lookup(vfs_root, path, 0, &i) == 0);
    inode_put(i);
    return i;
}

static void changes_stay_in_memory(void)
{
    static char back[sizeof large];
    struct file *f;
    struct iter it;
    make_archive();
    CHECK(mount("/dev/vda2", 0) == 0 && inode_open(at("large"), O_RDWR, &f) == 0);
    iter_kernel(&it, "changed", 7);
    CHECK(f->ops->write(f, &it, 8190) == 7);
    memcpy(large + 8190, "changed", 7);
    CHECK(read_at("large", 0, back, sizeof back) == sizeof large && !memcmp(back, large, sizeof large));
    paddr_t frame;
    CHECK(f->ops->page(f, 0, false, &frame) == 0 && !memcmp((void *)frame, large, PAGE_SIZE));
    page_put(frame);
    CHECK(f->ops->page(f, 4, false, &frame) == 0); /* its last page: nothing of what follows in the archive is shown */
    CHECK(!memcmp((void *)frame, large + 16384, sizeof large - 16384) && !((char *)frame)[sizeof large - 16384]);
    page_put(frame);
    file_put(f);
    cut_while_reading = true;
    CHECK(read_at("large", 0, back, 100) == 3 && read_at("large", 3, back, 100) == 0);
    unmount();
    CHECK(mount("/dev/vda2", 0) == 0);
    cut_while_reading = true;
    CHECK(read_at("large", 10000, back, 100) == 0);
    unmount();
}

static void bad_pages_are_told(void)
{
    static char back[sizeof large];
    make_archive();
    CHECK(mount("/dev/vda2", 0) == 0);
    struct file *f;
    CHECK(inode_open(at("large"), O_RDWR, &f) == 0);
    const struct block_view *v = at("large")->data.source;
    bad_page = (v->start + 8192) >> PAGE_SHIFT;
    CHECK(read_at("large", 0, back, sizeof back) == 8192 && read_at("large", 8192, back, 10) == -EIO);
    paddr_t frame;
    struct iter it;
    iter_kernel(&it, "x", 1);
    CHECK(f->ops->page(f, 2, false, &frame) == -EIO && f->ops->page(f, 2, true, &frame) == -EIO);
    CHECK(f->ops->write(f, &it, 8200) == -EIO && f->ops->page(f, 3, false, &frame) == 0);
    page_put(frame);
    file_put(f);
    unmount();
    bad_page = START >> PAGE_SHIFT;
}

static void any_archive_does_no_harm(void)
{
    for (unsigned round = 0; round < 3000; round++) {
        make_archive();
        archive_len -= round % 2 ? below((unsigned)archive_len / 2) : 0;
        for (unsigned n = below(6); n; n--)
            archive[below((unsigned)archive_len)] = round % 3 ? "0123456789abcdef"[below(16)] : (char)random_u64();
        if (mount("/dev/vda2", round % 7 ? 0 : 40) == 0) {
            static char back[200];
            struct walk w;
            if (!path_walk(vfs_root, "bin/two", WALK_FOLLOW, &w)) {
                if (w.inode && inode_type(w.inode) == S_IFREG)
                    read_at("bin/two", 0, back, sizeof back);
                walk_end(&w);
            }
        }
        unmount();
    }
    static const char *const sizes[] = {"00002000", "7fffffff", "ffffffff", "00000000"};
    for (size_t n = 0; n < ARRAY_LEN(sizes); n++) { /* of the first name */
        make_archive();
        memcpy(archive + offsetof(struct newc, namesize), sizes[n], 8);
        CHECK(mount("/dev/vda2", 0) == -EINVAL);
        unmount();
    }
}

int main(void)
{
    dentry_init();
    files_are_read_from_the_disk();
    changes_stay_in_memory();
    bad_pages_are_told();
    any_archive_does_no_harm();
    free((char *)disk);
    return 0;
}
