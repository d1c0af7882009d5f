/* inotify(7): what happens to watched inodes and in watched directories is told in order, once; neighbours that say the
 * same are one event; the queue and the flags of a watch are as Linux has them. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define CHECK(what)                                                                                                    \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            printf("line %d: %s (errno %d)\n", __LINE__, #what, errno);                                                \
            exit(__COUNTER__ + 1);                                                                                     \
        }                                                                                                              \
    } while (0)
#define FAILS(call, error) CHECK((call) == -1 && errno == (error))

static char dir[64];
static int in;
static struct inotify_event last; /* of the last expect() */
static char last_name[256];

/* The next event; false when there is none. */
static int next(void)
{
    static union {
        struct inotify_event e;
        char bytes[sizeof(struct inotify_event) + 256];
    } u;
    int size = 0;
    CHECK(!ioctl(in, FIONREAD, &size));
    if (!size) {
        FAILS(read(in, &u, sizeof u), EAGAIN);
        return 0;
    }
    size_t room = sizeof u.e; /* as much as one event needs: reads stop between events */
    ssize_t n;
    while ((n = read(in, &u, room)) == -1 && errno == EINVAL && room < sizeof u)
        room += sizeof u.e;
    CHECK(n == (ssize_t)(sizeof u.e + u.e.len) && u.e.len % sizeof u.e == 0);
    last = u.e;
    strcpy(last_name, u.e.len ? u.e.name : "");
    return 1;
}

static void expect_at(int line, int wd, uint32_t mask, const char *name)
{
    int found = next();
    if (found && last.wd == wd && last.mask == mask && !strcmp(last_name, name))
        return;
    printf("line %d: %s wd %d mask %x name '%s', not wd %d mask %x name '%s'\n", line,
           found ? "got" : "nothing; before:", last.wd, last.mask, last_name, wd, mask, name);
    exit(250);
}
#define EXPECT(wd, mask, name) expect_at(__LINE__, wd, mask, name)
#define NOTHING()                                                                                                      \
    do {                                                                                                               \
        if (next()) {                                                                                                  \
            printf("line %d: wd %d mask %x name '%s' came\n", __LINE__, last.wd, last.mask, last_name);                \
            exit(251);                                                                                                 \
        }                                                                                                              \
    } while (0)

static const char *in_dir(const char *name)
{
    static char paths[4][128];
    static int turn;
    char *path = paths[turn++ % 4];
    snprintf(path, sizeof *paths, "%s/%s", dir, name);
    return path;
}

static void put(const char *name, const char *text)
{
    int fd = open(in_dir(name), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && !close(fd));
}

static void test_arguments(void)
{
    FAILS(inotify_init1(1), EINVAL);
    int plain = inotify_init();
    CHECK(plain >= 0 && !(fcntl(plain, F_GETFL) & O_NONBLOCK) && !fcntl(plain, F_GETFD));
    close(plain);
    in = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    CHECK(in >= 0 && fcntl(in, F_GETFL) & O_NONBLOCK && fcntl(in, F_GETFD) == FD_CLOEXEC);
    FAILS(inotify_add_watch(in, dir, 0), EINVAL);
    FAILS(inotify_add_watch(0, dir, IN_OPEN), EINVAL);
    FAILS(inotify_add_watch(-1, dir, IN_OPEN), EBADF);
    FAILS(inotify_add_watch(in, in_dir("none"), IN_OPEN), ENOENT);
    FAILS(inotify_add_watch(in, (char *)8, IN_OPEN), EFAULT);
    FAILS(inotify_add_watch(in, dir, IN_OPEN | IN_MASK_ADD | IN_MASK_CREATE), EINVAL);
    put("plain", "x");
    FAILS(inotify_add_watch(in, in_dir("plain"), IN_OPEN | IN_ONLYDIR), ENOTDIR);
    FAILS(inotify_rm_watch(in, 7), EINVAL);
    FAILS(inotify_rm_watch(0, 1), EINVAL);
    FAILS(inotify_rm_watch(-1, 1), EBADF);
    FAILS(write(in, "x", 1), EBADF);
    unlink(in_dir("plain"));
}

