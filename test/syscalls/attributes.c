/* Extended attributes (xattr(7)) in a tmpfs. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define CHECK(what)                                                                                                    \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            printf("line %d: %s (errno %d)\n", __LINE__, #what, errno);                                                \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)
#define FAILS(call, error) CHECK((call) == -1 && errno == (error))

static void check_values(int fd)
{
    char text[16], *large = malloc(65537);
    CHECK(setxattr("f", "user.a", "one", 3, 0) == 0 && getxattr("f", "user.a", NULL, 0) == 3);
    CHECK(getxattr("f", "user.a", text, sizeof text) == 3 && !memcmp(text, "one", 3));
    FAILS(setxattr("f", "user.a", "x", 1, XATTR_CREATE), EEXIST);
    FAILS(setxattr("f", "user.none", "x", 1, XATTR_REPLACE), ENODATA);
    CHECK(fsetxattr(fd, "user.a", "second", 6, XATTR_REPLACE) == 0 && fgetxattr(fd, "user.a", text, 6) == 6);
    FAILS(getxattr("f", "user.a", text, 5), ERANGE);
    FAILS(getxattr("f", "user.none", text, 5), ENODATA);
    CHECK(setxattr("f", "user.empty", "", 0, 0) == 0 && getxattr("f", "user.empty", text, 1) == 0);
    memset(large, 'x', 65537);
    CHECK(setxattr("f", "user.large", large, 65536, 0) == 0 && getxattr("f", "user.large", NULL, 0) == 65536);
    FAILS(setxattr("f", "user.large", large, 65537, 0), E2BIG);
    CHECK(removexattr("f", "user.large") == 0);
    FAILS(removexattr("f", "user.large"), ENODATA);
    FAILS(setxattr("f", "user.a", "x", 1, 4), EINVAL);
    FAILS(setxattr("f", "user.a", (void *)-1, 1, 0), EFAULT);
    FAILS(setxattr("f", (void *)-1, "x", 1, 0), EFAULT);
    FAILS(setxattr("none", "user.a", "x", 1, 0), ENOENT);
    FAILS(fgetxattr(99, "user.a", text, 1), EBADF);
    free(large);
}

static void check_names(void)
{
    char name[300] = "user.";
    memset(name + 5, 'n', 250);
    CHECK(setxattr("f", name, "x", 1, 0) == 0 && removexattr("f", name) == 0);
    name[255] = 'n';
    FAILS(setxattr("f", name, "x", 1, 0), ERANGE);
    FAILS(setxattr("f", "", "x", 1, 0), ERANGE);
    FAILS(setxattr("f", "user.", "x", 1, 0), EINVAL);
    FAILS(setxattr("f", "nothing.a", "x", 1, 0), EOPNOTSUPP);
    FAILS(getxattr("f", "noprefix", name, 1), EOPNOTSUPP);
    FAILS(getxattr("/proc/self/maps", "user.a", name, 1), EOPNOTSUPP);
}

static void check_lists(int fd)
{
    char text[64];
    ssize_t n = listxattr("f", NULL, 0);
    CHECK(n == sizeof "user.a" + sizeof "user.empty" && listxattr("f", text, sizeof text) == n);
    CHECK(memmem(text, n, "user.a", 7) && memmem(text, n, "user.empty", 11));
    FAILS(flistxattr(fd, text, n - 1), ERANGE);
    CHECK(listxattr(".", text, sizeof text) == 0 && setxattr(".", "user.d", "x", 1, 0) == 0);
    CHECK(llistxattr(".", text, sizeof text) == 7);
}

static void check_kinds(void)
{
    char text[8];
    CHECK(mkfifo("fifo", 0600) == 0 && symlink("f", "link") == 0);
    FAILS(setxattr("fifo", "user.a", "x", 1, 0), EPERM);
    FAILS(getxattr("fifo", "user.a", text, 1), ENODATA);
    CHECK(getxattr("link", "user.a", text, 8) == 6);
    FAILS(lsetxattr("link", "user.a", "x", 1, 0), EPERM);
    CHECK(lsetxattr("link", "trusted.a", "x", 1, 0) == 0 && lgetxattr("link", "trusted.a", text, 8) == 1);
    FAILS(getxattr("link", "trusted.a", text, 8), ENODATA);
    CHECK(lremovexattr("link", "trusted.a") == 0);
}

static void check_users(int fd)
{
    char text[64];
    CHECK(setxattr("f", "trusted.t", "x", 1, 0) == 0 && setxattr("f", "security.s", "x", 1, 0) == 0);
    ssize_t all = listxattr("f", text, sizeof text);
    CHECK(chmod("f", 0644) == 0 && chmod(".", 01777) == 0 && setresuid(-1, 65534, 0) == 0);
    CHECK(listxattr("f", text, sizeof text) == all - (ssize_t)sizeof "trusted.t");
    FAILS(getxattr("f", "trusted.t", text, 1), ENODATA);
    FAILS(setxattr("f", "trusted.t", "x", 1, 0), EPERM);
    FAILS(setxattr("f", "security.s", "x", 1, 0), EPERM);
    CHECK(getxattr("f", "security.s", text, 1) == 1 && getxattr("f", "user.a", text, 6) == 6);
    FAILS(setxattr("f", "user.a", "x", 1, 0), EACCES);
    FAILS(fremovexattr(fd, "user.a"), EACCES);
    FAILS(setxattr(".", "user.d", "x", 1, 0), EPERM);
    CHECK(setresuid(-1, 0, -1) == 0 && fremovexattr(fd, "user.a") == 0);
}

int main(void)
{
    char home[] = "/dev/shm/attributes-XXXXXX";
    if (geteuid() != 0) { /* the guest always is */
        printf("OK\n");
        return 0;
    }
    CHECK(mkdtemp(home) && chdir(home) == 0);
    int fd = open("f", O_CREAT | O_RDWR, 0600);
    CHECK(fd >= 0);
    check_values(fd);
    check_names();
    check_lists(fd);
    check_kinds();
    check_users(fd);
    CHECK(unlink("f") == 0 && unlink("link") == 0 && unlink("fifo") == 0 && rmdir(home) == 0 && close(fd) == 0);
    printf("OK\n");
}
