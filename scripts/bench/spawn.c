/* Runs a program N times, output to /dev/null, and prints the median of its wall time from fork to reaped (µs) and of its peak
 * RSS (KiB). Small, so that the measuring weighs less than the measured. usage: spawn N PROGRAM [ARG...] */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int compare(const void *a, const void *b)
{
    long x = *(const long *)a, y = *(const long *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    int n = atoi(argv[1]);
    long *micros = calloc(n, sizeof *micros), *kib = calloc(n, sizeof *kib);
    for (int i = 0; i < n; i++) {
        struct timespec a, b;
        struct rusage usage;
        int status;
        clock_gettime(CLOCK_MONOTONIC, &a);
        pid_t pid = vfork();
        if (pid == 0) {
            int null = open("/dev/null", O_WRONLY);
            dup2(null, 1);
            execv(argv[2], argv + 2);
            _exit(127);
        }
        if (wait4(pid, &status, 0, &usage) < 0 || status != 0)
            return 1;
        clock_gettime(CLOCK_MONOTONIC, &b);
        micros[i] = (b.tv_sec - a.tv_sec) * 1000000 + (b.tv_nsec - a.tv_nsec) / 1000;
        kib[i] = usage.ru_maxrss;
    }
    qsort(micros, n, sizeof *micros, compare);
    qsort(kib, n, sizeof *kib, compare);
    printf("%ld %ld\n", micros[n / 2], kib[n / 2]);
    return 0;
}
