/* sendfile and copy_file_range: bytes from file to file and into a pipe. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <sys/sendfile.h>

#define CHECK(what)                                                                                                    \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            printf("line %d: %s (errno %d)\n", __LINE__, #what, errno);                                                \
            exit(__COUNTER__ + 1);                                                                                     \
        }                                                                                                              \
    } while (0)
#define FAILS(call, error) CHECK((call) == -1 && errno == (error))

int main(void)
{
    static char data[200000], back[200000];
    char a[] = "/tmp/copy-a-XXXXXX", b[] = "/tmp/copy-b-XXXXXX";
    int in = mkstemp(a), out = mkstemp(b), ends[2];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (char)(i * 7 % 253);
    CHECK(write(in, data, sizeof data) == sizeof data && lseek(in, 0, SEEK_SET) == 0);
    CHECK(sendfile(out, in, NULL, sizeof data + 50) == sizeof data && lseek(in, 0, SEEK_CUR) == sizeof data);
    CHECK(pread(out, back, sizeof back, 0) == sizeof back && !memcmp(data, back, sizeof data));
    off_t at = 100;
    CHECK(ftruncate(out, 0) == 0 && lseek(out, 0, SEEK_SET) == 0 && sendfile(out, in, &at, 10) == 10 && at == 110);
    CHECK(pread(out, back, 20, 0) == 10 && !memcmp(back, data + 100, 10) && lseek(in, 0, SEEK_CUR) == sizeof data);
    CHECK(pipe(ends) == 0 && (at = 0) == 0 && sendfile(ends[1], in, &at, 5000) == 5000);
    CHECK(read(ends[0], back, 5000) == 5000 && !memcmp(back, data, 5000));
    FAILS(sendfile(out, 999, NULL, 1), EBADF);
    FAILS(sendfile(out, ends[1], NULL, 1), EBADF);

    loff_t from = 50, to = 5000;
    CHECK(copy_file_range(in, &from, out, &to, 1000, 0) == 1000 && from == 1050 && to == 6000);
    CHECK(pread(out, back, 1000, 5000) == 1000 && !memcmp(back, data + 50, 1000));
    CHECK(lseek(in, 0, SEEK_SET) == 0 && lseek(out, 0, SEEK_SET) == 0);
    CHECK(copy_file_range(in, NULL, out, NULL, 300, 0) == 300 && lseek(in, 0, SEEK_CUR) == 300 &&
          lseek(out, 0, SEEK_CUR) == 300);
    from = 0, to = 10;
    FAILS(copy_file_range(in, &from, in, &to, 100, 0), EINVAL);
    FAILS(copy_file_range(in, NULL, out, NULL, 1, 1), EINVAL);
    unlink(a);
    unlink(b);
    puts("OK");
    return 0;
}