/* Everything that one file can meet, seen from its directory and by itself. */
static void test_file(void)
{
    char buf[16];
    int d = inotify_add_watch(in, dir, IN_ALL_EVENTS);
    CHECK(d == 1 && inotify_add_watch(in, dir, IN_ALL_EVENTS) == d);
    FAILS(inotify_add_watch(in, dir, IN_OPEN | IN_MASK_CREATE), EEXIST);
    int fd = open(in_dir("a"), O_RDWR | O_CREAT | O_EXCL, 0644);
    CHECK(fd >= 0);
    EXPECT(d, IN_CREATE, "a");
    EXPECT(d, IN_OPEN, "a");
    int f = inotify_add_watch(in, in_dir("a"), IN_ALL_EVENTS & ~IN_OPEN);
    CHECK(f == 2);
    CHECK(write(fd, "abc", 3) == 3 && write(fd, "def", 3) == 3); /* two neighbours twice: they alternate */
    EXPECT(d, IN_MODIFY, "a");
    EXPECT(f, IN_MODIFY, "");
    EXPECT(d, IN_MODIFY, "a");
    EXPECT(f, IN_MODIFY, "");
    CHECK(pread(fd, buf, sizeof buf, 0) == 6 && !pread(fd, buf, sizeof buf, 6)); /* the end is no access */
    EXPECT(d, IN_ACCESS, "a");
    EXPECT(f, IN_ACCESS, "");
    CHECK(!fchmod(fd, 0600));
    EXPECT(d, IN_ATTRIB, "a");
    EXPECT(f, IN_ATTRIB, "");
    CHECK(!ftruncate(fd, 1));
    EXPECT(d, IN_MODIFY, "a");
    EXPECT(f, IN_MODIFY, "");
    struct timespec times[2] = {{1, 0}, {0, UTIME_OMIT}};
    CHECK(!futimens(fd, times));
    EXPECT(d, IN_ACCESS, "a");
    EXPECT(f, IN_ACCESS, "");
    times[0].tv_nsec = UTIME_OMIT;
    CHECK(!futimens(fd, times));
    times[1].tv_nsec = 5;
    CHECK(!futimens(fd, times));
    EXPECT(d, IN_MODIFY, "a");
    EXPECT(f, IN_MODIFY, "");
    CHECK(!futimens(fd, NULL));
    EXPECT(d, IN_ATTRIB, "a");
    EXPECT(f, IN_ATTRIB, "");
    CHECK(!close(fd));
    EXPECT(d, IN_CLOSE_WRITE, "a");
    EXPECT(f, IN_CLOSE_WRITE, "");
    CHECK((fd = open(in_dir("a"), O_RDONLY)) >= 0 && !close(fd));
    EXPECT(d, IN_OPEN, "a");
    EXPECT(d, IN_CLOSE_NOWRITE, "a");
    EXPECT(f, IN_CLOSE_NOWRITE, "");
    CHECK((fd = open(in_dir("a"), O_PATH)) >= 0 && !close(fd));
    CHECK(!link(in_dir("a"), in_dir("b")));
    EXPECT(f, IN_ATTRIB, "");
    EXPECT(d, IN_CREATE, "b");
    CHECK(!unlink(in_dir("b")));
    EXPECT(f, IN_ATTRIB, "");
    EXPECT(d, IN_DELETE, "b");
    NOTHING();
    CHECK(!rename(in_dir("a"), in_dir("c")));
    EXPECT(d, IN_MOVED_FROM, "a");
    uint32_t cookie = last.cookie;
    EXPECT(d, IN_MOVED_TO, "c");
    CHECK(cookie && last.cookie == cookie);
    EXPECT(f, IN_MOVE_SELF, "");
    CHECK(!last.cookie);
    CHECK(!inotify_rm_watch(in, d));
    EXPECT(d, IN_IGNORED, "");
    FAILS(inotify_rm_watch(in, d), EINVAL);
    CHECK(!unlink(in_dir("c")));
    EXPECT(f, IN_ATTRIB, "");
    EXPECT(f, IN_DELETE_SELF, "");
    EXPECT(f, IN_IGNORED, "");
    NOTHING();
    FAILS(inotify_rm_watch(in, f), EINVAL);
}

