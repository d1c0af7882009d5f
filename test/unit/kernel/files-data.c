/* A regular file's bytes against a plain array: writes, cuts, holes and mapped pages over an image that must never
 * change, also when memory runs out in between. */
#include "files-tree.h"

#define SIZE (40 * 4096)
#define IMAGE (11 * 4096 + 123)

struct inode *vfs_root, *vfs_cwd;
static char model[SIZE], image[IMAGE] __attribute__((aligned(4096))), image_before[IMAGE], buffer[SIZE];
static loff_t model_size;
static struct inode *inode;
static struct file *file;

static bool any_pages_in(loff_t from, loff_t to)
{
    uint64_t next = pages_next(&inode->data, (uint64_t)from >> PAGE_SHIFT);
    return next != UINT64_MAX && (loff_t)(next << PAGE_SHIFT) < to;
}

static void check_all(void)
{
    struct iter it;
    iter_kernel(&it, buffer, SIZE);
    memset(buffer, 0x55, SIZE);
    CHECK(inode->data.size == model_size);
    CHECK(file->ops->read(file, &it, 0) == model_size);
    CHECK(!memcmp(buffer, model, (size_t)model_size));
}

static void check_page(void)
{
    uint64_t index = below(SIZE / 4096);
    bool write = below(3) == 0;
    paddr_t frame;
    int err = file->ops->page(file, index, write, &frame);
    if ((loff_t)(index * 4096) >= model_size) {
        CHECK(err == -EIO);
        return;
    }
    if (err) {
        CHECK(fail_one_in && (err == -ENOMEM || err == -ENOSPC));
        return;
    }
    char expected[4096] = {0};
    memcpy(expected, model + index * 4096, (size_t)MIN(model_size - (loff_t)(index * 4096), 4096));
    CHECK(!memcmp((void *)frame, expected, 4096)); /* zeros behind the end, too */
    if (write) {
        unsigned at = below(4096);
        ((char *)frame)[at] = 'M';
        if ((loff_t)(index * 4096 + at) < model_size)
            model[index * 4096 + at] = 'M';
        else
            ((char *)frame)[at] = 0;
    }
    page_put(frame);
}

static void write_some(void)
{
    static char data[20000];
    loff_t pos = below(SIZE - 20000);
    size_t n = below(3) ? 1 + below(5000) : 4096 * (1 + below(4));
    if (below(3) == 0)
        pos = ALIGN_DOWN(pos, 4096l);
    memset(data, 'a' + (int)below(26), sizeof data);
    struct iter it;
    iter_kernel(&it, data, n);
    ssize_t done = file->ops->write(file, &it, pos);
    CHECK(done == (ssize_t)n || fail_one_in);
    if (done <= 0)
        return;
    memcpy(model + pos, data, (size_t)done);
    model_size = MAX(model_size, pos + done);
}

static void cut(void)
{
    loff_t size = below(4) ? (loff_t)below(SIZE) : 0;
    if (below(3) == 0)
        size = ALIGN_DOWN(size, 4096l);
    CHECK(regular_truncate(inode, size) == 0);
    if (size < model_size)
        memset(model + size, 0, (size_t)(model_size - size));
    model_size = size;
}

static void punch(void)
{
    loff_t from = below(SIZE), len = 1 + below(20000), end = MIN(from + len, model_size);
    int mode = below(2) ? FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE : FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE;
    int err = regular_allocate(inode, mode, from, len);
    if (err) {
        CHECK(fail_one_in);
        fail_one_in = 0; /* what was done so far is not told: do it all */
        CHECK(regular_allocate(inode, mode, from, len) == 0);
    }
    if (from < end)
        memset(model + from, 0, (size_t)(end - from));
}

static void check_holes(void)
{
    loff_t pos = below(SIZE), data = regular_seek_data(inode, pos, false), hole = regular_seek_data(inode, pos, true);
    if (pos >= model_size) {
        CHECK(data == -ENXIO && hole == -ENXIO);
        return;
    }
    CHECK(hole >= pos && hole <= model_size && (data == -ENXIO || (data >= pos && data < model_size)));
    loff_t hole_end = data < 0 ? model_size : data;
    for (loff_t at = pos; at < hole_end; at++)
        CHECK(model[at] == 0); /* what is told to be a hole holds nothing */
    CHECK(data == pos || !any_pages_in(pos, hole_end) || data < 0);
}

static void start(bool with_image)
{
    inode = regular_new(FS_ROOT, 0644);
    memset(model, 0, SIZE);
    model_size = with_image ? IMAGE : 0;
    if (with_image) {
        inode->data.image = image;
        inode->data.image_len = IMAGE;
        inode->data.size = IMAGE;
        memcpy(model, image, IMAGE);
    }
    CHECK(inode_open(inode, O_RDWR, &file) == 0);
}

static void finish(void)
{
    file_put(file);
    inode_put(inode);
    CHECK(frame_count == 0 && used_pages == 0);
    CHECK(!memcmp(image, image_before, IMAGE));
}

static void random_work(unsigned rounds)
{
    for (unsigned n = 0; n < rounds; n++) {
        fail_one_in = below(4) ? 0 : 3 + below(5);
        unsigned kind = below(20);
        if (kind < 8)
            write_some();
        else if (kind < 9)
            cut();
        else if (kind < 12)
            punch();
        else if (kind < 16)
            check_page();
        else
            check_holes();
        fail_one_in = 0;
        check_all();
    }
}

/* The tree at its highest: pages far apart. */
static void far_apart(void)
{
    static const loff_t places[] = {0, 1l << 18, 1l << 24, 1l << 40, INT64_MAX - 4096, 5};
    for (size_t n = 0; n < ARRAY_LEN(places); n++) {
        struct iter it;
        iter_kernel(&it, (char *)"far", 3);
        CHECK(file->ops->write(file, &it, places[n]) == 3);
    }
    for (size_t n = 0; n < ARRAY_LEN(places); n++) {
        struct iter it;
        char back[3];
        iter_kernel(&it, back, 3);
        CHECK(file->ops->read(file, &it, places[n]) == 3 && !memcmp(back, "far", 3));
    }
    CHECK(inode->data.page_count == 6 && regular_seek_data(inode, 4096, false) == 1l << 18);
    CHECK(regular_seek_data(inode, (1l << 24) + 4096, false) == 1l << 40);
    struct iter it;
    iter_kernel(&it, (char *)"x", 2);
    CHECK(file->ops->write(file, &it, INT64_MAX - 1) == -EFBIG);
    CHECK(regular_truncate(inode, (1l << 24) + 1) == 0 && inode->data.page_count == 3);
    CHECK(regular_allocate(inode, 0, 0, 1l << 45) == -ENOSPC && inode->data.page_count == 3);
}

int main(void)
{
    for (size_t n = 0; n < IMAGE; n++)
        image[n] = (char)('A' + n % 23);
    memcpy(image_before, image, IMAGE);
    for (int n = 0; n < 6; n++) {
        start(n % 2);
        random_work(1500);
        finish();
    }
    start(false);
    far_apart();
    finish();
    return 0;
}
