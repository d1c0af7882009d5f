#include <errno.h>
#include <poll.h>
#include <unistd.h>
#include "engine.h"

/* A descriptor that somebody else has made non-blocking is waited for. Any other error loses the text: there is nowhere
 * to report that stdout is closed. */
void output_write(int fd, const void *data, size_t size)
{
    const char *next = data;
    while (size > 0) {
        ssize_t written = write(fd, next, size);
        if (written >= 0) {
            next += written;
            size -= written;
        } else if (errno == EAGAIN) {
            poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
        } else if (errno != EINTR) {
            return;
        }
    }
}