static void test_truncating_open(void)
{
    put("t", "text");
    int f = inotify_add_watch(in, in_dir("t"), IN_MODIFY | IN_CLOSE);
    put("t", "");
    EXPECT(f, IN_MODIFY, "");
    EXPECT(f, IN_CLOSE_WRITE, "");
    CHECK(!truncate(in_dir("t"), 100));
    CHECK(!truncate(in_dir("t"), 10)); /* the same again: one event */
    EXPECT(f, IN_MODIFY, "");
    int fd = open(in_dir("t"), O_RDWR);
    CHECK(!fallocate(fd, 0, 0, 8192));
    EXPECT(f, IN_MODIFY, "");
    CHECK(!close(fd));
    EXPECT(f, IN_CLOSE_WRITE, "");
    NOTHING();
    CHECK(!inotify_rm_watch(in, f));
    EXPECT(f, IN_IGNORED, "");
}

static void test_kernel_copies(void)
{
    put("from", "0123456789");
    put("to", "");
    int from = inotify_add_watch(in, in_dir("from"), IN_ACCESS | IN_MODIFY),
        to = inotify_add_watch(in, in_dir("to"), IN_ACCESS | IN_MODIFY);
    int a = open(in_dir("from"), O_RDONLY), b = open(in_dir("to"), O_WRONLY);
    CHECK(sendfile(b, a, NULL, 4) == 4);
    EXPECT(from, IN_ACCESS, "");
    EXPECT(to, IN_MODIFY, "");
    CHECK(copy_file_range(a, NULL, b, NULL, 4, 0) == 4);
    EXPECT(from, IN_ACCESS, "");
    EXPECT(to, IN_MODIFY, "");
    NOTHING();
    close(a);
    close(b);
    CHECK(!inotify_rm_watch(in, from) && !inotify_rm_watch(in, to));
    EXPECT(from, IN_IGNORED, "");
    EXPECT(to, IN_IGNORED, "");
}

static void test_directories(void)
{
    char buf[1024];
    int d = inotify_add_watch(in, dir, IN_ALL_EVENTS | IN_ONLYDIR);
    CHECK(!mkdir(in_dir("sub"), 0755));
    EXPECT(d, IN_CREATE | IN_ISDIR, "sub");
    int s = inotify_add_watch(in, in_dir("sub"), IN_DELETE_SELF | IN_MOVE_SELF | IN_MOVE | IN_CREATE | IN_DELETE);
    CHECK(!chmod(in_dir("sub"), 0700));
    EXPECT(d, IN_ATTRIB | IN_ISDIR, "sub");
    int fd = open(dir, O_RDONLY);
    CHECK(fd >= 0);
    EXPECT(d, IN_OPEN | IN_ISDIR, "");
    extern ssize_t getdents64(int, void *, size_t);
    CHECK(getdents64(fd, buf, sizeof buf) > 0);
    EXPECT(d, IN_ACCESS | IN_ISDIR, "");
    CHECK(!close(fd));
    EXPECT(d, IN_CLOSE_NOWRITE | IN_ISDIR, "");
    CHECK(!symlink("nowhere", in_dir("link")));
    EXPECT(d, IN_CREATE, "link");
    CHECK(!mkfifo(in_dir("fifo"), 0600));
    EXPECT(d, IN_CREATE, "fifo");
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    strcpy(name.sun_path, in_dir("socket"));
    int u = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK(!bind(u, (struct sockaddr *)&name, sizeof name) && !close(u));
    EXPECT(d, IN_CREATE, "socket");
    CHECK(!rename(in_dir("fifo"), in_dir("sub/fifo")));
    EXPECT(d, IN_MOVED_FROM, "fifo");
    uint32_t cookie = last.cookie;
    EXPECT(s, IN_MOVED_TO, "fifo");
    CHECK(cookie == last.cookie);
    CHECK(!rename(in_dir("sub"), in_dir("moved")));
    EXPECT(d, IN_MOVED_FROM | IN_ISDIR, "sub");
    CHECK(last.cookie && last.cookie != cookie);
    EXPECT(d, IN_MOVED_TO | IN_ISDIR, "moved");
    EXPECT(s, IN_MOVE_SELF, "");
    CHECK(!unlink(in_dir("moved/fifo")));
    EXPECT(s, IN_DELETE, "fifo");
    CHECK(!inotify_rm_watch(in, d));
    EXPECT(d, IN_IGNORED, "");
    CHECK(!rmdir(in_dir("moved")));
    EXPECT(s, IN_DELETE_SELF, "");
    EXPECT(s, IN_IGNORED, "");
    NOTHING();
    CHECK(!unlink(in_dir("link")) && !unlink(in_dir("socket")));
}

