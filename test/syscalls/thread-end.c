/* A thread's end is told through its tid word; the process lives on when the first thread ends; exit_group from any
 * thread ends all, also those that sleep or spin, with its status. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
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
#define STACK_SIZE 65536

static volatile int child_ran, child_tid_in_child;
static pid_t parent_tid_word, child_tid_word;

static int child(void *arg)
{
    child_tid_in_child = (int)syscall(SYS_gettid);
    child_ran = *(int *)arg;
    syscall(SYS_exit, 0);
    return 0;
}

static void clone_sets_and_clears_the_tid_words(void)
{
    int value = 4711;
    char *stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(stack != MAP_FAILED);
    child_tid_word = 1;
    int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_PARENT_SETTID |
                CLONE_CHILD_CLEARTID;
    int tid = clone(child, stack + STACK_SIZE, flags, &value, &parent_tid_word, NULL, &child_tid_word);
    CHECK(tid > 0 && parent_tid_word == tid);
    while (__atomic_load_n(&child_tid_word, __ATOMIC_ACQUIRE))
        syscall(SYS_futex, &child_tid_word, FUTEX_WAIT, 1, NULL, NULL, 0);
    CHECK(child_ran == 4711 && child_tid_in_child == tid);
    CHECK(syscall(SYS_tgkill, getpid(), tid, 0) == -1 && errno == ESRCH);
    munmap(stack, STACK_SIZE);
}

static void threads_without_shared_memory_are_not_threads(void)
{
    CHECK(syscall(SYS_clone, CLONE_THREAD, 0, 0, 0, 0) == -1 && (errno == EINVAL || errno == ENOSYS));
    CHECK(syscall(SYS_clone3, 16, 8) == -1 && errno == EINVAL);
    CHECK(syscall(SYS_clone3, 16, 64) == -1 && errno == EFAULT);
}

static void *tell_name(void *arg)
{
    char name[16] = "";
    CHECK(prctl(PR_SET_NAME, "a name that is too long") == 0);
    CHECK(prctl(PR_GET_NAME, name) == 0);
    return (void *)(intptr_t)(name[14] == ' ' && name[15] == 0);
}

static void threads_have_names(void)
{
    pthread_t t;
    void *right;
    CHECK(prctl(PR_SET_NAME, "first") == 0);
    CHECK(pthread_create(&t, NULL, tell_name, NULL) == 0 && pthread_join(t, &right) == 0);
    char name[16] = "";
    CHECK(prctl(PR_GET_NAME, name) == 0 && name[0] == 'f' && name[5] == 0);
    CHECK(right);
}

static void *sleep_forever(void *arg)
{
    for (;;)
        pause();
    return arg;
}

static void *spin_forever(void *arg)
{
    for (volatile int i = 0;; i++)
        ;
    return arg;
}

static void *finish(void *arg)
{
    pthread_join(*(pthread_t *)arg, NULL);
    puts("OK");
    fflush(stdout);
    exit(0); /* while others sleep and spin */
}

static pthread_t first;
int main(void)
{
    pthread_t t;
    clone_sets_and_clears_the_tid_words();
    threads_without_shared_memory_are_not_threads();
    threads_have_names();
    first = pthread_self();
    CHECK(pthread_create(&t, NULL, sleep_forever, NULL) == 0);
    CHECK(pthread_create(&t, NULL, spin_forever, NULL) == 0);
    CHECK(pthread_create(&t, NULL, finish, &first) == 0);
    pthread_exit(NULL);
}
