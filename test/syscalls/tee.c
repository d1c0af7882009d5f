/* tee(2) and vmsplice(2): bytes into pipes, and from one into another without taking them away. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define CHECK(what)                                                                                                    \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            printf("line %d: %s (errno %d)\n", __LINE__, #what, errno);                                                \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)
#define FAILS(call, error) CHECK((call) == -1 && errno == (error))

int main(void)
{
    int a[2], b[2];
    char first[] = "one ", second[] = "two", got[16];
    const struct iovec out[2] = {{first, 4}, {second, 3}}, in[2] = {{got, 2}, {got + 2, 10}};
    CHECK(pipe(a) == 0 && pipe(b) == 0);
    FAILS(tee(a[0], b[1], 10, SPLICE_F_NONBLOCK), EAGAIN);
    FAILS(vmsplice(a[0], in, 2, SPLICE_F_NONBLOCK), EAGAIN);
    CHECK(vmsplice(a[1], out, 2, 0) == 7);
    CHECK(tee(a[0], b[1], 5, 0) == 5 && read(b[0], got, sizeof got) == 5 && !memcmp(got, "one t", 5));
    CHECK(tee(a[0], b[1], 100, 0) == 7 && read(b[0], got, sizeof got) == 7);
    CHECK(vmsplice(a[0], in, 2, 0) == 7 && !memcmp(got, "one two", 7)); /* still there */
    CHECK(tee(a[0], b[1], 0, 0) == 0);
    FAILS(tee(a[0], a[1], 1, 0), EINVAL);
    FAILS(tee(a[1], b[1], 1, 0), EBADF);
    FAILS(tee(a[0], b[1], 1, 16), EINVAL);
    FAILS(tee(99, b[1], 1, 0), EBADF);
    FAILS(tee(open("/dev/null", O_RDONLY), b[1], 1, 0), EINVAL);
    FAILS(vmsplice(open("/dev/null", O_RDWR), out, 2, 0), EBADF);
    FAILS(vmsplice(a[1], out, 1025, 0), EINVAL);
    CHECK(close(a[1]) == 0 && tee(a[0], b[1], 1, 0) == 0);
    static char large[200000];
    ssize_t n = vmsplice(b[1], &(struct iovec){large, sizeof large}, 1, 0); /* what fits */
    CHECK(n >= 4096 && n <= 65536);
    printf("OK\n");
}
