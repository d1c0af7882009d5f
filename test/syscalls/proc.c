/* proc(5): what programs read about themselves and the machine. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <dirent.h>
#include <limits.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define CHECK(what)                                                                                                    \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            printf("line %d: %s (errno %d)\n", __LINE__, #what, errno);                                                \
            exit(__COUNTER__ + 1);                                                                                     \
        }                                                                                                              \
    } while (0)
#define FAILS(call, error) CHECK((call) == -1 && errno == (error))

static char text[65536];

static ssize_t slurp(const char *path)
{
    int fd = open(path, O_RDONLY);
    size_t n = 0;
    ssize_t part;
    if (fd < 0)
        return -1;
    while ((part = read(fd, text + n, sizeof text - 1 - n)) > 0)
        n += (size_t)part;
    close(fd);
    text[n] = 0;
    return (ssize_t)n;
}

static void *count_tasks(void *arg)
{
    int n = 0;
    char path[64];
    DIR *d = opendir("/proc/self/task");
    for (struct dirent *e; d && (e = readdir(d));)
        n += e->d_name[0] != '.';
    if (d)
        closedir(d);
    snprintf(path, sizeof path, "/proc/self/task/%ld/comm", syscall(SYS_gettid));
    pthread_setname_np(pthread_self(), "counter");
    if (slurp(path) != 8 || strcmp(text, "counter\n"))
        n = -1;
    return (void *)(long)n;
}

int main(int argc, char **argv)
{
    char link[PATH_MAX] = {0}, name[64];
    unsigned long start, end;
    struct stat a, b;
    CHECK(readlink("/proc/self/exe", link, sizeof link) > 0 && stat(link, &a) == 0 && stat("/proc/self/exe", &b) == 0);
    CHECK(a.st_ino == b.st_ino && a.st_dev == b.st_dev);
    CHECK(slurp("/proc/self/cmdline") == (ssize_t)strlen(argv[0]) + 1 || argc > 1);
    CHECK(!strcmp(text, argv[0]));

    CHECK(slurp("/proc/self/maps") > 0 && strstr(text, "[stack]\n"));
    int found = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        char perm[8], *at = (char *)main;
        CHECK(sscanf(line, "%lx-%lx %4s", &start, &end, perm) == 3 && start < end && start % 4096 == 0);
        if (start <= (unsigned long)at && (unsigned long)at < end)
            found = !strcmp(perm, "r-xp") && strstr(line, link);
    }
    CHECK(found);

    int ends[2], fd = open("/tmp", O_RDONLY);
    CHECK(pipe(ends) == 0);
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    memset(link, 0, sizeof link);
    CHECK(readlink(name, link, sizeof link) == 4 && !strcmp(link, "/tmp"));
    snprintf(name, sizeof name, "/proc/self/fd/%d", ends[0]);
    memset(link, 0, sizeof link);
    CHECK(readlink(name, link, sizeof link) > 0 && !strncmp(link, "pipe:[", 6));
    snprintf(name, sizeof name, "/dev/fd/%d", ends[1]);
    int again = open(name, O_WRONLY);
    char c;
    CHECK(again >= 0 && write(again, "p", 1) == 1 && read(ends[0], &c, 1) == 1 && c == 'p');
    close(fd);
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    FAILS(readlink(name, link, sizeof link), ENOENT);
    char file[] = "/tmp/proc-XXXXXX";
    fd = mkstemp(file);
    unlink(file);
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    memset(link, 0, sizeof link);
    CHECK(readlink(name, link, sizeof link) > 0 && strstr(link, " (deleted)"));
    CHECK(write(fd, "kept", 4) == 4 && (again = open(name, O_RDONLY)) >= 0 &&
          read(again, link, 4) == 4); /* opens the file itself */

    pthread_t t;
    void *n;
    CHECK(pthread_create(&t, NULL, count_tasks, NULL) == 0 && pthread_join(t, &n) == 0 && (long)n == 2);

    long pid, rss;
    unsigned long vsize;
    CHECK(slurp("/proc/self/stat") > 0 && sscanf(text, "%ld (", &pid) == 1 && pid == getpid());
    CHECK(sscanf(strrchr(text, ')') + 1,
                 " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %*u %lu %ld", &vsize,
                 &rss) == 2);
    CHECK(vsize > 4096 && rss > 0 && rss < 1 << 20);
    CHECK(slurp("/proc/self/statm") > 0 && sscanf(text, "%lu", &start) == 1 && start > 0);
    CHECK(slurp("/proc/self/status") > 0 && strstr(text, "\nVmRSS:") && strstr(text, "\nThreads:\t1\n") &&
          strstr(text, "\nUid:"));
    CHECK(slurp("/proc/self/limits") > 0 && strstr(text, "Max open files"));
    CHECK(slurp("/proc/self/environ") >= 0 && slurp("/proc/self/auxv") > 0 && slurp("/proc/self/cgroup") >= 0);
    CHECK(slurp("/proc/mounts") > 0 && strstr(text, " / ") && strstr(text, " /proc proc "));
    CHECK(slurp("/proc/self/mountinfo") > 0);
    CHECK(slurp("/proc/cpuinfo") > 0 && strstr(text, "processor") && strstr(text, "flags"));
    CHECK(slurp("/proc/meminfo") > 0 && sscanf(text, "MemTotal: %lu kB", &start) == 1 && start > 1000);
    CHECK(strstr(text, "MemAvailable:"));
    CHECK(slurp("/proc/stat") > 0 && !strncmp(text, "cpu ", 4) && strstr(text, "\nbtime "));
    double up;
    CHECK(slurp("/proc/uptime") > 0 && sscanf(text, "%lf", &up) == 1 && up > 0);
    CHECK(slurp("/proc/loadavg") > 0 && slurp("/proc/version") > 0 && !strncmp(text, "Linux version ", 14));
    CHECK(slurp("/proc/sys/kernel/ostype") == 6 && !strcmp(text, "Linux\n"));
    CHECK(slurp("/proc/sys/kernel/random/uuid") == 37 && text[8] == '-' && text[14] == '4');
    CHECK(slurp("/proc/sys/vm/overcommit_memory") == 2);
    CHECK(slurp("/proc/sys/net/core/somaxconn") > 1);
    CHECK(slurp("/sys/devices/system/cpu/online") > 1 && text[0] == '0');

    /* read again from the start: new text; in pieces: the same text */
    fd = open("/proc/self/stat", O_RDONLY);
    CHECK(read(fd, link, 3) == 3 && read(fd, link + 3, 500) > 20 && lseek(fd, 0, SEEK_SET) == 0 &&
          read(fd, text, 3) == 3);
    CHECK(!memcmp(link, text, 3));
    FAILS(open("/proc/nothing", O_RDONLY), ENOENT);
    FAILS(open("/proc/self/task/99999", O_RDONLY), ENOENT);
    CHECK(mkdir("/proc/x", 0755) == -1 && unlink("/proc/uptime") == -1);
    puts("OK");
    return 0;
}
