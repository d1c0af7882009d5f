/* signalfd(2): pending signals are read, in order, and by epoll. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <pthread.h>

#define CHECK(what)                                                                                                    \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            printf("line %d: %s (errno %d)\n", __LINE__, #what, errno);                                                \
            exit(__COUNTER__ + 1);                                                                                     \
        }                                                                                                              \
    } while (0)
#define FAILS(call, error) CHECK((call) == -1 && errno == (error))
static void *send_later(void *arg)
{
    usleep(20000);
    kill(getpid(), SIGUSR2);
    return arg;
}

int main(void)
{
    sigset_t set;
    struct signalfd_siginfo info[4];
    struct pollfd p;
    pthread_t t;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGRTMIN);
    CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
    int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    CHECK(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
    p = (struct pollfd){fd, POLLIN, 0};
    CHECK(poll(&p, 1, 0) == 0);
    FAILS(read(fd, info, sizeof info), EAGAIN);
    FAILS(read(fd, info, 10), EINVAL);
    kill(getpid(), SIGUSR1);
    kill(getpid(), SIGUSR1);
    sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 42});
    sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 43});
    CHECK(poll(&p, 1, 0) == 1 && p.revents == POLLIN);
    CHECK(read(fd, info, sizeof info) == 3 * sizeof *info);
    CHECK(info[0].ssi_signo == SIGUSR1 && info[0].ssi_pid == (unsigned)getpid() && info[0].ssi_code == SI_USER);
    CHECK(info[1].ssi_signo == (unsigned)SIGRTMIN && info[1].ssi_int == 42 && info[1].ssi_code == SI_QUEUE &&
          info[2].ssi_int == 43);
    CHECK(poll(&p, 1, 0) == 0);

    int ep = epoll_create1(0);
    struct epoll_event e = {.events = EPOLLIN}, out;
    CHECK(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e) == 0 && epoll_wait(ep, &out, 1, 0) == 0);
    kill(getpid(), SIGUSR1);
    CHECK(epoll_wait(ep, &out, 1, 1000) == 1 && read(fd, info, sizeof *info) == sizeof *info);

    /* another set; another thread sends while this one waits */
    sigaddset(&set, SIGUSR2);
    CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0 && signalfd(fd, &set, 0) == fd);
    CHECK(fcntl(fd, F_SETFL, 0) == 0 && pthread_create(&t, NULL, send_later, NULL) == 0);
    CHECK(read(fd, info, sizeof info) == sizeof *info && info[0].ssi_signo == SIGUSR2);
    pthread_join(t, NULL);
    FAILS(signalfd(ep, &set, 0), EINVAL);
    FAILS(signalfd(-1, &set, 0x10), EINVAL);
    puts("OK");
    return 0;
}
