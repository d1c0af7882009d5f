/* File permissions of a user who is not root (path_resolution(7), inode(7), chmod(2), chown(2), unlink(2)). */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <grp.h>
#include <sys/fsuid.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
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
#define GROUP 65533

static char home[] = "/tmp/permissions-XXXXXX";

static void make(const char *name, mode_t mode, uid_t uid, gid_t gid)
{
    int fd = open(name, O_CREAT | O_RDWR, 0600);
    CHECK(fd >= 0 && fchown(fd, uid, gid) == 0 && fchmod(fd, mode) == 0 && close(fd) == 0);
}

static void make_directory(const char *name, mode_t mode, uid_t uid, gid_t gid)
{
    CHECK(mkdir(name, 0700) == 0 && chown(name, uid, gid) == 0 && chmod(name, mode) == 0);
}

static int opens(const char *name, int flags)
{
    int fd = open(name, flags, 0600);
    return fd < 0 ? -1 : close(fd);
}

static void prepare(void)
{
    CHECK(mkdtemp(home) && chmod(home, 0755) == 0 && chdir(home) == 0);
    make("secret", 0600, 0, 0);
    make("readable", 0644, 0, 0);
    make("of-group", 0060, 0, GROUP);
    make("of-user", 0077, USER, 0); /* the owner's class counts, not the best one */
    make_directory("closed", 0700, 0, 0);
    make("closed/in", 0666, 0, 0);
    make_directory("listed", 0744, 0, 0);
    make("listed/in", 0666, 0, 0);
    make_directory("open", 0777, 0, 0);
    make_directory("sticky", 01777, 0, 0);
    make("sticky/theirs", 0666, 0, 0);
    make_directory("inherits", 02777, 0, 7);
    make_directory("mine", 0755, USER, 0);
}

static void check_opening(void)
{
    FAILS(opens("secret", O_RDONLY), EACCES);
    FAILS(opens("secret", O_WRONLY), EACCES);
    CHECK(opens("secret", O_PATH) == 0);
    CHECK(opens("readable", O_RDONLY) == 0);
    FAILS(opens("readable", O_RDWR), EACCES);
    FAILS(opens("readable", O_RDONLY | O_TRUNC), EACCES);
    FAILS(opens("readable", O_RDONLY | O_NOATIME), EPERM);
    CHECK(opens("of-group", O_RDWR) == 0);
    FAILS(opens("of-user", O_RDONLY), EACCES);
    FAILS(opens("closed/in", O_RDONLY), EACCES);
    FAILS(opens("closed/none", O_RDONLY), EACCES);
    FAILS(opens("closed", O_RDONLY), EACCES);
    CHECK(opens("listed", O_RDONLY) == 0);
    FAILS(opens("listed/in", O_RDONLY), EACCES);
    FAILS(opens("new", O_CREAT | O_WRONLY), EACCES);
    CHECK(opens("readable", O_CREAT | O_RDONLY) == 0);
    FAILS(opens(".", O_TMPFILE | O_RDWR), EACCES);
    FAILS(truncate("readable", 0), EACCES);
}

static void check_access(void)
{
    struct stat st;
    FAILS(access("secret", R_OK), EACCES); /* the real user */
    CHECK(access("secret", F_OK) == 0 && access("readable", R_OK) == 0);
    FAILS(access("readable", R_OK | W_OK), EACCES);
    FAILS(access("closed/in", F_OK), EACCES);
    FAILS(faccessat(AT_FDCWD, "secret", R_OK, AT_EACCESS), EACCES);
    FAILS(stat("closed/in", &st), EACCES);
    CHECK(stat("closed", &st) == 0 && stat("secret", &st) == 0);
    FAILS(chdir("closed"), EACCES);
    int fd = open("listed", O_RDONLY);
    FAILS(fchdir(fd), EACCES);
    CHECK(close(fd) == 0);
    fd = inotify_init();
    FAILS(inotify_add_watch(fd, "secret", IN_OPEN), EACCES);
    CHECK(close(fd) == 0);
}

static void check_names(void)
{
    struct stat st;
    char text[8];
    FAILS(mkdir("new", 0755), EACCES);
    FAILS(mkdir("closed", 0755), EEXIST);
    FAILS(symlink("x", "new"), EACCES);
    FAILS(mkfifo("new", 0600), EACCES);
    FAILS(link("of-group", "new"), EACCES);
    FAILS(unlink("readable"), EACCES);
    FAILS(unlink("none"), ENOENT);
    FAILS(rmdir("open"), EACCES);
    FAILS(rename("readable", "open/new"), EACCES);
    FAILS(unlink("sticky/theirs"), EPERM);
    FAILS(rename("sticky/theirs", "sticky/new"), EPERM);
    FAILS(readlink("closed/in", text, sizeof text), EACCES);
    CHECK(opens("sticky/mine", O_CREAT | O_RDWR) == 0);
    FAILS(rename("sticky/mine", "sticky/theirs"), EPERM);
    CHECK(rename("sticky/mine", "open/moved") == 0 && stat("open/moved", &st) == 0 && st.st_uid == USER);
    CHECK(unlink("open/moved") == 0);
    CHECK(mkdir("inherits/d", 0755) == 0 && stat("inherits/d", &st) == 0 && st.st_gid == 7 && st.st_mode & S_ISGID);
    make("inherits/f", 0600, -1, -1);
    CHECK(stat("inherits/f", &st) == 0 && st.st_gid == 7 && st.st_uid == USER);
    CHECK(mkdir("open/d", 0755) == 0 && stat("open/d", &st) == 0 && st.st_gid == GROUP && st.st_uid == USER);
    CHECK(chmod("mine", 0555) == 0); /* ".." of a directory that moves changes */
    FAILS(rename("mine", "open/mine"), EACCES);
}

