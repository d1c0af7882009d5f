/* What calls answer to arguments that few programs give: which mistake is told when there are two, structures of
 * another size, the ends of ranges. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/sendfile.h>
#include <unistd.h>

#define CHECK(what)                                                                                                    \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            printf("line %d: %s (errno %d)\n", __LINE__, #what, errno);                                                \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)
#define FAILS(call, error) CHECK((call) == -1 && errno == (error))
#define PAGE 4096l

static void check_structures(void)
{
    struct {
        struct open_how how;
        uint64_t more;
    } later = {{.flags = O_RDONLY}, 0};
    char *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(munmap(pages + PAGE, PAGE) == 0);
    int fd = syscall(SYS_openat2, AT_FDCWD, "/", &later, sizeof later);
    CHECK(fd >= 0 && close(fd) == 0);
    later.more = 1;
    FAILS(syscall(SYS_openat2, AT_FDCWD, "/", &later, sizeof later), E2BIG);
    FAILS(syscall(SYS_openat2, AT_FDCWD, "/", pages + PAGE - sizeof later.how, sizeof later), EFAULT);
    FAILS(syscall(SYS_openat2, AT_FDCWD, "/", &later, 2 * PAGE), E2BIG);
    FAILS(syscall(SYS_clone3, pages + PAGE - sizeof(struct clone_args), sizeof(struct clone_args) + 1), EFAULT);
}

static void check_memory(void)
{
    uint32_t *gone = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint32_t here = 0;
    CHECK(munmap(gone, PAGE) == 0);
    FAILS(syscall(SYS_futex, gone, FUTEX_WAKE, 1, NULL, NULL, 0), EFAULT);
    CHECK(syscall(SYS_futex, gone, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0) == 0);
    FAILS(syscall(SYS_futex, &here, FUTEX_CMP_REQUEUE, 1, 1, gone, 0), EFAULT);
    CHECK(mmap(NULL, 0, PROT_READ, MAP_SHARED, -1, 0) == MAP_FAILED && errno == EBADF);
    CHECK(mmap(NULL, 0, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == EINVAL);
    int fd = memfd_create("sealed", MFD_ALLOW_SEALING);
    CHECK(ftruncate(fd, PAGE) == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) == 0 && fallocate(fd, 0, 0, 2 * PAGE) == 0);
    FAILS(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, PAGE), EPERM);
    CHECK(close(fd) == 0);
}

static void check_process(void)
{
    struct rusage r;
    char name[8];
    FAILS(getpriority(PRIO_PGRP, -1), ESRCH);
    FAILS(getpriority(PRIO_USER, -1), ESRCH);
    errno = 0;
    CHECK(getpriority(PRIO_USER, getuid()) <= 19 && !errno);
    CHECK(syscall(SYS_getrusage, (unsigned)RUSAGE_CHILDREN, &r) == 0 && r.ru_utime.tv_sec == 0);
    CHECK(sched_get_priority_max(6) == 0 && sched_get_priority_min(6) == 0); /* SCHED_DEADLINE */
    FAILS(syscall(SYS_getcwd, (void *)-1, (size_t)-1), EFAULT);
    FAILS(syscall(SYS_getcwd, name, 0), ERANGE);
}

static void check_children(void)
{
    int status;
    siginfo_t info;
    FAILS(waitpid(-1, &status, WNOHANG), ECHILD);
    FAILS(waitpid(-1, &status, -1), EINVAL);
    FAILS(waitpid(INT_MIN, &status, 0), ESRCH);
    FAILS(waitid(P_ALL, 0, &info, WNOHANG), EINVAL);
    FAILS(waitid(P_ALL, 0, &info, WNOHANG | WEXITED), ECHILD);
    FAILS(waitid(99, 0, &info, WEXITED), EINVAL);
}

static void *signal_process(void *arg)
{
    return (void *)(long)kill(gettid(), 0); /* any thread stands for its process */
}

static void check_threads(void)
{
    pthread_t t;
    void *result;
    CHECK(pthread_create(&t, NULL, signal_process, NULL) == 0 && pthread_join(t, &result) == 0 && result == NULL);
}

static void check_files(void)
{
    char name[] = "/tmp/unusual-XXXXXX";
    struct stat st;
    int ends[2], fd;
    CHECK(pipe(ends) == 0);
    FAILS(pread(ends[1], name, 1, 0), ESPIPE);
    FAILS(pwrite(ends[0], name, 1, 0), ESPIPE);
    CHECK(posix_fadvise(ends[0], 0, 0, POSIX_FADV_NORMAL) == ESPIPE);
    FAILS(readlink("", name, 1), ENOENT);
    FAILS(syscall(SYS_utimensat, AT_FDCWD, NULL, NULL, 0), EFAULT);
    FAILS(fcntl(ends[1], F_SETPIPE_SZ, (1u << 31) + 1), EINVAL);
    FAILS(accept(open("/", O_PATH), NULL, NULL), EBADF);
    off_t *fixed = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    FAILS(sendfile(ends[1], memfd_create("empty", 0), fixed, 1), EFAULT);
    CHECK(mkdtemp(name) && chdir(name) == 0);
    if (geteuid() != 0)
        return;
    CHECK(mknod("null", S_IFCHR | 0644, makedev(1, 3)) == 0 && stat("null", &st) == 0 && S_ISCHR(st.st_mode));
    CHECK(st.st_rdev == makedev(1, 3) && (st.st_mode & 07777) == 0644);
    CHECK((fd = open("null", O_RDWR)) >= 0 && write(fd, "x", 1) == 1 && read(fd, name, 1) == 0 && close(fd) == 0);
    CHECK(mknod("block", S_IFBLK | 0600, makedev(4000, 70000)) == 0 && stat("block", &st) == 0);
    CHECK(S_ISBLK(st.st_mode) && st.st_rdev == makedev(4000, 70000));
    FAILS(open("block", O_RDONLY), ENXIO);
    CHECK(unlink("block") == 0 && unlink("null") == 0);
}

static void check_sockets(void)
{
    int fds[2], v = 0, tcp = socket(AF_INET, SOCK_STREAM, 0), local = socket(AF_UNIX, SOCK_STREAM, 0);
    socklen_t n = sizeof v;
    FAILS(getsockopt(tcp, 500, 1, &v, &n), EOPNOTSUPP);
    FAILS(getsockopt(tcp, IPPROTO_UDP, 1, &v, &n), EOPNOTSUPP);
    FAILS(getsockopt(tcp, IPPROTO_TCP, -1, &v, &n), ENOPROTOOPT);
    FAILS(getsockopt(tcp, IPPROTO_IP, -1, &v, &n), ENOPROTOOPT);
    FAILS(getsockopt(local, 500, 1, &v, &n), EOPNOTSUPP);
    FAILS(socketpair(AF_INET, SOCK_STREAM, 0, fds), EOPNOTSUPP);
    FAILS(socketpair(AF_INET, SOCK_STREAM, IPPROTO_UDP, fds), EPROTONOSUPPORT);
    FAILS(socketpair(AF_INET, 75, 0, fds), EINVAL);
    FAILS(socketpair(0, SOCK_STREAM, 0, fds), EAFNOSUPPORT);
}

int main(void)
{
    check_structures();
    check_memory();
    check_process();
    check_children();
    check_threads();
    check_files();
    check_sockets();
    printf("OK\n");
}
