/* openat2(2): paths that must stay beneath, or may not follow links. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/openat2.h>
#include <sys/syscall.h>

#define CHECK(what)                                                                                                    \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            printf("line %d: %s (errno %d)\n", __LINE__, #what, errno);                                                \
            exit(__COUNTER__ + 1);                                                                                     \
        }                                                                                                              \
    } while (0)
#define FAILS(call, error) CHECK((call) == -1 && errno == (error))

static int open2(int dir, const char *path, unsigned long flags, unsigned long resolve)
{
    struct open_how how = {.flags = flags, .resolve = resolve};
    return (int)syscall(SYS_openat2, dir, path, &how, sizeof how);
}

int main(void)
{
    char base[] = "/tmp/openat2-XXXXXX";
    CHECK(mkdtemp(base) && chdir(base) == 0 && mkdir("d", 0755) == 0 && mkdir("d/e", 0755) == 0);
    close(open("d/f", O_CREAT | O_WRONLY, 0644));
    CHECK(symlink("f", "d/in") == 0 && symlink("../x", "d/out") == 0 && symlink("/d/f", "d/abs") == 0 &&
          symlink("/f", "d/rooted") == 0);
    int dir = open("d", O_RDONLY);
    CHECK(open2(dir, "f", O_RDONLY, 0) >= 0 && open2(dir, "in", O_RDONLY, RESOLVE_BENEATH) >= 0);
    CHECK(open2(dir, "e/../f", O_RDONLY, RESOLVE_BENEATH) >= 0);
    FAILS(open2(dir, "../d/f", O_RDONLY, RESOLVE_BENEATH), EXDEV);
    FAILS(open2(dir, "out", O_RDONLY, RESOLVE_BENEATH), EXDEV);
    FAILS(open2(dir, "abs", O_RDONLY, RESOLVE_BENEATH), EXDEV);
    FAILS(open2(dir, "/tmp", O_RDONLY, RESOLVE_BENEATH), EXDEV);
    FAILS(open2(dir, "in", O_RDONLY, RESOLVE_NO_SYMLINKS), ELOOP);
    CHECK(open2(dir, "rooted", O_RDONLY, RESOLVE_IN_ROOT) >= 0 &&
          open2(dir, "../../f", O_RDONLY, RESOLVE_IN_ROOT) >= 0);
    FAILS(open2(AT_FDCWD, "/proc/self/fd/0", O_RDONLY, RESOLVE_NO_MAGICLINKS), ELOOP);
    FAILS(open2(AT_FDCWD, "/proc/version", O_RDONLY, RESOLVE_NO_XDEV), EXDEV);
    FAILS(open2(dir, "f", O_RDONLY, 1ul << 40), EINVAL);
    struct open_how how = {.flags = O_RDONLY, .mode = 0644};
    FAILS(syscall(SYS_openat2, dir, "f", &how, sizeof how), EINVAL);
    FAILS(syscall(SYS_openat2, dir, "f", &how, 8), EINVAL);
    puts("OK");
    return 0;
}