static void test_replacing(void)
{
    put("new", "new");
    put("old", "old");
    int old = inotify_add_watch(in, in_dir("old"), IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF),
        new = inotify_add_watch(in, in_dir("new"), IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF);
    CHECK(!syscall(316, AT_FDCWD, in_dir("new"), AT_FDCWD, in_dir("old"), 2 /* RENAME_EXCHANGE */));
    EXPECT(new, IN_MOVE_SELF, "");
    EXPECT(old, IN_MOVE_SELF, "");
    CHECK(!rename(in_dir("old"), in_dir("new"))); /* the one that is now called "old" replaces the other */
    EXPECT(old, IN_ATTRIB, "");
    EXPECT(new, IN_MOVE_SELF, "");
    EXPECT(old, IN_DELETE_SELF, "");
    EXPECT(old, IN_IGNORED, "");
    CHECK(!unlink(in_dir("new")));
    EXPECT(new, IN_ATTRIB, "");
    EXPECT(new, IN_DELETE_SELF, "");
    EXPECT(new, IN_IGNORED, "");
    NOTHING();
}

/* The watch of a file ends with its last name and its last opener. */
static void test_open_while_unlinked(void)
{
    put("open", "x");
    int d = inotify_add_watch(in, dir, IN_MODIFY | IN_DELETE | IN_EXCL_UNLINK);
    int f = inotify_add_watch(in, in_dir("open"), IN_MODIFY | IN_DELETE_SELF);
    int fd = open(in_dir("open"), O_WRONLY);
    CHECK(write(fd, "y", 1) == 1);
    EXPECT(d, IN_MODIFY, "open");
    EXPECT(f, IN_MODIFY, "");
    CHECK(!unlink(in_dir("open")));
    EXPECT(d, IN_DELETE, "open");
    CHECK(write(fd, "y", 1) == 1);
    EXPECT(f, IN_MODIFY, "");
    CHECK(inotify_add_watch(in, dir, IN_MODIFY) == d); /* without IN_EXCL_UNLINK it is told of, still */
    CHECK(write(fd, "y", 1) == 1);
    EXPECT(d, IN_MODIFY, "open");
    EXPECT(f, IN_MODIFY, "");
    CHECK(!close(fd));
    EXPECT(f, IN_DELETE_SELF, "");
    EXPECT(f, IN_IGNORED, "");
    CHECK(!inotify_rm_watch(in, d));
    EXPECT(d, IN_IGNORED, "");
}

static void test_flags(void)
{
    put("file", "x");
    CHECK(!symlink("file", in_dir("link")));
    int l = inotify_add_watch(in, in_dir("link"), IN_OPEN | IN_DONT_FOLLOW);
    int f = inotify_add_watch(in, in_dir("link"), IN_OPEN);
    CHECK(l > 0 && f > 0 && l != f && inotify_add_watch(in, in_dir("file"), IN_ATTRIB) == f);
    int fd = open(in_dir("link"), O_RDONLY);
    NOTHING(); /* the mask was replaced */
    CHECK(inotify_add_watch(in, in_dir("file"), IN_CLOSE_NOWRITE | IN_MASK_ADD) == f);
    CHECK(!chmod(in_dir("file"), 0640) && !close(fd));
    EXPECT(f, IN_ATTRIB, "");
    EXPECT(f, IN_CLOSE_NOWRITE, "");
    CHECK(inotify_add_watch(in, in_dir("file"), IN_ATTRIB | IN_ONESHOT) == f);
    CHECK(!chmod(in_dir("file"), 0600) && !chmod(in_dir("file"), 0644));
    EXPECT(f, IN_ATTRIB, "");
    EXPECT(f, IN_IGNORED, "");
    NOTHING();
    int again = inotify_add_watch(in, in_dir("file"), IN_ATTRIB);
    CHECK(again > f); /* numbers are not used again soon */
    CHECK(!chmod(in_dir("file"), 0600) && !chmod(in_dir("file"), 0644) && !chmod(in_dir("file"), 0600));
    EXPECT(again, IN_ATTRIB, "");
    NOTHING();
    CHECK(!inotify_rm_watch(in, again) && !inotify_rm_watch(in, l));
    EXPECT(again, IN_IGNORED, "");
    EXPECT(l, IN_IGNORED, "");
    CHECK(!unlink(in_dir("link")) && !unlink(in_dir("file")));
}