static void check_attributes(void)
{
    struct stat st;
    const struct timespec now[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}}, old[2] = {{1, 0}, {1, 0}};
    make("open/own", 0644, -1, -1);
    FAILS(chmod("readable", 0666), EPERM);
    FAILS(chown("readable", USER, -1), EPERM);
    FAILS(chown("open/own", 0, -1), EPERM);
    FAILS(chown("open/own", -1, 7), EPERM);
    CHECK(chown("open/own", USER, GROUP) == 0 && chown("open/own", -1, 5) == 0);
    CHECK(chmod("open/own", 02755) == 0 && stat("open/own", &st) == 0 && st.st_mode & S_ISGID);
    CHECK(chown("open/own", -1, GROUP) == 0 && stat("open/own", &st) == 0 && !(st.st_mode & S_ISGID));
    CHECK(chmod("inherits/f", 02755) == 0 && stat("inherits/f", &st) == 0 && !(st.st_mode & S_ISGID));
    FAILS(utimensat(AT_FDCWD, "readable", NULL, 0), EACCES);
    FAILS(utimensat(AT_FDCWD, "readable", now, 0), EACCES);
    FAILS(utimensat(AT_FDCWD, "readable", old, 0), EPERM);
    CHECK(utimensat(AT_FDCWD, "of-group", NULL, 0) == 0);
    FAILS(utimensat(AT_FDCWD, "of-group", old, 0), EPERM);
    CHECK(utimensat(AT_FDCWD, "open/own", old, 0) == 0);
}

static void check_socket(int listener, struct sockaddr_un *a)
{
    int s = socket(AF_UNIX, SOCK_STREAM, 0);
    FAILS(connect(s, (struct sockaddr *)a, sizeof *a), EACCES);
    strcpy(a->sun_path, "new");
    FAILS(bind(s, (struct sockaddr *)a, sizeof *a), EACCES);
    CHECK(close(s) == 0 && close(listener) == 0);
}

static void check_privileges(void)
{
    struct rlimit r;
    struct timeval tv;
    FAILS(sethostname("x", 1), EPERM);
    FAILS(setdomainname("x", 1), EPERM);
    CHECK(gettimeofday(&tv, NULL) == 0);
    FAILS(settimeofday(&tv, NULL), EPERM);
    FAILS(setpriority(PRIO_PROCESS, 0, -1), EACCES);
    CHECK(getrlimit(RLIMIT_FSIZE, &r) == 0);
    r.rlim_cur = r.rlim_max = 1 << 20;
    CHECK(setrlimit(RLIMIT_FSIZE, &r) == 0);
    r.rlim_max++;
    FAILS(setrlimit(RLIMIT_FSIZE, &r), EPERM);
}

int main(void)
{
    const gid_t groups[] = {5};
    struct sockaddr_un a = {AF_UNIX, "socket"};
    struct stat st;
    if (geteuid() != 0) { /* the guest always is */
        printf("OK\n");
        return 0;
    }
    umask(0);
    prepare();
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK(bind(listener, (struct sockaddr *)&a, sizeof a) == 0 && listen(listener, 1) == 0 &&
          chmod("socket", 0755) == 0);
    /* Root may change the set-group-id bit's meaning only where the group may execute. */
    make("locked", 02644, 0, 0);
    CHECK(chown("locked", 1, 1) == 0 && stat("locked", &st) == 0 && st.st_mode & S_ISGID);
    make("set", 06777, 0, 0);
    CHECK(truncate("set", 1) == 0 && stat("set", &st) == 0 && (st.st_mode & 07777) == 06777);
    CHECK(setgroups(1, groups) == 0 && setresgid(GROUP, GROUP, 0) == 0 && setresuid(USER, USER, 0) == 0);
    CHECK(access("/proc/self/maps", R_OK) == 0 && opens("/proc/self/fd/0", O_PATH) == 0 &&
          opens("/dev/null", O_RDWR) == 0);
    check_opening();
    check_access();
    check_names();
    check_attributes();
    check_socket(listener, &a);
    check_privileges();
    CHECK(truncate("set", 2) == 0 && stat("set", &st) == 0 && (st.st_mode & 07777) == 0777);
    CHECK(setresuid(0, 0, 0) == 0 && opens("secret", O_RDWR) == 0);
    CHECK(setfsuid(USER) == 0); /* files alone */
    FAILS(opens("secret", O_RDONLY), EACCES);
    CHECK(access("secret", R_OK) == 0 && setfsuid(0) == USER && opens("secret", O_RDONLY) == 0);
    printf("OK\n");
}
