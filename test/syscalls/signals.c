/* Signals: a handler gets number and siginfo and runs with its mask; blocked ones wait; standard ones do not queue,
 * real-time ones do, in order; sigsuspend, sigwait and sigtimedwait take them; SA_NODEFER, SA_RESETHAND and nesting do
 * what they say. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
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
static volatile int calls, last_signal, last_code, last_value, depth, max_depth;
static volatile pid_t last_pid;
static int order[16];

static void note(int signal, siginfo_t *info, void *context)
{
    if (calls < 16)
        order[calls] = info->si_code == SI_QUEUE ? info->si_value.sival_int : signal;
    calls++;
    last_signal = signal;
    last_code = info->si_code;
    last_pid = info->si_pid;
    last_value = info->si_value.sival_int;
}

static void handle(int signal, void (*fn)(int, siginfo_t *, void *), int flags, int also_block)
{
    struct sigaction a = {.sa_sigaction = fn, .sa_flags = SA_SIGINFO | flags};
    sigemptyset(&a.sa_mask);
    if (also_block)
        sigaddset(&a.sa_mask, also_block);
    CHECK(sigaction(signal, &a, NULL) == 0);
    calls = 0;
}

static sigset_t set_of(int a, int b)
{
    sigset_t s;
    sigemptyset(&s);
    sigaddset(&s, a);
    if (b)
        sigaddset(&s, b);
    return s;
}

static void handlers_get_siginfo(void)
{
    handle(SIGUSR1, note, 0, 0);
    CHECK(kill(getpid(), SIGUSR1) == 0);
    CHECK(calls == 1 && last_signal == SIGUSR1 && last_code == SI_USER && last_pid == getpid());
    CHECK(raise(SIGUSR1) == 0);
    CHECK(calls == 2 && last_code == SI_TKILL);
    CHECK(sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 42}) == 0);
    CHECK(calls == 3 && last_code == SI_QUEUE && last_value == 42);
    CHECK(kill(getpid(), 0) == 0);
    CHECK(kill(getpid(), 65) == -1 && errno == EINVAL);
    CHECK(kill(99999, 0) == -1 && errno == ESRCH);
}

static void blocked_signals_wait(void)
{
    sigset_t usr = set_of(SIGUSR1, SIGUSR2), old, pending;
    handle(SIGUSR1, note, 0, 0);
    handle(SIGUSR2, note, 0, 0);
    CHECK(sigprocmask(SIG_BLOCK, &usr, &old) == 0 && !sigismember(&old, SIGUSR1));
    for (int i = 0; i < 3; i++)
        kill(getpid(), SIGUSR2);
    kill(getpid(), SIGUSR1);
    CHECK(calls == 0);
    CHECK(sigpending(&pending) == 0 && sigismember(&pending, SIGUSR1) && sigismember(&pending, SIGUSR2));
    CHECK(sigprocmask(SIG_UNBLOCK, &usr, NULL) == 0);
    CHECK(calls == 2); /* a standard signal is pending once */
    CHECK(sigpending(&pending) == 0 && !sigismember(&pending, SIGUSR2));
}

static void realtime_signals_queue_in_order(void)
{
    int low = SIGRTMIN + 1, high = SIGRTMIN + 2;
    sigset_t both = set_of(low, high);
    handle(low, note, 0, high);
    handle(high, note, 0, low);
    sigprocmask(SIG_BLOCK, &both, NULL);
    for (int i = 1; i <= 3; i++)
        CHECK(sigqueue(getpid(), high, (union sigval){.sival_int = 200 + i}) == 0);
    for (int i = 1; i <= 3; i++)
        CHECK(sigqueue(getpid(), low, (union sigval){.sival_int = 100 + i}) == 0);
    struct timespec now = {0, 0};
    siginfo_t info;
    CHECK(sigtimedwait(&both, &info, &now) == low && info.si_value.sival_int == 101); /* the lowest number first */
    sigprocmask(SIG_UNBLOCK, &both, NULL);
    CHECK(calls == 5);
}

static void ignored_signals_vanish(void)
{
    sigset_t usr = set_of(SIGUSR1, 0), pending;
    signal(SIGUSR1, SIG_IGN);
    CHECK(kill(getpid(), SIGUSR1) == 0);
    CHECK(kill(getpid(), SIGWINCH) == 0 && kill(getpid(), SIGCHLD) == 0); /* ignored by default */
    sigprocmask(SIG_BLOCK, &usr, NULL);
    handle(SIGUSR1, note, 0, 0);
    kill(getpid(), SIGUSR1);
    signal(SIGUSR1, SIG_IGN); /* forgets what is pending */
    CHECK(sigpending(&pending) == 0 && !sigismember(&pending, SIGUSR1));
    sigprocmask(SIG_UNBLOCK, &usr, NULL);
    CHECK(calls == 0);
}

