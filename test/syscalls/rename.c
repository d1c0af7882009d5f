/* Linux promises of rename, renameat2, link and what they replace. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHECK(what)                                                                                                    \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            printf("line %d: %s (errno %d)\n", __LINE__, #what, errno);                                                \
            exit(__COUNTER__ + 1);                                                                                     \
        }                                                                                                              \
    } while (0)
#define FAILS(call, error) CHECK((call) == -1 && errno == (error))

static void make(const char *name, const char *text)
{
    int fd = open(name, O_CREAT | O_WRONLY | O_TRUNC, 0644);
    CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && close(fd) == 0);
}

static int holds(const char *name, const char *text)
{
    char buf[32] = {0};
    int fd = open(name, O_RDONLY);
    if (fd < 0)
        return 0;
    ssize_t n = read(fd, buf, 31);
    close(fd);
    return n == (ssize_t)strlen(text) && !strcmp(buf, text);
}

int main(void)
{
    char base[] = "/tmp/rename-XXXXXX";
    struct stat a, b;
    CHECK(mkdtemp(base) && chdir(base) == 0);
    make("one", "1");
    make("two", "2");
    CHECK(rename("one", "new") == 0 && holds("new", "1"));
    FAILS(access("one", F_OK), ENOENT);
    int fd = open("two", O_RDONLY);
    CHECK(rename("new", "two") == 0 && holds("two", "1"));
    char c;
    CHECK(read(fd, &c, 1) == 1 && c == '2' && fstat(fd, &a) == 0 && a.st_nlink == 0); /* the replaced file lives on */
    FAILS(rename("nothing", "x"), ENOENT);
    CHECK(rename("two", "two") == 0);

    CHECK(mkdir("d", 0755) == 0 && mkdir("d/sub", 0755) == 0 && mkdir("empty", 0755) == 0);
    FAILS(rename("two", "d"), EISDIR);
    FAILS(rename("d", "two"), ENOTDIR);
    FAILS(rename("d", "d/sub/x"), EINVAL);
    FAILS(rename("d/sub", "d"), ENOTEMPTY);
    FAILS(rename("empty", "d"), ENOTEMPTY);
    FAILS(rename("two", "x/"), ENOTDIR);
    FAILS(rename("d/.", "x"), EBUSY);
    FAILS(rename("two", "."), EBUSY);
    CHECK(stat(".", &a) == 0);
    CHECK(rename("d", "empty") == 0 && stat("empty/sub", &b) == 0);
    FAILS(stat("d", &b), ENOENT);
    CHECK(rename("empty/sub", "up/") == 0 && stat("up", &b) == 0 && S_ISDIR(b.st_mode));
    int dir = open("up/..", O_RDONLY);
    CHECK(fstat(dir, &b) == 0 && a.st_ino == b.st_ino);

    make("l1", "L");
    CHECK(link("l1", "l2") == 0 && stat("l1", &a) == 0 && stat("l2", &b) == 0 && a.st_ino == b.st_ino &&
          a.st_nlink == 2);
    CHECK(rename("l1", "l2") == 0 && stat("l1", &a) == 0); /* the same file: nothing happens */
    FAILS(link("l1", "l2"), EEXIST);
    FAILS(link("up", "l3"), EPERM);
    FAILS(link("nothing", "l3"), ENOENT);
    CHECK(unlink("l1") == 0 && stat("l2", &a) == 0 && a.st_nlink == 1 && holds("l2", "L"));

    make("x", "X");
    make("y", "Y");
    FAILS(renameat2(AT_FDCWD, "x", AT_FDCWD, "y", RENAME_NOREPLACE), EEXIST);
    CHECK(renameat2(AT_FDCWD, "x", AT_FDCWD, "y", RENAME_EXCHANGE) == 0 && holds("x", "Y") && holds("y", "X"));
    CHECK(renameat2(AT_FDCWD, "x", AT_FDCWD, "up", RENAME_EXCHANGE) == 0 && holds("up", "Y") && stat("x", &a) == 0);
    CHECK(S_ISDIR(a.st_mode));
    FAILS(renameat2(AT_FDCWD, "x", AT_FDCWD, "gone", RENAME_EXCHANGE), ENOENT);
    FAILS(renameat2(AT_FDCWD, "x", AT_FDCWD, "y", RENAME_EXCHANGE | RENAME_NOREPLACE), EINVAL);
    CHECK(renameat(dir, "y", dir, "z") == 0 && holds("z", "X"));
    FAILS(rename("z", "/proc/z"), EXDEV);
    CHECK(unlink("z") == 0 && unlink("up") == 0 && rmdir("x") == 0 && unlink("l2") == 0 && unlink("two") == 0);
    CHECK(rmdir("empty") == 0 && rmdir(base) == 0);
    puts("OK");
    return 0;
}
