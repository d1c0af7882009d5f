/* Directories thousands deep, removed while one of them is still open; paths longer than PATH_MAX have to be walked in
 * steps. */
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
enum { DEPTH = 3000 };

int main(void)
{
    char base[] = "/tmp/deep-XXXXXX";
    struct stat st;
    CHECK(mkdtemp(base) && chdir(base) == 0);
    for (int i = 0; i < DEPTH; i++)
        CHECK(mkdir("d", 0755) == 0 && chdir("d") == 0);
    int deepest = open(".", O_RDONLY), file = open("file", O_CREAT | O_RDWR, 0600);
    CHECK(deepest >= 0 && file >= 0 && unlink("file") == 0);
    static char path[PATH_MAX + 100];
    for (size_t i = 0; i < sizeof path - 2; i += 2)
        memcpy(path + i, "d/", 3);
    FAILS(stat(path, &st), ENAMETOOLONG);
    for (int i = 0; i < DEPTH; i++)
        CHECK(chdir("..") == 0 && rmdir("d") == 0);
    CHECK(fstat(deepest, &st) == 0 && st.st_nlink == 0 && fchdir(deepest) == 0 && stat("..", &st) == 0);
    FAILS(open("new", O_CREAT | O_RDWR, 0600), ENOENT);
    CHECK(chdir("/") == 0 && close(deepest) == 0 && write(file, "x", 1) == 1);
    FAILS(linkat(file, "", AT_FDCWD, "/tmp/again", AT_EMPTY_PATH), ENOENT); /* removed for good */
    CHECK(close(file) == 0 && rmdir(base) == 0);
    puts("OK");
    return 0;
}
