/* The walk and every change of names, against the host's own kernel: the same random calls on both, the same results.
 * Both work in a directory that lies deep enough that no ".." of a test leaves it. */
#include "files-tree.h"
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>

#define DEPTH 60
#define ROUNDS 60000

struct inode *vfs_root, *vfs_cwd;
long syscall(long number, ...);
char *mkdtemp(char *template);

/* The host's answer in the kernel's form. */
#define HOST(...) (syscall(__VA_ARGS__) < 0 ? -errno : 0)

static char path_a[256], path_b[256];

static void random_path(char *out)
{
    static const char *const names[] = {"a", "b", "c", "dd", ".", "..", "link", "loop"};
    unsigned parts = 1 + below(4);
    *out = '\0';
    for (unsigned n = 0; n < parts; n++) {
        strcat(out, names[below(ARRAY_LEN(names))]);
        if (n + 1 < parts || below(8) == 0)
            strcat(out, below(10) ? "/" : "//");
    }
}

#define DIFFERENT 1000
static int compare(int here, int host)
{
    if (here == host)
        return here;
    fprintf(stderr, "here %d, host %d: ", here, host);
    return DIFFERENT;
}

static int walk_and(const char *path, int (*fn)(struct walk *w))
{
    struct walk w;
    int err = path_walk(vfs_cwd, path, WALK_PARENT, &w);
    if (err)
        return err;
    err = fn(&w);
    walk_end(&w);
    return err;
}

static int make_directory(struct walk *w)
{
    return names_mkdir(w, 0755);
}

static int make_file(struct walk *w)
{
    return names_mknod(w, S_IFREG | 0644, 0);
}

static int make_link(struct walk *w)
{
    return names_symlink(w, path_b);
}

static unsigned rename_flags;

static int both_rename(void)
{
    static const unsigned flags[] = {0, 0, 0, RENAME_NOREPLACE, RENAME_EXCHANGE};
    struct walk from, to;
    rename_flags = flags[below(ARRAY_LEN(flags))];
    int err = path_walk(vfs_cwd, path_a, WALK_PARENT, &from);
    if (!err) {
        err = path_walk(vfs_cwd, path_b, WALK_PARENT, &to);
        if (!err) {
            err = names_rename(&from, &to, rename_flags);
            walk_end(&to);
        }
        walk_end(&from);
    }
    int host = HOST(SYS_renameat2, AT_FDCWD, path_a, AT_FDCWD, path_b, rename_flags);
    return compare(err, host);
}

static int both_link(void)
{
    struct inode *i;
    struct walk w;
    int err = path_lookup(vfs_cwd, path_a, 0, &i);
    if (!err) {
        err = path_walk(vfs_cwd, path_b, WALK_PARENT, &w);
        if (!err) {
            err = names_link(&w, i);
            walk_end(&w);
        }
        inode_put(i);
    }
    return compare(err, HOST(SYS_link, path_a, path_b));
}

static int both_stat(bool follow)
{
    struct linux_stat st;
    struct inode *i;
    int err = path_lookup(vfs_cwd, path_a, follow ? WALK_FOLLOW : 0, &i);
    int host = HOST(follow ? SYS_stat : SYS_lstat, path_a, &st);
    if (!err) {
        bool same = inode_type(i) == (st.st_mode & S_IFMT) && (inode_is_dir(i) || i->nlink == st.st_nlink);
        inode_put(i);
        if (!host && !same)
            return DIFFERENT;
    }
    return compare(err, host);
}

static int one_call(unsigned kind)
{
    int err, host;
    switch (kind) {
    case 0:
        err = walk_and(path_a, make_directory);
        host = HOST(SYS_mkdir, path_a, 0755);
        break;
    case 1:
        err = walk_and(path_a, make_file);
        host = HOST(SYS_mknod, path_a, S_IFREG | 0644, 0);
        break;
    case 2:
        err = walk_and(path_a, make_link);
        host = HOST(SYS_symlink, path_b, path_a);
        break;
    case 3:
        err = walk_and(path_a, names_unlink);
        host = HOST(SYS_unlink, path_a);
        break;
    case 4:
        err = walk_and(path_a, names_rmdir);
        host = HOST(SYS_rmdir, path_a);
        break;
    case 5:
    case 6:
    case 7:
        return both_rename();
    case 8:
        return both_link();
    default:
        return both_stat(kind % 2);
    }
    return compare(err, host);
}

static void go_down(void)
{
    struct walk w;
    char base[] = "/tmp/unik-names-XXXXXX";
    CHECK(mkdtemp(base) && HOST(SYS_chdir, base) == 0);
    vfs_root = directory_new(FS_ROOT, 0755, &directory_ops);
    vfs_cwd = inode_get(vfs_root);
    for (int n = 0; n < DEPTH; n++) {
        CHECK(HOST(SYS_mkdir, "d", 0755) == 0 && HOST(SYS_chdir, "d") == 0);
        CHECK(path_walk(vfs_cwd, "d", WALK_PARENT, &w) == 0 && names_mkdir(&w, 0755) == 0);
        walk_end(&w);
        struct inode *next;
        CHECK(path_lookup(vfs_cwd, "d", 0, &next) == 0);
        inode_put(vfs_cwd);
        vfs_cwd = next;
    }
}

static void come_up(void)
{
    empty_tree(vfs_root);
    CHECK(vfs_root->nlink == 2 && vfs_cwd->nlink == 0);
    inode_put(vfs_cwd);
    CHECK(vfs_root->refs == 1);
    inode_put(vfs_root);
}

/* Removes what the test left on the host, from the working directory up. */
static void clean_host(void)
{
    CHECK(system("p=$PWD; while [ \"${p##*/}\" = d ]; do p=${p%/d}; done; cd / && rm -rf \"$p\"") == 0);
}

int main(void)
{
    dentry_init();
    go_down();
    unsigned fine = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        unsigned kind = below(13);
        random_path(path_a);
        random_path(path_b);
        if (kind == 2 && below(3) == 0)
            strcpy(path_b, "loop");
        int err = one_call(kind);
        if (err == DIFFERENT) {
            fprintf(stderr, "round %u, call %u (%s, %s, flags %u): not as on the host\n", round, kind, path_a, path_b,
                    rename_flags);
            clean_host();
            return 1;
        }
        fine += err == 0;
    }
    clean_host();
    CHECK(fine > ROUNDS / 20);
    come_up();
    if (table != small_table)
        kfree(table);
    return 0;
}
