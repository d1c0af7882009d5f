/* What C libraries and runtimes look up before they choose sizes: limits of the control group (as libuv and Go find
 * them), settings below /proc/sys, the time zone. The same questions are asked on Linux, which need not have every
 * file; the guest must. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define CHECK(what)                                                                                                    \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            printf("line %d: %s (errno %d)\n", __LINE__, #what, errno);                                                \
            exit(__COUNTER__ + 1);                                                                                     \
        }                                                                                                              \
    } while (0)

static int is_guest;
static char text[65536];

/* The file's text, "" when this Linux has none. */
static const char *slurp(const char *path)
{
    FILE *f = fopen(path, "r");
    if (!f && is_guest)
        printf("%s: ", path);
    CHECK(f || !is_guest);
    size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
    text[n] = '\0';
    if (f)
        fclose(f);
    return text;
}

/* Where the process's group is: version 2 mounts one tree. */
static void test_control_group(void)
{
    char mounted[256] = "", group[256] = "", path[600], type[64];
    unsigned long value;
    slurp("/proc/self/mountinfo");
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
        if (strstr(line, " - cgroup2 "))
            CHECK(sscanf(line, "%*d %*d %*s %*s %255s %*s", mounted) == 1);
    for (char *line = strtok(strdup(slurp("/proc/self/cgroup")), "\n"); line; line = strtok(NULL, "\n"))
        if (!strncmp(line, "0::", 3))
            strcpy(group, line + 3);
    CHECK(!is_guest || (*mounted && !strcmp(group, "/")));
    static const char *const names[] = {"memory.max", "memory.high", "memory.current"};
    for (int n = 0; n < 3; n++) {
        snprintf(path, sizeof path, "%s%s/%s", mounted, group, names[n]);
        if (*slurp(path))
            CHECK(!strcmp(text, "max\n") || (sscanf(text, "%lu", &value) == 1 && value > 0));
    }
    snprintf(path, sizeof path, "%s%s/cpu.max", mounted, group);
    if (*slurp(path))
        CHECK(sscanf(text, "%63s %lu", type, &value) == 2 && value > 0);
}

static void test_numbers(void)
{
    static const char *const paths[] = {
        "/proc/sys/kernel/ngroups_max",   "/proc/sys/kernel/randomize_va_space", "/proc/sys/kernel/pid_max",
        "/proc/sys/vm/max_map_count",     "/proc/sys/vm/mmap_min_addr",          "/proc/sys/net/core/somaxconn",
        "/proc/sys/fs/file-max",          "/proc/sys/fs/pipe-max-size",          "/sys/devices/system/cpu/online",
        "/proc/sys/vm/overcommit_memory",
    };
    for (size_t n = 0; n < sizeof paths / sizeof *paths; n++) {
        char *end;
        if (!*slurp(paths[n]))
            continue;
        strtoul(text, &end, 10);
        CHECK(end != text && strchr("\n-,", *end));
    }
    CHECK(sysconf(_SC_NGROUPS_MAX) > 0);
}

static void test_time_zone(void)
{
    struct tm tm;
    time_t zero = 0;
    FILE *f = fopen("/etc/localtime", "r");
    CHECK(f || !is_guest);
    if (f) {
        CHECK(fread(text, 1, 5, f) == 5 && !memcmp(text, "TZif2", 5));
        fclose(f);
    }
    setenv("TZ", ":/etc/localtime", 1);
    tzset();
    CHECK(localtime_r(&zero, &tm));
    CHECK(!is_guest || (tm.tm_hour == 0 && tm.tm_gmtoff == 0 && !strcmp(tm.tm_zone, "UTC")));
}

int main(void)
{
    struct utsname u;
    CHECK(!uname(&u));
    is_guest = !!strstr(u.version, "unik");
    test_control_group();
    test_numbers();
    test_time_zone();
    puts("OK");
    return 0;
}
