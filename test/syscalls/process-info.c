/* What a process asks about itself and its machine: ids, limits, names, scheduling, memory barriers, random bytes.
 * Answers are consistent with each other; what is set is told back; mistakes are refused. */
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <linux/membarrier.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/wait.h>
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
static void ids_agree(void)
{
    CHECK(getpid() == syscall(SYS_getpid) && getpid() == syscall(SYS_gettid) && getpid() > 0);
    CHECK(getpgrp() == getpgid(0) && getsid(0) >= 0);
    CHECK(getpgid(999999) == -1 && errno == ESRCH);
    CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
}

static void the_system_has_names(void)
{
    struct utsname u;
    CHECK(uname(&u) == 0 && !strcmp(u.sysname, "Linux") && !strcmp(u.machine, "x86_64"));
    int major = 0;
    CHECK(sscanf(u.release, "%d.", &major) == 1 && major >= 3 && u.nodename[0]);
    CHECK(syscall(SYS_uname, 16) == -1 && errno == EFAULT);
}

static void limits_are_remembered(void)
{
    struct rlimit r, again;
    CHECK(getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur >= 256 && r.rlim_cur <= r.rlim_max);
    r.rlim_cur = 300;
    CHECK(setrlimit(RLIMIT_NOFILE, &r) == 0);
    CHECK(prlimit(0, RLIMIT_NOFILE, NULL, &again) == 0 && again.rlim_cur == 300 && again.rlim_max == r.rlim_max);
    r.rlim_cur = r.rlim_max + 1;
    CHECK(r.rlim_max == RLIM_INFINITY || (setrlimit(RLIMIT_NOFILE, &r) == -1 && errno == EINVAL));
    CHECK(getrlimit(RLIMIT_STACK, &r) == 0 && r.rlim_cur >= 65536);
    CHECK(syscall(SYS_prlimit64, 0, 99, NULL, &r) == -1 && errno == EINVAL);
    CHECK(syscall(SYS_prlimit64, 999999, RLIMIT_CORE, NULL, &r) == -1 && errno == ESRCH);
}

static void the_machine_tells_its_size(void)
{
    struct sysinfo s;
    CHECK(sysinfo(&s) == 0 && s.mem_unit > 0 && s.totalram > 0 && s.freeram <= s.totalram && s.uptime >= 0);
    unsigned cpu = 99, node = 99;
    CHECK(syscall(SYS_getcpu, &cpu, &node, NULL) == 0 && cpu < 4096 && node < 1024);
}

static void scheduling_is_told(void)
{
    cpu_set_t set;
    CHECK(sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) >= 1);
    CHECK(sched_setaffinity(0, sizeof set, &set) == 0);
    CPU_ZERO(&set);
    CHECK(sched_setaffinity(0, sizeof set, &set) == -1 && errno == EINVAL);
    CHECK(syscall(SYS_sched_getaffinity, 0, 3, &set) == -1 && errno == EINVAL);
    CHECK(sched_getaffinity(999999, sizeof set, &set) == -1 && errno == ESRCH);
    struct sched_param p = {-1};
    CHECK(sched_getscheduler(0) == SCHED_OTHER && sched_getparam(0, &p) == 0 && p.sched_priority == 0);
    CHECK(sched_get_priority_max(SCHED_FIFO) == 99 && sched_get_priority_min(SCHED_RR) == 1);
    CHECK(sched_get_priority_max(SCHED_OTHER) == 0 && sched_get_priority_max(77) == -1 && errno == EINVAL);
    p.sched_priority = 5;
    CHECK(sched_setscheduler(0, SCHED_OTHER, &p) == -1 && errno == EINVAL);
    CHECK(setpriority(PRIO_PROCESS, 0, 7) == 0 && getpriority(PRIO_PROCESS, 0) == 7);
    CHECK(getpriority(99, 0) == -1 && errno == EINVAL);
    CHECK(sched_yield() == 0);
}

static void barriers_are_offered(void)
{
    long offered = syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0);
    CHECK(offered > 0 && (offered & MEMBARRIER_CMD_PRIVATE_EXPEDITED));
    CHECK(syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == -1 && errno == EPERM);
    CHECK(syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0);
    CHECK(syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0);
    CHECK(syscall(SYS_membarrier, 1 << 30, 0, 0) == -1 && errno == EINVAL);
}

static void random_bytes_differ(void)
{
    uint8_t a[1000], b[1000];
    CHECK(getrandom(a, sizeof a, 0) == sizeof a && getrandom(b, sizeof b, GRND_NONBLOCK) == sizeof b);
    CHECK(memcmp(a, b, sizeof a) != 0 && memcmp(a, a + 500, 500) != 0);
    int ones = 0;
    for (size_t i = 0; i < sizeof a; i++)
        ones += __builtin_popcount(a[i]);
    CHECK(ones > 3500 && ones < 4500);
    CHECK(getrandom(a, 10, 0x100) == -1 && errno == EINVAL);
    CHECK(syscall(SYS_getrandom, 16, 10, 0) == -1 && errno == EFAULT);
    CHECK(getrandom(a, 0, 0) == 0);
}

/* Only root can give its ids up; the test ends with it. */
static void ids_can_be_given_up(void)
{
    uid_t r, e, s;
    gid_t groups[4] = {7, 8, 9};
    if (geteuid() != 0)
        return;
    CHECK(setgroups(3, groups) == 0 && getgroups(0, NULL) == 3);
    memset(groups, 0, sizeof groups);
    CHECK(getgroups(4, groups) == 3 && groups[0] == 7 && groups[2] == 9);
    CHECK(getgroups(2, groups) == -1 && errno == EINVAL);
    CHECK(setresgid(5, 6, 5) == 0 && getgid() == 5 && getegid() == 6);
    CHECK(setresuid(1000, 2000, 3000) == 0);
    CHECK(getresuid(&r, &e, &s) == 0 && r == 1000 && e == 2000 && s == 3000);
    CHECK(setuid(0) == -1 && errno == EPERM);
    CHECK(setgroups(0, NULL) == -1 && errno == EPERM);
    CHECK(seteuid(3000) == 0 && geteuid() == 3000 && getuid() == 1000);
    CHECK(setresuid(3000, -1, -1) == 0 && getuid() == 3000);
}

int main(void)
{
    ids_agree();
    the_system_has_names();
    limits_are_remembered();
    the_machine_tells_its_size();
    scheduling_is_told();
    barriers_are_offered();
    random_bytes_differ();
    CHECK(personality(0xffffffff) == 0);
    ids_can_be_given_up();
    puts("OK");
    return 0;
}
