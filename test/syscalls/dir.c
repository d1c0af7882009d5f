/* Linux promises of mkdir, rmdir, chdir, getcwd and of reading directories. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <dirent.h>
#include <sys/syscall.h>

#define CHECK(what)                                                                                                    \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            printf("line %d: %s (errno %d)\n", __LINE__, #what, errno);                                                \
            exit(__COUNTER__ + 1);                                                                                     \
        }                                                                                                              \
    } while (0)
#define FAILS(call, error) CHECK((call) == -1 && errno == (error))

static int count(const char *path)
{
    int n = 0;
    DIR *d = opendir(path);
    while (d && readdir(d))
        n++;
    if (d)
        closedir(d);
    return n;
}

int main(void)
{
    char base[] = "/tmp/dir-XXXXXX", cwd[256], path[64];
    struct stat st;
    CHECK(mkdtemp(base) && chdir(base) == 0 && getcwd(cwd, sizeof cwd) && !strcmp(cwd, base));
    CHECK(count(".") == 2);
    umask(022);
    CHECK(mkdir("a", 0777) == 0 && stat("a", &st) == 0 && (st.st_mode & 07777) == 0755 && S_ISDIR(st.st_mode));
    FAILS(mkdir("a", 0777), EEXIST);
    FAILS(mkdir("a/", 0777), EEXIST);
    FAILS(mkdir("x/y", 0777), ENOENT);
    FAILS(mkdir(".", 0777), EEXIST);
    FAILS(mkdir("/", 0777), EEXIST);
    CHECK(mkdir("b/", 0700) == 0);
    CHECK(mkdir("a/c", 0755) == 0 && stat("a", &st) == 0 && st.st_nlink >= 2);
    FAILS(rmdir("a"), ENOTEMPTY);
    FAILS(rmdir("a/."), EINVAL);
    FAILS(rmdir("a/c/.."), ENOTEMPTY);
    FAILS(rmdir("nothing"), ENOENT);
    FAILS(unlink("a"), EISDIR);
    CHECK(close(open("f", O_CREAT | O_WRONLY, 0644)) == 0);
    FAILS(rmdir("f"), ENOTDIR);
    FAILS(mkdir("f/x", 0755), ENOTDIR);
    FAILS(chdir("f"), ENOTDIR);
    FAILS(stat("f/", &st), ENOTDIR);
    FAILS(unlink("f/"), ENOTDIR);
    FAILS(open("f/x", O_RDONLY), ENOTDIR);
    CHECK(rmdir("a/c/") == 0 && rmdir("a") == 0);

    /* many entries: each comes once, also when some are removed on the way */
    CHECK(mkdir("many", 0755) == 0);
    for (int i = 0; i < 500; i++) {
        snprintf(path, sizeof path, "many/entry-%d", i);
        CHECK(close(open(path, O_CREAT | O_WRONLY, 0644)) == 0);
    }
    CHECK(count("many") == 502);
    DIR *d = opendir("many");
    int seen = 0;
    for (struct dirent *e; (e = readdir(d));) {
        if (e->d_name[0] == '.')
            continue;
        CHECK(e->d_type == DT_REG && e->d_ino != 0);
        snprintf(path, sizeof path, "many/%.40s", e->d_name);
        CHECK(unlink(path) == 0);
        seen++;
    }
    CHECK(seen == 500);
    rewinddir(d);
    long at = telldir(d);
    CHECK(readdir(d) && readdir(d) && !readdir(d));
    seekdir(d, at);
    CHECK(readdir(d));
    closedir(d);

    /* a removed working directory */
    CHECK(chdir("many") == 0 && rmdir("../many") == 0);
    CHECK(!getcwd(cwd, sizeof cwd) && errno == ENOENT);
    FAILS(open("x", O_CREAT | O_WRONLY, 0644), ENOENT);
    FAILS(mkdir("x", 0755), ENOENT);
    CHECK(chdir("..") == 0 && getcwd(cwd, sizeof cwd) && !strcmp(cwd, base));
    CHECK(!getcwd(path, 3) && errno == ERANGE);

    int dir = open(".", O_RDONLY | O_DIRECTORY);
    CHECK(mkdirat(dir, "at", 0755) == 0 && unlinkat(dir, "at", AT_REMOVEDIR) == 0);
    CHECK(chdir("/") == 0 && fchdir(dir) == 0 && getcwd(cwd, sizeof cwd) && !strcmp(cwd, base));
    char small[20];
    FAILS(syscall(SYS_getdents64, dir, small, 10), EINVAL);
    FAILS(syscall(SYS_getdents64, 0x7fff, small, 10), EBADF);
    CHECK(unlink("f") == 0 && rmdir("b") == 0 && rmdir(base) == 0);
    FAILS(chdir("/no/such"), ENOENT);
    puts("OK");
    return 0;
}
