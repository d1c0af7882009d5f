/* A call that a handler interrupts is made again with SA_RESTART and gives EINTR without; waiting for events is never
 * restarted; an ignored signal interrupts nothing. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <linux/futex.h>
#include <time.h>
#include <unistd.h>

/* Each failed check ends the test with a number of its own. */
#define CHECK(cond)                                                                                                    \
    do {                                                                                                               \
        int number = __COUNTER__ + 1;                                                                                  \
        if (!(cond)) {                                                                                                 \
            printf("check %d, line %d: not true: %s (errno %d)\n", number, __LINE__, #cond, errno);                    \
            fflush(stdout);                                                                                            \
            _exit(number);                                                                                             \
        }                                                                                                              \
    } while (0)
static volatile int calls;
static int ends[2];
static pthread_t main_thread;

static void note(int signal)
{
    calls++;
}

static void handle(int flags)
{
    struct sigaction a = {.sa_handler = note, .sa_flags = flags};
    CHECK(sigaction(SIGUSR1, &a, NULL) == 0);
    calls = 0;
}

/* Sends the signal while main sleeps in a call, and later what the call waits for. */
static void *disturb(void *arg)
{
    usleep(20000);
    pthread_kill(main_thread, SIGUSR1);
    usleep(20000);
    if (write(ends[1], "x", 1) != 1)
        _exit(200);
    return NULL;
}

static pthread_t start(void)
{
    pthread_t t;
    CHECK(pthread_create(&t, NULL, disturb, NULL) == 0);
    return t;
}

static void end(pthread_t t, int drain)
{
    char c;
    CHECK(pthread_join(t, NULL) == 0);
    if (drain)
        CHECK(read(ends[0], &c, 1) == 1);
}

static void reading_is_restarted_when_asked(void)
{
    char c = 0;
    handle(SA_RESTART);
    pthread_t t = start();
    CHECK(read(ends[0], &c, 1) == 1 && c == 'x' && calls == 1);
    end(t, 0);
    handle(0);
    t = start();
    CHECK(read(ends[0], &c, 1) == -1 && errno == EINTR && calls == 1);
    end(t, 1);
}

static void ignored_signals_do_not_interrupt(void)
{
    char c = 0;
    signal(SIGUSR1, SIG_IGN);
    pthread_t t = start();
    CHECK(read(ends[0], &c, 1) == 1 && c == 'x');
    end(t, 0);
}

static void waiting_for_events_is_not_restarted(void)
{
    struct pollfd p = {.fd = ends[0], .events = POLLIN};
    struct epoll_event e = {.events = EPOLLIN};
    int ep = epoll_create1(0);
    CHECK(ep >= 0 && epoll_ctl(ep, EPOLL_CTL_ADD, ends[0], &e) == 0);
    handle(SA_RESTART);
    pthread_t t = start();
    CHECK(poll(&p, 1, 5000) == -1 && errno == EINTR && calls == 1);
    end(t, 1);
    t = start();
    CHECK(epoll_wait(ep, &e, 1, 5000) == -1 && errno == EINTR && calls == 2);
    end(t, 1);
    t = start();
    CHECK(usleep(5000000) == -1 && errno == EINTR && calls == 3);
    end(t, 1);
    close(ep);
}

/* The mask given to ppoll holds while it waits: the signal comes although it is blocked before and after. */
static void ppoll_waits_with_its_mask(void)
{
    sigset_t usr, none, now;
    sigemptyset(&none);
    sigemptyset(&usr);
    sigaddset(&usr, SIGUSR1);
    struct pollfd p = {.fd = ends[0], .events = POLLIN};
    struct timespec five = {5, 0};
    handle(SA_RESTART);
    sigprocmask(SIG_BLOCK, &usr, NULL);
    pthread_t t = start();
    CHECK(ppoll(&p, 1, &five, &none) == -1 && errno == EINTR && calls == 1);
    sigprocmask(SIG_BLOCK, NULL, &now);
    CHECK(sigismember(&now, SIGUSR1));
    end(t, 1);
    t = start();
    CHECK(ppoll(&p, 1, &five, NULL) == 1 && calls == 1); /* blocked: the write ends it */
    end(t, 1);
    sigprocmask(SIG_UNBLOCK, &usr, NULL);
    CHECK(calls == 2);
}

static uint32_t word;
static void *wake_word(void *arg)
{
    usleep(20000);
    pthread_kill(main_thread, SIGUSR1);
    usleep(20000);
    word = 1;
    syscall(SYS_futex, &word, FUTEX_WAKE, 1, NULL, NULL, 0);
    return NULL;
}

static void futex_waits_are_restarted(void)
{
    pthread_t t;
    handle(SA_RESTART);
    CHECK(pthread_create(&t, NULL, wake_word, NULL) == 0);
    CHECK(syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0) == 0 && calls == 1 && word == 1);
    CHECK(pthread_join(t, NULL) == 0);
}

int main(void)
{
    main_thread = pthread_self();
    CHECK(pipe(ends) == 0);
    reading_is_restarted_when_asked();
    ignored_signals_do_not_interrupt();
    waiting_for_events_is_not_restarted();
    ppoll_waits_with_its_mask();
    futex_waits_are_restarted();
    puts("OK");
    return 0;
}
