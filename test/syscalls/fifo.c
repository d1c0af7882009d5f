/* fifo(7): a pipe with a name; opening waits for the other side. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <pthread.h>
#include <signal.h>

#define CHECK(what)                                                                                                    \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            printf("line %d: %s (errno %d)\n", __LINE__, #what, errno);                                                \
            exit(__COUNTER__ + 1);                                                                                     \
        }                                                                                                              \
    } while (0)
#define FAILS(call, error) CHECK((call) == -1 && errno == (error))

static char name[] = "/tmp/fifo-XXXXXX";

static void *reader(void *arg)
{
    char buf[16] = {0};
    int fd = open(name, O_RDONLY);
    CHECK(fd >= 0 && read(fd, buf, 16) == 5 && !strcmp(buf, "hello") && read(fd, buf, 16) == 0);
    close(fd);
    return arg;
}

int main(void)
{
    struct stat st;
    pthread_t t;
    signal(SIGPIPE, SIG_IGN);
    close(mkstemp(name));
    unlink(name);
    umask(0);
    CHECK(mkfifo(name, 0640) == 0 && stat(name, &st) == 0 && S_ISFIFO(st.st_mode) && (st.st_mode & 0777) == 0640);
    FAILS(mkfifo(name, 0640), EEXIST);
    FAILS(open(name, O_WRONLY | O_NONBLOCK), ENXIO);
    int fd = open(name, O_RDONLY | O_NONBLOCK);
    CHECK(fd >= 0 && read(fd, &st, 1) == 0); /* no writer: end of file */
    int w = open(name, O_WRONLY | O_NONBLOCK);
    CHECK(w >= 0);
    FAILS(read(fd, &st, 1), EAGAIN);
    close(fd);
    FAILS(write(w, "x", 1), EPIPE);
    close(w);
    CHECK(pthread_create(&t, NULL, reader, NULL) == 0);
    fd = open(name, O_WRONLY); /* waits for the reader */
    CHECK(fd >= 0 && write(fd, "hello", 5) == 5);
    close(fd);
    pthread_join(t, NULL);
    fd = open(name, O_RDWR);
    char c;
    CHECK(fd >= 0 && write(fd, "q", 1) == 1 && read(fd, &c, 1) == 1 && c == 'q');
    FAILS(mknod("/tmp/fifo/no", S_IFREG | 0600, 0), ENOENT);
    CHECK(unlink(name) == 0 && mknod(name, 0600, 0) == 0 && stat(name, &st) == 0 && S_ISREG(st.st_mode));
    CHECK(unlink(name) == 0);
    puts("OK");
    return 0;
}
