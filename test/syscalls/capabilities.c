/* Capabilities of a process that was root (capabilities(7)): sets, and what follows from set*uid. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CHECK(what)                                                                                                    \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            printf("line %d: %s (errno %d)\n", __LINE__, #what, errno);                                                \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)
#define FAILS(call, error) CHECK((call) == -1 && errno == (error))
#define USER 65534

static struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};

struct sets {
    uint64_t effective, permitted, inheritable;
};

static struct sets get(void)
{
    struct __user_cap_data_struct d[2];
    CHECK(syscall(SYS_capget, &header, d) == 0);
    return (struct sets){d[0].effective | (uint64_t)d[1].effective << 32,
                         d[0].permitted | (uint64_t)d[1].permitted << 32,
                         d[0].inheritable | (uint64_t)d[1].inheritable << 32};
}

static long set(struct sets s)
{
    struct __user_cap_data_struct d[2] = {
        {(uint32_t)s.effective, (uint32_t)s.permitted, (uint32_t)s.inheritable},
        {s.effective >> 32, s.permitted >> 32, s.inheritable >> 32},
    };
    return syscall(SYS_capset, &header, d);
}

static long bind_to(uint16_t port)
{
    struct sockaddr_in a = {AF_INET, htons(port), {htonl(INADDR_LOOPBACK)}, {0}};
    int s = socket(AF_INET, SOCK_STREAM, 0);
    int result = bind(s, (struct sockaddr *)&a, sizeof a), error = errno;
    close(s);
    errno = error;
    return result;
}

static void check_headers(void)
{
    struct __user_cap_data_struct d[2];
    struct __user_cap_header_struct h = {0, 0};
    FAILS(syscall(SYS_capget, &h, d), EINVAL);
    CHECK(h.version == _LINUX_CAPABILITY_VERSION_3);
    h.version = _LINUX_CAPABILITY_VERSION_1;
    d[1].effective = 7;
    CHECK(syscall(SYS_capget, &h, d) == 0 && d[0].effective == (uint32_t)get().effective && d[1].effective == 7);
    h.version = 0;
    CHECK(syscall(SYS_capget, &h, NULL) == 0 && h.version == _LINUX_CAPABILITY_VERSION_3);
    h.pid = -1;
    FAILS(syscall(SYS_capget, &h, d), EINVAL);
    FAILS(syscall(SYS_capset, &h, d), EPERM);
    h.pid = 0x3fffffff;
    FAILS(syscall(SYS_capget, &h, d), ESRCH);
    h.pid = getpid();
    CHECK(syscall(SYS_capget, &h, d) == 0);
    FAILS(syscall(SYS_capget, NULL, d), EFAULT);
    FAILS(syscall(SYS_capset, &header, (void *)-1), EFAULT);
}

static void check_files(const char *name)
{
    const uint64_t all = get().permitted;
    struct stat st;
    CHECK(set((struct sets){all & ~(1ul << CAP_DAC_OVERRIDE | 1ul << CAP_DAC_READ_SEARCH), all, 0}) == 0);
    FAILS(open(name, O_RDONLY), EACCES);
    CHECK(set((struct sets){1ul << CAP_DAC_READ_SEARCH, all, 0}) == 0);
    CHECK(close(open(name, O_RDONLY)) == 0);
    FAILS(open(name, O_RDWR), EACCES);
    FAILS(chmod(name, 0644), EPERM);
    FAILS(chown(name, 0, 0), EPERM);
    FAILS(sethostname("x", 1), EPERM);
    CHECK(set((struct sets){1ul << CAP_FOWNER | 1ul << CAP_CHOWN, all, 0}) == 0);
    CHECK(chmod(name, 0) == 0 && chown(name, 7, 7) == 0 && stat(name, &st) == 0 && st.st_uid == 7);
    CHECK(set((struct sets){all, all, 0}) == 0);
    CHECK(setfsuid(USER) == 0 && !(get().effective & 1ul << CAP_DAC_OVERRIDE) && get().effective & 1ul << CAP_SETUID);
    CHECK(setfsuid(0) == USER && get().effective == all);
}

static void check_bounds(void)
{
    CHECK(prctl(PR_CAPBSET_READ, CAP_CHOWN) == 1);
    FAILS(prctl(PR_CAPBSET_READ, 64), EINVAL);
    CHECK(prctl(PR_CAPBSET_DROP, CAP_SYS_PTRACE) == 0 && prctl(PR_CAPBSET_READ, CAP_SYS_PTRACE) == 0);
    CHECK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_CHOWN, 0, 0) == 0);
    FAILS(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0), EPERM);
    struct sets s = get();
    s.inheritable = 1ul << CAP_CHOWN;
    CHECK(set(s) == 0 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0) == 0);
    CHECK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_CHOWN, 0, 0) == 1);
    CHECK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == 0);
    s.inheritable = 0;
    CHECK(set(s) == 0);
}

static void check_users(void)
{
    const uint64_t all = get().permitted, bind_only = 1ul << CAP_NET_BIND_SERVICE;
    CHECK(setresuid(-1, USER, -1) == 0 && get().effective == 0 && get().permitted == all);
    FAILS(bind_to(81), EACCES);
    CHECK(setresuid(-1, 0, -1) == 0 && get().effective == all);
    CHECK(prctl(PR_GET_KEEPCAPS) == 0 && prctl(PR_SET_KEEPCAPS, 1) == 0 && prctl(PR_GET_KEEPCAPS) == 1);
    FAILS(prctl(PR_SET_KEEPCAPS, 2), EINVAL);
    CHECK(setresuid(USER, USER, USER) == 0 && get().effective == 0 && get().permitted == all);
    CHECK(set((struct sets){bind_only, bind_only, 0}) == 0 && bind_to(81) == 0);
    FAILS(setuid(0), EPERM);
    CHECK(prctl(PR_SET_KEEPCAPS, 0) == 0 && set((struct sets){0, bind_only, 0}) == 0);
    FAILS(set((struct sets){1, bind_only, 0}), EPERM);
    FAILS(set((struct sets){0, all, 0}), EPERM);
    FAILS(prctl(PR_CAPBSET_DROP, CAP_CHOWN), EPERM);
    FAILS(bind_to(81), EACCES);
    CHECK(bind_to(0) == 0);
}

int main(void)
{
    char name[] = "/tmp/capabilities-XXXXXX";
    if (geteuid() != 0) { /* the guest always is */
        printf("OK\n");
        return 0;
    }
    CHECK(close(mkstemp(name)) == 0 && chmod(name, 0) == 0 && chown(name, 7, 7) == 0);
    check_headers();
    check_files(name);
    CHECK(unlink(name) == 0);
    check_bounds();
    check_users();
    printf("OK\n");
}
