/* fcntl(2), F_OFD_SETLK: ranges of a file that are locked by open files, so between the threads of one process, too. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define CHECK(what)                                                                                                    \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            printf("line %d: %s (errno %d)\n", __LINE__, #what, errno);                                                \
            exit(__COUNTER__ + 1);                                                                                     \
        }                                                                                                              \
    } while (0)
#define FAILS(call, error) CHECK((call) == -1 && errno == (error))

static int lock_at(int fd, int cmd, int type, int whence, off_t start, off_t len)
{
    struct flock l = {.l_type = (short)type, .l_whence = (short)whence, .l_start = start, .l_len = len};
    return fcntl(fd, cmd, &l);
}

static int lock(int fd, int type, off_t start, off_t len)
{
    return lock_at(fd, F_OFD_SETLK, type, SEEK_SET, start, len);
}

/* Who is in the way of an exclusive lock of one byte. */
static int blocked(int fd, off_t at)
{
    struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = at, .l_len = 1};
    CHECK(!fcntl(fd, F_OFD_GETLK, &l));
    CHECK(l.l_type == F_UNLCK || l.l_pid == -1);
    return l.l_type != F_UNLCK;
}

static int a, b;

static void *unlock_later(void *arg)
{
    usleep(50000);
    CHECK(!lock(a, F_UNLCK, 0, 0));
    return arg;
}

int main(void)
{
    char name[] = "/tmp/ofd-XXXXXX";
    a = mkstemp(name);
    b = open(name, O_RDWR);
    int reader = open(name, O_RDONLY);
    CHECK(a >= 0 && b >= 0 && reader >= 0 && !unlink(name) && write(a, "0123456789", 10) == 10);

    CHECK(!lock(a, F_WRLCK, 10, 10) && blocked(b, 10) && blocked(b, 19) && !blocked(b, 9) && !blocked(b, 20));
    CHECK(!blocked(a, 10));
    FAILS(lock(b, F_RDLCK, 0, 0), EAGAIN);
    CHECK(!lock(b, F_WRLCK, 0, 10) && !lock(b, F_WRLCK, 20, 0) && blocked(a, 1l << 40));
    CHECK(!lock(a, F_UNLCK, 13, 4)); /* the middle */
    CHECK(blocked(b, 12) && !blocked(b, 13) && !blocked(b, 16) && blocked(b, 17));
    CHECK(!lock(a, F_UNLCK, 18, 100) && blocked(b, 17) && !blocked(b, 18));
    CHECK(!lock(a, F_RDLCK, 10, 1)); /* becomes shared */
    CHECK(!lock(b, F_RDLCK, 10, 1));
    FAILS(lock(b, F_WRLCK, 10, 1), EAGAIN);
    struct flock l = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 11};
    CHECK(!fcntl(b, F_OFD_GETLK, &l) && l.l_type == F_WRLCK && l.l_pid == -1);
    CHECK(!lock(b, F_UNLCK, 0, 0) && !lock(a, F_UNLCK, 0, 0) && !blocked(a, 0) && !blocked(b, 0));

    CHECK(lseek(a, 4, SEEK_SET) == 4 && !lock_at(a, F_OFD_SETLK, F_WRLCK, SEEK_CUR, 2, 1) && blocked(b, 6));
    CHECK(!lock_at(a, F_OFD_SETLK, F_WRLCK, SEEK_END, 0, -2) && blocked(b, 8) && blocked(b, 9) && !blocked(b, 10));
    FAILS(lock(a, F_WRLCK, -1, 1), EINVAL);
    FAILS(lock(a, F_WRLCK, 0, -1), EINVAL);
    FAILS(lock_at(a, F_OFD_SETLK, F_WRLCK, 7, 0, 1), EINVAL);
    FAILS(lock(a, 7, 0, 1), EINVAL);
    FAILS(lock(reader, F_WRLCK, 0, 1), EBADF);
    l = (struct flock){.l_type = F_WRLCK, .l_pid = 5};
    FAILS(fcntl(a, F_OFD_SETLK, &l), EINVAL);

    CHECK(!lock(a, F_WRLCK, 0, 0) && !flock(b, LOCK_EX | LOCK_NB) && !flock(b, LOCK_UN)); /* another kind */
    pthread_t t;
    pthread_create(&t, NULL, unlock_later, NULL);
    CHECK(!lock_at(b, F_OFD_SETLKW, F_WRLCK, SEEK_SET, 0, 5) && blocked(a, 4));
    pthread_join(t, NULL);
    CHECK(!close(b) && !blocked(a, 4)); /* the last descriptor of the open file is gone */
    puts("OK");
    return 0;
}