static void *touch_later(void *arg)
{
    usleep(30000);
    put("late", "x");
    return arg;
}

static void test_waiting(void)
{
    char buf[512];
    pthread_t t;
    int d = inotify_add_watch(in, dir, IN_CLOSE_WRITE), ep = epoll_create1(0);
    struct epoll_event e = {.events = EPOLLIN};
    struct pollfd p = {.fd = in, .events = POLLIN | POLLOUT};
    CHECK(!epoll_ctl(ep, EPOLL_CTL_ADD, in, &e) && !epoll_wait(ep, &e, 1, 0) && !poll(&p, 1, 0));
    pthread_create(&t, NULL, touch_later, NULL);
    CHECK(epoll_wait(ep, &e, 1, 5000) == 1 && poll(&p, 1, 0) == 1 && p.revents == POLLIN);
    pthread_join(t, NULL);
    EXPECT(d, IN_CLOSE_WRITE, "late");
    CHECK(!fcntl(in, F_SETFL, 0));
    pthread_create(&t, NULL, touch_later, NULL);
    struct inotify_event *got = (void *)buf;
    CHECK(read(in, buf, sizeof buf) == 32 && got->mask == IN_CLOSE_WRITE && got->len == 16);
    CHECK(!memcmp(got->name, "late\0\0\0\0\0\0\0\0\0\0\0", 16));
    pthread_join(t, NULL);
    CHECK(!fcntl(in, F_SETFL, O_NONBLOCK) && !close(ep) && !inotify_rm_watch(in, d));
    EXPECT(d, IN_IGNORED, "");
    CHECK(!unlink(in_dir("late")));
}

static int setting(const char *name)
{
    char path[96];
    int value = -1;
    snprintf(path, sizeof path, "/proc/sys/fs/inotify/%s", name);
    FILE *f = fopen(path, "r");
    CHECK(f && fscanf(f, "%d", &value) == 1);
    fclose(f);
    return value;
}

static void test_overflow(void)
{
    int limit = setting("max_queued_events"), size = 0;
    CHECK(setting("max_user_watches") >= 8192 && setting("max_user_instances") >= 16 && limit >= 16);
    put("a", "");
    int f = inotify_add_watch(in, in_dir("a"), IN_ATTRIB | IN_OPEN);
    for (int n = 0; n < limit / 2 + 10; n++) {
        CHECK(!chmod(in_dir("a"), 0600));
        close(open(in_dir("a"), O_RDONLY));
    }
    CHECK(!ioctl(in, FIONREAD, &size) && size == (limit + 1) * (int)sizeof(struct inotify_event));
    for (int n = 0; n < limit; n++)
        EXPECT(f, n % 2 ? IN_OPEN : IN_ATTRIB, "");
    EXPECT(-1, IN_Q_OVERFLOW, "");
    NOTHING();
    CHECK(!chmod(in_dir("a"), 0644));
    EXPECT(f, IN_ATTRIB, "");
    CHECK(!unlink(in_dir("a")));
}

static void test_end(void)
{
    int other = inotify_init1(IN_NONBLOCK), proc = inotify_add_watch(other, "/proc/self/stat", IN_OPEN);
    char buf[64];
    CHECK(proc == 1 && !inotify_rm_watch(other, proc) && read(other, buf, sizeof buf) == 16);
    CHECK(inotify_add_watch(other, "/proc/self/stat", IN_OPEN) == 2);
    CHECK(inotify_add_watch(other, dir, IN_ALL_EVENTS) == 3);
    CHECK(!chmod(dir, 0755) && !close(other) && !chmod(dir, 0700)); /* watches go, events unread */
}

int main(void)
{
    strcpy(dir, "/tmp/inotify-XXXXXX");
    CHECK(mkdtemp(dir));
    test_arguments();
    test_file();
    test_truncating_open();
    test_kernel_copies();
    test_directories();
    test_replacing();
    test_open_while_unlinked();
    test_flags();
    test_waiting();
    test_overflow();
    test_end();
    CHECK(!close(in));
    unlink(in_dir("t"));
    unlink(in_dir("from"));
    unlink(in_dir("to"));
    CHECK(!rmdir(dir));
    puts("OK");
    return 0;
}
