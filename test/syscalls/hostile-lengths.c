/* bind(2), connect(2), sendto(2): the length of an address is an int, so the upper half of its register says nothing,
 * and one that is longer than any address, or negative, is EINVAL. No more is read than an address holds. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static char big[1 << 16];

static int fails(long number, int fd, long len)
{
    errno = 0;
    long result = number == SYS_sendto ? syscall(number, fd, big, 1ul, 0, big, len) : syscall(number, fd, big, len);
    return result == -1 && errno == EINVAL;
}

int main(void)
{
    static const long calls[] = {SYS_bind, SYS_connect, SYS_sendto};
    static const long too_long[] = {129, 256, 4096, 65536, 0x7fffffff, -1, 0x80000000l, 0x1000000081l};
    static const long empty[] = {0, 1l << 32, 1l << 33, 1l << 62, (long)(1ul << 63)};
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair))
        return 1;
    memset(big, 0x41, sizeof big);
    for (unsigned c = 0; c < 3; c++)
        for (unsigned i = 0; i < sizeof too_long / sizeof *too_long; i++)
            if (!fails(calls[c], pair[0], too_long[i]))
                return 2;
    for (unsigned c = 0; c < 2; c++)
        for (unsigned i = 0; i < sizeof empty / sizeof *empty; i++)
            if (!fails(calls[c], pair[0], empty[i]))
                return 3;
    for (unsigned i = 0; i < sizeof empty / sizeof *empty; i++)
        (void)fails(SYS_sendto, pair[0], empty[i]); /* to the peer, or nowhere */
    puts("OK");
    return 0;
}
