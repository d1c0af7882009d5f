/* Runs a program N times, its output to /dev/null, and prints the median of a time (µs) and of its RSS (KiB). Small, so
 * that the measuring weighs less than the measured. spawn N PROGRAM [ARG...]            from fork to reaped; peak RSS
 *   spawn --server N PROGRAM [ARG...]   from fork until it sleeps in epoll_wait or epoll_pwait; RSS there; then it is
 * killed */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int compare(const void *a, const void *b)
{
    long x = *(const long *)a, y = *(const long *)b;
    return (x > y) - (x < y);
}

static long now_micros(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static pid_t spawn(char **argv)
{
    pid_t pid = vfork();
    if (pid == 0) {
        int null = open("/dev/null", O_WRONLY);
        dup2(null, 1);
        execv(argv[0], argv);
        _exit(127);
    }
    return pid;
}

/* The first number of a /proc file of the process, behind `key` when there is one; -1 when there is none. */
static long proc_number(pid_t pid, const char *file, const char *key)
{
    char path[64], text[4096];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, file);
    int fd = open(path, O_RDONLY);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    close(fd);
    if (n <= 0)
        return -1;
    text[n] = 0;
    const char *at = key ? strstr(text, key) : text;
    return at ? strtol(at + (key ? strlen(key) : 0), NULL, 10) : -1;
}

static int run_server(char **argv, long *micros, long *kib)
{
    long start = now_micros();
    pid_t pid = spawn(argv);
    for (long call = -1; call != SYS_epoll_wait && call != SYS_epoll_pwait; call = proc_number(pid, "syscall", NULL))
        if (now_micros() - start > 2000000)
            return -1;
    *micros = now_micros() - start;
    *kib = proc_number(pid, "status", "VmRSS:");
    kill(pid, SIGKILL);
    return waitpid(pid, NULL, 0) == pid ? 0 : -1;
}

static int run_to_end(char **argv, long *micros, long *kib)
{
    struct rusage usage;
    int status;
    long start = now_micros();
    if (wait4(spawn(argv), &status, 0, &usage) < 0 || status != 0)
        return -1;
    *micros = now_micros() - start;
    *kib = usage.ru_maxrss;
    return 0;
}

int main(int argc, char **argv)
{
    int server = argc > 1 && !strcmp(argv[1], "--server");
    argv += server;
    if (argc - server < 3)
        return 2;
    int n = atoi(argv[1]);
    long *micros = calloc(n, sizeof *micros), *kib = calloc(n, sizeof *kib);
    for (int i = 0; i < n; i++)
        if ((server ? run_server : run_to_end)(argv + 2, &micros[i], &kib[i]))
            return 1;
    qsort(micros, n, sizeof *micros, compare);
    qsort(kib, n, sizeof *kib, compare);
    printf("%ld %ld\n", micros[n / 2], kib[n / 2]);
    return 0;
}
