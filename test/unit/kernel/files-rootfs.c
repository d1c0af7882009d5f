/* fs/rootfs.c: a good archive becomes the tree it describes, with the data in place; a bad one costs neither memory nor
 * the first byte outside of it. */
#include "archive-host.h"
#include "fs/rootfs.c"

struct inode *vfs_root, *vfs_cwd;
static void make_archive(void)
{
    archive_len = 0;
    put_entry(".", 0040755, 1, 2, "", 0);
    put_entry("./bin", 0040711, 2, 2, "", 0);
    put_entry("./bin/one", 0100755, 3, 2, "", 0);
    put_entry("bin/two", 0100755, 3, 2, "same data", 9);
    put_entry("/deep/er/file", 0100644, 4, 1, "content", 7);
    put_entry("link", 0120777, 5, 1, "deep/er", 7);
    put_entry("twice", 0100600, 6, 1, "old", 3);
    put_entry("twice", 0100600, 7, 1, "newer", 5);
    put_entry("null", 0020666, 8, 1, "", 0);
    put_entry("fifo", 0010600, 9, 1, "", 0);
    put_entry("deep/", 0040700, 10, 2, "", 0);
    put_entry("TRAILER!!!", 0, 0, 1, "", 0);
}

static struct inode *at(const char *path)
{
    struct inode *i;
    CHECK(path_lookup(vfs_root, path, 0, &i) == 0);
    inode_put(i); /* the tree keeps it */
    return i;
}

static void drop_root(void)
{
    empty_tree(vfs_root);
    CHECK(vfs_root->refs == 1 && vfs_root->nlink == 2);
    inode_put(vfs_root);
    CHECK(frame_count == 0 && used_pages == 0);
}

static int index_copy(const char *data, size_t n)
{
    char *copy = malloc(n ? n : 1); /* the sanitizer sees the first byte behind */
    memcpy(copy, data, n);
    vfs_root = directory_new(FS_ROOT, 0755, &directory_ops);
    int err = rootfs_index(vfs_root, copy, copy + n);
    struct walk w;
    if (!path_walk(vfs_root, "deep/er/../er/file", WALK_FOLLOW, &w))
        walk_end(&w);
    drop_root();
    free(copy);
    return err;
}

static void good_archive(void)
{
    make_archive();
    vfs_root = directory_new(FS_ROOT, 0700, &directory_ops);
    CHECK(rootfs_index(vfs_root, archive, archive + archive_len) == 0 && warnings == 0);
    CHECK(vfs_root->mode == 0040755 && vfs_root->nlink == 4 && vfs_root->uid == 7 && vfs_root->gid == 9);
    CHECK(at("bin")->mode == 0040711 && at("deep")->mode == 0040700 && at("deep/er")->mode == 0040755);
    CHECK(at("bin/one") == at("bin/two") && at("bin/one")->nlink == 2 && at("bin/one")->data.size == 9);
    struct file_data *d = &at("deep/er/file")->data;
    CHECK(d->size == 7 && d->image > archive && d->image < archive + archive_len && !memcmp(d->image, "content", 7));
    CHECK(at("link/file") == at("deep/er/file") && at("link")->link.len == 7);
    CHECK(at("twice")->data.size == 5 && at("twice")->nlink == 1);
    CHECK(inode_type(at("null")) == S_IFCHR && inode_type(at("fifo")) == S_IFIFO);
    CHECK(at("twice")->mtime == 1234 * 1000000000l);
    char path[64];
    CHECK(inode_path(at("deep/er/file"), path, sizeof path) == 13 && !strcmp(path, "/deep/er/file"));
    CHECK(inode_path(vfs_root, path, sizeof path) == 1 && !strcmp(path, "/"));
    CHECK(inode_path(at("deep/er/file"), path, 8) == -ENAMETOOLONG);
    drop_root();
}

