/* poll(2), ppoll(2): what is told about pipes, bad descriptors and timeouts; waking; signal masks. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <time.h>

#define CHECK(what)                                                                                                    \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            printf("line %d: %s (errno %d)\n", __LINE__, #what, errno);                                                \
            exit(__COUNTER__ + 1);                                                                                     \
        }                                                                                                              \
    } while (0)
#define FAILS(call, error) CHECK((call) == -1 && errno == (error))

static int efd;
static volatile int got;

static void *wake(void *arg)
{
    usleep(20000);
    eventfd_write(efd, 1);
    return arg;
}

static void on_signal(int n)
{
    got = n;
}

static void *volatile nowhere = (void *)8; /* an address that is never mapped */

int main(void)
{
    int ends[2];
    struct pollfd p[3];
    pthread_t t;
    efd = eventfd(0, 0);
    CHECK(pipe(ends) == 0);
    p[0] = (struct pollfd){ends[0], POLLIN, 99};
    p[1] = (struct pollfd){ends[1], POLLOUT, 99};
    p[2] = (struct pollfd){-1, POLLIN, 99};
    CHECK(poll(p, 3, -1) == 1 && p[0].revents == 0 && p[1].revents == POLLOUT && p[2].revents == 0);
    p[2].fd = 777;
    CHECK(poll(p, 3, -1) == 2 && p[2].revents == POLLNVAL);
    int file = open("/tmp", O_RDONLY);
    p[0] = (struct pollfd){file, POLLIN | POLLOUT, 0};
    CHECK(poll(p, 1, -1) == 1 && p[0].revents == (POLLIN | POLLOUT));
    CHECK(poll(NULL, 0, 5) == 0);

    p[0] = (struct pollfd){efd, POLLIN, 0};
    p[1] = (struct pollfd){ends[0], POLLIN, 0};
    CHECK(pthread_create(&t, NULL, wake, NULL) == 0);
    CHECK(poll(p, 2, 5000) == 1 && p[0].revents == POLLIN && p[1].revents == 0);
    pthread_join(t, NULL);
    CHECK(poll(p + 1, 1, 20) == 0);

    struct pollfd many[40];
    for (int i = 0; i < 40; i++)
        many[i] = (struct pollfd){i % 2 ? ends[0] : efd, POLLIN, 0};
    CHECK(poll(many, 40, -1) == 20 && many[38].revents == POLLIN && many[39].revents == 0);

    /* ppoll: the signal that is blocked outside comes in */
    sigset_t block, old, none;
    struct timespec ts = {2, 0};
    signal(SIGUSR1, on_signal);
    sigemptyset(&none);
    sigemptyset(&block);
    sigaddset(&block, SIGUSR1);
    sigprocmask(SIG_BLOCK, &block, &old);
    kill(getpid(), SIGUSR1);
    CHECK(got == 0);
    FAILS(ppoll(p + 1, 1, &ts, &none), EINTR);
    CHECK(got == SIGUSR1);
    sigprocmask(SIG_SETMASK, NULL, &old);
    CHECK(sigismember(&old, SIGUSR1)); /* and is blocked again */
    ts = (struct timespec){0, 1000000};
    CHECK(ppoll(p + 1, 1, &ts, NULL) == 0);
    ts.tv_nsec = -1;
    FAILS(ppoll(p + 1, 1, &ts, NULL), EINVAL);
    FAILS(poll(nowhere, 1, 0), EFAULT);
    puts("OK");
    return 0;
}