static void nest(int signal, siginfo_t *info, void *context)
{
    calls++;
    if (++depth > max_depth)
        max_depth = depth;
    if (calls < 3)
        raise(signal);
    depth--;
}

static void handlers_nest_as_asked(void)
{
    handle(SIGUSR1, nest, 0, 0);
    raise(SIGUSR1);
    CHECK(max_depth == 1 && calls == 3); /* each next one waits for the end of the one before */
    depth = max_depth = 0;
    handle(SIGUSR1, nest, SA_NODEFER, 0);
    raise(SIGUSR1);
    CHECK(max_depth == 3 && calls == 3);
}

static void stop_nesting(int signal, siginfo_t *info, void *context)
{
    calls++;
}

static void reset_hand_resets(void)
{
    struct sigaction a;
    handle(SIGUSR1, stop_nesting, SA_RESETHAND, 0);
    raise(SIGUSR1);
    CHECK(calls == 1 && sigaction(SIGUSR1, NULL, &a) == 0 && a.sa_handler == SIG_DFL);
    CHECK(sigaction(SIGKILL, &a, NULL) == -1 && errno == EINVAL);
}

static volatile int was_blocked_inside;
static void look_at_mask(int signal, siginfo_t *info, void *context)
{
    sigset_t mask;
    sigprocmask(SIG_BLOCK, NULL, &mask);
    was_blocked_inside = sigismember(&mask, SIGUSR1) && sigismember(&mask, SIGUSR2) && !sigismember(&mask, SIGTERM);
    calls++;
}

static void masks_hold_inside_and_return_after(void)
{
    sigset_t mask;
    handle(SIGUSR1, look_at_mask, 0, SIGUSR2);
    raise(SIGUSR1);
    CHECK(calls == 1 && was_blocked_inside);
    CHECK(sigprocmask(SIG_BLOCK, NULL, &mask) == 0 && !sigismember(&mask, SIGUSR1) && !sigismember(&mask, SIGUSR2));
}

static void *send_later(void *target)
{
    usleep(20000);
    pthread_kill(*(pthread_t *)target, SIGUSR1);
    return NULL;
}

static void sigsuspend_waits_with_its_mask(void)
{
    pthread_t self = pthread_self(), t;
    sigset_t usr = set_of(SIGUSR1, 0), none, now;
    sigemptyset(&none);
    handle(SIGUSR1, note, 0, 0);
    sigprocmask(SIG_BLOCK, &usr, NULL);
    CHECK(pthread_create(&t, NULL, send_later, &self) == 0);
    CHECK(sigsuspend(&none) == -1 && errno == EINTR);
    CHECK(calls == 1);
    sigprocmask(SIG_BLOCK, NULL, &now);
    CHECK(sigismember(&now, SIGUSR1));
    pthread_join(t, NULL);
    CHECK(pthread_create(&t, NULL, send_later, &self) == 0);
    int signal = 0;
    CHECK(sigwait(&usr, &signal) == 0 && signal == SIGUSR1 && calls == 1);
    pthread_join(t, NULL);
    struct timespec ms = {0, 5000000};
    CHECK(sigtimedwait(&usr, NULL, &ms) == -1 && errno == EAGAIN);
    sigprocmask(SIG_UNBLOCK, &usr, NULL);
}

static volatile pthread_t handled_by;
static void note_thread(int signal, siginfo_t *info, void *context)
{
    handled_by = pthread_self();
    calls++;
}

static void *wait_for_signal(void *arg)
{
    while (!calls)
        usleep(1000);
    return NULL;
}

/* A signal for the process goes to a thread that does not block it; one for a thread goes to that thread. */
static void threads_take_their_signals(void)
{
    sigset_t usr = set_of(SIGUSR1, 0);
    pthread_t t;
    handle(SIGUSR1, note_thread, 0, 0);
    CHECK(pthread_create(&t, NULL, wait_for_signal, NULL) == 0);
    sigprocmask(SIG_BLOCK, &usr, NULL);
    kill(getpid(), SIGUSR1);
    pthread_join(t, NULL);
    CHECK(calls == 1 && pthread_equal(handled_by, t));
    sigprocmask(SIG_UNBLOCK, &usr, NULL);
    calls = 0;
    CHECK(pthread_create(&t, NULL, wait_for_signal, NULL) == 0);
    CHECK(pthread_kill(t, SIGUSR1) == 0);
    pthread_join(t, NULL);
    CHECK(calls == 1 && pthread_equal(handled_by, t));
    CHECK(syscall(SYS_tgkill, getpid(), 99999, 0) == -1 && errno == ESRCH);
}

int main(void)
{
    handlers_get_siginfo();
    blocked_signals_wait();
    realtime_signals_queue_in_order();
    ignored_signals_vanish();
    handlers_nest_as_asked();
    reset_hand_resets();
    masks_hold_inside_and_return_after();
    sigsuspend_waits_with_its_mask();
    threads_take_their_signals();
    puts("OK");
    return 0;
}
