/* Linux promises of symbolic links on the way and at the end of a path. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <limits.h>

#define CHECK(what)                                                                                                    \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            printf("line %d: %s (errno %d)\n", __LINE__, #what, errno);                                                \
            exit(__COUNTER__ + 1);                                                                                     \
        }                                                                                                              \
    } while (0)
#define FAILS(call, error) CHECK((call) == -1 && errno == (error))

static void *volatile nowhere = (void *)8; /* an address that is never mapped */

int main(void)
{
    char base[] = "/tmp/symlink-XXXXXX", buf[64], name[32];
    struct stat st;
    CHECK(mkdtemp(base) && chdir(base) == 0 && mkdir("dir", 0755) == 0);
    int fd = open("dir/file", O_CREAT | O_WRONLY, 0644);
    CHECK(write(fd, "text", 4) == 4);
    CHECK(symlink("dir/file", "rel") == 0 && symlink("dir", "todir") == 0 && symlink("nowhere", "dangling") == 0);
    CHECK(lstat("rel", &st) == 0 && S_ISLNK(st.st_mode) && st.st_size == 8 && (st.st_mode & 0777) == 0777);
    CHECK(stat("rel", &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 4);
    CHECK(readlink("rel", buf, sizeof buf) == 8 && !memcmp(buf, "dir/file", 8) && readlink("rel", buf, 3) == 3);
    FAILS(readlink("dir", buf, sizeof buf), EINVAL);
    FAILS(readlink("rel", buf, 0), EINVAL);
    CHECK(stat("todir/file", &st) == 0 && stat("todir/../dir/file", &st) == 0);
    CHECK(lstat("todir", &st) == 0 && S_ISLNK(st.st_mode) && lstat("todir/", &st) == 0 && S_ISDIR(st.st_mode));
    FAILS(stat("rel/", &st), ENOTDIR);
    FAILS(stat("dangling", &st), ENOENT);
    FAILS(symlink("x", "rel"), EEXIST);
    FAILS(symlink("", "empty"), ENOENT);
    FAILS(open("rel", O_RDONLY | O_NOFOLLOW), ELOOP);
    FAILS(open("rel", O_CREAT | O_EXCL | O_WRONLY, 0644), EEXIST);
    CHECK(open("rel", O_PATH | O_NOFOLLOW) >= 0);
    FAILS(rmdir("todir"), ENOTDIR);
    FAILS(rmdir("todir/"), ENOTDIR);
    FAILS(mkdir("dangling", 0755), EEXIST);

    /* creation goes through a dangling link */
    CHECK((fd = open("dangling", O_CREAT | O_WRONLY, 0644)) >= 0 && stat("nowhere", &st) == 0);

    snprintf(buf, sizeof buf, "%s/dir", base);
    CHECK(symlink(buf, "absolute") == 0 && stat("absolute/file", &st) == 0);
    CHECK(symlink("loop2", "loop1") == 0 && symlink("loop1", "loop2") == 0);
    FAILS(stat("loop1", &st), ELOOP);
    FAILS(open("loop1/x", O_RDONLY), ELOOP);

    /* forty links are followed, one more is not */
    CHECK(symlink("dir/file", "c0") == 0);
    for (int i = 1; i <= 40; i++) {
        char to[32];
        snprintf(to, sizeof to, "c%d", i - 1);
        snprintf(name, sizeof name, "c%d", i);
        CHECK(symlink(to, name) == 0);
    }
    CHECK(stat("c39", &st) == 0);
    FAILS(stat("c40", &st), ELOOP);

    CHECK(rename("rel", "moved") == 0 && lstat("moved", &st) == 0 && S_ISLNK(st.st_mode));
    CHECK(link("moved", "hard") == 0 && lstat("hard", &st) == 0 && S_ISLNK(st.st_mode) && st.st_nlink == 2);
    CHECK(linkat(AT_FDCWD, "moved", AT_FDCWD, "target", AT_SYMLINK_FOLLOW) == 0 && lstat("target", &st) == 0);
    CHECK(S_ISREG(st.st_mode));
    CHECK(unlink("moved") == 0 && stat("dir/file", &st) == 0);
    char *real = realpath("todir/../c5", NULL);
    snprintf(buf, sizeof buf, "%s/dir/file", base);
    CHECK(real && !strcmp(real, buf));

    char long_name[NAME_MAX + 2];
    memset(long_name, 'n', sizeof long_name);
    long_name[NAME_MAX + 1] = 0;
    FAILS(stat(long_name, &st), ENAMETOOLONG);
    long_name[NAME_MAX] = 0;
    CHECK(symlink("x", long_name) == 0 && unlink(long_name) == 0);
    static char huge[PATH_MAX + 10];
    memset(huge, '/', PATH_MAX);
    FAILS(stat(huge, &st), ENAMETOOLONG);
    huge[PATH_MAX - 1] = 0;
    CHECK(stat(huge, &st) == 0);
    FAILS(stat("", &st), ENOENT);
    FAILS(stat(nowhere, &st), EFAULT);
    puts("OK");
    return 0;
}
