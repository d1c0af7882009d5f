/* Starting a program succeeds, or is refused with ENOSYS where there is one process only: the ways of the C library, by
 * fork, vfork, clone and clone3, all tell the same. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK(n, cond)                                                                                                 \
    do {                                                                                                               \
        if (!(cond)) {                                                                                                 \
            printf("check %d: %s (errno %d)\n", n, #cond, errno);                                                      \
            _exit(n);                                                                                                  \
        }                                                                                                              \
    } while (0)

static int ended_well(pid_t pid)
{
    int status;
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 7;
}

static void check_child(int number, pid_t pid)
{
    if (pid == 0)
        _exit(7);
    CHECK(number, pid > 0 ? ended_well(pid) : errno == ENOSYS);
}

int main(void)
{
    check_child(1, fork());
    check_child(2, (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));

    uint64_t child[11] = {[4] = SIGCHLD}; /* exit_signal */
    pid_t pid = (pid_t)syscall(SYS_clone3, child, sizeof child);
    check_child(3, pid);

    char *argv[] = {"sh", "-c", "exit 7", NULL};
    int err = posix_spawn(&pid, "/bin/sh", NULL, NULL, argv, argv + 3);
    CHECK(4, err == ENOSYS || (err == 0 && ended_well(pid)));

    errno = 0;
    int status = system("exit 7");
    CHECK(5, errno == ENOSYS || WEXITSTATUS(status) == 7);

    const uint64_t thread_with_signal[11] = {[0] = 0x10000, [4] = SIGCHLD};
    CHECK(6, syscall(SYS_clone3, thread_with_signal, sizeof thread_with_signal) == -1 && errno == EINVAL);
    puts("OK");
    return 0;
}
