/* unix(7): descriptors on their way may be sockets with descriptors on their way. A long chain of them ends when its
 * first one is closed, without harm. Two threads may connect the same socket at once: one of them gets there. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { LINKS = 400 };

static int pass(int over, int fd)
{
    union {
        char room[CMSG_SPACE(sizeof fd)];
        struct cmsghdr align;
    } control = {0};
    char byte = 0;
    struct iovec vec = {&byte, 1};
    struct msghdr m = {.msg_iov = &vec, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(c), &fd, sizeof fd);
    return sendmsg(over, &m, 0) == 1 ? 0 : errno;
}

/* Each pair's receiving end waits, unread, in the next pair's queue. */
static int chain(void)
{
    int inner[2], outer[2];
    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, inner))
        return 1;
    for (int i = 0; i < LINKS; i++) {
        if (socketpair(AF_UNIX, SOCK_DGRAM, 0, outer))
            return 2;
        int err = pass(outer[0], inner[1]);
        close(inner[0]);
        close(inner[1]);
        memcpy(inner, outer, sizeof inner);
        if (err)
            return err == ETOOMANYREFS ? 0 : 3; /* some Linux versions have a limit */
    }
    close(inner[0]);
    close(inner[1]);
    return 0;
}

static int caller;
static struct sockaddr_un names[2];
static socklen_t name_len;

static int listener(int n)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0), filler;
    names[n].sun_family = AF_UNIX;
    name_len = offsetof(struct sockaddr_un, sun_path) + 1 + sprintf(names[n].sun_path + 1, "unik-hostile-%d", n);
    if (bind(fd, (void *)&names[n], name_len) || listen(fd, 0))
        return -1;
    do { /* until its queue is full */
        filler = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    } while (!connect(filler, (void *)&names[n], name_len));
    close(filler);
    return fd;
}

static void *call(void *result)
{
    *(int *)result = connect(caller, (void *)&names[0], name_len);
    return NULL;
}

static int connect_twice(void)
{
    pthread_t thread;
    int result = 1, first = listener(0), second = listener(1);
    caller = socket(AF_UNIX, SOCK_STREAM, 0);
    if (first < 0 || second < 0 || pthread_create(&thread, NULL, call, &result))
        return 1;
    usleep(50000);
    fcntl(caller, F_SETFL, O_NONBLOCK);
    for (int i = 0; i < 3; i++)
        if (!connect(caller, (void *)&names[1], name_len))
            return 2;
    close(accept(second, NULL, NULL));
    close(accept(first, NULL, NULL));
    pthread_join(thread, NULL);
    return result ? 3 : 0;
}

int main(void)
{
    int err = chain();
    if (err)
        return err;
    err = connect_twice();
    if (err)
        return 10 + err;
    puts("OK");
    return 0;
}