/* A name that leaves the tree, or goes through what is no directory, is left out; the others stay. */
static void bad_names(void)
{
    static const char *const names[] = {"../up", "bin/../x", "a//b", "bin/./y", "twice/z", "bin", ""};
    for (size_t n = 0; n < ARRAY_LEN(names); n++) {
        archive_len = 0;
        warnings = 0;
        put_entry("bin", 0040755, 2, 2, "", 0);
        put_entry("twice", 0100644, 3, 1, "x", 1);
        put_entry(names[n], 0100644, 4, 1, "x", 1);
        put_entry("last", 0100644, 5, 1, "x", 1);
        vfs_root = directory_new(FS_ROOT, 0700, &directory_ops);
        CHECK(rootfs_index(vfs_root, archive, archive + archive_len) == 0 && warnings == (names[n][0] ? 1 : 0));
        CHECK(at("last")->data.size == 1);
        drop_root();
    }
}

static void broken_archives(void)
{
    make_archive();
    for (size_t n = 0; n < archive_len - 112; n++)
        index_copy(archive, n); /* cut anywhere */
    CHECK(index_copy("070701", 6) == -EINVAL && index_copy("", 0) == 0);
    for (unsigned round = 0; round < 60000; round++) {
        char *copy = malloc(archive_len);
        memcpy(copy, archive, archive_len);
        for (unsigned n = 1 + below(4); n; n--)
            copy[below((unsigned)archive_len)] = below(2) ? (char)random_u64() : "0123456789abcdefF./"[below(19)];
        index_copy(copy, archive_len);
        free(copy);
    }
}

struct counter {
    struct dir_emit emit;
    unsigned left, seen; /* entries to take in this call, and taken in all */
};

static bool count_entry(struct dir_emit *e, const char *name, size_t len, uint64_t ino, uint32_t mode, loff_t next)
{
    struct counter *c = container_of(e, struct counter, emit);
    if (!c->left)
        return false;
    c->left--;
    c->seen++;
    return true;
}

/* Enough for the table of names to grow; a directory is read in pieces while entries behind and before the reader go.
 */
static void many_entries(void)
{
    enum { DIRS = 30, FILES = 100 };
    char name[64];
    archive_len = 0;
    for (unsigned d = 0; d < DIRS; d++) {
        for (unsigned f = 0; f < FILES; f++) {
            snprintf(name, sizeof name, "dir%u/a-file-with-a-long-name-%u", d, f);
            put_entry(name, 0100644, 100, 1, name, strlen(name));
        }
    }
    vfs_root = directory_new(FS_ROOT, 0755, &directory_ops);
    CHECK(rootfs_index(vfs_root, archive, archive + archive_len) == 0 && warnings == 0);
    CHECK(table != small_table && table_used == DIRS * FILES + DIRS);
    for (unsigned n = 0; n < 10000; n++) {
        snprintf(name, sizeof name, "dir%u/a-file-with-a-long-name-%u", below(DIRS), below(FILES));
        struct inode *i = at(name);
        CHECK(!memcmp(i->data.image, name, strlen(name)));
    }
    struct file *dir;
    CHECK(inode_open(at("dir7"), O_RDONLY, &dir) == 0);
    struct counter c = {.emit.add = count_entry};
    for (unsigned f = 0; f < FILES; f += 10) {
        c.left = 10 + (f == 0 ? 2 : 0); /* "." and ".." come first */
        CHECK(dir->ops->readdir(dir, &c.emit) == 0 && c.left == 0);
        for (unsigned n = f + 5; n < f + 10; n++) { /* among them the one where the reader stands */
            snprintf(name, sizeof name, "a-file-with-a-long-name-%u", n);
            dentry_find(at("dir7"), name, strlen(name))->inode->nlink--;
            dentry_remove(dentry_find(at("dir7"), name, strlen(name)));
        }
    }
    CHECK(c.seen == FILES + 2);
    c.left = 1;
    CHECK(dir->ops->readdir(dir, &c.emit) == 0 && c.left == 1);
    file_put(dir);
    drop_root();
    CHECK(table_used == 0);
}

static void out_of_memory(void)
{
    make_archive();
    for (unsigned round = 0; round < 5000; round++) {
        vfs_root = directory_new(FS_ROOT, 0700, &directory_ops);
        fail_one_in = 2 + below(60);
        int err = rootfs_index(vfs_root, archive, archive + archive_len);
        fail_one_in = 0;
        CHECK(err == 0 || err == -ENOMEM);
        drop_root();
    }
}

int main(void)
{
    dentry_init();
    good_archive();
    bad_names();
    many_entries();
    broken_archives();
    out_of_memory();
    free(archive);
    if (table != small_table)
        kfree(table);
    return 0;
}
